/** The live feed: one event to all who listen, none of whom can make the agent hold more than a few lines for it. */
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { FeedEvent } from './views.js';

type WithoutTime<Event> = Event extends FeedEvent ? Omit<Event, 'at'> : never;
export type NewFeedEvent = WithoutTime<FeedEvent>;

export interface Feed {
  tell(event: NewFeedEvent): void;
  /** Null when too many listen already. The stream ends when its reader goes or `close` is called. */
  open(first: NewFeedEvent): ReadableStream<Uint8Array> | null;
  listeners(): number;
  close(): void;
}

const LISTENERS_MAX = 32;
const LINES_MAX = 256;
const BEAT_MS = 15_000;

export function createFeed({ clock }: ClockDep): Feed {
  const listeners = new Set<{ tell(event: NewFeedEvent): void; end(): void }>();
  const encoder = new TextEncoder();

  function open(first: NewFeedEvent): ReadableStream<Uint8Array> | null {
    if (listeners.size >= LISTENERS_MAX) return null;
    let missed = 0;
    let stopBeat = (): void => undefined;
    let listener: { tell(event: NewFeedEvent): void; end(): void } | null = null;
    const leave = (): void => {
      stopBeat();
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
      listener = {
        tell,
        end: () => {
          leave();
          controller.close();
        },
      };
      listeners.add(listener);
      tell(first);
      stopBeat = clock.after(BEAT_MS, beat);
    };
    return new ReadableStream<Uint8Array>({ start, cancel: leave }, new CountQueuingStrategy({ highWaterMark: LINES_MAX }));
  }

  return {
    tell: (event) => {
      for (const listener of [...listeners]) listener.tell(event);
    },
    open,
    listeners: () => listeners.size,
    close: () => {
      for (const listener of [...listeners]) listener.end();
    },
  };
}
