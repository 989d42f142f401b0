/** What the main thread and the writing thread of a store say to each other. */
import type { Compacted } from './compact.js';
import type { OpenError } from './open-error.js';

export interface SalvageReport {
  /** Why the old file was given up, in plain words. */
  readonly reason: string;
  /** Where the damaged file now lies, nothing being ever deleted; null when the file was sound but had lost commits, and went on under a new id. */
  readonly movedTo: string | null;
  readonly entriesKept: number;
  /** Rows known to have existed and not found again; more may be missing that nothing left a trace of. */
  readonly entriesLost: number;
  /** Entries kept as rows whose bytes were damaged: a peer can refill them. */
  readonly bytesLost: number;
  readonly recordsKept: number;
  /** Records whose bytes were damaged; others may be missing without a trace. */
  readonly recordsLost: number;
}

export interface VerifyReport {
  readonly entries: number;
  readonly bytes: number;
  /** Everything else that is kept: drafts, keys, verdicts, names. */
  readonly records: number;
  readonly recordBytes: number;
  readonly damaged: readonly DamagedEntry[];
  /** Rows and records whose own checksum is wrong, or that break the chain of prefix hashes: open the store anew to salvage it. */
  readonly brokenRows: number;
  /** What SQLite's own integrity check says; empty when it is well. */
  readonly structure: readonly string[];
  /** False when the walk was cancelled. */
  readonly complete: boolean;
}

/** Ids as lowercase hex, as in the port. */
export interface DamagedEntry {
  readonly space: string;
  readonly entryId: string;
  readonly lane: number;
  readonly position: number;
}

export type Failure = { readonly kind: 'full' | 'broken' | 'wrong'; readonly message: string };

export type Outcome = { readonly placed: Uint8Array<ArrayBuffer> } | { readonly failure: Failure };

export type ToWriter =
  | { readonly kind: 'commit'; readonly batches: readonly { readonly id: number; readonly bytes: Uint8Array<ArrayBuffer> }[] }
  | { readonly kind: 'verify'; readonly id: number }
  | { readonly kind: 'cancel'; readonly id: number }
  | { readonly kind: 'backup'; readonly id: number; readonly path: string }
  | { readonly kind: 'renew'; readonly id: number; readonly store: Uint8Array }
  | { readonly kind: 'close'; readonly id: number };

export type FromWriter =
  | {
      readonly kind: 'opened';
      readonly store: Uint8Array;
      readonly salvaged: SalvageReport | null;
      readonly migrated: number;
      readonly checked: 'whole' | 'quick' | 'outline';
    }
  | { readonly kind: 'refused'; readonly error: OpenError }
  | { readonly kind: 'committed'; readonly outcomes: readonly { readonly id: number; readonly outcome: Outcome }[] }
  | { readonly kind: 'compacted'; readonly result: Compacted | Failure }
  | { readonly kind: 'progress'; readonly id: number; readonly entries: number }
  | { readonly kind: 'done'; readonly id: number; readonly value: VerifyReport | null }
  | { readonly kind: 'failed'; readonly id: number; readonly failure: Failure };

/** What the writing thread is started with. `storeId` is used if the store has to be made anew. */
export interface WriterData {
  readonly path: string;
  readonly storeId: Uint8Array;
  /** Tests only: the file may not grow past this many pages, as on a full disk. Absent: no limit. */
  readonly pagesMax?: number;
  /** Tests only: how long nothing must have been committed before the file is made small again, in ms. Absent: 5 s. */
  readonly quietMs?: number;
}
