/** Bounded reading of the primitives of Yjs V1 updates; every read either moves forward inside the bytes or throws `Unfit`. */
import { readUtf8 } from '@leanvibe/protocol/utf8';
import { DEPTH_MAX } from '@leanvibe/protocol/limits';
import type { InspectFailure } from './crdt.js';
import { countValues, isForbiddenKey, nestsAtMost } from './json.js';

/** Leaves the parser; `inspect` turns it into a Result. */
export class Unfit extends Error {
  override readonly name = 'Unfit';
  readonly failure: InspectFailure;
  constructor(failure: InspectFailure) {
    super(failure);
    this.failure = failure;
  }
}

export interface YjsReader {
  readonly left: number;
  byte(): number;
  /** A variable-length unsigned integer below 2^53, in its shortest form. */
  uint(): number;
  /** Skips a byte string. */
  skipBytes(): void;
  /** Skips well-formed UTF-8 and answers its length in UTF-16 units, which is what Yjs counts. */
  skipText(): number;
  text(): string;
  /** Skips one lib0 "any" value; answers how many values it holds. */
  skipAny(depth: number): number;
  /** Skips one JSON text that survives a round trip through JSON.parse and JSON.stringify; answers how many values it holds. Old Yjs arrays also hold the bare word `undefined`. */
  skipJson(orUndefined?: boolean): number;
}

const malformed = (): never => {
  throw new Unfit('malformed');
};

export function createYjsReader(bytes: Uint8Array): YjsReader {
  const end = bytes.length;
  let at = 0;
  const byte = (): number => (at < end ? (bytes[at++] as number) : malformed());
  const varint = (first: number, bits: number): number => {
    let value = first & ((1 << bits) - 1);
    let factor = 1 << bits;
    let more = first >= 128;
    while (more) {
      const next = byte();
      value += (next & 127) * factor;
      factor *= 128;
      more = next >= 128;
      if (!more && next === 0) return malformed();
      if (value > Number.MAX_SAFE_INTEGER) return malformed();
    }
    return value;
  };
  const uint = (): number => varint(byte(), 7);
  const jump = (count: number): number => {
    if (count > end - at) return malformed();
    at += count;
    return at - count;
  };
  const text = (): string => {
    const length = uint();
    const from = jump(length);
    return readUtf8(bytes.subarray(from, at)) ?? malformed();
  };
  const skipText = (): number => {
    const length = uint();
    const from = jump(length);
    let units = 0;
    for (let step = from; step < at; units++) {
      const first = bytes[step] as number;
      if (first < 128) step++;
      else {
        const size = sequence(bytes, step, at);
        if (size === 4) units++;
        step += size;
      }
    }
    return units;
  };
  const skipJson = (orUndefined = false): number => {
    const source = text();
    if (orUndefined && source === 'undefined') return 1;
    if (!nestsAtMost(source, DEPTH_MAX)) throw new Unfit('over-limit');
    let value: unknown;
    try {
      value = JSON.parse(source);
    } catch (error) {
      if (error instanceof SyntaxError) return malformed();
      throw error;
    }
    return countValues(value) ?? malformed();
  };
  const skipMany = (depth: number, named: boolean): number => {
    if (depth <= 0) throw new Unfit('over-limit');
    const count = uint();
    if (count > end - at) return malformed();
    let total = 1;
    for (let item = 0; item < count; item++) {
      if (named && isForbiddenKey(text())) return malformed();
      total += skipAny(depth - 1);
    }
    return total;
  };
  const skipAny = (depth: number): number => {
    switch (byte()) {
      case 127: // undefined
      case 126: // null
      case 121: // false
      case 120: // true
        return 1;
      case 125:
        varint(...signed(byte()));
        return 1;
      case 124:
        jump(4);
        return 1;
      case 123:
      case 122:
        jump(8);
        return 1;
      case 119:
        skipText();
        return 1;
      case 118:
        return skipMany(depth, true);
      case 117:
        return skipMany(depth, false);
      case 116:
        jump(uint());
        return 1;
      default:
        return malformed();
    }
  };
  return {
    get left() {
      return end - at;
    },
    byte,
    uint,
    skipBytes: () => void jump(uint()),
    skipText,
    text,
    skipAny,
    skipJson,
  };
}

/** lib0 keeps a sign in bit 7 of the first byte, which leaves six bits of the number. */
function signed(first: number): readonly [number, number] {
  return [(first & 128) | (first & 63), 6];
}

/** The size of the well-formed UTF-8 sequence of two to four bytes at `at`. */
function sequence(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at] as number;
  const size = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (size === 0 || at + size > end) return malformed();
  for (let step = 1; step < size; step++) if (((bytes[at + step] as number) & 0xc0) !== 0x80) return malformed();
  const second = bytes[at + 1] as number;
  const overlongOrSurrogate =
    (first === 0xe0 && second < 0xa0) ||
    (first === 0xed && second > 0x9f) ||
    (first === 0xf0 && second < 0x90) ||
    (first === 0xf4 && second > 0x8f);
  return overlongOrSurrogate ? malformed() : size;
}
