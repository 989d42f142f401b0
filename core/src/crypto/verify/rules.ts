/** C15's checks on the encoding of a signature and a key, made before any curve arithmetic so that every library decides alike. */
import { fromHex } from '@leanvibe/protocol/ids';

const POINT_BYTES = 32;
const SIGN_BIT = 0x80;

function constant(hex: string): Uint8Array {
  const bytes = fromHex(hex);
  if (bytes === null) throw new Error(`not hex: ${hex}`);
  return bytes;
}

/** L, the order of the base point, little-endian (RFC 8032, 5.1). */
const ORDER = constant('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010');
/** 2²⁵⁵ − 19, little-endian. */
const FIELD = constant('edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f');

/** The five y of the eight points of order 1, 2, 4 and 8; the sign of x does not matter. */
const SMALL_ORDER_Y: readonly Uint8Array[] = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
].map(constant);

/** −1, 0 or 1 as the little-endian numbers compare. The input is public, so time may vary. */
function compare(number: Uint8Array, limit: Uint8Array): number {
  for (let at = POINT_BYTES - 1; at >= 0; at--) {
    const difference = (number[at] ?? 0) - (limit[at] ?? 0);
    if (difference !== 0) return Math.sign(difference);
  }
  return 0;
}

function withoutSign(point: Uint8Array): Uint8Array {
  const y = Uint8Array.from(point);
  y[POINT_BYTES - 1] = (y[POINT_BYTES - 1] ?? 0) & ~SIGN_BIT;
  return y;
}

/** S < L, of 32 bytes: otherwise S + L would be a second signature of the same message. */
export function scalarBelowOrder(scalar: Uint8Array): boolean {
  return compare(scalar, ORDER) < 0;
}

/** y < 2²⁵⁵ − 19, of 32 bytes. "Negative zero" x exists only at y = ±1, which `hasSmallOrder` refuses whatever the sign. */
export function isCanonicalPoint(point: Uint8Array): boolean {
  return compare(withoutSign(point), FIELD) < 0;
}

/** Whether 32 canonical bytes name one of the eight points whose order divides 8. */
export function hasSmallOrder(point: Uint8Array): boolean {
  const y = withoutSign(point);
  return SMALL_ORDER_Y.some((small) => compare(y, small) === 0);
}

/** All encoding rules of C15 at once: `signature` is 64 bytes R ‖ S, `publicKey` 32 bytes A. */
export function isWellFormed(signature: Uint8Array, publicKey: Uint8Array): boolean {
  const r = signature.subarray(0, POINT_BYTES);
  if (!scalarBelowOrder(signature.subarray(POINT_BYTES))) return false;
  if (!isCanonicalPoint(publicKey) || hasSmallOrder(publicKey)) return false;
  return isCanonicalPoint(r) && !hasSmallOrder(r);
}
