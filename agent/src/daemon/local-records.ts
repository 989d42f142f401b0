/** The product's local records in the agent's own store: sealed under this device's key and bound to their place. */
import type { Json } from '@leanvibe/core/doc/crdt';
import type { Vault } from '@leanvibe/core/keys/local';
import type { StoreDep } from '@leanvibe/core/ports/store';
import type { LocalRecords } from '../product/local.js';

/** No table of the engine's is called so. */
export const TABLE = 'agent';
const PAGE = 500;

export function createLocalRecords({ store }: StoreDep, vault: Vault): LocalRecords {
  const parse = (bytes: Uint8Array): Json => JSON.parse(new TextDecoder().decode(bytes)) as Json;
  const written = (value: Json): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
  const putBytes = async (key: string, value: Uint8Array): Promise<void> =>
    void (await store.commit({ put: [vault.put(TABLE, key, value)] }));
  return {
    async get(key) {
      const bytes = await vault.get(TABLE, key);
      return bytes === null ? null : parse(bytes);
    },
    put: (key, value) => putBytes(key, written(value)),
    remove: async (key) => void (await store.commit({ remove: [{ table: TABLE, key }] })),
    write: async ({ put, remove = [] }) =>
      void (await store.commit({
        put: put.map(([key, value]) => vault.put(TABLE, key, written(value))),
        remove: remove.map((key) => ({ table: TABLE, key })),
      })),
    async all(prefix) {
      const found: { readonly key: string; readonly value: Json }[] = [];
      for (let after: string | null = null; ; ) {
        const page = await vault.scan(TABLE, prefix, after, PAGE);
        found.push(...page.map(({ key, value }) => ({ key, value: parse(value) })));
        const last = page.at(-1);
        if (last === undefined || page.length < PAGE) return found;
        after = last.key;
      }
    },
    getBytes: (key) => vault.get(TABLE, key),
    putBytes,
  };
}
