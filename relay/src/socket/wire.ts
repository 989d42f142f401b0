/** One WebSocket as the wire of a connection: binary frames, a queue with a limit, and an end for whoever does not finish, does not read or floods. */
import type { Socket } from 'node:net';
import type { Clock } from '@leanvibe/core/ports/clock';
import type { RelayRefusal } from '@leanvibe/protocol/relay';
import type { WebSocket } from 'ws';
import { watchUnread } from '../http/unread.js';
import type { Connection } from '../session/connection.js';
import type { Wire } from '../session/deps.js';
import { createBucket } from './bucket.js';
import { createFrames } from './frames.js';

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
/** A message must be whole so soon after its first byte, whatever comes between its fragments. */
const MESSAGE_MS_MAX = 10_000;
const SILENCE_MS_MAX = 60_000;
const CLOSE_MS = 2_000;
/** Frames of any kind: a device that opens thousands of mailboxes says four for each at once; nobody has as much to say for long. */
const FRAMES_ROOM = 20_000;
const FRAMES_PER_SECOND = 2_000;
/** Pings and pongs: a device needs one in half a minute. */
const CONTROLS_ROOM = 200;
const CONTROLS_PER_SECOND = 10;
/** Frames that may be on their way still when somebody is told to go. */
const AFTER_CLOSE_MAX = 256;

/** What `ws` refuses by limits we set, in our words. */
const FAULTS: ReadonlyMap<string, string> = new Map([
  ['WS_ERR_TOO_MANY_BUFFERED_PARTS', 'fragments'],
  ['WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', 'frame-size'],
  ['WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH', 'frame-size'],
]);

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

export function attachWire({ clock, closed, count, open }: WireDeps, socket: WebSocket, raw: Socket, address: string): Watched {
  const frames = createFrames();
  const mayFrame = createBucket(clock, FRAMES_ROOM, FRAMES_PER_SECOND);
  const mayControl = createBucket(clock, CONTROLS_ROOM, CONTROLS_PER_SECOND);
  const isUnread = watchUnread(raw);
  let heardMs = clock.nowMs();
  let high = false;
  let asked = false;
  let why: string | null = null;
  let afterClose: number | null = null;

  const cut = (reason: string): void => {
    why ??= reason;
    socket.terminate();
  };
  const offend = (reason: string): void => {
    if (why === null) count(reason);
    cut(reason);
  };
  const endSoon = (): void => {
    if (afterClose !== null) return;
    afterClose = 0;
    clock.after(CLOSE_MS, () => socket.terminate());
  };
  const drained = (): void => {
    if (!high || socket.bufferedAmount > QUEUE_LOW_BYTES) return;
    high = false;
    connection.onDrain();
  };
  const close = (reason: RelayRefusal | 'done'): void => {
    why ??= reason;
    socket.close(CODES[reason], reason);
    endSoon();
  };
  const connection = open({
    address,
    send(frame) {
      if (socket.readyState !== socket.OPEN) return;
      if (socket.bufferedAmount > QUEUE_BYTES_MAX) return offend('too-slow');
      socket.send(frame, drained);
      if (socket.bufferedAmount > QUEUE_LOW_BYTES) high = true;
    },
    queuedBytes: () => socket.bufferedAmount,
    close,
  });
  const heard = (): void => {
    heardMs = clock.nowMs();
    asked = false;
  };
  // Before what is in it is heard: a flood is cut before it is answered.
  raw.prependListener('data', (bytes: Buffer) => {
    const begun = frames.feed(bytes, clock.nowMs());
    if (begun.controls > 0 && !mayControl.take(begun.controls)) return offend('pings');
    if (!mayFrame.take(begun.frames)) return offend('flood');
    if (afterClose !== null && (afterClose += begun.frames) > AFTER_CLOSE_MAX) cut('flood');
  });
  socket.on('message', (data: Buffer, isBinary) => {
    heard();
    if (isBinary) return connection.onFrame(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    if (why === null) count('malformed');
    close('malformed');
  });
  socket.on('ping', heard);
  socket.on('pong', heard);
  // Over a limit of ours: told so by `ws`, which would wait for an answer much longer than we do.
  socket.on('error', (error) => {
    const code = 'code' in error ? String(error.code) : '';
    const fault = FAULTS.get(code) ?? (code.startsWith('WS_') ? 'malformed-frame' : 'socket');
    if (why === null) count(fault);
    why ??= fault;
    endSoon();
  });
  const watched: Watched = {
    connection,
    look(nowMs) {
      const sinceMs = frames.unfinishedMs();
      if (sinceMs !== null && nowMs - sinceMs > MESSAGE_MS_MAX) return offend('unfinished');
      if (isUnread(nowMs)) {
        offend('unread');
        // Or else the kernel keeps what it did not read.
        return void raw.resetAndDestroy();
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
