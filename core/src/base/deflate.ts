/** Raw DEFLATE (RFC 1951) for checkpoints: text and its tombstones take half the bytes. What comes out is bounded while it comes out. */
import { concat } from '@leanvibe/protocol/bytes';
import { CHANGE_BYTES_MAX, INFLATE_BYTES_MIN, INFLATE_TIMES_MAX } from '@leanvibe/protocol/limits';
import { deflateSync, Inflate } from 'fflate';

/** What so many deflated bytes may come out as. */
export function inflatedMax(carriedBytes: number): number {
  return Math.min(CHANGE_BYTES_MAX, Math.max(INFLATE_BYTES_MIN, carriedBytes * INFLATE_TIMES_MAX));
}

/** Bytes taken in between two looks at what came out, which are at most 1,032 times as many. */
const SLICE_BYTES = 2 * 1024;

/** What shrinks more than anybody may inflate is stored as it is. */
export function deflate(bytes: Uint8Array): Uint8Array {
  const small = deflateSync(bytes, { level: 6 });
  return bytes.length <= inflatedMax(small.length) ? small : deflateSync(bytes, { level: 0 });
}

/** Null when it is no such stream, has no end, or comes out longer than it may. */
export function inflate(bytes: Uint8Array): Uint8Array | null {
  const bytesMax = inflatedMax(bytes.length);
  const pieces: Uint8Array[] = [];
  let length = 0;
  let ended = false;
  const stream = new Inflate((piece, last) => {
    pieces.push(piece);
    length += piece.length;
    ended ||= last;
  });
  try {
    for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
      stream.push(bytes.subarray(at, at + SLICE_BYTES), at + SLICE_BYTES >= bytes.length);
      if (length > bytesMax) return null;
    }
  } catch {
    // The library throws on every malformed stream, and only then.
    return null;
  }
  return ended ? concat(...pieces) : null;
}
