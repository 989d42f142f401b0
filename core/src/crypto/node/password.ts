/** A key from a passphrase by Argon2id, computed off the main loop. */
import sodium from 'sodium-native';

export interface PasswordCost {
  readonly passes: number;
  readonly memoryBytes: number;
}

/** 64 MiB and 3 passes: about 80 ms on one core, the second choice of RFC 9106. */
export const COST: PasswordCost = { passes: 3, memoryBytes: 64 * 1024 * 1024 };
/** A damaged or hostile file may not ask for more. */
export const COST_MAX: PasswordCost = { passes: 64, memoryBytes: 1024 * 1024 * 1024 };

export const SALT_BYTES = 16;

/** 32 bytes. The passphrase is compared after Unicode normalisation, so that keyboards do not matter. */
export async function passwordKey(passphrase: string, salt: Uint8Array, cost: PasswordCost): Promise<Uint8Array> {
  const key = Buffer.alloc(32);
  await sodium.crypto_pwhash_async(
    key,
    Buffer.from(passphrase.normalize('NFKC')),
    Buffer.from(salt),
    cost.passes,
    cost.memoryBytes,
    sodium.crypto_pwhash_ALG_ARGON2ID13,
  );
  return new Uint8Array(key.buffer, key.byteOffset, key.length);
}
