/** The metrics of a running agent: counts of what goes on here; nothing leaves this machine by it. */
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { Crypto } from '@leanvibe/core/ports/crypto';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import { createGauges } from '../metrics/meter.js';
import { createMetrics, type Metrics } from '../metrics/metrics.js';
import { createProjectIds } from '../metrics/project-id.js';
import type { LocalRecords } from '../product/local.js';
import { systemRandom } from '../system/clock.js';
import type { Closing } from './closing.js';
import type { HomeKeys } from './home.js';

interface Parts extends ClockDep, LoggerDep {
  readonly crypto: Crypto;
  readonly home: HomeKeys;
  readonly closing: Closing;
}

export async function openMetrics({ clock, logger, crypto, home, closing }: Parts, local: LocalRecords): Promise<Metrics> {
  const relayIdOf = createProjectIds(crypto, home.secrets.localKey);
  const gauges = createGauges(() => performance.now());
  const metrics = await createMetrics({ clock, logger, random: systemRandom, local, relayIdOf, gauges });
  closing.add('metrics', () => metrics.stop());
  return metrics;
}
