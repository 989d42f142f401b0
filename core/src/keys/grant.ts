/** Grants (C11): an epoch's secrets in a box for one device, written as a link so that everybody knows who holds them. */
import { concat } from '@leanvibe/protocol/bytes';
import { type EpochId, idBytes, type SpaceId } from '@leanvibe/protocol/ids';
import type { Crypto } from '../ports/crypto.js';
import type { Random } from '../ports/random.js';
import { freshEphemeral, openBoxes, sealBox } from './box.js';
import { commitAppend, commitRead, type EpochSecrets } from './epoch.js';
import type { Commitments } from './ring.js';

const EPHEMERAL_BYTES = 32;
const SECRET_BYTES = 32;

/** Ephemeral key, then the box of R ‖ W, or of R ‖ 32 random bytes; null when the recipient's key is a low-order point. */
export function sealGrant(
  crypto: Crypto,
  random: Random,
  space: SpaceId,
  epoch: EpochSecrets,
  recipient: Uint8Array,
  append: boolean,
): Uint8Array | null {
  const ephemeral = freshEphemeral(crypto, random);
  const secret = concat(epoch.read, append && epoch.append !== null ? epoch.append : random.bytes(SECRET_BYTES));
  const box = sealBox(crypto, ephemeral, recipient, space, idBytes(epoch.epoch), secret);
  return box === null ? null : concat(ephemeral.publicKey, box);
}

/** The secrets as the box has them, by the word of whoever sealed it; null when it is for another device. */
export function openHanded(
  crypto: Crypto,
  sealingSecret: Uint8Array,
  space: SpaceId,
  epoch: EpochId,
  sealed: Uint8Array,
  append: boolean,
): EpochSecrets | null {
  const boxes = [sealed.subarray(EPHEMERAL_BYTES)];
  const secret = openBoxes(crypto, sealingSecret, sealed.subarray(0, EPHEMERAL_BYTES), space, idBytes(epoch), boxes);
  if (secret === null) return null;
  return { epoch, read: secret.slice(0, SECRET_BYTES), append: append ? secret.slice(SECRET_BYTES, 2 * SECRET_BYTES) : null };
}

/** Null unless it opens to what the epoch's link commits to: a wrong W would make the right R unusable. */
export function openGrant(
  crypto: Crypto,
  sealingSecret: Uint8Array,
  space: SpaceId,
  epoch: EpochId,
  sealed: Uint8Array,
  commitments: Commitments,
): EpochSecrets | null {
  const opened = openHanded(crypto, sealingSecret, space, epoch, sealed, true);
  if (opened?.append == null || !crypto.equal(commitRead(crypto, space, opened.read), commitments.commitRead)) return null;
  const writes = crypto.equal(commitAppend(crypto, space, opened.append), commitments.commitAppend);
  return writes ? opened : { ...opened, append: null };
}
