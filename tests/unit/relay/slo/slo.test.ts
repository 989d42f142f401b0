/** Availability, percentiles and the error budget, from the text the relay itself serves. */
import { createMetrics } from '@leanvibe/relay/internal/observe/metrics';
import { parseSamples } from '@leanvibe/relay/internal/slo/scrape';
import { type Slo, sloOf, TARGETS } from '@leanvibe/relay/internal/slo/slo';
import { expect, test } from 'vitest';

async function slo(answered: (add: (route: string, status: number, seconds: number, times: number) => void) => void): Promise<Slo | null> {
  const metrics = createMetrics({ process: true });
  answered((route, status, seconds, times) => {
    for (let at = 0; at < times; at++) {
      metrics.count('leanvibe_relay_http_requests_total', { route, method: 'GET', status: String(status) });
      metrics.observe('leanvibe_relay_http_request_seconds', { route }, seconds);
    }
  });
  return sloOf(parseSamples(await metrics.text()), TARGETS);
}

test('within the targets, with part of the budget used', async () => {
  const found = await slo((add) => {
    add('/api/v1/projects', 200, 0.02, 9998);
    add('/api/v1/projects', 500, 0.02, 2);
  });
  expect(found).toMatchObject({ ok: true, requests: 10_000, failed: 2, availability: 0.9998, budgetLeftPercent: 60 });
  expect(found?.routes).toEqual([{ route: '/api/v1/projects', requests: 10_000, p95Seconds: 0.025, p99Seconds: 0.025, ok: true }]);
});

test('an overspent budget is below zero and fails', async () => {
  expect(
    await slo((add) => {
      add('/a', 200, 0.01, 999);
      add('/a', 503, 0.01, 1);
    }),
  ).toMatchObject({ ok: false, failed: 1, budgetLeftPercent: -100 });
});

test('one slow route fails; login may take longer, health less; a refusal is no failure', async () => {
  const found = await slo((add) => {
    add('/slow', 200, 0.4, 100);
    add('/api/v1/auth/login', 401, 0.28, 100);
    add('/health', 200, 0.15, 100);
    add('/rare', 200, 9, 3);
    add('/never-ending', 200, 60, 30);
  });
  expect(found?.routes.filter(({ ok }) => !ok).map(({ route, p95Seconds }) => [route, p95Seconds])).toEqual([
    ['/health', 0.2],
    ['/never-ending', null],
    ['/slow', 0.5],
  ]);
  expect(found).toMatchObject({ failed: 0, ok: false });
});

test('probes are not counted as use: a 503 of /health is no failed request', async () => {
  expect(await slo((add) => add('/health/ready', 503, 0.01, 50))).toBeNull();
});

test('what is no scrape has no samples', () => {
  expect(parseSamples('<html>\n# HELP x y\nnot a sample\nx{a="b\\"c"} 5\ny NaN\nz +Inf 123')).toEqual([
    { name: 'x', labels: { a: 'b"c' }, value: 5 },
    { name: 'z', labels: {}, value: Number.POSITIVE_INFINITY },
  ]);
});
