/** One WebSocket as the wire of a connection: binary frames, a queue with a limit, and an end for whoever does not finish or does not read. */
import type { Duplex } from 'node:stream';
import type { Clock } from '@leanvibe/core/ports/clock';
import type { RelayRefusal } from '@leanvibe/protocol/relay';
import type { WebSocket } from 'ws';
import type { Connection } from '../session/connection.js';
import type { Wire } from '../session/deps.js';

/** Close codes (RFC 6455, 7.4): those from 4000 are ours, and say the same as the `refused` before them. */
const CODES: Readonly<Record<RelayRefusal | 'done', number>> = {
  done: 1000,
  'going-away': 1001,
  unavailable: 1013,
  malformed: 4400,
  token: 4401,
  origin: 4403,
  version: 4406,
  revoked: 4410,
  'too-slow': 4413,
  'unknown-mailbox': 4404,
  proof: 4404,
  taken: 4404,
  'not-yours': 4404,
  'quota-mailboxes': 4404,
  'quota-bytes': 4404,
  'too-many': 4429,
  'nobody-there': 4404,
};

/** What may wait for a reader before it is dropped, and below what it is asked for more. */
const QUEUE_BYTES_MAX = 4 * 1024 * 1024;
const QUEUE_LOW_BYTES = 256 * 1024;
/** A message must be whole so soon after its first byte. */
const MESSAGE_MS_MAX = 10_000;
const SILENCE_MS_MAX = 60_000;
const CLOSE_MS = 2_000;

export interface Watched {
  /** Called now and then: ends what is late, asks the silent whether they live. */
  look(nowMs: number): void;
  readonly connection: Connection;
  terminate(): void;
}

export interface WireDeps {
  readonly clock: Clock;
  count(reason: string): void;
  open(wire: Wire): Connection;
  /** `reason`: a word of ours for why it ended. */
  closed(watched: Watched, reason: string): void;
}

export function attachWire({ clock, closed, count, open }: WireDeps, socket: WebSocket, raw: Duplex, address: string): Watched {
  let heardMs = clock.nowMs();
  let unfinishedMs: number | null = null;
  let high = false;
  let asked = false;
  let why: string | null = null;

  const cut = (reason: string): void => {
    why ??= reason;
    socket.terminate();
  };

  const drained = (): void => {
    if (!high || socket.bufferedAmount > QUEUE_LOW_BYTES) return;
    high = false;
    connection.onDrain();
  };
  const close = (reason: RelayRefusal | 'done'): void => {
    why ??= reason;
    socket.close(CODES[reason], reason);
    clock.after(CLOSE_MS, () => socket.terminate());
  };
  const wire: Wire = {
    address,
    send(frame) {
      if (socket.readyState !== socket.OPEN) return;
      if (socket.bufferedAmount > QUEUE_BYTES_MAX) {
        count('too-slow');
        return cut('too-slow');
      }
      socket.send(frame, drained);
      if (socket.bufferedAmount > QUEUE_LOW_BYTES) high = true;
    },
    queuedBytes: () => socket.bufferedAmount,
    close,
  };
  const connection = open(wire);
  const heard = (): void => {
    heardMs = clock.nowMs();
    unfinishedMs = null;
    asked = false;
  };
  // Before the frames in it are heard, which end the wait.
  raw.prependListener('data', () => (unfinishedMs ??= clock.nowMs()));
  socket.on('message', (data: Buffer, isBinary) => {
    heard();
    if (isBinary) return connection.onFrame(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    count('malformed');
    close('malformed');
  });
  socket.on('ping', heard);
  socket.on('pong', heard);
  // Over a limit of ours; 'close' follows.
  socket.on('error', () => {
    why ??= 'socket';
    count('socket');
  });
  const watched: Watched = {
    connection,
    look(nowMs) {
      if (unfinishedMs !== null && nowMs - unfinishedMs > MESSAGE_MS_MAX) {
        count('unfinished');
        return cut('unfinished');
      }
      if (nowMs - heardMs > SILENCE_MS_MAX) return cut('silent');
      if (nowMs - heardMs > SILENCE_MS_MAX / 2 && !asked) {
        asked = true;
        socket.ping();
      }
    },
    terminate: () => cut('drained'),
  };
  // Whoever was not sent away has left by itself.
  socket.once('close', () => closed(watched, why ?? 'left'));
  return watched;
}
