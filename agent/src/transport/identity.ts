/** A device's key as libp2p sees it: the peer id is the Ed25519 public key itself (C1). */
import { generateKeyPairFromSeed, publicKeyFromRaw } from '@libp2p/crypto/keys';
import { peerIdFromPublicKey } from '@libp2p/peer-id';
import type { Ed25519PrivateKey, PeerId } from '@libp2p/interface';
import { idBytes, idFrom, makeId, type DeviceId } from '@leanvibe/protocol/ids';

const SEED_BYTES = 32;

/** Throws unless the seed is 32 bytes, which only a bug can cause. */
export async function deviceKey(seed: Uint8Array): Promise<{ readonly key: Ed25519PrivateKey; readonly deviceId: DeviceId }> {
  if (seed.length !== SEED_BYTES) throw new Error(`a device seed is ${SEED_BYTES} bytes, got ${seed.length}`);
  const key = await generateKeyPairFromSeed('Ed25519', seed);
  return { key, deviceId: makeId<DeviceId>(key.publicKey.raw) };
}

/** Null for a peer whose key is not Ed25519: it cannot be a device. */
export function deviceOf(peer: PeerId): DeviceId | null {
  return peer.type === 'Ed25519' ? idFrom<DeviceId>(peer.publicKey.raw) : null;
}

/** Null when the bytes are no point of the curve's encoding that libp2p takes. */
export function peerOf(device: DeviceId): PeerId {
  return peerIdFromPublicKey(publicKeyFromRaw(idBytes(device)));
}
