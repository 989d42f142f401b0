/** What a folder's files are: git's tracked ones where there is a repository, else what the walk finds. */
import { lstatSync, realpathSync } from 'node:fs';
import { outputOf } from './git/answer.js';
import { askTracked, parseTracked } from './git/list.js';
import { findRepository, type Repository } from './git/repository.js';
import { askSettings, type RepositorySettings, settingsOf } from './git/settings.js';
import { fail } from './index-error.js';
import { ENTRIES_MAX } from './limits.js';
import { folderOf } from './path-bytes.js';
import type { SkipReason } from './project-index.js';
import { walkFolder } from './walk.js';

export interface Listing {
  /** Absolute, links resolved. */
  readonly folder: string;
  readonly repository: Repository | null;
  /** Null without a repository. */
  readonly settings: RepositorySettings | null;
  /** Relative, Latin-1 bytes, each once. */
  readonly files: readonly string[];
  /** Folders whose changes matter, the top as the empty string. Worked out when asked. */
  readonly folders: () => readonly string[];
  readonly sparse: ReadonlySet<string>;
  readonly symlinks: number;
  readonly submodules: number;
  readonly special: number;
  readonly skipped: readonly { readonly path: string; readonly reason: SkipReason }[];
}

const NO_PATHS: ReadonlySet<string> = new Set();

/** The real folder behind a path a person typed; throws `IndexFailure`. */
export function resolveFolder(path: string): string {
  try {
    const folder = realpathSync(path);
    return lstatSync(folder).isDirectory() ? folder : fail('not-a-folder', path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP' || code === 'ENAMETOOLONG' || code === 'ERR_INVALID_ARG_VALUE')
      return fail('not-found', path);
    if (code === 'EACCES' || code === 'EPERM') return fail('unreadable', path);
    throw error;
  }
}

function foldersOf(files: readonly string[]): readonly string[] {
  const folders = new Set<string>(['']);
  for (const file of files) for (let folder = folderOf(file); !folders.has(folder); folder = folderOf(folder)) folders.add(folder);
  return [...folders];
}

async function walked(folder: string, breathe: () => Promise<void>): Promise<Listing> {
  const { files, folders, symlinks, special, skipped } = await walkFolder(folder, breathe);
  return {
    folder,
    repository: null,
    settings: null,
    files,
    folders: () => folders,
    sparse: NO_PATHS,
    symlinks,
    submodules: 0,
    special,
    skipped,
  };
}

/** Throws `IndexFailure`. */
export async function listFolder(path: string, signal: AbortSignal, breathe: () => Promise<void>): Promise<Listing> {
  const folder = resolveFolder(path);
  // Asked together, since starting a process is most of what a question costs; without a repository the last two answers are not looked at.
  const [repository, trackedAnswer, settingsAnswer] = await Promise.all([
    findRepository(folder, signal),
    askTracked(folder, signal),
    askSettings(folder, signal),
  ]);
  if (repository === null) return walked(folder, breathe);
  const tracked = parseTracked(outputOf(trackedAnswer, folder));
  // A folder that merely lies inside a repository (a home folder under git, say) and of which git tracks nothing stands for itself.
  if (repository.subfolder !== '' && tracked.files.length + tracked.symlinks + tracked.submodules === 0) return walked(folder, breathe);
  if (tracked.files.length > ENTRIES_MAX) fail('too-many-files', folder, String(ENTRIES_MAX));
  const settings = settingsOf(outputOf(settingsAnswer, folder));
  return { folder, repository, settings, ...tracked, folders: () => foldersOf(tracked.files), special: 0, skipped: [] };
}
