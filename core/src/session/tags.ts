/** Matching spaces without naming them (C25): tags of the newest epochs, padded so that a stranger learns not even how many. */
import { concat } from '@leanvibe/protocol/bytes';
import { type DeviceId, idBytes, type SpaceId, toHex } from '@leanvibe/protocol/ids';
import { TAG_EPOCHS_MAX, TAGS_MAX } from '@leanvibe/protocol/limits';
import { label } from '../crypto/labels.js';
import { type EpochSecrets, spaceTag } from '../keys/epoch.js';
import type { Crypto } from '../ports/crypto.js';
import type { Random } from '../ports/random.js';

/** A space as a session sees it. */
export interface TaggedSpace {
  readonly space: SpaceId;
  /** Every epoch held, newest first. */
  readonly epochs: readonly EpochSecrets[];
}

export interface Match {
  readonly space: SpaceId;
  readonly secrets: EpochSecrets;
  /** The peer's tag that matched. */
  readonly tag: Uint8Array;
}

const TAGS_PADDED_MIN = 16;

/** 32 bytes both sides compute alike: bound to both device keys, which the transport proved, and to both nonces. */
export function sessionId(
  crypto: Crypto,
  a: { readonly device: DeviceId; readonly nonce: Uint8Array },
  b: { readonly device: DeviceId; readonly nonce: Uint8Array },
): Uint8Array {
  const [first, second] = a.device < b.device ? [a, b] : [b, a];
  return crypto.sha256(concat(label('session'), idBytes(first.device), idBytes(second.device), first.nonce, second.nonce));
}

/** This device's tags, with random ones up to a power of two, in random order. */
export function offerTags(
  crypto: Crypto,
  random: Random,
  session: Uint8Array,
  self: DeviceId,
  spaces: readonly TaggedSpace[],
): readonly Uint8Array[] {
  const tags = spaces
    .flatMap(({ space, epochs }) => epochs.slice(0, TAG_EPOCHS_MAX).map((epoch) => spaceTag(crypto, epoch, session, space, self)))
    .slice(0, TAGS_MAX);
  const padded = Math.min(TAGS_MAX, 2 ** Math.ceil(Math.log2(Math.max(TAGS_PADDED_MIN, tags.length))));
  while (tags.length < padded) tags.push(random.bytes(16));
  return tags
    .map((tag) => ({ tag, order: toHex(random.bytes(8)) }))
    .sort((x, y) => (x.order < y.order ? -1 : 1))
    .map(({ tag }) => tag);
}

/** For every space of ours the newest epoch the peer showed; it is tested against every epoch ever held. */
export function matchTags(
  crypto: Crypto,
  session: Uint8Array,
  peer: DeviceId,
  spaces: readonly TaggedSpace[],
  tags: readonly Uint8Array[],
): readonly Match[] {
  // A liar shows thousands; the first four bytes are enough to look few of them up.
  const shown = new Map<number, Uint8Array[]>();
  for (const tag of tags) {
    const others = shown.get(startOf(tag));
    if (others === undefined) shown.set(startOf(tag), [tag]);
    else others.push(tag);
  }
  const matches: Match[] = [];
  for (const { space, epochs } of spaces) {
    for (const epoch of epochs) {
      const wanted = spaceTag(crypto, epoch, session, space, peer);
      const tag = shown.get(startOf(wanted))?.find((one) => crypto.equal(one, wanted));
      if (tag === undefined) continue;
      matches.push({ space, secrets: epoch, tag });
      break;
    }
  }
  return matches;
}

function startOf(tag: Uint8Array): number {
  return (((tag[0] ?? 0) << 24) | ((tag[1] ?? 0) << 16) | ((tag[2] ?? 0) << 8) | (tag[3] ?? 0)) >>> 0;
}
