/** What all golden vectors are made from: bytes that depend only on a name, two devices, and values written as plain JSON. */
import { fromHex, makeId, toHex, type AnyId, type DeviceId, type PersonId, type SpaceId } from '@leanvibe/protocol/ids';
import type { DeviceCard } from '@leanvibe/protocol/link';
import { portableHashing } from '@leanvibe/core/internal/crypto/portable-hashing';
import type { Crypto, SigningKeys } from '@leanvibe/core/internal/ports/crypto';
import type { Random } from '@leanvibe/core/internal/ports/random';

/** `size` bytes that look random: HKDF-SHA-256 with the ASCII name as secret, salt and info. */
export function made(name: string, size = 32): Uint8Array {
  const secret = Uint8Array.from(name, (character) => character.charCodeAt(0));
  return size === 0 ? new Uint8Array(0) : portableHashing.hkdfSha256(secret, secret, secret, size);
}

export function madeId<T extends AnyId>(name: string, size = 32): T {
  return makeId<T>(made(name, size), size);
}

/** Bytes that are long, cheap to describe and do not repeat at any power of two. */
export function pattern(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, at) => at % 251);
}

/** Answers `made('<name>/0')`, `made('<name>/1')` … */
export function namedRandom(name: string): Random {
  let asked = 0;
  return { bytes: (count) => made(`${name}/${asked++}`, count) };
}

export interface Actor {
  readonly signingSeed: Uint8Array;
  readonly sealingSecret: Uint8Array;
  readonly keys: SigningKeys;
  readonly device: DeviceId;
  readonly card: DeviceCard;
}

export function actor(crypto: Crypto, name: string, kind = 0): Actor {
  const signingSeed = made(`${name} signing`);
  const sealingSecret = made(`${name} sealing`);
  const keys = crypto.signingKeys(signingSeed);
  const device = makeId<DeviceId>(keys.publicKey);
  return { signingSeed, sealingSecret, keys, device, card: { device, sealingKey: crypto.boxPublicKey(sealingSecret), kind } };
}

export const SPACE = madeId<SpaceId>('space');
export const PERSON = madeId<PersonId>('person');

export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [key: string]: Plain };

/** Bytes become `hex:…`; everything else is JSON already. */
export function plain(value: unknown): Plain {
  if (value instanceof Uint8Array) return `hex:${toHex(value)}`;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
  if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string') return value;
  throw new Error(`no vector can hold a ${typeof value}`);
}

export function hex(text: string): Uint8Array {
  const bytes = fromHex(text.replaceAll(' ', ''));
  if (bytes === null) throw new Error(`not hex: ${text}`);
  return bytes;
}

/** A copy with one byte changed. */
export function flipped(bytes: Uint8Array, at: number, mask = 1): Uint8Array {
  const copy = bytes.slice();
  const index = at < 0 ? copy.length + at : at;
  copy[index] = (copy[index] ?? 0) ^ mask;
  return copy;
}
