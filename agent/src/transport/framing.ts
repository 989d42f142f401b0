/** Frames on a byte stream: a 4-byte big-endian length, then the bytes. */
import { FRAME_BYTES_MAX, FRAME_HEADER_BYTES } from './limits.js';

export function frameHeader(length: number): Uint8Array {
  return Uint8Array.of(length >>> 24, (length >>> 16) & 0xff, (length >>> 8) & 0xff, length & 0xff);
}

export interface FrameReader {
  /** Feeds received bytes; calls `onFrame` for each whole frame. False on a length over the limit: the stream is lost then. */
  read(chunk: Uint8Array): boolean;
  /** Bytes held of a frame not yet whole. */
  heldBytes(): number;
}

/** Memory follows what was received, never what a header announces. */
export function createFrameReader(onFrame: (frame: Uint8Array) => void, frameBytesMax = FRAME_BYTES_MAX): FrameReader {
  let length = 0;
  let headerBytes = 0;
  let parts: Uint8Array[] = [];
  let held = 0;

  function takeHeader(chunk: Uint8Array, from: number): number {
    let at = from;
    while (headerBytes < FRAME_HEADER_BYTES && at < chunk.length) {
      length = length * 256 + (chunk[at] ?? 0);
      headerBytes += 1;
      at += 1;
    }
    return at;
  }

  function emit(): void {
    const frame = parts.length === 1 && parts[0] !== undefined ? parts[0] : join(parts, held);
    parts = [];
    held = 0;
    length = 0;
    headerBytes = 0;
    onFrame(frame);
  }

  function read(chunk: Uint8Array): boolean {
    let at = 0;
    while (at < chunk.length) {
      if (headerBytes < FRAME_HEADER_BYTES) {
        at = takeHeader(chunk, at);
        if (headerBytes < FRAME_HEADER_BYTES) return true;
        if (length > frameBytesMax) return false;
      }
      const end = Math.min(chunk.length, at + length - held);
      if (end > at) parts.push(own(chunk, at, end));
      held += end - at;
      at = end;
      if (held === length) emit();
    }
    return true;
  }

  return { read, heldBytes: () => held };
}

/** A plain view of a large piece; a copy of a small one, which would otherwise keep the whole network buffer alive. */
function own(chunk: Uint8Array, from: number, to: number): Uint8Array {
  const view = new Uint8Array(chunk.buffer, chunk.byteOffset + from, to - from);
  return view.length * 2 < chunk.buffer.byteLength ? view.slice() : view;
}

function join(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
