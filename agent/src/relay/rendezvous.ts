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
/** A host whose waiting ended is back this much later, unless a guest ended it. */
const AGAIN_MS = 1_000;

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

/** Waits under one name at one connection, for one guest after another. */
function wait(clock: Clock, connection: RelayConnection, name: Uint8Array, met: (pipe: Pipe) => void, signal: AbortSignal): void {
  if (signal.aborted) return;
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
      met(pipeOf(pipe));
      wait(clock, connection, name, met, signal);
    },
    () => {
      over();
      // The connection may be gone, and then its successor waits anew.
      if (!connection.closed()) clock.after(AGAIN_MS, () => wait(clock, connection, name, met, signal));
    },
  );
}

export function createRelayRendezvous({ book, clock, dial, links, visit }: RelayRendezvousDeps): Rendezvous {
  return {
    origins: () => book.all().map((relay) => relay.origin),
    host(name, met, signal) {
      const end = links.whenConnected((origin, connection) => wait(clock, connection, name, (pipe) => met(pipe, origin), signal));
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
