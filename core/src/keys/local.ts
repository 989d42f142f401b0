/** Records at rest (C45): every value of the store is sealed under this device's own key and bound to its place. */
import { concat } from '@leanvibe/protocol/bytes';
import { writeUtf8 } from '@leanvibe/protocol/utf8';
import { label } from '../crypto/labels.js';
import type { Crypto } from '../ports/crypto.js';
import type { Batch, Store } from '../ports/store.js';

export interface Vault {
  /** A record's bytes; null when absent. Throws `VaultDamaged` when it does not open: a wrong key, or damage. */
  get(table: string, key: string): Promise<Uint8Array | null>;
  scan(
    table: string,
    prefix: string,
    after: string | null,
    limit: number,
  ): Promise<readonly { readonly key: string; readonly value: Uint8Array }[]>;
  /** The sealed form of a record, for a batch. */
  put(table: string, key: string, value: Uint8Array): NonNullable<Batch['put']>[number];
}

export class VaultDamaged extends Error {
  override readonly name = 'VaultDamaged';
}

const NONCE_BYTES = 24;

export function createVault(crypto: Crypto, store: Store, localKey: Uint8Array): Vault {
  const nonceKey = crypto.hkdfSha256(localKey, new Uint8Array(0), concat(label('store-local'), Uint8Array.of(0)), 32);
  const key = crypto.hkdfSha256(localKey, new Uint8Array(0), concat(label('store-local'), Uint8Array.of(1)), 32);
  // The place takes part in the nonce, which is recomputed on opening, so that a record moved elsewhere does not open.
  const nonceOf = (table: string, name: string, value: Uint8Array): Uint8Array =>
    crypto.hmacSha256(nonceKey, concat(writeUtf8(`${table}\n${name}\n`), value)).slice(0, NONCE_BYTES);
  const open = (table: string, name: string, stored: Uint8Array): Uint8Array => {
    const nonce = stored.subarray(0, NONCE_BYTES);
    const value = crypto.secretboxOpen(stored.subarray(NONCE_BYTES), nonce, key);
    if (value === null || !crypto.equal(nonceOf(table, name, value), nonce)) throw new VaultDamaged(`a record of ${table} does not open`);
    return value;
  };
  return {
    async get(table, name) {
      const stored = await store.get(table, name);
      return stored === null ? null : open(table, name, stored);
    },
    async scan(table, prefix, after, limit) {
      const rows = await store.scan(table, prefix, after, limit);
      return rows.map((row) => ({ key: row.key, value: open(table, row.key, row.value) }));
    },
    put(table, name, value) {
      const nonce = nonceOf(table, name, value);
      return { table, key: name, value: concat(nonce, crypto.secretbox(value, nonce, key)) };
    },
  };
}
