/** Follows a client's WebSocket bytes from outside: when what is under way began, and how many frames came. Neither keeps nor judges content. */

export interface Frames {
  /** Takes bytes as they come from the socket; answers how many frames began in them, and how many of those are control frames. */
  feed(bytes: Uint8Array, nowMs: number): Begun;
  /** When the message or the frame that is not whole yet began; null between messages. Control frames between its fragments end no message. */
  unfinishedMs(): number | null;
}

export interface Begun {
  readonly frames: number;
  readonly controls: number;
}

const FIN = 0x80;
const CONTROL = 0x08;
const MASKED = 0x80;
const LENGTH = 0x7f;
const TWO_BYTES = 126;
const EIGHT_BYTES = 127;

/** A frame's header (RFC 6455, 5.2) is two bytes, then none, two or eight of length, then four of mask. */
export function createFrames(): Frames {
  let messageMs: number | null = null;
  let frameMs: number | null = null;
  let first = 0;
  /** Of the header: bytes seen, and all it will have. */
  let seen = 0;
  let whole = 2;
  let lengthEnd = 2;
  let length = 0;
  let payloadLeft = 0;

  const finish = (): void => {
    frameMs = null;
    seen = 0;
    if ((first & CONTROL) === 0 && (first & FIN) !== 0) messageMs = null;
  };
  const header = (byte: number): void => {
    seen += 1;
    if (seen === 1) {
      first = byte;
      whole = 2;
      length = 0;
      return;
    }
    if (seen === 2) {
      const said = byte & LENGTH;
      const more = said === TWO_BYTES ? 2 : said === EIGHT_BYTES ? 8 : 0;
      if (more === 0) length = said;
      whole = 2 + more + ((byte & MASKED) === 0 ? 0 : 4);
      lengthEnd = 2 + more;
      return;
    }
    if (seen <= lengthEnd) length = length * 256 + byte;
  };

  return {
    feed(bytes, nowMs) {
      let frames = 0;
      let controls = 0;
      let at = 0;
      while (at < bytes.length) {
        if (payloadLeft > 0) {
          const taken = Math.min(payloadLeft, bytes.length - at);
          payloadLeft -= taken;
          at += taken;
          if (payloadLeft === 0) finish();
          continue;
        }
        header(bytes[at++] ?? 0);
        if (seen === 1) {
          frames += 1;
          frameMs = nowMs;
          if ((first & CONTROL) === 0) messageMs ??= nowMs;
          else controls += 1;
        }
        if (seen < whole || seen < 2) continue;
        payloadLeft = length;
        seen = 0;
        if (payloadLeft === 0) finish();
      }
      return { frames, controls };
    },
    unfinishedMs: () => messageMs ?? frameMs,
  };
}
