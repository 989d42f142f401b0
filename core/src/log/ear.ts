/** What the peer says, in its order: a message of many entries is looked at in pieces, so that no frame holds the main loop (P9). */
import { CREDIT_BYTES } from '@leanvibe/protocol/limits';
import type { LogMessage } from '@leanvibe/protocol/peer';
import type { Clock } from '../ports/clock.js';
import type { Hashing } from '../ports/crypto.js';
import { type Inspected, inspect } from './inspect.js';

export interface Ear {
  /** Handed on before it returns when the message is small and nothing waits before it. */
  hear(message: LogMessage): void;
  /** Forgets what waits. */
  clear(): void;
}

export interface EarDeps {
  readonly clock: Clock;
  readonly hashing: Hashing;
  heard(message: LogMessage, items: readonly Inspected[]): void;
  /** `heard` threw in a later turn, where nobody else would catch it. */
  broken(error: unknown): void;
}

/** A piece: the smallest entries take a few microseconds each, the largest a third of a millisecond. */
const PIECE_ENTRIES = 16;
const PIECE_BYTES = 128 * 1024;
/** What counts for a message without entries: an honest conversation has a handful under way. */
const MESSAGE_BYTES = 4 * 1024;

/** Twice what credit lets an honest peer send ahead, so that only a flood comes here. */
const WAITING_BYTES_MAX = 2 * CREDIT_BYTES;

interface Waiting {
  readonly message: LogMessage;
  readonly items: readonly Uint8Array[];
  readonly inspected: Inspected[];
  readonly weight: number;
}

function weigh(message: LogMessage): Waiting {
  const items = message.type === 'entries' || message.type === 'loose' ? message.items : [];
  return { message, items, inspected: [], weight: items.reduce((sum, item) => sum + item.length, MESSAGE_BYTES) };
}

export function createEar({ clock, hashing, heard, broken }: EarDeps): Ear {
  let waiting: Waiting[] = [];
  let weight = 0;
  let looking = false;

  /** Looks at the next piece of the first message, and hands the message on once that was its last. */
  const piece = (): void => {
    const first = waiting[0];
    if (first === undefined) return;
    const { message, items, inspected } = first;
    const lane = 'lane' in message ? message.lane : 0;
    const end = Math.min(items.length, inspected.length + PIECE_ENTRIES);
    for (let bytes = 0; inspected.length < end && bytes < PIECE_BYTES; ) {
      const sealed = items[inspected.length] as Uint8Array;
      inspected.push(inspect(hashing, lane, sealed));
      bytes += sealed.length;
    }
    if (inspected.length < items.length) return;
    waiting.shift();
    weight -= first.weight;
    heard(message, inspected);
  };
  const lookOn = async (): Promise<void> => {
    looking = true;
    try {
      while (waiting.length > 0) {
        await clock.turn();
        piece();
      }
    } finally {
      looking = false;
    }
  };
  return {
    hear(message) {
      const one = weigh(message);
      waiting.push(one);
      weight += one.weight;
      // More than credit allows is judged at once, so that a flood is refused before it fills the memory (C29).
      if (weight > WAITING_BYTES_MAX) while (waiting.length > 0) piece();
      if (looking) return;
      piece();
      if (waiting.length > 0) lookOn().catch(broken);
    },
    clear() {
      waiting = [];
      weight = 0;
    },
  };
}
