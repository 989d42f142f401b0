/** Who this device is: its signing key is its id; its sealing key receives boxes (C1). */
import { type DeviceId, makeId } from '@leanvibe/protocol/ids';
import type { DeviceCard } from '@leanvibe/protocol/link';
import type { Crypto, SigningKeys } from '../ports/crypto.js';

export interface Identity {
  readonly device: DeviceId;
  readonly signing: SigningKeys;
  readonly sealingSecret: Uint8Array;
  readonly card: DeviceCard;
}

/** `signingSeed` and `sealingSecret`: 32 secret bytes each, made on this device and never copied. `kind`: place in DEVICE_KINDS. */
export function createIdentity(crypto: Crypto, signingSeed: Uint8Array, sealingSecret: Uint8Array, kind: number): Identity {
  const signing = crypto.signingKeys(signingSeed);
  const device = makeId<DeviceId>(signing.publicKey);
  return { device, signing, sealingSecret, card: { device, sealingKey: crypto.boxPublicKey(sealingSecret), kind } };
}
