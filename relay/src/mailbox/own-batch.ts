/** A batch that is the store's own: its bytes copied, its keys checked. */
import type { Batch } from '@leanvibe/core/ports/store';
import { keyBytes } from './key-bytes.js';

export interface OwnRecord {
  readonly name: string;
  readonly key: Uint8Array;
  /** Null to remove it. */
  readonly value: Uint8Array | null;
}

export interface OwnBatch {
  /** The run of the database it was computed from; null when it holds in any. */
  readonly run: string | null;
  readonly entries: NonNullable<Batch['entries']>;
  readonly prune: NonNullable<Batch['prune']>;
  readonly refill: NonNullable<Batch['refill']>;
  /** Those put, then those removed. */
  readonly records: readonly OwnRecord[];
  readonly bytes: number;
}

/** The caller may use its bytes again as soon as this returned. Throws RangeError on a key that is too long. */
export function ownBatch(batch: Batch, run: string | null): OwnBatch {
  const entries = (batch.entries ?? []).map((entry) => ({ ...entry, sealed: new Uint8Array(entry.sealed) }));
  const refill = (batch.refill ?? []).map((row) => ({ ...row, sealed: new Uint8Array(row.sealed) }));
  const records = [
    ...(batch.put ?? []).map(({ table, key, value }) => ({ name: table, key: keyBytes(key), value: new Uint8Array(value) })),
    ...(batch.remove ?? []).map(({ table, key }) => ({ name: table, key: keyBytes(key), value: null })),
  ];
  const sealed = [...entries, ...refill].reduce((sum, row) => sum + row.sealed.length, 0);
  const bytes = records.reduce((sum, record) => sum + record.key.length + (record.value?.length ?? 0), sealed);
  return { run, entries, refill, records, bytes, prune: [...(batch.prune ?? [])] };
}
