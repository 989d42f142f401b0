/** What stays on this machine: folders of projects, names before they are shared, addresses of devices. Sealed; never in a shared document. */
import type { Json } from '@leanvibe/core/doc/crdt';

/** Keys are fixed words and random ids only, since they are not sealed; values are. */
export interface LocalRecords {
  get(key: string): Promise<Json | null>;
  put(key: string, value: Json): Promise<void>;
  remove(key: string): Promise<void>;
  /** Several at once: all of them or none. */
  write(batch: { readonly put: readonly (readonly [key: string, value: Json])[]; readonly remove?: readonly string[] }): Promise<void>;
  /** Every record whose key starts with `prefix`, in key order. */
  all(prefix: string): Promise<readonly { readonly key: string; readonly value: Json }[]>;
  getBytes(key: string): Promise<Uint8Array | null>;
  putBytes(key: string, value: Uint8Array): Promise<void>;
}

export interface LocalRecordsDep {
  readonly local: LocalRecords;
}
