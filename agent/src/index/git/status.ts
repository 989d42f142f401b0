/** The state of a working tree: branch, head, whether anything changed, and what is untracked. */
import { GIT_LONG_MS, PATH_LIST_MAX } from '../limits.js';
import { outputOf } from './answer.js';
import { type GitSetting, runGit } from './run.js';

export interface WorkingTree {
  readonly branch: string | null;
  readonly head: string | null;
  readonly dirty: boolean;
  readonly untracked: number;
  /** The first of them, relative to the project's folder, bytes in Latin-1. */
  readonly untrackedList: readonly string[];
}

/** Parses `git status --porcelain=v2 --branch -z --no-renames`; paths in it are relative to the repository's top. */
export function parseStatus(output: Buffer, subfolder: string): WorkingTree {
  const prefix = Buffer.from(subfolder).toString('latin1');
  const untrackedList: string[] = [];
  let branch: string | null = null;
  let head: string | null = null;
  let dirty = false;
  let untracked = 0;
  for (let at = 0; at < output.length; ) {
    const end = output.indexOf(0, at);
    if (end === -1) break;
    const kind = output[at];
    if (kind === 0x23) {
      const line = output.toString('utf8', at, end);
      if (line.startsWith('# branch.head ')) branch = line.endsWith(' (detached)') ? null : line.slice(14);
      if (line.startsWith('# branch.oid ')) head = line.endsWith(' (initial)') ? null : line.slice(13);
    } else {
      dirty = true;
      if (kind === 0x3f) {
        untracked += 1;
        const path = untrackedList.length < PATH_LIST_MAX ? output.toString('latin1', at + 2, end) : '';
        if (path !== '') untrackedList.push(path.startsWith(prefix) ? path.slice(prefix.length) : path);
      }
    }
    at = end + 1;
  }
  return { branch, head, dirty, untracked, untrackedList };
}

export async function readStatus(
  folder: string,
  subfolder: string,
  settings: readonly GitSetting[],
  signal: AbortSignal,
): Promise<WorkingTree> {
  const args = [
    'status',
    '--porcelain=v2',
    '--branch',
    '-z',
    '--no-renames',
    '--no-ahead-behind',
    '--untracked-files=all',
    '--ignore-submodules=all',
    '--',
    '.',
  ];
  return parseStatus(outputOf(await runGit({ folder, signal, timeoutMs: GIT_LONG_MS, settings, args }), folder), subfolder);
}
