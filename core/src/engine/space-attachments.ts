/** Frontier attachments a space holds (C5), found by hash: read again from the log at each start. */
import { concat } from '@leanvibe/protocol/bytes';
import { type DocumentId, type EntryId, type Hash, type LinkId, makeId, type SpaceId } from '@leanvibe/protocol/ids';
import { label } from '../crypto/labels.js';
import type { Vault } from '../keys/local.js';
import type { KeyRing } from '../keys/ring.js';
import type { Crypto } from '../ports/crypto.js';
import type { Store } from '../ports/store.js';
import { isFrontier, readFrontier } from './frontier.js';
import { openPart } from './payload.js';
import type { Put } from './put-off.js';
import { TABLES } from './tables.js';

export interface Attachments {
  /** Keeps it in memory; its entry is the caller's to store. */
  attach(bytes: Uint8Array): Hash;
  /** The hash of a part that is an attachment; null for a slice of a change, which is not kept. */
  take(part: Uint8Array): Hash | null;
  has(hash: Hash): boolean;
  /** The last seq a frontier keeps of a chain in a document; null when an attachment is missing here. */
  seqOf(frontier: Hash, document: DocumentId, addedBy: LinkId): number | null;
  /** The record that an entry holds an attachment. */
  put(entry: EntryId): Put;
  load(ring: KeyRing): Promise<void>;
}

const PARTS_MAX = 100_000;

export function createAttachments(crypto: Crypto, store: Store, vault: Vault, space: SpaceId): Attachments {
  const byHash = new Map<Hash, Uint8Array>();
  const attach = (bytes: Uint8Array): Hash => {
    const hash = makeId<Hash>(crypto.sha256(concat(label('frontier'), bytes)));
    byHash.set(hash, bytes.slice());
    return hash;
  };
  return {
    attach,
    take: (part) => (isFrontier(part) ? attach(part) : null),
    has: (hash) => byHash.has(hash),
    seqOf: (frontier, document, addedBy) => readFrontier(byHash, frontier, document, addedBy),
    put: (entry) => vault.put(TABLES.part, `${space}/${entry}`, new Uint8Array(0)),
    async load(ring) {
      for (const { key } of await store.scan(TABLES.part, `${space}/`, null, PARTS_MAX)) {
        const part = await openPart(crypto, store, space, ring, key.slice(space.length + 1) as EntryId);
        if (part !== null) attach(part);
      }
    },
  };
}
