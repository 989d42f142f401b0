/** Dialling a relay: one WebSocket as the line of an engine's session, with limits on what a relay may make this agent hold. */
import type { ChannelEvents } from '@leanvibe/core/ports/channel';
import type { Line } from '@leanvibe/core/session/relay-line';
import { FRAME_BYTES_MAX } from '@leanvibe/protocol/limits';
import { WebSocket } from 'ws';
import { PIPE_QUEUED_BYTES_MAX } from '../transport/limits.js';
import { relayFailure } from './words.js';

const HANDSHAKE_MS = 10_000;
/** Where a pipe goes on: told any earlier, it would wait for a word that never comes. */
const QUEUE_LOW_BYTES = PIPE_QUEUED_BYTES_MAX / 2;
/** A relay that does not read is left, not waited for. */
const QUEUE_BYTES_MAX = 64 * 1024 * 1024;

function address(origin: string): URL {
  const url = new URL('/sync', origin);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url;
}

/** Rejects in words when the relay cannot be reached or does not speak as one; an abort rejects too. */
export async function dialRelay(origin: string, signal: AbortSignal): Promise<Line> {
  if (signal.aborted) throw new Error('given up');
  const socket = new WebSocket(address(origin), {
    handshakeTimeout: HANDSHAKE_MS,
    perMessageDeflate: false,
    maxPayload: FRAME_BYTES_MAX,
    followRedirects: false,
  });
  const early: Uint8Array[] = [];
  let events: ChannelEvents | null = null;
  let ended: string | null = null;
  /** Whoever holds back is told at the low mark, and whoever waits for the end once nothing is queued. */
  let [high, queued] = [false, false];

  const end = (reason: string): void => {
    if (ended !== null) return;
    ended = reason;
    events?.onClose(reason);
  };
  socket.on('message', (data: Buffer, isBinary) => {
    if (!isBinary) return socket.terminate();
    const frame = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    if (events === null) early.push(frame);
    else events.onFrame(frame);
  });
  await new Promise<void>((resolve, reject) => {
    // Before anything else: a socket given up before it is open says so as an error.
    socket.on('error', (error) => {
      const words = relayFailure(error);
      reject(new Error(words));
      end(words);
    });
    const abort = (): void => {
      socket.terminate();
      reject(new Error('given up'));
    };
    signal.addEventListener('abort', abort, { once: true });
    // The signal outlives many dials: each lets go of it, however it ends.
    for (const end of ['open', 'close'] as const) socket.once(end, () => signal.removeEventListener('abort', abort));
    socket.once('open', resolve);
    socket.once('unexpected-response', (_request, response) => {
      response.resume();
      socket.terminate();
      reject(new Error(`it answered ${response.statusCode ?? 0} instead of opening a WebSocket: is that the address of a relay?`));
    });
    socket.once('close', (code, reason) => end(reason.length > 0 ? reason.toString() : `the connection ended (${code})`));
  });

  const drained = (): void => {
    const bytes = socket.bufferedAmount;
    if (ended !== null || !(bytes === 0 ? queued : high && bytes <= QUEUE_LOW_BYTES)) return;
    high = false;
    if (bytes === 0) queued = false;
    events?.onDrain();
  };
  return {
    send(frame) {
      if (socket.readyState !== socket.OPEN) return;
      if (socket.bufferedAmount > QUEUE_BYTES_MAX) return socket.terminate();
      queued = true;
      socket.send(frame, drained);
      if (socket.bufferedAmount > QUEUE_LOW_BYTES) high = true;
    },
    queuedBytes: () => socket.bufferedAmount,
    start(given) {
      events = given;
      for (const frame of early.splice(0)) given.onFrame(frame);
      if (ended !== null) given.onClose(ended);
    },
    close(reason) {
      socket.close(1000, reason.slice(0, 100));
      setTimeout(() => socket.terminate(), 2_000).unref();
    },
  };
}
