/** The bus between copies on several machines: one channel of Redis for all, and one for each copy. What Redis does not carry is lost and counted; heads are polled anyway (C33). */
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import type { RandomDep } from '@leanvibe/core/ports/random';
import { toHex } from '@leanvibe/protocol/ids';
import { Redis } from 'ioredis';
import type { Bus, Hint } from '../ports/bus.js';
import { createEars } from './ears.js';
import { decodeHint, encodeHint } from './wire.js';

export interface RedisBusDeps extends RandomDep, LoggerDep {
  /** Called for each hint that no copy was told, and each that arrived and was none. */
  readonly lost?: (why: 'unsent' | 'unreadable') => void;
}

export interface RedisBusOptions {
  /** `redis://…`, `rediss://…`, or the path of a socket. */
  readonly url: string;
  /** Default `leanvibe`: relays that share a Redis and no database need different ones. */
  readonly channel?: string;
}

const WAIT_MS_MAX = 2_000;
/** Characters on their way to Redis; beyond this hints are lost, since a Redis that slow carries nothing in time. */
const UNDER_WAY_MAX = 16 * 1024 * 1024;

/** Connects by itself, for as long as it is not closed. */
export function createRedisBus({ url, channel = 'leanvibe' }: RedisBusOptions, deps: RedisBusDeps): Bus {
  const { logger, random } = deps;
  const self = toHex(random.bytes(16));
  const ears = createEars(deps);
  const channelOf = (copy: string): string => `${channel}:${copy}`;
  const settings = {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 5_000,
    commandTimeout: 5_000,
    retryStrategy: (times: number) => Math.min(WAIT_MS_MAX, 50 * 2 ** Math.min(times, 6)) * (0.5 + (random.bytes(1)[0] ?? 0) / 512),
  };
  const speaking = new Redis(url, settings);
  // A line that subscribed may say nothing else, and subscribes again by itself.
  const hearing = new Redis(url, { ...settings, enableOfflineQueue: true, maxRetriesPerRequest: null, autoResubscribe: false });
  let subscribed = false;
  let closed = false;
  let underWay = 0;
  let losing = false;

  function lose(why: 'unsent' | 'unreadable'): void {
    deps.lost?.(why);
    if (!losing) logger.log('warn', 'bus-hints-lost', { why });
    losing = true; // said once a time, counted each time
  }
  function changed(): void {
    if (!connected()) return;
    losing = false;
    logger.log('info', 'bus-connected');
  }
  const connected = (): boolean => subscribed && speaking.status === 'ready' && hearing.status === 'ready';

  for (const line of [speaking, hearing]) {
    line.on('error', (error: Error) => logger.log('debug', 'bus-line-error', { error: error.name }));
    line.on('close', () => {
      if (line === hearing) subscribed = false;
    });
  }
  speaking.on('ready', changed);
  hearing.on('ready', () => {
    hearing.subscribe(channel, channelOf(self)).then(
      () => {
        subscribed = true;
        changed();
      },
      (error: unknown) => {
        if (closed) return;
        logger.log('warn', 'bus-not-subscribed', { error: error instanceof Error ? error.name : 'unknown' });
        hearing.disconnect(true);
      },
    );
  });
  hearing.on('message', (_: string, text: string) => {
    if (closed) return; // it had arrived before
    const told = decodeHint(text);
    if (told === null) lose('unreadable');
    else if (told.from !== self) ears.hear(told.hint);
  });

  return {
    name: self,
    tell(hint: Hint) {
      if (closed) return;
      const text = encodeHint(self, hint);
      if (speaking.status !== 'ready' || underWay + text.length > UNDER_WAY_MAX) return lose('unsent');
      underWay += text.length;
      const over = (): void => void (underWay -= text.length);
      const to = hint.type === 'pipe' && hint.to !== null ? channelOf(hint.to) : channel;
      speaking.publish(to, text).then(over, () => {
        over();
        lose('unsent');
      });
    },
    subscribe: ears.subscribe,
    connected,
    close() {
      closed = true;
      subscribed = false;
      speaking.disconnect();
      hearing.disconnect();
      return Promise.resolve();
    },
  };
}
