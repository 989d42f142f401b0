/** The memory store's small records: one ordered table of opaque values per name. */
import type { RecordKey } from '../ports/store.js';

/** ports/store.ts: a key is at most 512 characters. */
const KEY_CHARACTERS_MAX = 512;

interface Table {
  readonly values: Map<string, Uint8Array>;
  /** Keys by code unit, made when first scanned after the set of keys changed. */
  sorted: readonly string[] | null;
}

export interface Records {
  put(key: RecordKey, value: Uint8Array): void;
  remove(key: RecordKey): void;
  get(table: string, key: string): Uint8Array | null;
  scan(table: string, prefix: string, after: string | null, limit: number): readonly { readonly key: string; readonly value: Uint8Array }[];
  /** A copy that shares no bytes. */
  clone(): Records;
}

/** Throws RangeError on a key no store takes. */
export function checkKey(at: RecordKey): void {
  if (at.key.length > KEY_CHARACTERS_MAX) throw new RangeError(`a record key of ${at.key.length} characters`);
}

/** The first index whose key is not less than `key`. */
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function createRecords(from: ReadonlyMap<string, Table> = new Map()): Records {
  const tables = new Map<string, Table>();
  for (const [name, table] of from) {
    tables.set(name, { values: new Map([...table.values].map(([key, value]) => [key, value.slice()])), sorted: null });
  }
  return {
    put(at, value) {
      const table = tables.get(at.table) ?? { values: new Map<string, Uint8Array>(), sorted: null };
      tables.set(at.table, table);
      if (!table.values.has(at.key)) table.sorted = null;
      table.values.set(at.key, value);
    },
    remove(at) {
      const table = tables.get(at.table);
      if (table?.values.delete(at.key) === true) table.sorted = null;
    },
    get: (name, key) => tables.get(name)?.values.get(key)?.slice() ?? null,
    scan(name, prefix, after, limit) {
      const table = tables.get(name);
      if (table === undefined) return [];
      const keys = (table.sorted ??= [...table.values.keys()].sort((a, b) => (a < b ? -1 : 1)));
      const found: { key: string; value: Uint8Array }[] = [];
      let at = lowerBound(keys, after !== null && after > prefix ? after : prefix);
      for (; at < keys.length && found.length < limit; at++) {
        const key = keys[at] as string;
        if (!key.startsWith(prefix)) break;
        if (after === null || key > after) found.push({ key, value: (table.values.get(key) as Uint8Array).slice() });
      }
      return found;
    },
    clone: () => createRecords(tables),
  };
}
