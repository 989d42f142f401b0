/** Pipes in memory, as uneven as a relay's: pieces of any size, late, slow, held back, cut; and a meeting place for agents without a network. */
import type { Rendezvous } from '@leanvibe/agent/internal/daemon/rendezvous';
import type { Pipe, PipeEvents } from '@leanvibe/agent/internal/transport/pipe';
import { toHex } from '@leanvibe/protocol/ids';
import { createRandom } from './random.js';

export interface PipeShape {
  /** One way. */
  readonly latencyMs?: number;
  readonly bytesPerSecond?: number;
  /** Bytes on their way in one direction; beyond it they are queued. */
  readonly windowBytes?: number;
  /** Sees all that passes. */
  readonly watch?: (bytes: Uint8Array) => void;
}

export interface TestPipe extends Pipe {
  /** The most that was ever queued here. */
  queuedBytesMost(): number;
  /** The most it was ever given at once. */
  sentBytesMost(): number;
}

const PIECE_BYTES_MAX = 40_000;
const random = createRandom('pieces');

interface End {
  readonly pipe: TestPipe;
  arrive(bytes: Uint8Array): void;
  end(reason: string): void;
}

function createEnd({ latencyMs = 0, bytesPerSecond = Infinity, windowBytes = 256 * 1024, watch }: PipeShape, other: () => End): End {
  const queue: Uint8Array[] = [];
  const early: Uint8Array[] = [];
  /** Timers of different lengths may fire out of order; bytes may not arrive so. */
  const travelling: Uint8Array[] = [];
  let [queued, onTheWay, mostQueued, mostSent, freeAtMs] = [0, 0, 0, 0, 0];
  let events: PipeEvents | null = null;
  let closed: string | null = null;
  let closing: string | null = null;

  const leave = (bytes: Uint8Array): void => {
    watch?.(bytes);
    onTheWay += bytes.length;
    travelling.push(bytes);
    freeAtMs = Math.max(freeAtMs, performance.now()) + (bytes.length / bytesPerSecond) * 1_000;
    setTimeout(
      () => {
        const first = travelling.shift() ?? new Uint8Array();
        onTheWay -= first.length;
        other().arrive(first);
        pump();
      },
      latencyMs + freeAtMs - performance.now(),
    );
  };
  const pump = (): void => {
    let moved = false;
    while (queue.length > 0 && onTheWay < windowBytes) {
      const [next = new Uint8Array()] = queue;
      const size = Math.min(next.length, 1 + random.below(PIECE_BYTES_MAX));
      if (size === next.length) queue.shift();
      else queue[0] = next.subarray(size);
      queued -= size;
      moved = true;
      leave(next.slice(0, size));
    }
    if (moved && closed === null) events?.onDrain();
    if (closing !== null && queue.length === 0 && onTheWay === 0) other().end(closing);
  };
  const end = (reason: string): void => {
    if (closed !== null) return;
    closed = reason;
    queue.length = queued = 0;
    events?.onClose(reason);
  };
  const pipe: TestPipe = {
    send(bytes) {
      if (closed !== null) return;
      if (bytes.length > 64 * 1024) throw new Error(`a pipe was given ${bytes.length} bytes at once`);
      mostSent = Math.max(mostSent, bytes.length);
      queue.push(bytes);
      queued += bytes.length;
      mostQueued = Math.max(mostQueued, queued);
      setTimeout(pump);
    },
    queuedBytes: () => queued,
    queuedBytesMost: () => mostQueued,
    sentBytesMost: () => mostSent,
    start(given) {
      if (events !== null) throw new Error('a pipe is started once');
      events = given;
      queueMicrotask(() => {
        for (const bytes of early.splice(0)) given.onBytes(bytes);
        if (closed !== null) given.onClose(closed);
      });
    },
    close(reason) {
      if (closed !== null) return;
      closed = closing = reason;
      const told = events;
      queueMicrotask(() => told?.onClose(reason));
      setTimeout(pump);
    },
  };
  return {
    pipe,
    end,
    arrive(bytes) {
      if (closed !== null) return;
      if (events === null) early.push(bytes);
      else events.onBytes(bytes);
    },
  };
}

export function createPipePair(shape: PipeShape = {}): { readonly left: TestPipe; readonly right: TestPipe; cut(): void } {
  const left: End = createEnd(shape, () => right);
  const right: End = createEnd(shape, () => left);
  return {
    left: left.pipe,
    right: right.pipe,
    cut: () => {
      left.end('cut');
      right.end('cut');
    },
  };
}

export interface Meeting {
  /** One agent's side: signed in to these relays. */
  side(...origins: readonly string[]): Rendezvous;
  /** Names somebody waits under now, in hex, with the relay. */
  waiting(): readonly string[];
  /** Guests that were brought together with a host. */
  met(): number;
  /** All bytes that went through, as a relay would see them. */
  carried(): Buffer;
  cutAll(): void;
}

/** Relays of memory: nobody's bytes are looked at. */
export function createMeeting(shape: PipeShape = {}): Meeting {
  const hosts = new Map<string, (pipe: Pipe) => void>();
  const cuts: (() => void)[] = [];
  const carried: Uint8Array[] = [];
  let met = 0;
  return {
    side: (...origins) => ({
      origins: () => origins,
      host(name, onMet, signal) {
        for (const origin of origins) {
          const key = `${origin} ${toHex(name)}`;
          const wait = (pipe: Pipe): void => onMet(pipe, origin);
          hosts.set(key, wait);
          signal.addEventListener('abort', () => hosts.get(key) === wait && hosts.delete(key), { once: true });
        }
      },
      async guest(origin, name, signal) {
        signal.throwIfAborted();
        const wait = hosts.get(`${origin} ${toHex(name)}`);
        if (wait === undefined) throw new Error('nobody waits there');
        const { left, right, cut } = createPipePair({ ...shape, watch: (bytes) => void carried.push(bytes) });
        cuts.push(cut);
        met += 1;
        wait(right);
        return left;
      },
    }),
    waiting: () => [...hosts.keys()],
    met: () => met,
    carried: () => Buffer.concat(carried),
    cutAll: () => {
      for (const cut of cuts.splice(0)) cut();
    },
  };
}
