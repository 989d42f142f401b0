/** What the engine tells, passed on to those who follow the feed, in the product's words. */
import type { Engine, EngineEvent } from '@leanvibe/core/engine/api';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import type { Feed } from '../control/feed.js';
import type { Product } from '../product/product.js';
import { type Alarms, type Calls, OUT_OF_SPACE } from './alarms.js';

export interface NewsDeps extends LoggerDep {
  readonly feed: Feed;
  readonly product: Product;
  readonly alarms: Alarms;
  readonly engine: Pick<Engine, 'device' | 'home' | 'spaces'>;
}

export function callsOf({ names }: Pick<Product, 'names'>, { home, device }: Pick<Engine, 'home' | 'device'>): Calls {
  return { self: device, device: (id) => names.of(id), space: (id) => (id === home() ? null : names.ofSpace(id)) };
}

export function passOn({ feed, product, alarms, engine, logger }: NewsDeps): (event: EngineEvent) => void {
  const failed = (error: unknown): void => logger.log('warn', 'feed-failed', { why: error instanceof Error ? error.name : 'unknown' });
  return (event) => {
    switch (event.type) {
      case 'document':
        if (feed.listeners() > 0)
          product.describe(event).then((what) => feed.tell({ type: 'document', origin: event.origin, ...what }, event.space), failed);
        return;
      case 'peer':
        return feed.tell({
          type: 'peer',
          deviceId: event.device,
          name: product.names.of(event.device),
          state: event.state,
          reason: event.reason,
        });
      case 'membership':
        // Taken in again: nobody needs to hear any more that it was out.
        if (engine.spaces().some(({ space, standing }) => space === event.space && standing === 'live'))
          alarms.settle(OUT_OF_SPACE, event.space);
        return feed.tell({ type: 'membership' });
      case 'relay':
      // Told by the lines kept to relays.
      case 'request':
      // The invite desk tells of it, with the names.
      case 'checkpoint':
        return;
      case 'refused':
        return feed.tell({ type: 'refused', reason: event.reason });
      case 'alarm': {
        const { alarm, message } = alarms.ofEngine(event, callsOf(product, engine));
        logger.log('warn', 'alarm', { alarm, relay: event.relay ?? null });
        return feed.tell({ type: 'alarm', alarm, message });
      }
    }
  };
}
