/** The state of this copy, as its health routes, its metrics and its status page tell it; asked often, found out at most once a second. */
import type { Clock } from '@leanvibe/core/ports/clock';
import type { Finding, HealthView } from '@leanvibe/protocol/http/health';
import type { MetricsDep } from '../observe/metrics.js';
import type { DrainDep } from '../serve/drain.js';
import { type Check, find } from './checks.js';

export interface Health {
  /** All checks. */
  complete(): Promise<HealthView>;
  one(dependency: Finding['dependency']): Promise<Finding | null>;
}

export interface HealthDep {
  readonly health: Health;
}

export interface HealthOptions extends MetricsDep, DrainDep {
  readonly checks: readonly Check[];
  readonly clock: Clock;
  /** Milliseconds that never jump. */
  readonly elapsedMs: () => number;
  readonly version: string;
}

/** Whoever asks without end must not become a load on the database. */
const FRESH_MS = 1000;

export function createHealth(options: HealthOptions): Health {
  const { checks, clock, elapsedMs, metrics, drain, version } = options;
  const startedMs = elapsedMs();
  const recent = new Map<Check, { readonly sinceMs: number; readonly finding: Promise<Finding> }>();

  const ask = (check: Check): Promise<Finding> => {
    const known = recent.get(check);
    if (known !== undefined && elapsedMs() - known.sinceMs < FRESH_MS) return known.finding;
    const finding = find(check, clock, elapsedMs).then((found) => {
      metrics.set('leanvibe_relay_dependency_up', { dependency: found.dependency }, found.ok ? 1 : 0);
      metrics.set('leanvibe_relay_dependency_seconds', { dependency: found.dependency }, found.tookMs / 1000);
      return found;
    });
    recent.set(check, { sinceMs: elapsedMs(), finding });
    return finding;
  };

  return {
    async complete() {
      const found = await Promise.all(checks.map(ask));
      const broken = found.filter(({ ok }) => !ok);
      const ready = !drain.draining && !broken.some(({ needed }) => needed);
      metrics.set('leanvibe_relay_ready', {}, ready ? 1 : 0);
      return {
        status: ready ? (broken.length > 0 ? 'degraded' : 'ready') : 'not-ready',
        reasons: [
          ...(drain.draining ? ['this copy is going away; ask another'] : []),
          ...broken.map(({ dependency, detail }) => `${dependency}: ${detail}`),
        ],
        draining: drain.draining,
        version,
        uptimeSeconds: Math.round((elapsedMs() - startedMs) / 1000),
        checks: found,
      };
    },
    async one(dependency) {
      const check = checks.find((each) => each.dependency === dependency);
      return check === undefined ? null : ask(check);
    },
  };
}
