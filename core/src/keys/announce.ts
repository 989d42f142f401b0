/** Announcements (C13): how a rotation reaches those who hold only an older epoch, without naming anybody. */
import { type AnnouncementBody, announcementBody, signedAnnouncement } from '@leanvibe/protocol/change';
import { concat } from '@leanvibe/protocol/bytes';
import { type DeviceId, type EpochId, idBytes, type LinkId, type SpaceId, toHex } from '@leanvibe/protocol/ids';
import { decode, encode } from '@leanvibe/protocol/shape';
import { err, ok, type Result } from '../base/result.js';
import { label } from '../crypto/labels.js';
import type { Crypto, SigningKeys } from '../ports/crypto.js';
import type { Random } from '../ports/random.js';
import { type EphemeralKey, openBoxes, openPrior, sealBox } from './box.js';
import { commitAppend, commitRead, type EpochSecrets } from './epoch.js';

export interface Recipient {
  readonly device: DeviceId;
  /** X25519 public key. */
  readonly sealingKey: Uint8Array;
  /** May it append (editor and above)? */
  readonly append: boolean;
}

/** Random order, padded with random boxes to a power of two, so that neither names nor the exact count show. */
export function sealBoxes(
  crypto: Crypto,
  random: Random,
  space: SpaceId,
  ephemeral: EphemeralKey,
  secrets: EpochSecrets,
  recipients: readonly Recipient[],
): readonly Uint8Array[] {
  const context = idBytes(secrets.epoch);
  const boxes: Uint8Array[] = [];
  for (const recipient of recipients) {
    const append = recipient.append && secrets.append !== null ? secrets.append : random.bytes(32);
    const box = sealBox(crypto, ephemeral, recipient.sealingKey, space, context, concat(secrets.read, append));
    if (box !== null) boxes.push(box);
  }
  const padded = 2 ** Math.ceil(Math.log2(Math.max(1, boxes.length)));
  while (boxes.length < padded) boxes.push(random.bytes(80));
  return shuffled(random, boxes);
}

function shuffled<T>(random: Random, items: readonly T[]): readonly T[] {
  return items
    .map((item) => ({ item, order: toHex(random.bytes(8)) }))
    .sort((a, b) => (a.order < b.order ? -1 : 1))
    .map(({ item }) => item);
}

function signedBytes(crypto: Crypto, body: Uint8Array): Uint8Array {
  return concat(label('announcement-signature'), crypto.sha256(concat(label('announcement'), body)));
}

export function signAnnouncement(crypto: Crypto, keys: SigningKeys, body: AnnouncementBody): Uint8Array {
  const bytes = encode(announcementBody, body);
  return encode(signedAnnouncement, { body: bytes, signature: crypto.sign(signedBytes(crypto, bytes), keys.secretKey) });
}

/** The announcement of a plaintext, its signature checked against the author it names; whether that author may announce is the resolver's to say. */
export function readAnnouncement(crypto: Crypto, plaintext: Uint8Array): Result<AnnouncementBody, 'bad-announcement'> {
  const signed = decode(signedAnnouncement, plaintext);
  if (!signed.ok) return err('bad-announcement');
  const body = decode(announcementBody, signed.value.body);
  if (!body.ok) return err('bad-announcement');
  const genuine = crypto.verify(signed.value.signature, signedBytes(crypto, signed.value.body), idBytes(body.value.author));
  return genuine ? ok(body.value) : err('bad-announcement');
}

/** The new epoch's secrets if one of the boxes is ours and matches the commitments; null = not for us; `mismatch` = never write there (C12). */
export function openAnnouncement(
  crypto: Crypto,
  space: SpaceId,
  sealingSecret: Uint8Array,
  body: AnnouncementBody,
): EpochSecrets | 'mismatch' | null {
  const secret = openBoxes(crypto, sealingSecret, body.ephemeral, space, idBytes(body.epoch), body.boxes);
  if (secret === null) return null;
  const read = secret.slice(0, 32);
  const append = secret.slice(32, 64);
  if (!crypto.equal(commitRead(crypto, space, read), body.commitRead)) return 'mismatch';
  const writes = crypto.equal(commitAppend(crypto, space, append), body.commitAppend);
  return { epoch: epochOf(body.epoch), read, append: writes ? append : null };
}

/** R of each older epoch named in priors; those that do not open are left out. */
export function openPriors(
  crypto: Crypto,
  read: Uint8Array,
  priors: readonly { readonly epoch: LinkId | EpochId; readonly sealed: Uint8Array }[],
): readonly EpochSecrets[] {
  const found: EpochSecrets[] = [];
  for (const prior of priors) {
    const secret = openPrior(crypto, read, prior.sealed);
    if (secret !== null) found.push({ epoch: epochOf(prior.epoch), read: secret, append: null });
  }
  return found;
}

/** An epoch is named by its link. */
export function epochOf(link: LinkId | EpochId): EpochId {
  return link as unknown as EpochId;
}
