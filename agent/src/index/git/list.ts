/** What git tracks under a folder: each path once, whatever merge stages it has. */
import { GIT_LONG_MS } from '../limits.js';
import { type GitAnswer, runGit } from './run.js';

export interface Tracked {
  /** Paths of mode 100…, relative to the folder, as bytes in Latin-1. */
  readonly files: readonly string[];
  /** Left out of the working tree on purpose: absence is no loss. */
  readonly sparse: ReadonlySet<string>;
  readonly symlinks: number;
  readonly submodules: number;
}

const TAB = 0x09;
const NUL = 0x00;

/** Parses `git ls-files -s -t -z`: `<tag> <mode> <object> <stage>\t<path>\0`. */
export function parseTracked(output: Buffer): Tracked {
  const files: string[] = [];
  const sparse = new Set<string>();
  let symlinks = 0;
  let submodules = 0;
  let last = '';
  for (let at = 0; at < output.length; ) {
    const end = output.indexOf(NUL, at);
    const tab = output.indexOf(TAB, at);
    if (end === -1 || tab === -1 || tab > end) break;
    const path = output.toString('latin1', tab + 1, end);
    const mode = output.toString('latin1', at + 2, at + 8);
    // Stages of one path follow each other; the first decides.
    if (path !== last) {
      if (mode.startsWith('100')) {
        files.push(path);
        if (output[at] === 0x53) sparse.add(path);
      } else if (mode === '120000') symlinks += 1;
      else if (mode === '160000') submodules += 1;
    }
    last = path;
    at = end + 1;
  }
  return { files, sparse, symlinks, submodules };
}

export function askTracked(folder: string, signal: AbortSignal): Promise<GitAnswer> {
  return runGit({ folder, signal, timeoutMs: GIT_LONG_MS, args: ['ls-files', '-s', '-t', '-z'] });
}
