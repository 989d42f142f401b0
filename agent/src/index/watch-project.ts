/** Keeping one project's index fresh: single files at once, the whole tree's state soon after, by polling where the system cannot tell. */
import { createBreath } from './breath.js';
import { createFileReader } from './file-reader.js';
import { IndexFailure, indexError } from './index-error.js';
import { POLL_MS, RESCAN_DELAY_MS, RESCAN_REST_FACTOR } from './limits.js';
import type { Indexed } from './messages.js';
import type { IndexError, Watching } from './project-index.js';
import { encodeScanned, type Scanned, scanFolder } from './scan.js';
import { decodeSnapshot, type Remembered } from './snapshot.js';
import { summarise } from './summary.js';
import { createNoise, type Touch, touchInGit, touchInTree } from './touch.js';
import { createTurns } from './turns.js';
import { createFolderWatch, type FolderWatch, type FolderWatchDep } from './watch-folders.js';

export interface ProjectWatchDep {
  readonly path: string;
  readonly previous: Uint8Array | null;
  readonly onIndexed: (indexed: Indexed) => void;
  /** The folder cannot be read now; it goes on trying. */
  readonly onFailed: (error: IndexError) => void;
  readonly note: (event: string, fields: Readonly<Record<string, string | number>>) => void;
  readonly watchFolders?: (dep: FolderWatchDep) => FolderWatch;
}

export interface ProjectWatch {
  stop(): void;
}

/** The folders' watches of one project; `set` falls back to none, and says why, when the system has no more. */
function createTreeWatch(
  watchFolders: (dep: FolderWatchDep) => FolderWatch,
  onTouch: (touch: (known: Scanned) => Touch, path: string | null) => void,
  onExhausted: (why: string) => void,
) {
  let tree: FolderWatch | null = null;
  let git: FolderWatch | null = null;
  const known = (now: Scanned) => ({ isFile: (path: string) => now.rows.has(path), inGit: now.listing.repository !== null });
  const stop = (): void => {
    tree?.stop();
    git?.stop();
  };
  const set = ({ listing }: Scanned): void => {
    const onBroken = (): void => onExhausted('broken');
    tree ??= watchFolders({
      folder: listing.folder,
      onBroken,
      onTouch: (path, renamed) => onTouch((now) => touchInTree(path, renamed, known(now)), path),
    });
    const place = listing.repository?.gitFolder ?? null;
    if (place !== null)
      git ??= watchFolders({ folder: place, wholeTree: false, onBroken, onTouch: (name) => onTouch(() => touchInGit(name), name) });
    if (!tree.set(listing.folders()) || (place !== null && git?.set(['']) === false)) onExhausted('no more watches');
  };
  return { set, stop };
}

async function readAgain(before: Scanned, changed: Set<string>, signal: AbortSignal): Promise<Scanned> {
  const { listing, rows, state } = before;
  const { isDue, breathe } = createBreath(listing.folder, signal);
  const reader = createFileReader({ folder: listing.folder, breathe });
  for (const file of changed) {
    changed.delete(file);
    rows.set(file, await reader.read(file, rows.get(file)));
    if (isDue()) await breathe();
  }
  return { ...before, summary: summarise(listing, rows, state), filesRead: reader.opened() };
}

function rememberedOf(scanned: Scanned | null, folder: string, previous: Uint8Array | null): Remembered {
  if (scanned === null || scanned.listing.folder !== folder) return decodeSnapshot(folder, previous);
  return { rows: scanned.rows, git: scanned.state?.git ?? null };
}

export function createProjectWatch({
  path,
  previous,
  onIndexed,
  onFailed,
  note,
  watchFolders = createFolderWatch,
}: ProjectWatchDep): ProjectWatch {
  const stopped = new AbortController();
  const { signal } = stopped;
  const changed = new Set<string>();
  const strangers = new Set<string>();
  const noise = createNoise();
  let scanned: Scanned | null = null;
  let told = '';
  let watching: Watching = 'events';

  const tell = (now: Scanned, snapshot: () => Uint8Array<ArrayBuffer> | null): void => {
    scanned = now;
    const words = JSON.stringify([now.summary, watching]);
    if (words === told || signal.aborted) return;
    told = words;
    onIndexed({ summary: now.summary, watching, filesRead: now.filesRead, snapshot: snapshot() });
  };

  const look = async (): Promise<void> => {
    const asked = [...strangers];
    strangers.clear();
    const before = told;
    try {
      const now = await scanFolder({
        path,
        signal,
        remembered: (folder) => rememberedOf(scanned, folder, previous),
        onProgress: () => undefined,
      });
      if (watching === 'events' && !signal.aborted) tree.set(now);
      tell(now, () => encodeScanned(now));
      if (told === before) noise.learn(asked);
    } catch (error) {
      if (signal.aborted) return;
      scanned = null;
      told = '';
      onFailed(
        error instanceof IndexFailure ? error.failure : indexError('worker-failed', path, error instanceof Error ? error.name : 'unknown'),
      );
    }
  };

  const readChanged = async (): Promise<void> => {
    if (scanned === null) return;
    try {
      tell(await readAgain(scanned, changed, signal), () => null);
    } catch (error) {
      // The whole look that follows says what is wrong, if it still is.
      if (!signal.aborted) note('index.watch.read-failed', { why: error instanceof Error ? error.name : 'unknown' });
    }
  };

  const nextLookMs = (tookMs: number): number | null => {
    if (changed.size > 0) turns.gather();
    return watching === 'polling' || scanned === null ? Math.max(POLL_MS, tookMs * 2 * RESCAN_REST_FACTOR) : null;
  };

  const turns = createTurns({ look, readChanged, nextLookMs });

  const onTouch = (touchOf: (known: Scanned) => Touch, name: string | null): void => {
    const touch = scanned === null ? 'everything' : touchOf(scanned);
    if (touch === 'nothing') return;
    if (touch === 'file' && name !== null) {
      changed.add(name);
      return turns.gather();
    }
    if (touch === 'everything' || name === null) {
      noise.forget();
      return turns.lookIn(RESCAN_DELAY_MS);
    }
    strangers.add(name);
    turns.lookIn(Math.max(RESCAN_DELAY_MS, noise.waitMs(name)));
  };

  const fallBack = (why: string): void => {
    if (watching === 'polling') return;
    watching = 'polling';
    tree.stop();
    note('index.watch.polling', { why });
    turns.lookIn(POLL_MS);
  };

  const tree = createTreeWatch(watchFolders, onTouch, fallBack);
  turns.lookIn(0);
  const stop = (): void => {
    stopped.abort();
    turns.stop();
    tree.stop();
  };
  return { stop };
}
