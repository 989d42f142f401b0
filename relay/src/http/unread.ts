/** Notices who does not read what it asked for: bytes wait for it, and in a while it took next to none of them. */
import type { Socket } from 'node:net';

/** Looked at about once a second; true once the other end has not read for too long. */
export type UnreadWatch = (nowMs: number) => boolean;

/** What is looked at of a socket. */
export type Outgoing = Pick<Socket, 'bytesWritten' | 'writableLength'> & { readonly _handle?: { readonly writeQueueSize?: number } | null };

/** Whoever lets bytes wait so long must have taken so many of them meanwhile: a trickle that keeps a socket of ours is no reading. */
const PATIENCE_MS = 8_000;
const TAKEN_BYTES_MIN = 16 * 1024;

export function watchUnread(socket: Outgoing): UnreadWatch {
  let sinceMs: number | null = null;
  let taken = 0;
  let [doneBefore, queueBefore] = [0, 0];
  return (nowMs) => {
    const done = socket.bytesWritten - socket.writableLength;
    // A piece that is half taken counts as waiting still: what the kernel took of it is known only here (as `net` itself looks for its timeouts).
    const queue = socket._handle?.writeQueueSize ?? 0;
    taken += Math.max(0, done - doneBefore, queueBefore - queue);
    [doneBefore, queueBefore] = [done, queue];
    if (socket.writableLength === 0) {
      sinceMs = null;
      return false;
    }
    if (sinceMs === null || taken >= TAKEN_BYTES_MIN) {
      sinceMs = nowMs;
      taken = 0;
      return false;
    }
    return nowMs - sinceMs > PATIENCE_MS;
  };
}
