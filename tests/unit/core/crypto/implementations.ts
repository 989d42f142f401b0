/** The three implementations every test of the suite runs over. */
import { fromHex } from '@leanvibe/protocol/ids';
import type { Crypto } from '@leanvibe/core/internal/ports/crypto';
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import { portableCrypto } from '@leanvibe/core/internal/crypto/portable';
import { wasmCrypto } from '@leanvibe/core/internal/crypto/wasm';

export const implementations: readonly (readonly [string, Crypto])[] = [
  ['native', nativeCrypto()],
  ['wasm', await wasmCrypto()],
  ['portable', portableCrypto()],
];

/** Bytes of a test's own hex; spaces are for reading. */
export function hex(text: string): Uint8Array {
  const bytes = fromHex(text.replaceAll(' ', ''));
  if (bytes === null) throw new Error(`not hex: ${text}`);
  return bytes;
}
