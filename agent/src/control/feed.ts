/** The live feed: one event to all who listen, none of whom can make the agent hold more than a few lines for it. */
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { SpaceId } from '@leanvibe/protocol/ids';
import type { FeedEvent } from './views.js';

type WithoutTime<Event> = Event extends FeedEvent ? Omit<Event, 'at'> : never;
export type NewFeedEvent = WithoutTime<FeedEvent>;

/** A reader that may see some events only, until it may not read at all. */
export interface FeedReader {
  /** Who reads: each may hold a few streams only. */
  readonly id: string;
  sees(event: NewFeedEvent, space: SpaceId | null): boolean;
  readonly ended: AbortSignal;
}

export interface Feed {
  /** `space`: where it happened, which decides who may see it. */
  tell(event: NewFeedEvent, space?: SpaceId): void;
  /** Null when too many listen already. The stream ends when its reader goes or may not read any more, or `close` is called. */
  open(first: NewFeedEvent, reader?: FeedReader): ReadableStream<Uint8Array> | null;
  listeners(): number;
  close(): void;
}

interface Listener {
  readonly reader: FeedReader | undefined;
  tell(event: NewFeedEvent): void;
  end(): void;
}

const LISTENERS_MAX = 32;
const LISTENERS_OF_ONE_MAX = 4;
const LINES_MAX = 256;
const BEAT_MS = 15_000;

export function createFeed({ clock }: ClockDep): Feed {
  const listeners = new Set<Listener>();
  const encoder = new TextEncoder();

  function open(first: NewFeedEvent, reader?: FeedReader): ReadableStream<Uint8Array> | null {
    if (listeners.size >= LISTENERS_MAX || reader?.ended.aborted === true) return null;
    if (reader !== undefined && [...listeners].filter((one) => one.reader?.id === reader.id).length >= LISTENERS_OF_ONE_MAX) return null;
    let missed = 0;
    let stopBeat = (): void => undefined;
    let listener: Listener | null = null;
    let stop = (): void => undefined;
    const leave = (): void => {
      stopBeat();
      reader?.ended.removeEventListener('abort', stop);
      if (listener !== null) listeners.delete(listener);
    };
    const start = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
      const write = (event: NewFeedEvent): void =>
        controller.enqueue(encoder.encode(`${JSON.stringify({ ...event, at: new Date(clock.nowMs()).toISOString() })}\n`));
      const tell = (event: NewFeedEvent): void => {
        if ((controller.desiredSize ?? 0) <= 1) {
          missed += 1;
          return;
        }
        if (missed > 0) write({ type: 'missed', count: missed });
        missed = 0;
        write(event);
      };
      const beat = (): void => {
        tell({ type: 'beat' });
        stopBeat = clock.after(BEAT_MS, beat);
      };
      stop = () => {
        leave();
        controller.close();
      };
      listener = { reader, tell, end: stop };
      listeners.add(listener);
      reader?.ended.addEventListener('abort', stop, { once: true });
      tell(first);
      stopBeat = clock.after(BEAT_MS, beat);
    };
    return new ReadableStream<Uint8Array>({ start, cancel: leave }, new CountQueuingStrategy({ highWaterMark: LINES_MAX }));
  }

  return {
    tell: (event, space) => {
      for (const listener of [...listeners]) if (listener.reader?.sees(event, space ?? null) !== false) listener.tell(event);
    },
    open,
    listeners: () => listeners.size,
    close: () => {
      for (const listener of [...listeners]) listener.end();
    },
  };
}
