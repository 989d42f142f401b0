/** Vectors of C19 and W7 – W10: sealed entries from keys to bytes, what padding adds, and every tampering that must be refused. */
import { concat } from '@leanvibe/protocol/bytes';
import { type EpochId, toHex } from '@leanvibe/protocol/ids';
import { HEADER_BYTES, type Kind, KINDS, NONCE_BYTES, paddedLength, readSealed } from '@leanvibe/protocol/sealed';
import { createSealer } from '@leanvibe/core/internal/keys/entry';
import { type EntryKeys, entryKeys, type EpochSecrets } from '@leanvibe/core/internal/keys/epoch';
import type { Crypto } from '@leanvibe/core/internal/ports/crypto';
import { flipped, made, madeId } from './kit.js';

export const SECRETS: EpochSecrets = { epoch: madeId<EpochId>('epoch'), read: made('read secret'), append: made('append secret') };

const LENGTHS = [0, 1, 508, 511, 512, 513, 544, 545, 1000, 1024, 1025, 4096, 4097, 65_535, 65_536, 100_000, 229_386, 258_048] as const;

export interface EntryVectors {
  readonly about: string;
  readonly epoch: string;
  readonly read: string;
  readonly keys: readonly { readonly kind: Kind; readonly byte: number; readonly key: string; readonly nonceKey: string }[];
  readonly padding: readonly { readonly length: number; readonly padded: number }[];
  readonly sealed: readonly { readonly kind: Kind; readonly plaintext: string; readonly entryId: string; readonly bytes: string }[];
  readonly refused: readonly { readonly why: string; readonly reason: string; readonly bytes: string }[];
}

/** Seals what `createSealer` never would: any padded text, under any nonce. */
export function sealRaw(crypto: Crypto, kind: Kind, padded: Uint8Array, nonce?: Uint8Array): Uint8Array {
  const keys: EntryKeys = entryKeys(crypto, SECRETS, kind);
  const own = nonce ?? crypto.hmacSha256(keys.nonceKey, concat(Uint8Array.of(KINDS[kind]), padded)).slice(0, NONCE_BYTES);
  return concat(Uint8Array.of(1, KINDS[kind]), made('epoch'), own, crypto.secretbox(padded, own, keys.key));
}

function padded(size: number, length: number, at = -1, value = 0): Uint8Array {
  const bytes = new Uint8Array(size);
  new DataView(bytes.buffer).setUint32(0, length);
  if (at >= 0) bytes[at] = value;
  return bytes;
}

function tampered(crypto: Crypto): readonly (readonly [string, Uint8Array])[] {
  const genuine = createSealer(crypto, SECRETS).seal('change', made('a change', 100)).bytes;
  return [
    ['version 0', flipped(genuine, 0, 1)],
    ['version 2', flipped(genuine, 0, 3)],
    ['kind 0', flipped(genuine, 1, 1)],
    ['kind 8', flipped(genuine, 1, 9)],
    ['another kind', flipped(genuine, 1, 5)],
    ['another epoch', flipped(genuine, 2)],
    ['nonce', flipped(genuine, 34)],
    ['end of nonce', flipped(genuine, HEADER_BYTES - 1)],
    ['tag', flipped(genuine, HEADER_BYTES)],
    ['ciphertext', flipped(genuine, HEADER_BYTES + 16)],
    ['last byte', flipped(genuine, -1)],
    ['one byte short', genuine.subarray(0, -1)],
    ['one byte long', concat(genuine, Uint8Array.of(0))],
    ['header alone', genuine.subarray(0, HEADER_BYTES)],
    ['nothing', new Uint8Array(0)],
    ['a nonce that is not the HMAC', sealRaw(crypto, 'change', padded(512, 100), made('any nonce', 24))],
    [
      'a nonce of another kind',
      sealRaw(crypto, 'change', padded(512, 100), sealRaw(crypto, 'link', padded(512, 100)).slice(34, HEADER_BYTES)),
    ],
    ['padding that is not zero', sealRaw(crypto, 'change', padded(512, 100, 511, 1))],
    ['padding just behind the text that is not zero', sealRaw(crypto, 'change', padded(512, 100, 104, 0x80))],
    ['a length beyond the padding', sealRaw(crypto, 'change', padded(512, 509))],
    ['a length of 2^32 - 1', sealRaw(crypto, 'change', padded(512, 0xffffffff))],
    ['more padding than PADME', sealRaw(crypto, 'change', padded(544, 100))],
    ['a padded size that PADME never gives', sealRaw(crypto, 'change', padded(513, 509))],
  ];
}

export function makeEntries(crypto: Crypto): EntryVectors {
  const sealer = createSealer(crypto, SECRETS);
  const kinds = Object.keys(KINDS) as readonly Kind[];
  const texts: readonly (readonly [Kind, Uint8Array])[] = [
    ...kinds.map((kind) => [kind, made(`a ${kind}`, 40)] as const),
    ['change', new Uint8Array(0)],
    ['change', made('to the floor', 508)],
    ['change', made('over the floor', 509)],
    ['part', made('PADME', 3000)],
  ];
  return {
    about:
      'C19, W7 – W10. keys: HKDF(R, salt = epoch id, label || kind byte). sealed: version 1, kind, epoch id, nonce, secretbox(length in 4 bytes || plaintext || zeros).',
    epoch: SECRETS.epoch,
    read: toHex(SECRETS.read),
    keys: kinds.map((kind) => {
      const { key, nonceKey } = entryKeys(crypto, SECRETS, kind);
      return { kind, byte: KINDS[kind], key: toHex(key), nonceKey: toHex(nonceKey) };
    }),
    padding: LENGTHS.map((length) => ({ length, padded: paddedLength(length) })),
    sealed: texts.map(([kind, plaintext]) => {
      const { entryId, bytes } = sealer.seal(kind, plaintext);
      return { kind, plaintext: toHex(plaintext), entryId, bytes: toHex(bytes) };
    }),
    refused: tampered(crypto).map(([why, bytes]) => ({ why, reason: refusal(crypto, bytes), bytes: toHex(bytes) })),
  };
}

/** Why an entry is refused, as the reader of one epoch sees it. */
export function refusal(crypto: Crypto, bytes: Uint8Array): string {
  const outside = readSealed(bytes);
  if (!outside.ok) return outside.error;
  if (outside.value.epoch !== SECRETS.epoch) return 'no key';
  const opened = createSealer(crypto, SECRETS).open(outside.value);
  return opened.ok ? 'accepted, which is a mistake' : opened.error;
}
