/** What the main thread and the indexing worker say to each other. */
import type { IndexError, IndexProgress, Watching } from './project-index.js';
import type { Summary } from './summary.js';

export type ToWorker =
  | { readonly kind: 'scan'; readonly job: number; readonly path: string; readonly previous: Uint8Array | null }
  | { readonly kind: 'watch'; readonly job: number; readonly path: string; readonly previous: Uint8Array | null }
  /** Ends a scan or a watch; answered by `failed` `cancelled`. */
  | { readonly kind: 'end'; readonly job: number };

export interface Indexed {
  readonly summary: Summary;
  readonly watching: Watching;
  readonly filesRead: number;
  readonly snapshot: Uint8Array<ArrayBuffer> | null;
}

export type FromWorker =
  | { readonly kind: 'progress'; readonly job: number; readonly progress: IndexProgress }
  /** Ends a scan; a watch says it again and again. */
  | { readonly kind: 'indexed'; readonly job: number; readonly indexed: Indexed }
  /** Ends a scan, and a watch when it was told to end; else the watch goes on trying. */
  | { readonly kind: 'failed'; readonly job: number; readonly error: IndexError }
  /** Something to log; fields carry no names or paths. */
  | { readonly kind: 'note'; readonly event: string; readonly fields: Readonly<Record<string, string | number>> };
