/** Consent: the new device's own signature, without which nobody can put it into a space or under a person (C2, G3). */
import { idBytes, makeId, type DeviceId, type PersonId, type SpaceId } from '@leanvibe/protocol/ids';
import type { ConsentedCard, DeviceCard } from '@leanvibe/protocol/link';
import { label } from '../crypto/labels.js';
import type { Crypto, SigningKeys, Verifying } from '../ports/crypto.js';
import { concat } from '@leanvibe/protocol/bytes';

/** The device agrees to be a device of this person in this space; throws when the card is not the signer's, which only a bug can cause. */
export function signConsent(crypto: Crypto, keys: SigningKeys, card: DeviceCard, space: SpaceId, person: PersonId): ConsentedCard {
  if (makeId<DeviceId>(keys.publicKey) !== card.device) throw new Error('a device consents for itself only');
  return { card, consent: crypto.sign(message(card, space, person), keys.secretKey) };
}

/** Never throws. */
export function verifyConsent(crypto: Verifying, consented: ConsentedCard, space: SpaceId, person: PersonId): boolean {
  return crypto.verify(consented.consent, message(consented.card, space, person), idBytes(consented.card.device));
}

function message(card: DeviceCard, space: SpaceId, person: PersonId): Uint8Array {
  return concat(label('device-consent'), idBytes(card.device), card.sealingKey, Uint8Array.of(card.kind), idBytes(space), idBytes(person));
}
