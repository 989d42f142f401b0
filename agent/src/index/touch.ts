/** What an event from the file system means for a project, and which names keep making events that mean nothing. */
import { IGNORED_NAMES_MAX } from './limits.js';
import { ALWAYS_SKIPPED } from './walk.js';

/** Names in the git folder whose change may mean another branch, head or index. */
const GIT_NAMES: ReadonlySet<string> = new Set(['HEAD', 'index', 'packed-refs', 'ORIG_HEAD', 'MERGE_HEAD', 'config', 'shallow']);
/** A name that came and went without any effect on the index (a build's output) may ask for the next look only after this. */
const NOISE_REST_MS = 60_000;

export type Touch = 'everything' | 'file' | 'stranger' | 'nothing';

export interface Known {
  /** Whether the project has a file of this path. */
  readonly isFile: (path: string) => boolean;
  readonly inGit: boolean;
}

/** An event in the git folder itself; null where the system did not say which name. */
export function touchInGit(name: string | null): Touch {
  return name === null || GIT_NAMES.has(name) ? 'everything' : 'nothing';
}

/** `renamed`: the name came or went; else its contents changed in place. */
export function touchInTree(path: string | null, renamed: boolean, known: Known): Touch {
  if (path === null) return 'everything';
  const parts = path.split('/');
  if (parts.includes('.git')) return parts[0] === '.git' && parts.length === 2 ? touchInGit(parts[1] ?? null) : 'nothing';
  if (parts.at(-1) === '.gitignore') return 'everything';
  if (known.isFile(path)) return 'file';
  // What changes in place and is not a file of the project was known not to be one when it came.
  if (!renamed || (!known.inGit && parts.some((part) => ALWAYS_SKIPPED.has(part)))) return 'nothing';
  return 'stranger';
}

export interface Noise {
  /** Milliseconds this name should wait before it is looked after; zero for one that is not noise. */
  waitMs(path: string): number;
  /** These names made a look necessary that found nothing new. */
  learn(paths: readonly string[]): void;
  forget(): void;
}

export function createNoise(): Noise {
  const until = new Map<string, number>();
  return {
    waitMs: (path) => Math.max(0, (until.get(path) ?? 0) - performance.now()),
    learn: (paths) => {
      if (until.size + paths.length > IGNORED_NAMES_MAX) until.clear();
      for (const path of paths) until.set(path, performance.now() + NOISE_REST_MS);
    },
    forget: () => until.clear(),
  };
}
