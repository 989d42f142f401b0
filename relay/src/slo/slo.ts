/** Availability and speed against the targets, and how much of the month's error budget is left, from what the relay counts itself. */
import type { Sample } from './scrape.js';

export interface Targets {
  /** 0.9995: 21.9 minutes a month. */
  readonly availability: number;
  readonly p95Seconds: number;
  readonly p99Seconds: number;
  /** Stricter or looser p95 by route. */
  readonly routes: Readonly<Record<string, number>>;
}

export const TARGETS: Targets = {
  availability: 0.9995,
  p95Seconds: 0.2,
  p99Seconds: 0.5,
  routes: { '/health': 0.1, '/health/live': 0.1, '/health/ready': 0.1, '/api/v1/auth/login': 0.3 },
};

export interface RouteSlo {
  readonly route: string;
  readonly requests: number;
  /** Upper bound in seconds of the bucket the percentile falls into; null: beyond the last. */
  readonly p95Seconds: number | null;
  readonly p99Seconds: number | null;
  readonly ok: boolean;
}

export interface Slo {
  readonly ok: boolean;
  readonly requests: number;
  readonly failed: number;
  readonly availability: number;
  readonly target: number;
  /** Percent of the failures the target allows that are still unused; below 0 it is overspent. */
  readonly budgetLeftPercent: number;
  readonly routes: readonly RouteSlo[];
}

const REQUESTS = 'leanvibe_relay_http_requests_total';
const BUCKETS = 'leanvibe_relay_http_request_seconds_bucket';
/** With so few requests a percentile says nothing. */
const REQUESTS_MIN = 20;

/** Null when the samples hold no request yet. */
export function sloOf(samples: readonly Sample[], targets: Targets): Slo | null {
  const counted = samples.filter(({ name, labels }) => name === REQUESTS && !isProbe(labels['route'] ?? ''));
  const requests = sum(counted);
  if (requests === 0) return null;
  const failed = sum(counted.filter(({ labels }) => /^5/.test(labels['status'] ?? '')));
  const availability = 1 - failed / requests;
  const allowed = requests * (1 - targets.availability);
  const routes = [...new Set(samples.filter(({ name }) => name === BUCKETS).map(({ labels }) => labels['route'] ?? ''))]
    .toSorted()
    .map((route) => routeSlo(samples, route, targets));
  return {
    ok: availability >= targets.availability && routes.every(({ ok }) => ok),
    requests,
    failed,
    availability,
    target: targets.availability,
    budgetLeftPercent: Math.round((1 - failed / allowed) * 1000) / 10,
    routes,
  };
}

/** 503 is what a health route is for. */
function isProbe(route: string): boolean {
  return /^\/(health|metrics|status)/.test(route);
}

function routeSlo(samples: readonly Sample[], route: string, targets: Targets): RouteSlo {
  const buckets = samples
    .filter(({ name, labels }) => name === BUCKETS && labels['route'] === route)
    .map(({ labels, value }) => ({ bound: labels['le'] === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels['le']), count: value }))
    .toSorted((a, b) => a.bound - b.bound);
  const requests = buckets.at(-1)?.count ?? 0;
  const at = (share: number): number | null => {
    const bound = buckets.find(({ count }) => count >= requests * share)?.bound ?? Number.POSITIVE_INFINITY;
    return Number.isFinite(bound) ? bound : null;
  };
  const [p95Seconds, p99Seconds] = [at(0.95), at(0.99)];
  const within = (found: number | null, most: number): boolean => found !== null && found <= most;
  const p95Most = targets.routes[route] ?? targets.p95Seconds;
  const ok = requests < REQUESTS_MIN || (within(p95Seconds, p95Most) && within(p99Seconds, Math.max(targets.p99Seconds, p95Most)));
  return { route, requests, p95Seconds, p99Seconds, ok };
}

function sum(samples: readonly Sample[]): number {
  return samples.reduce((all, { value }) => all + value, 0);
}
