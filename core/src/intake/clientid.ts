/** C21: client ids. Those made here are derived, so that every receiver can recompute whose they are. */
import { concat } from '@leanvibe/protocol/bytes';
import type { Claim } from '@leanvibe/protocol/change';
import { type DocumentId, idBytes, type LinkId } from '@leanvibe/protocol/ids';
import { label } from '../crypto/labels.js';
import type { Hashing } from '../ports/crypto.js';

export const FOREIGN_ID_END = 2 ** 32;

/** The first 53 bits of SHA-256(label ‖ chain ‖ document ‖ run); `bump` the run and draw again in the 1 in 2^21 case below 2^32. */
export function clientIdOf(hashing: Hashing, chain: LinkId, document: DocumentId, run: Uint8Array): number {
  const digest = hashing.sha256(concat(label('client-id'), idBytes(chain), idBytes(document), run));
  const view = new DataView(digest.buffer, digest.byteOffset);
  return view.getUint32(0) * 2 ** 21 + (view.getUint32(4) >>> 11);
}

/** True when a claim of an engine-made id recomputes. Ids of other people's apps (below 2^32) carry no run and are not claimed this way. */
export function claimHolds(hashing: Hashing, chain: LinkId, document: DocumentId, claim: Claim): boolean {
  if (claim.run === null) return claim.clientId < FOREIGN_ID_END;
  return claim.clientId >= FOREIGN_ID_END && clientIdOf(hashing, chain, document, claim.run) === claim.clientId;
}
