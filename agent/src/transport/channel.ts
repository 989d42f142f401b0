/** A libp2p stream as a channel: frames gathered per turn on the way out, back-pressure both ways, one close. */
import type { Stream, StreamCloseEvent, StreamMessageEvent } from '@libp2p/interface';
import type { Channel, ChannelEvents } from '@leanvibe/core/ports/channel';
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import type { Counters } from './counters.js';
import { createFrameReader, frameHeader } from './framing.js';
import { sent } from './pace.js';
import {
  BATCH_BYTES_MAX,
  COPY_BYTES_MAX,
  FLUSH_MS_MAX,
  FRAME_BYTES_MAX,
  FRAME_HEADER_BYTES,
  LOW_WATER_BYTES,
  SEND_QUEUE_BYTES_MAX,
  SEND_QUEUE_FRAMES_MAX,
} from './limits.js';

export interface StreamChannelDeps extends ClockDep, LoggerDep {
  readonly counters: Counters;
}

export interface StreamChannelInit extends Pick<Channel, 'peer' | 'via' | 'address' | 'outbound' | 'relayed'> {
  readonly stream: Stream;
  /** The stream is no longer needed. */
  readonly onGone: () => void;
}

export interface StreamChannel {
  readonly channel: Channel;
  /** Ends it at once, without flushing. */
  drop(reason: string): void;
}

/** Frames waiting to be written. `take` gives the next piece for the stream: many small frames gathered, or a slice of a large one. */
function createOutbox(): { push(frame: Uint8Array): void; take(): Uint8Array | null; bytes(): number; frames(): number; clear(): void } {
  const frames: Uint8Array[] = [];
  let head = 0;
  let bytes = 0;
  let large: Uint8Array | null = null;

  function clear(): void {
    frames.length = 0;
    head = 0;
    bytes = 0;
    large = null;
  }

  function take(): Uint8Array | null {
    const piece = large === null ? gather() : slice(large);
    if (head === frames.length) {
      frames.length = 0;
      head = 0;
    }
    return piece;
  }

  function slice(whole: Uint8Array): Uint8Array {
    large = whole.length > BATCH_BYTES_MAX ? whole.subarray(BATCH_BYTES_MAX) : null;
    const piece = whole.subarray(0, BATCH_BYTES_MAX);
    bytes -= piece.length;
    return piece;
  }

  function gather(): Uint8Array | null {
    const parts: Uint8Array[] = [];
    let length = 0;
    while (head < frames.length && length < BATCH_BYTES_MAX) {
      const frame = frames[head] ?? new Uint8Array();
      head += 1;
      parts.push(frameHeader(frame.length));
      length += FRAME_HEADER_BYTES;
      if (frame.length >= COPY_BYTES_MAX) {
        large = frame;
        break;
      }
      parts.push(frame);
      length += frame.length;
      bytes -= frame.length;
    }
    return length === 0 ? null : Buffer.concat(parts, length);
  }

  return {
    take,
    clear,
    push: (frame) => {
      frames.push(frame);
      bytes += frame.length;
    },
    bytes: () => bytes,
    frames: () => frames.length - head,
  };
}

