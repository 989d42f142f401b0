/** Finding out what a folder is to git: the top or inside of a working tree, bare, broken, someone else's, or nothing. */
import { lstatSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fail } from '../index-error.js';
import { lastWords, outputOf } from './answer.js';
import { runGit } from './run.js';

export interface Repository {
  /** The project's own folder, absolute. */
  readonly folder: string;
  /** Holds HEAD and index of this working tree, absolute. */
  readonly gitFolder: string;
  /** `a/b/` when the project is a folder inside the repository, else empty. */
  readonly subfolder: string;
  readonly shallow: boolean;
}

const OLDEST: readonly [number, number] = [2, 31];

/** Whether this folder or one above it holds a `.git`: then being without git is an error and not an answer. */
function holdsDotGit(folder: string): 'here' | 'above' | 'no' {
  for (let at = folder; ; at = dirname(at)) {
    if (lstatSync(join(at, '.git'), { throwIfNoEntry: false }) !== undefined) return at === folder ? 'here' : 'above';
    if (dirname(at) === at) return 'no';
  }
}

/** Older programs do not hear the settings that switch a repository's own filters off; without filters any version will do. */
export async function requireSettingsHeard(folder: string, signal: AbortSignal): Promise<void> {
  const answer = outputOf(await runGit({ folder, signal, args: ['version'] }), folder).toString('utf8');
  const found = /(\d+)\.(\d+)/.exec(answer);
  const [major, minor] = [Number(found?.[1] ?? 0), Number(found?.[2] ?? 0)];
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) fail('git-too-old', folder, found?.[0] ?? '');
}

/** Splits `<git folder>\n<prefix>\n`: either may itself hold newlines, but the prefix is how the folder's own path ends. */
function splitPlaces(text: string, folder: string): { readonly gitFolder: string; readonly subfolder: string } {
  const both = text.replace(/\n$/, '');
  for (let at = both.lastIndexOf('\n'); at !== -1; at = both.lastIndexOf('\n', at - 1)) {
    const subfolder = both.slice(at + 1);
    if (subfolder === '' || `${folder}/`.endsWith(`/${subfolder}`)) return { gitFolder: both.slice(0, at), subfolder };
    if (at === 0) break;
  }
  return fail('git-failed', folder, 'its answer was not understood');
}

/** Null when the folder is in no repository. Throws `IndexFailure` where there is one that cannot be used. */
export async function findRepository(folder: string, signal: AbortSignal): Promise<Repository | null> {
  const args = [
    'rev-parse',
    '--is-bare-repository',
    '--is-inside-git-dir',
    '--is-inside-work-tree',
    '--is-shallow-repository',
    '--absolute-git-dir',
    '--show-prefix',
  ];
  const facts = await runGit({ folder, signal, args });
  if (facts.trouble === 'no-git') return holdsDotGit(folder) === 'no' ? null : fail('git-missing', folder);
  if (facts.code !== 0 && facts.trouble === 'none' && facts.stderr.includes('not a git repository')) {
    return holdsDotGit(folder) === 'here' ? fail('broken-repository', folder, lastWords(facts.stderr)) : null;
  }
  const [bare, insideGit, insideTree, shallow, ...places] = outputOf(facts, folder).toString('utf8').split('\n');
  if (insideGit === 'true') fail(bare === 'true' ? 'bare-repository' : 'inside-git-folder', folder);
  if (insideTree !== 'true')
    fail(bare === 'true' ? 'bare-repository' : 'broken-repository', folder, 'its working tree is set to be elsewhere');
  return { folder, shallow: shallow === 'true', ...splitPlaces(places.join('\n'), folder) };
}
