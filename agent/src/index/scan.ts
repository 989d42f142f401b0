/** One whole look at a folder: list it, read what changed, add it up. Plain functions of the thread that calls them. */
import { createBreath } from './breath.js';
import type { FileRow } from './file-row.js';
import { readRepositoryState, type RepositoryState } from './git/state.js';
import { listFolder, type Listing } from './listing.js';
import type { IndexProgress } from './project-index.js';
import { encodeSnapshot, type Remembered } from './snapshot.js';
import type { Summary } from './summary.js';

export interface ScanCall {
  readonly path: string;
  readonly signal: AbortSignal;
  /** Asked once the real folder is known. */
  readonly remembered: (folder: string) => Remembered;
  readonly onProgress: (progress: IndexProgress) => void;
}

export interface Scanned {
  readonly listing: Listing;
  readonly rows: Map<string, FileRow>;
  readonly state: RepositoryState | null;
  readonly summary: Summary;
  readonly filesRead: number;
}

/** Throws `IndexFailure`. */
export async function scanFolder(call: ScanCall): Promise<Scanned> {
  const { path, signal } = call;
  // Loaded while git answers: the tables of languages and manifests are most of this room's code.
  const loading = Promise.all([import('./read-files.js'), import('./summary.js')]);
  const listing = await listFolder(path, signal, createBreath(path, signal).breathe);
  const [{ readFiles }, { summarise }] = await loading;
  const { rows: known, git: before } = call.remembered(listing.folder);
  // Git's own look at the tree goes on in its process while this thread reads.
  const [state, { rows, filesRead }] = await Promise.all([
    listing.repository === null || listing.settings === null
      ? null
      : readRepositoryState(listing.repository, listing.settings, before, signal),
    readFiles({ listing, known, signal, onProgress: call.onProgress }),
  ]);
  return { listing, rows, state, summary: summarise(listing, rows, state), filesRead };
}

export function encodeScanned({ listing, rows, state }: Scanned): Uint8Array<ArrayBuffer> {
  return encodeSnapshot(listing.folder, { rows, git: state?.git ?? null });
}
