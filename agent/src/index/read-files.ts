/** Reading the files of a listing, those alone that are not known as they stand. */
import { createBreath } from './breath.js';
import { createFileReader } from './file-reader.js';
import type { FileRow } from './file-row.js';
import { PROGRESS_MS } from './limits.js';
import type { Listing } from './listing.js';
import type { IndexProgress } from './project-index.js';

export interface ReadFilesCall {
  readonly listing: Listing;
  readonly known: ReadonlyMap<string, FileRow>;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: IndexProgress) => void;
}

export interface FilesRead {
  readonly rows: Map<string, FileRow>;
  readonly filesRead: number;
}

/** Throws `IndexFailure` `cancelled`. */
export async function readFiles({ listing, known, signal, onProgress }: ReadFilesCall): Promise<FilesRead> {
  const { folder, files } = listing;
  const rows = new Map<string, FileRow>();
  let done = 0;
  let toldAt = performance.now();
  const tell = (): void => {
    if (performance.now() - toldAt < PROGRESS_MS) return;
    toldAt = performance.now();
    onProgress({ done, total: files.length });
  };
  const { isDue, breathe } = createBreath(folder, signal, tell);
  const reader = createFileReader({ folder, breathe });
  onProgress({ done: 0, total: files.length });
  for (const path of files) {
    const row = reader.read(path, known.get(path));
    rows.set(path, row instanceof Promise ? await row : row);
    done += 1;
    if (isDue()) await breathe();
  }
  onProgress({ done, total: files.length });
  return { rows, filesRead: reader.opened() };
}
