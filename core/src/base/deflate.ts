/** Raw DEFLATE (RFC 1951) for checkpoints: text and its tombstones take half the bytes. What comes out is bounded while it comes out. */
import { CHANGE_BYTES_MAX, INFLATE_BYTES_MIN, INFLATE_TIMES_MAX } from '@leanvibe/protocol/limits';
import { deflateSync, Inflate, inflateSync } from 'fflate';
import type { Pieces } from './pieces.js';

/** What so many deflated bytes may come out as. */
export function inflatedMax(carriedBytes: number): number {
  return Math.min(CHANGE_BYTES_MAX, Math.max(INFLATE_BYTES_MIN, carriedBytes * INFLATE_TIMES_MAX));
}

/** Bytes taken in between two looks at what came out, which are at most 1,032 times as many: some 10 ms of work. */
const SLICE_BYTES = 2 * 1024;

/** What shrinks more than anybody may inflate is stored as it is. */
export function deflate(bytes: Uint8Array): Uint8Array {
  const small = deflateSync(bytes, { level: 6 });
  return bytes.length <= inflatedMax(small.length) ? small : deflateSync(bytes, { level: 0 });
}

/** Null when it is no such stream, has no end, or comes out longer than it may. */
export function* inflate(bytes: Uint8Array): Pieces<Uint8Array | null> {
  const bytesMax = inflatedMax(bytes.length);
  try {
    return bytes.length <= SLICE_BYTES ? inflateAtOnce(bytes, bytesMax) : yield* inflateSliced(bytes, bytesMax);
  } catch {
    // The library throws on every malformed stream, and only then.
    return null;
  }
}

/** Into a buffer that does not grow: a third of the time for a small document. */
function inflateAtOnce(bytes: Uint8Array, bytesMax: number): Uint8Array | null {
  // What does not fit is dropped, and one byte more than may be is enough to know.
  const out = inflateSync(bytes, { out: new Uint8Array(bytesMax + 1) });
  return out.length > bytesMax ? null : out.slice();
}

function* inflateSliced(bytes: Uint8Array, bytesMax: number): Pieces<Uint8Array | null> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  let ended = false;
  const stream = new Inflate((piece, last) => {
    pieces.push(piece);
    length += piece.length;
    ended ||= last;
  });
  for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
    stream.push(bytes.subarray(at, at + SLICE_BYTES), at + SLICE_BYTES >= bytes.length);
    if (length > bytesMax) return null;
    yield;
  }
  if (!ended) return null;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
    yield;
  }
  return whole;
}