/** The stream is paused until `start`, so that a peer who writes early is held at its window. */
export function toChannel(deps: StreamChannelDeps, init: StreamChannelInit): StreamChannel {
  const { stream } = init;
  const outbox = createOutbox();
  let events: ChannelEvents | null = null;
  let closedReason: string | null = null;
  let peerDone: string | null = null;
  let flushing = false;
  let aboveLowWater = false;
  const reader = createFrameReader((frame) => {
    if (closedReason === null) events?.onFrame(frame);
  });

  // What the stream could not pass on yet counts with its frame headers.
  const queuedBytes = (): number => outbox.bytes() + (closedReason === null ? stream.writeBufferLength : 0);

  function finish(reason: string, how: 'flush' | 'abort'): void {
    if (closedReason !== null) return;
    closedReason = reason;
    if (how === 'flush') void flushAndClose(reason);
    else abort(reason);
    const told = events;
    if (told !== null) queueMicrotask(() => told.onClose(reason));
  }

  function abort(reason: string): void {
    outbox.clear();
    stream.abort(new Error(reason));
    init.onGone();
  }

  async function flushAndClose(reason: string): Promise<void> {
    const giveUp = deps.clock.after(FLUSH_MS_MAX, () => abort('flush-timeout'));
    try {
      for (let batch = outbox.take(); batch !== null; batch = outbox.take()) {
        if (!stream.send(batch)) await stream.onDrain();
      }
      await stream.close();
      await peerClosed();
      init.onGone();
    } catch (error) {
      deps.logger.log('debug', 'channel-flush-failed', { reason, error: String(error) });
      abort(reason);
    } finally {
      giveUp();
    }
  }

  /** Noise may still hold what the stream has handed over, and closing the connection would lose it: the peer's own close says all is there. */
  function peerClosed(): Promise<void> {
    if (stream.status !== 'open') return Promise.resolve();
    return new Promise((resolve) => stream.addEventListener('close', () => resolve(), { once: true }));
  }

  function flush(): void {
    flushing = false;
    if (closedReason !== null) return;
    try {
      while (!stream.writableNeedsDrain) {
        if (!sent.room() && outbox.bytes() + outbox.frames() > 0) return flushNextTurn();
        const batch = outbox.take();
        if (batch === null) break;
        sent.take(batch.length);
        if (!stream.send(batch)) break;
      }
    } catch (error) {
      deps.logger.log('debug', 'channel-write-failed', { error: String(error) });
      finish('connection-lost', 'abort');
      return;
    }
    if (!aboveLowWater || queuedBytes() >= LOW_WATER_BYTES) return;
    aboveLowWater = false;
    events?.onDrain();
  }

  function send(frame: Uint8Array): void {
    if (closedReason !== null) return;
    if (frame.length > FRAME_BYTES_MAX) return refuse('frame-too-large');
    if (queuedBytes() + frame.length > SEND_QUEUE_BYTES_MAX || outbox.frames() >= SEND_QUEUE_FRAMES_MAX) return refuse('queue-full');
    outbox.push(frame);
    if (queuedBytes() >= LOW_WATER_BYTES) aboveLowWater = true;
    flushSoon();
  }

  function flushNextTurn(): void {
    flushing = true;
    setImmediate(flush);
  }

  /** All frames of one turn go out together, as far as it has room, and none waits for a timer. Never at once: the stream tells `idle` while it is still sending. */
  function flushSoon(): void {
    if (flushing) return;
    flushing = true;
    queueMicrotask(flush);
  }

  function refuse(reason: string): void {
    deps.counters.count(reason);
    finish(reason, 'abort');
  }

  function receive(chunk: Uint8Array): void {
    if (closedReason !== null) return;
    try {
      if (!reader.read(chunk)) refuse('bad-frame-length');
    } catch (error) {
      // Only our own `onFrame` can throw here: the session is lost, the process is not.
      deps.logger.log('error', 'channel-handler-threw', { error: String(error) });
      refuse('handler-threw');
    }
  }

  function onMessage({ data }: StreamMessageEvent): void {
    if (data instanceof Uint8Array) receive(data);
    else for (const part of data) receive(part);
    if (peerDone !== null && stream.readBufferLength === 0) finish(peerDone, 'flush');
  }

  /** The peer is done; what it sent before is still delivered. */
  function onPeerDone(reason: string): void {
    peerDone ??= reason;
    if (events !== null && stream.readBufferLength === 0) finish(peerDone, reason === 'peer-closed' ? 'flush' : 'abort');
  }

  stream.pause();
  stream.addEventListener('message', onMessage);
  stream.addEventListener('drain', flushSoon);
  stream.addEventListener('idle', flushSoon);
  stream.addEventListener('remoteCloseWrite', () => onPeerDone('peer-closed'));
  stream.addEventListener('close', (event: StreamCloseEvent) => onPeerDone(event.error === undefined ? 'peer-closed' : 'connection-lost'));

  function start(given: ChannelEvents): void {
    if (events !== null) throw new Error('a channel is started once');
    events = given;
    const closed = closedReason;
    queueMicrotask(() => (closed === null ? resume() : given.onClose(closed)));
  }

  function resume(): void {
    try {
      stream.resume();
    } catch (error) {
      // A stream that is closed already has nothing more to say.
      deps.logger.log('debug', 'channel-resume-failed', { error: String(error) });
      peerDone ??= 'connection-lost';
    }
    if (peerDone !== null && stream.readBufferLength === 0) finish(peerDone, 'flush');
  }

  const { peer, via, address, outbound, relayed = false } = init;
  const channel: Channel = { peer, via, address, outbound, relayed, send, queuedBytes, start, close: (reason) => finish(reason, 'flush') };
  return { channel, drop: (reason) => finish(reason, 'abort') };
}
