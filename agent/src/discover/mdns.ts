/**
 * Finding agents on the LAN by DNS-SD: `_leanvibe._tcp.local`, visible to any Bonjour browser (C39). It only suggests
 * addresses; who is there is settled by Noise after dialling. IPv4 multicast carries it; IPv6 addresses are published too.
 */
import { randomInt } from 'node:crypto';
import type { RemoteInfo } from 'node:dgram';
import type { Cancel, ClockDep } from '@leanvibe/core/ports/clock';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import type makeMdns from 'multicast-dns';
import { createCounters } from '../transport/counters.js';
import { createAnswering, type Answering } from './answer.js';
import { createFoundCache, type Found } from './cache.js';
import { onLink, type InterfaceWatch, type NetAddress } from './interfaces.js';
import { createLink, type Link, type LinkHandlers } from './link.js';
import { JITTER_MS, KNOWN_ANSWERS_MAX, LINK_RETRY_MS, QUERY_MS_FIRST, QUERY_MS_MAX, REFRESH_MS_MIN, TTL_SECONDS } from './limits.js';
import { readResponse } from './read.js';
import { randomNames, SERVICE, type DnsAnswer, type DnsQuestion, type OfferedService } from './records.js';

export interface DiscoveryInit extends ClockDep, LoggerDep {
  readonly service: OfferedService;
  /** Not stopped by discovery. */
  readonly interfaces: InterfaceWatch;
}

export interface Discovery {
  /** This run's random name; the own instance is never reported. */
  readonly instance: string;
  start(): void;
  /** Says goodbye, then closes. It cannot be started again. */
  stop(): Promise<void>;
  /** Told at once of everything known, then of each change; no addresses means gone. */
  subscribe(tell: (found: Found) => void): () => void;
  /** Asks the network now, at most once a second. */
  refresh(): void;
  /** Refusals by reason. */
  refusals(): Readonly<Record<string, number>>;
}

interface Running {
  readonly link: Link;
  readonly answering: Answering;
}

/** Networks to speak on: all but loopback, or loopback when there is nothing else. */
function speakable(now: readonly NetAddress[]): readonly NetAddress[] {
  const v4 = now.filter(({ family }) => family === 4);
  const outside = v4.filter(({ internal }) => !internal);
  return outside.length > 0 ? outside : v4;
}

const keyOf = ({ interfaceName, host }: NetAddress): string => `${interfaceName} ${host}`;

export function createDiscovery({ service, clock, logger, interfaces }: DiscoveryInit): Discovery {
  const names = randomNames();
  const counters = createCounters();
  const listeners = new Set<(found: Found) => void>();
  const cache = createFoundCache({ clock }, (found) => {
    for (const tell of [...listeners]) tell(found);
  });
  const running = new Map<string, Running>();
  let state: 'new' | 'started' | 'stopped' = 'new';
  let nextQuery: Cancel | null = null;
  let waitMs = QUERY_MS_FIRST;
  let askedAtMs = Number.NEGATIVE_INFINITY;
  let unwatch: () => void = () => undefined;

  function ask(questions: readonly DnsQuestion[], known: readonly DnsAnswer[] = []): void {
    for (const { link } of running.values()) link.send({ questions, known });
  }

  function query(): void {
    askedAtMs = clock.nowMs();
    const known = cache.fresh().slice(0, KNOWN_ANSWERS_MAX);
    ask(
      [{ type: 'PTR', name: SERVICE }],
      known.map((one) => ({ type: 'PTR', name: SERVICE, ttl: TTL_SECONDS, data: `${one}.${SERVICE}` })),
    );
    nextQuery = clock.after(waitMs, query);
    waitMs = Math.min(waitMs * 2, QUERY_MS_MAX);
  }

  /** Asks soon and goes back to the short interval. */
  function startOver(): void {
    nextQuery?.();
    waitMs = QUERY_MS_FIRST;
    nextQuery = clock.after(randomInt(...JITTER_MS), query);
  }

  function refresh(): void {
    if (state !== 'started' || clock.nowMs() - askedAtMs < REFRESH_MS_MIN) return;
    askedAtMs = clock.nowMs();
    startOver();
  }

  function onResponse(packet: makeMdns.ResponsePacket, from: RemoteInfo): void {
    const fromSelf = interfaces.current().some(({ host }) => host === from.address);
    const reading = readResponse(packet, fromSelf);
    for (const reason of reading.refused) counters.count(reason);
    for (const sighting of reading.sightings) {
      const refused = sighting.instance === names.instance ? null : cache.put(from.address, sighting);
      if (refused !== null) counters.count(refused);
    }
    for (const instance of reading.goodbyes) cache.goodbye(from.address, instance);
    const [missing] = reading.incomplete.filter((one) => one !== names.instance);
    if (missing === undefined || clock.nowMs() - askedAtMs < REFRESH_MS_MIN) return;
    askedAtMs = clock.nowMs();
    ask([
      { type: 'SRV', name: `${missing}.${SERVICE}` },
      { type: 'TXT', name: `${missing}.${SERVICE}` },
    ]);
  }

  function handlersFor(at: NetAddress): LinkHandlers {
    const place = (host: string): 'here' | 'elsewhere' | 'off-link' => {
      if (onLink(at, host)) return 'here';
      return interfaces.current().some((other) => onLink(other, host)) ? 'elsewhere' : 'off-link';
    };
    const onDead = (reason: string): void => {
      counters.count(reason);
      logger.log('warn', 'discovery-link-dead', { reason });
      void dropLink(keyOf(at));
      clock.after(LINK_RETRY_MS, follow);
    };
    return { place, onDead, onResponse, onQuery: (packet, from) => running.get(keyOf(at))?.answering.onQuery(packet, from) };
  }

  function addLink(at: NetAddress): void {
    const published = (): readonly NetAddress[] => interfaces.current().filter((one) => one.interfaceName === at.interfaceName);
    const link = createLink({ clock, counters }, at, [names.host.split('.')[0] ?? '', names.instance], handlersFor(at));
    const answering = createAnswering({ clock }, { link, names, service, published });
    running.set(keyOf(at), { link, answering });
    answering.announce();
  }

  async function dropLink(key: string, goodbye = false): Promise<void> {
    const one = running.get(key);
    if (one === undefined) return;
    running.delete(key);
    one.answering.stop(goodbye);
    // What comes back with the network is then told anew, so that it is dialled at once.
    cache.forget((source) => onLink(one.link.at, source));
    await one.link.close();
  }

  /** Makes the sockets match the networks there are now. */
  function follow(): void {
    if (state !== 'started') return;
    const wanted = new Map(speakable(interfaces.current()).map((at) => [keyOf(at), at]));
    for (const key of [...running.keys()]) if (!wanted.has(key)) void dropLink(key);
    for (const [key, at] of wanted) if (!running.has(key)) addLink(at);
    startOver();
  }

  function start(): void {
    if (state !== 'new') return;
    state = 'started';
    unwatch = interfaces.subscribe(follow);
    follow();
  }

  async function stop(): Promise<void> {
    if (state === 'stopped') return;
    state = 'stopped';
    unwatch();
    nextQuery?.();
    await Promise.all([...running.keys()].map((key) => dropLink(key, true)));
    listeners.clear();
    cache.clear();
  }

  function subscribe(tell: (found: Found) => void): () => void {
    listeners.add(tell);
    for (const found of cache.all()) tell(found);
    return () => {
      listeners.delete(tell);
    };
  }

  return { instance: names.instance, start, stop, subscribe, refresh, refusals: counters.read };
}
