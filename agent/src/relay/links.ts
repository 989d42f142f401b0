/** Staying connected to every relay this agent is signed in to: dialled again with growing pauses and some chance, at once when the network changed. */
import type { RelayConnection, Relays } from '@leanvibe/core/engine/relay-api';
import type { Cancel, ClockDep } from '@leanvibe/core/ports/clock';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import type { RandomDep } from '@leanvibe/core/ports/random';
import type { Line } from '@leanvibe/core/session/relay-line';
import type { KnownRelay, RelayBook } from './book.js';
import { relayFailure, relayTrouble, type RelayTrouble } from './words.js';

export interface RelayLinksDeps extends ClockDep, LoggerDep, RandomDep {
  readonly relays: Relays;
  readonly book: RelayBook;
  dial(origin: string, signal: AbortSignal): Promise<Line>;
  /** Somebody's state changed. */
  changed(): void;
}

export interface RelayLinks {
  /** Connects to relays newly signed in to and leaves those no longer. */
  follow(): void;
  /** Tries again at once whoever is waited for. */
  poke(): void;
  connection(origin: string): RelayConnection | null;
  /** Called with each connection made from now on, and with those there are. */
  whenConnected(tell: (origin: string, connection: RelayConnection) => void): () => void;
  /** Why it is not connected; null while it is, or was not tried yet. */
  trouble(origin: string): RelayTrouble | null;
  stop(): void;
}

const FIRST_MS = 500;
const MOST_MS = 60_000;
/** A relay that goes away on purpose loses all its clients at once: they come back spread over so long. */
const SPREAD_MS = 3_500;

interface Link {
  readonly relay: KnownRelay;
  readonly ending: AbortController;
  connection: RelayConnection | null;
  trouble: RelayTrouble | null;
  pauseMs: number;
  cancel: Cancel;
  dialling: boolean;
}

export function createRelayLinks(deps: RelayLinksDeps): RelayLinks {
  const { book, clock, logger, random, relays } = deps;
  const links = new Map<string, Link>();
  const listeners = new Set<(origin: string, connection: RelayConnection) => void>();
  let stopped = false;

  const later = (link: Link, crowd: boolean): void => {
    if (stopped || link.ending.signal.aborted) return;
    const [high = 0, low = 0] = random.bytes(2);
    const chance = (high * 256 + low) / 65_536;
    link.cancel = clock.after(link.pauseMs * (0.5 + chance / 2) + (crowd ? SPREAD_MS * chance : 0), () => void dial(link));
    link.pauseMs = Math.min(link.pauseMs * 2, MOST_MS);
  };
  const lost = (link: Link, why: string): void => {
    link.connection = null;
    link.trouble = relayTrouble(why, link.relay.origin);
    logger.log('info', 'relay-lost', { origin: link.relay.origin, why });
    deps.changed();
    later(link, why === 'going-away');
  };
  const dial = async (link: Link): Promise<void> => {
    if (link.dialling || link.connection !== null || link.ending.signal.aborted) return;
    link.dialling = true;
    const { origin, token } = link.relay;
    try {
      const line = await deps.dial(origin, link.ending.signal);
      const openedMs = clock.nowMs();
      const connection = relays.connect(line, { origin, token }, (reason) => {
        // One that stood for a while was no failure, nor is one that was told to come back.
        if (clock.nowMs() - openedMs > MOST_MS || reason === 'going-away') link.pauseMs = FIRST_MS;
        lost(link, reason);
      });
      link.connection = connection;
      link.trouble = null;
      for (const tell of listeners) tell(origin, connection);
      deps.changed();
    } catch (error) {
      lost(link, relayFailure(error));
    } finally {
      link.dialling = false;
    }
  };
  const leave = (link: Link): void => {
    link.ending.abort();
    link.cancel();
    link.connection?.close('signed out');
    links.delete(link.relay.origin);
  };
  const follow = (): void => {
    const wanted = new Map(book.all().map((relay) => [relay.origin, relay]));
    for (const link of [...links.values()]) if (wanted.get(link.relay.origin)?.token !== link.relay.token) leave(link);
    for (const relay of wanted.values()) {
      if (links.has(relay.origin)) continue;
      const link: Link = {
        relay,
        ending: new AbortController(),
        connection: null,
        trouble: null,
        pauseMs: FIRST_MS,
        cancel: () => undefined,
        dialling: false,
      };
      links.set(relay.origin, link);
      void dial(link);
    }
  };

  follow();
  return {
    follow,
    poke() {
      for (const link of links.values()) {
        link.pauseMs = FIRST_MS;
        link.cancel();
        // What stands may lead through a network that is gone.
        link.connection?.ping();
        void dial(link);
      }
    },
    connection: (origin) => links.get(origin)?.connection ?? null,
    whenConnected(tell) {
      listeners.add(tell);
      for (const { connection, relay } of links.values()) if (connection !== null) tell(relay.origin, connection);
      return () => void listeners.delete(tell);
    },
    trouble: (origin) => links.get(origin)?.trouble ?? null,
    stop() {
      stopped = true;
      for (const link of [...links.values()]) leave(link);
    },
  };
}
