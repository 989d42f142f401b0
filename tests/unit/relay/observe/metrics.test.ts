/** The relay's numbers: every one of the table is served, and no label can name anybody (C32). */
import { METRICS, type MetricSpec } from '@leanvibe/relay/internal/observe/metric-table';
import { createMetrics } from '@leanvibe/relay/internal/observe/metrics';
import { expect, test } from 'vitest';

test('every metric of the table is served, with what Node says of the process', async () => {
  const text = await createMetrics({ process: true }).text();
  for (const [name, spec] of Object.entries<MetricSpec>(METRICS)) expect(text).toContain(`# TYPE ${name} ${spec.kind}`);
  expect(text).toContain('nodejs_eventloop_lag_p99_seconds');
  expect(text).toContain('process_resident_memory_bytes');
});

test('C32 ids, addresses and names become "other" in a label', async () => {
  const metrics = createMetrics({ process: false });
  const leaky = [
    'd2719f0c-7d3f-4b1c-9a5f-2f3f0f6f7a11',
    'a'.repeat(64),
    '203.0.113.9',
    'ann@example.org',
    'a reason with spaces',
    'deadbeefdeadbeef',
    '/api/v1/devices/1234567',
  ];
  for (const reason of leaky) metrics.count('leanvibe_relay_refused_total', { room: 'sync', reason });
  metrics.count('leanvibe_relay_refused_total', { room: 'sync', reason: 'bad-token' });
  const lines = (await metrics.text()).split('\n').filter((line) => line.startsWith('leanvibe_relay_refused_total'));
  expect(lines).toEqual([
    `leanvibe_relay_refused_total{room="sync",reason="other"} ${leaky.length}`,
    'leanvibe_relay_refused_total{room="sync",reason="bad-token"} 1',
  ]);
});

test('C32 no label of the table is meant for an id, and the number of values is bounded', async () => {
  const labels = new Set(Object.values<MetricSpec>(METRICS).flatMap((spec) => spec.labels));
  expect([...labels].toSorted()).toEqual(['dependency', 'direction', 'event', 'method', 'reason', 'room', 'route', 'status']);
  const metrics = createMetrics({ process: false });
  for (let at = 0; at < 1000; at++) metrics.observe('leanvibe_relay_http_request_seconds', { route: `/made-up/${at}` }, 0.01);
  const counted = (await metrics.text()).split('\n').filter((line) => line.startsWith('leanvibe_relay_http_request_seconds_count'));
  expect(counted.length).toBe(201);
});
