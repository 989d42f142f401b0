/** An agent's metrics over records in memory that keep only what was written, as a restart finds them. */
import type { LocalRecords } from '@leanvibe/agent/internal/product/local';
import { createMetrics, type Metrics } from '@leanvibe/agent/internal/metrics/metrics';
import { createProjectIds } from '@leanvibe/agent/internal/metrics/project-id';
import type { Json } from '@leanvibe/core/internal/doc/crdt';
import { createVirtualClock, type VirtualClock } from '../../../help/clock.js';
import { createRandom } from '../../../help/random.js';
import { nodeHashing, silent } from '../../../help/store-things.js';

/** 2026-11-20, 10:00. */
export const START = Date.UTC(2026, 10, 20, 10);
export const idOf = createProjectIds(nodeHashing, new Uint8Array(32).fill(7));

export interface Records extends LocalRecords {
  readonly rows: Map<string, string>;
  /** The next write fails. */
  failOnce(): void;
}

export function memoryRecords(): Records {
  const rows = new Map<string, string>();
  let failing = false;
  const get = (key: string): Json | null => JSON.parse(rows.get(key) ?? 'null') as Json | null;
  const write: LocalRecords['write'] = async ({ put, remove = [] }) => {
    if (failing) {
      failing = false;
      throw new Error('disk full');
    }
    for (const [key, value] of put) rows.set(key, JSON.stringify(value));
    for (const key of remove) rows.delete(key);
  };
  return {
    rows,
    failOnce: () => {
      failing = true;
    },
    get: (key) => Promise.resolve(get(key)),
    put: (key, value) => write({ put: [[key, value]] }),
    remove: (key) => write({ put: [], remove: [key] }),
    write,
    all: (prefix) =>
      Promise.resolve([...rows.keys()].filter((key) => key.startsWith(prefix)).map((key) => ({ key, value: get(key) as Json }))),
    getBytes: () => Promise.reject(new Error('metrics keep no bytes')),
    putBytes: () => Promise.reject(new Error('metrics keep no bytes')),
  };
}

export interface Counting {
  readonly metrics: Metrics;
  readonly clock: VirtualClock;
  readonly records: Records;
}

export async function counting(records = memoryRecords(), clock = createVirtualClock(START)): Promise<Counting> {
  const gauges = (): { readonly memoryMb: number; readonly cpuPercent: number } => ({ memoryMb: 150.4, cpuPercent: 3.6 });
  const metrics = await createMetrics({
    clock,
    random: createRandom(`metrics ${clock.nowMs()}`),
    logger: silent,
    local: records,
    relayIdOf: idOf,
    gauges,
  });
  return { metrics, clock, records };
}
