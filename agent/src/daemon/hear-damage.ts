/** What was found wrong with this store or this device: while it runs, or before anybody listened. */
import type { Engine } from '@leanvibe/core/engine/api';
import type { Product } from '../product/product.js';
import type { Alarms } from './alarms.js';
import type { Closing } from './closing.js';
import type { HomeKeys } from './home.js';
import { callsOf } from './news.js';

interface Parts {
  readonly home: HomeKeys;
  readonly closing: Closing;
}

export function hearDamage({ home, closing }: Parts, engine: Engine, alarms: Alarms): void {
  const end = home.store.onDamage((damage) => {
    alarms.raise('damaged', 'some stored entries are damaged and are fetched again from other devices. Run: leanvibe verify');
    if (damage.kind === 'entry') engine.refetch(damage.space, [damage.entryId]);
  });
  closing.add('damage', end);
}

/** Told before anybody listened, or in an earlier run. */
export function tellKnown(engine: Engine, product: Product, alarms: Alarms): void {
  const { device } = engine;
  if (engine.forked().includes(device)) alarms.ofEngine({ type: 'alarm', alarm: 'forked', space: null, device }, callsOf(product, engine));
  if (engine.cloned()) alarms.ofEngine({ type: 'alarm', alarm: 'cloned', space: null, device }, callsOf(product, engine));
}
