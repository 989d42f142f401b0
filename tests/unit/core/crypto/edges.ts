/** Builds the signatures on which libraries disagree, with noble's curve arithmetic as the witness; used to make the frozen vectors. */
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { toHex } from '@leanvibe/protocol/ids';

export type Rule = 'scalar' | 'canonical-key' | 'canonical-r' | 'small-key' | 'small-r' | 'cofactorless' | 'equation';

export interface Edge {
  readonly name: string;
  readonly publicKey: string;
  readonly message: string;
  readonly signature: string;
  readonly valid: boolean;
  /** The one rule whose loss would let this pass; null when several forbid it, or none. */
  readonly rule: Rule | null;
}

const Point = ed25519.Point;
type Point = InstanceType<typeof Point>;
const L = Point.Fn.ORDER;
const KEY_SCALAR = 1234567890123456789012345678901234567n;
const NONCE_SCALAR = 987654321098765432109876543210987654n;
const BASE_KEY = Point.BASE.multiply(KEY_SCALAR);
const BASE_R = Point.BASE.multiply(NONCE_SCALAR);

/** p + 1: the identity written with y not below the field. */
const IDENTITY_HIGH = bytes('eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f');
/** p: y = 0, of order 4, not below the field. */
const ZERO_HIGH = bytes('edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f');
/** The identity with the sign bit of an x that is zero. */
const IDENTITY_NEGATIVE = bytes('0100000000000000000000000000000000000000000000000000000000000080');
const ORDER_2 = bytes('ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f');
const ORDER_4 = bytes('0000000000000000000000000000000000000000000000000000000000000000');
const ORDER_8 = bytes('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a');
const TORSION: Point = Point.fromBytes(ORDER_8);

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}

function little(number: bigint): Uint8Array {
  return bytes(number.toString(16).padStart(64, '0')).reverse();
}

function challenge(r: Uint8Array, key: Uint8Array, message: Uint8Array): bigint {
  const digest = sha512(Uint8Array.from([...r, ...key, ...message])).reverse();
  return BigInt(`0x${toHex(digest)}`) % L;
}

interface Parts {
  readonly r: Uint8Array;
  readonly key: Uint8Array;
  readonly nonceScalar: bigint;
  readonly keyScalar: bigint;
  /** The first counter message whose challenge satisfies this is signed. */
  readonly when?: (challenge: bigint) => boolean;
}

function craft({ r, key, nonceScalar, keyScalar, when = () => true }: Parts): { message: Uint8Array; s: bigint } {
  for (let counter = 0; counter < 4096; counter++) {
    const message = Uint8Array.from([counter >> 8, counter & 255]);
    const h = challenge(r, key, message);
    if (when(h)) return { message, s: (nonceScalar + h * keyScalar) % L };
  }
  throw new Error('no message found');
}

function edge(name: string, rule: Rule | null, valid: boolean, parts: Parts, shift = 0n): Edge {
  const { message, s } = craft(parts);
  const signature = Uint8Array.from([...parts.r, ...little(s + shift)]);
  return { name, publicKey: toHex(parts.key), message: toHex(message), signature: toHex(signature), valid, rule };
}

const divisibleBy = (divisor: bigint) => (h: bigint) => h % divisor === 0n;
const honest: Parts = { r: BASE_R.toBytes(), key: BASE_KEY.toBytes(), nonceScalar: NONCE_SCALAR, keyScalar: KEY_SCALAR };
const mixedKey = BASE_KEY.add(TORSION).toBytes();

function smallKey(key: Uint8Array, order: bigint): Parts {
  return { ...honest, key, keyScalar: 0n, when: divisibleBy(order) };
}

function smallR(r: Uint8Array): Parts {
  return { ...honest, r, nonceScalar: 0n };
}

export function makeEdges(): readonly Edge[] {
  const plain = edge('honest', null, true, honest);
  const flipped = plain.message.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'));
  return [
    plain,
    { ...plain, name: 'another message', message: flipped, valid: false, rule: 'equation' },
    edge('S + L', 'scalar', false, honest, L),
    edge('S + 8L', 'scalar', false, honest, 8n * L),
    edge('A of mixed order, challenge divisible by 8', null, true, { ...honest, key: mixedKey, when: divisibleBy(8n) }),
    edge('A of mixed order, challenge odd', 'cofactorless', false, { ...honest, key: mixedKey, when: (h) => h % 2n === 1n }),
    edge('torsion in R', 'cofactorless', false, { ...honest, r: BASE_R.add(TORSION).toBytes() }),
    edge('torsion in R and A', 'cofactorless', false, {
      ...honest,
      r: BASE_R.add(TORSION).toBytes(),
      key: mixedKey,
      when: (h) => h % 8n === 1n,
    }),
    edge('A identity', 'small-key', false, smallKey(Point.ZERO.toBytes(), 1n)),
    edge('A of order 2', 'small-key', false, smallKey(ORDER_2, 2n)),
    edge('A of order 4', 'small-key', false, smallKey(ORDER_4, 4n)),
    edge('A of order 8', 'small-key', false, smallKey(ORDER_8, 8n)),
    edge('A identity with a sign', 'small-key', false, smallKey(IDENTITY_NEGATIVE, 1n)),
    edge('A identity not below the field', 'canonical-key', false, smallKey(IDENTITY_HIGH, 1n)),
    edge('A of order 4 not below the field', 'canonical-key', false, smallKey(ZERO_HIGH, 4n)),
    edge('R identity', 'small-r', false, smallR(Point.ZERO.toBytes())),
    edge('R of order 2', 'small-r', false, smallR(ORDER_2)),
    edge('R of order 8', 'small-r', false, smallR(ORDER_8)),
    edge('R identity with a sign', 'small-r', false, smallR(IDENTITY_NEGATIVE)),
    edge('R identity not below the field', 'canonical-r', false, smallR(IDENTITY_HIGH)),
    edge('R of order 4 not below the field', 'canonical-r', false, smallR(ZERO_HIGH)),
    edge('A and R identity', null, false, { ...smallKey(Point.ZERO.toBytes(), 1n), r: Point.ZERO.toBytes(), nonceScalar: 0n }),
  ];
}
