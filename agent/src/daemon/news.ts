/** What the engine tells, passed on to those who follow the feed, in the product's words. */
import type { EngineEvent } from '@leanvibe/core/engine/api';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import type { Feed } from '../control/feed.js';
import type { Product } from '../product/product.js';
import type { Alarms } from './alarms.js';

export interface NewsDeps extends LoggerDep {
  readonly feed: Feed;
  readonly product: Product;
  readonly alarms: Alarms;
}

export function passOn({ feed, product, alarms, logger }: NewsDeps): (event: EngineEvent) => void {
  const failed = (error: unknown): void => logger.log('warn', 'feed-failed', { why: error instanceof Error ? error.name : 'unknown' });
  return (event) => {
    switch (event.type) {
      case 'document':
        if (feed.listeners() > 0)
          product.describe(event).then((what) => feed.tell({ type: 'document', origin: event.origin, ...what }), failed);
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
        return feed.tell({ type: 'membership' });
      case 'refused':
        return feed.tell({ type: 'refused', reason: event.reason });
      case 'alarm': {
        const { alarm, message } = alarms.ofEngine(event, (device) => product.names.of(device));
        logger.log('warn', 'alarm', { alarm });
        return feed.tell({ type: 'alarm', alarm, message });
      }
    }
  };
}
