/** The product over the engine: projects and their index, with what this machine knows of who is reached. */
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import type { DeviceId } from '@leanvibe/protocol/ids';
import { createIndexer } from '../index/indexer.js';
import type { LocalRecords } from '../product/local.js';
import { createProduct, type Product } from '../product/product.js';
import type { Lan } from '../transport/lan.js';
import type { Agent } from './agent.js';
import type { Closing } from './closing.js';

interface ProductParts extends ClockDep, LoggerDep {
  readonly name: string | null;
  readonly config: Agent['config'];
  readonly closing: Closing;
}

export async function openProduct(
  { clock, closing, config, logger, name }: ProductParts,
  {
    book,
    discovery,
    engine,
    feed,
    lan,
    local,
    metrics,
  }: Pick<Agent, 'book' | 'discovery' | 'engine' | 'feed' | 'metrics'> & { readonly lan: Lan; readonly local: LocalRecords },
): Promise<Product> {
  const indexer = createIndexer({ logger, clock });
  closing.add('indexer', () => indexer.close());
  const product = await createProduct({
    clock,
    logger,
    engine,
    indexer,
    local,
    watch: config.settings.watch,
    name,
    watched: () => feed.listeners() > 0,
    reach: () => ({
      connected: new Set(engine.peers().flatMap(({ device, state }) => (state === 'in-step' ? [device] : []))),
      lastSeenMs: (device) => book.get(device as DeviceId).lastSeenMs,
      nowMs: clock.nowMs(),
      discovery: discovery(),
      listening: lan.ports !== null,
    }),
    news: (news) => feed.tell({ type: 'index', ...news }),
    tally: metrics.add,
  });
  closing.add('product', () => product.stop());
  return product;
}
