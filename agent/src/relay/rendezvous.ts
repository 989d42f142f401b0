/** Rendezvous through relays (C41): waiting for guests at those this agent is signed in to, and being a guest at any. */
import type { RelayConnection } from '@leanvibe/core/engine/relay-api';
import type { Clock } from '@leanvibe/core/ports/clock';
import type { Line } from '@leanvibe/core/session/relay-line';
import type { RelayPipe } from '@leanvibe/core/session/relay-pipes';
import type { Rendezvous } from '../daemon/rendezvous.js';
import type { Pipe } from '../transport/pipe.js';
import type { RelayBook } from './book.js';
import type { RelayLinks } from './links.js';

export interface RelayRendezvousDeps {
  readonly clock: Clock;
  readonly book: RelayBook;
  readonly links: RelayLinks;
  dial(origin: string, signal: AbortSignal): Promise<Line>;
  /** A connection without an account, for one pipe. */
  visit(line: Line, origin: string): RelayConnection;
}

const GUEST_MS = 9_000;
/** A host whose waiting ended is back this much later, unless a guest ended it; each time twice as much. */
const AGAIN_MS = 1_000;
const AGAIN_MS_MAX = 60_000;
/** Of the 32 pipes a relay allows one connection; the others are kept for pairing. */
const SEATS_MAX = 24;

function pipeOf(pipe: RelayPipe, ended: () => void = () => undefined): Pipe {
  return {
    send: pipe.send,
    queuedBytes: pipe.queuedBytes,
    start: (events) =>
      pipe.start({
        ...events,
        onClose(reason) {
          ended();
          events.onClose(reason);
        },
      }),
    close() {
      pipe.close();
      ended();
    },
  };
}

/** The pipes of one connection: those who find no seat wait for one, instead of being refused by the relay again and again. */
interface Seats {
  take(first: boolean, signal: AbortSignal, sit: (rise: () => void) => void): void;
}

function createSeats(): Seats {
  let taken = 0;
  const waiting: (() => void)[] = [];
  const sit = (run: (rise: () => void) => void): void => {
    let gone = false;
    taken++;
    run(() => {
      if (gone) return;
      gone = true;
      taken--;
      while (taken < SEATS_MAX && waiting.length > 0) waiting.shift()?.();
    });
  };
  return {
    take(first, signal, run) {
      const now = (): void => {
        if (!signal.aborted) sit(run);
      };
      if (first || taken < SEATS_MAX) now();
      else waiting.push(now);
    },
  };
}

interface Wait {
  readonly clock: Clock;
  readonly connection: RelayConnection;
  readonly seats: Seats;
  readonly name: Uint8Array;
  readonly first: boolean;
  readonly signal: AbortSignal;
  met(pipe: Pipe): void;
}

/** Waits under one name at one connection, for one guest after another. */
function wait(one: Wait, pauseMs = AGAIN_MS): void {
  const { clock, connection, name, signal } = one;
  one.seats.take(one.first, signal, (rise) => {
    const beganMs = clock.nowMs();
    const pipe = connection.pipe(name, 'host');
    let waiting = true;
    const stop = (): void => {
      if (waiting) pipe.close();
    };
    signal.addEventListener('abort', stop, { once: true });
    const over = (): void => {
      waiting = false;
      signal.removeEventListener('abort', stop);
    };
    pipe.met.then(
      () => {
        over();
        one.met(pipeOf(pipe, rise));
        wait(one);
      },
      () => {
        over();
        rise();
        // The connection may be gone, and then its successor waits anew.
        if (connection.closed() || signal.aborted) return;
        const next = clock.nowMs() - beganMs > AGAIN_MS_MAX ? AGAIN_MS : pauseMs;
        clock.after(next, () => wait(one, Math.min(next * 2, AGAIN_MS_MAX)));
      },
    );
  });
}

export function createRelayRendezvous({ book, clock, dial, links, visit }: RelayRendezvousDeps): Rendezvous {
  const seated = new WeakMap<RelayConnection, Seats>();
  const seatsAt = (connection: RelayConnection): Seats => {
    const seats = seated.get(connection) ?? createSeats();
    seated.set(connection, seats);
    return seats;
  };
  return {
    origins: () => book.all().map((relay) => relay.origin),
    host(name, met, signal, first) {
      const end = links.whenConnected((origin, connection) =>
        wait({
          clock,
          connection,
          seats: seatsAt(connection),
          name,
          first: first !== undefined,
          signal,
          met: (pipe) => met(pipe, origin),
        }),
      );
      if (signal.aborted) end();
      else signal.addEventListener('abort', end, { once: true });
    },
    async guest(origin, name, signal) {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(GUEST_MS)]);
      const connection = visit(await dial(origin, limit), origin);
      const pipe = connection.pipe(name, 'guest');
      const leave = (): void => connection.close('done');
      const late = new Promise<never>((_, reject) => {
        limit.addEventListener('abort', () => reject(new Error(signal.aborted ? 'given up' : 'nobody waits there')), { once: true });
      });
      try {
        await Promise.race([pipe.met, late]);
      } catch (error) {
        leave();
        throw error;
      }
      return pipeOf(pipe, leave);
    },
  };
}
