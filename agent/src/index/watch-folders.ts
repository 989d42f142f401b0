/** Watching a set of folders, one by one; where the system has one watch for a whole tree (macOS, Windows), that. */
import { type FSWatcher, lstatSync, watch } from 'node:fs';
import { WATCHED_FOLDERS_MAX } from './limits.js';
import { toReal } from './path-bytes.js';

/** `path` relative, Latin-1 bytes, or null where the system did not say; `renamed` for what came or went. */
export type OnTouch = (path: string | null, renamed: boolean) => void;

export interface FolderWatch {
  /** Makes the watched folders these. False when the system has no more watches to give: then nothing is watched any more. */
  set(folders: readonly string[]): boolean;
  stop(): void;
}

export interface FolderWatchDep {
  readonly folder: string;
  readonly onTouch: OnTouch;
  /** The system gave up on a watch after it was set. */
  readonly onBroken: () => void;
  readonly wholeTree?: boolean;
}

interface Watched {
  readonly watcher: FSWatcher;
  /** Which folder it was; a file system may give a new one the number of the one that went. */
  readonly identity: string;
}

/** No watches, handles or memory left. A folder that is gone or closed is another matter, and no trouble. */
function isExhausted(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return code === 'ENOSPC' || code === 'EMFILE' || code === 'ENFILE' || code === 'ENOMEM' || code === 'ENOSYS';
}

export function createFolderWatch({
  folder,
  onTouch,
  onBroken,
  wholeTree = process.platform === 'darwin' || process.platform === 'win32',
}: FolderWatchDep): FolderWatch {
  const watched = new Map<string, Watched>();

  const drop = (path: string): void => {
    watched.get(path)?.watcher.close();
    watched.delete(path);
  };

  const add = (path: string, identity: string): void => {
    const watcher = watch(
      path === '' ? folder : toReal(folder, path),
      { encoding: 'buffer', persistent: true, recursive: wholeTree },
      (event, name) => {
        if (name === null) return onTouch(null, true);
        const word = name.toString('latin1');
        onTouch(path === '' ? word : `${path}/${word}`, event === 'rename');
      },
    );
    // A watched folder that goes is seen again at the next look; anything else means events may be lost.
    watcher.on('error', (error) => (isExhausted(error) ? onBroken() : onTouch(null, true)));
    watched.set(path, { watcher, identity });
  };

  const stop = (): void => {
    for (const path of [...watched.keys()]) drop(path);
  };

  const tryAdd = (path: string): boolean => {
    try {
      const { ino, birthtimeMs } = lstatSync(path === '' ? folder : toReal(folder, path));
      const identity = `${ino} ${birthtimeMs}`;
      const known = watched.get(path);
      // A folder removed and made again is another one, and the old watch is deaf.
      if (known?.identity === identity) return true;
      drop(path);
      add(path, identity);
    } catch (error) {
      if (isExhausted(error)) return false;
      drop(path);
    }
    return true;
  };

  const set = (folders: readonly string[]): boolean => {
    const wanted = new Set(wholeTree ? [''] : folders);
    for (const path of [...watched.keys()]) if (!wanted.has(path)) drop(path);
    if (wanted.size <= WATCHED_FOLDERS_MAX && [...wanted].every(tryAdd)) return true;
    stop();
    return false;
  };

  return { set, stop };
}
