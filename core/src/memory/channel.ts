/** The memory channel: two ends of a pipe inside one process, with the clock deciding when each frame arrives. */
import type { DeviceId } from '@leanvibe/protocol/ids';
import type { Channel, ChannelEvents } from '../ports/channel.js';
import type { ClockDep } from '../ports/clock.js';

/** Largest frame, bytes; protocol.md C19. */
const FRAME_BYTES_MAX = 1024 * 1024;
const LOW_WATER_BYTES = 256 * 1024;
/** A sender that never looks at `queuedBytes` must not take the process down. */
const QUEUE_BYTES_MAX = 64 * 1024 * 1024;

export interface MemoryPairOptions {
  /** The device at the dialling end. */
  readonly left: DeviceId;
  readonly right: DeviceId;
  /** Milliseconds until the next frame arrives, asked once per frame; order is kept whatever it answers. 0 when absent. */
  readonly delayMs?: () => number;
  /** Bytes one end may have queued before the pipe closes with `queue-full`; 64 MiB when absent. */
  readonly queueBytesMax?: number;
}

export interface MemoryPair {
  readonly left: Channel;
  readonly right: Channel;
  /** Breaks the pipe: what was under way is lost and both ends close with `reason`. */
  cut(reason: string): void;
}

interface End {
  readonly channel: Channel;
  /** Nothing more arrives here; `onClose` is told in a later turn. */
  finish(reason: string): void;
  started(): boolean;
  arrive(frame: Uint8Array): void;
  /** The other end started: what waits here may go. */
  flow(): void;
}

/**
 * Two joined channels. Frames are copied on `send`, stay in the sender's queue until the clock delivers them to a started
 * receiver, and arrive in order. A close lets earlier frames arrive first; `cut` does not. No event is called inside
 * `send`, `close` or `start`. A frame over 1 MiB closes the pipe with `frame-too-large`.
 */
export function createMemoryPair(deps: ClockDep, options: MemoryPairOptions): MemoryPair {
  const left: End = createEnd(deps, options, { peer: options.right, outbound: true, other: () => right });
  const right: End = createEnd(deps, options, { peer: options.left, outbound: false, other: () => left });
  const cut = (reason: string): void => {
    left.finish(reason);
    right.finish(reason);
  };
  return { left: left.channel, right: right.channel, cut };
}

interface Side {
  readonly peer: DeviceId;
  readonly outbound: boolean;
  readonly other: () => End;
}

function createEnd({ clock }: ClockDep, options: MemoryPairOptions, side: Side): End {
  const delayMs = options.delayMs ?? (() => 0);
  const queue: Uint8Array[] = [];
  let queuedBytes = 0;
  let aboveLowWater = false;
  /** Deliveries the clock still owes; each takes the head of the queue, so order never depends on the clock's ties. */
  let due = 0;
  let closing = false;
  let closedReason: string | null = null;
  let events: ChannelEvents | null = null;

  function finish(reason: string): void {
    queue.length = 0;
    queuedBytes = 0;
    if (closedReason !== null) return;
    closedReason = reason;
    tellClosed();
  }

  function tellClosed(): void {
    const told = events;
    const reason = closedReason;
    if (told !== null && reason !== null) clock.after(0, () => told.onClose(reason));
  }

  function schedule(): void {
    due += 1;
    clock.after(delayMs(), deliver);
  }

  function deliver(): void {
    due -= 1;
    const to = side.other();
    if (!to.started()) return;
    const frame = queue.shift();
    if (frame !== undefined) {
      queuedBytes -= frame.length;
      to.arrive(frame);
      if (aboveLowWater && queuedBytes < LOW_WATER_BYTES && closedReason === null) {
        aboveLowWater = false;
        events?.onDrain();
      }
    }
    // A close takes its turn behind the frames that were sent before it.
    if (closing && queue.length === 0) to.finish('peer-closed');
  }

  function send(frame: Uint8Array): void {
    if (closing || closedReason !== null) return;
    if (frame.length > FRAME_BYTES_MAX) return breakBoth('frame-too-large');
    if (queuedBytes + frame.length > (options.queueBytesMax ?? QUEUE_BYTES_MAX)) return breakBoth('queue-full');
    queue.push(frame.slice());
    queuedBytes += frame.length;
    if (queuedBytes >= LOW_WATER_BYTES) aboveLowWater = true;
    schedule();
  }

  function breakBoth(reason: string): void {
    finish(reason);
    side.other().finish('peer-closed');
  }

  function close(reason: string): void {
    if (closing || closedReason !== null) return;
    closing = true;
    closedReason = reason;
    tellClosed();
    schedule();
  }

  function start(given: ChannelEvents): void {
    if (events !== null) throw new Error('a channel is started once');
    events = given;
    tellClosed();
    side.other().flow();
  }

  function flow(): void {
    for (let missing = queue.length + (closing ? 1 : 0) - due; missing > 0; missing--) schedule();
  }

  const channel: Channel = {
    peer: side.peer,
    via: 'memory',
    address: 'memory',
    outbound: side.outbound,
    send,
    queuedBytes: () => queuedBytes,
    start,
    close,
  };
  return {
    channel,
    finish,
    flow,
    started: () => events !== null || closedReason !== null,
    arrive: (frame) => {
      if (closedReason === null) events?.onFrame(frame);
    },
  };
}
