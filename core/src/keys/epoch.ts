/** Epoch secrets and what derives from them (C11, C14): entry keys, nonce keys, commitments, space tags. */
import { concat } from '@leanvibe/protocol/bytes';
import { type DeviceId, type EpochId, idBytes, type SpaceId } from '@leanvibe/protocol/ids';
import { type Kind, KINDS } from '@leanvibe/protocol/sealed';
import { label } from '../crypto/labels.js';
import type { Crypto } from '../ports/crypto.js';
import type { Random } from '../ports/random.js';

/** One generation of a space's secrets as a device holds them. */
export interface EpochSecrets {
  readonly epoch: EpochId;
  /** R, 32 bytes: opens and seals everything of this epoch. */
  readonly read: Uint8Array;
  /** W, 32 bytes: proves the right to append; null for those who may only read. */
  readonly append: Uint8Array | null;
}

/** Secrets of an epoch that has no id yet: the id is its link's. */
export interface FreshSecrets {
  readonly read: Uint8Array;
  readonly append: Uint8Array;
}

export function freshSecrets(random: Random): FreshSecrets {
  return { read: random.bytes(32), append: random.bytes(32) };
}

export function commitRead(crypto: Crypto, space: SpaceId, read: Uint8Array): Uint8Array {
  return crypto.hkdfSha256(read, idBytes(space), label('commit-read'), 32);
}

export function commitAppend(crypto: Crypto, space: SpaceId, append: Uint8Array): Uint8Array {
  return crypto.hkdfSha256(append, idBytes(space), label('commit-append'), 32);
}

/** Keys of one (epoch, kind) pair. */
export interface EntryKeys {
  readonly key: Uint8Array;
  readonly nonceKey: Uint8Array;
}

export function entryKeys(crypto: Crypto, secrets: Pick<EpochSecrets, 'epoch' | 'read'>, kind: Kind): EntryKeys {
  const salt = idBytes(secrets.epoch);
  const suffix = Uint8Array.of(KINDS[kind]);
  return {
    key: crypto.hkdfSha256(secrets.read, salt, concat(label('entry-key'), suffix), 32),
    nonceKey: crypto.hkdfSha256(secrets.read, salt, concat(label('nonce-key'), suffix), 32),
  };
}

/** Tags are shown for every epoch at every session, and whenever keys or members change. */
const tagKeys = new WeakMap<Uint8Array, { readonly epoch: EpochId; readonly key: Uint8Array }>();

function tagKey(crypto: Crypto, { epoch, read }: Pick<EpochSecrets, 'epoch' | 'read'>): Uint8Array {
  const known = tagKeys.get(read);
  if (known?.epoch === epoch) return known.key;
  const key = crypto.hkdfSha256(read, idBytes(epoch), label('space-tag'), 32);
  tagKeys.set(read, { epoch, key });
  return key;
}

/** C25: what a device shows in a session to be matched, without naming the space. 16 bytes. */
export function spaceTag(
  crypto: Crypto,
  secrets: Pick<EpochSecrets, 'epoch' | 'read'>,
  session: Uint8Array,
  space: SpaceId,
  sender: DeviceId,
): Uint8Array {
  return crypto.hmacSha256(tagKey(crypto, secrets), concat(session, idBytes(space), idBytes(sender))).slice(0, 16);
}
