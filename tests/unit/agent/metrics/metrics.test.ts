/** What the agent counts stays here, sealed, until a person says yes; then exactly what the preview shows is sent. */
import { WHOLE_DEVICE, createProjectIds } from '@leanvibe/agent/internal/metrics/project-id';
import { createGauges, metered } from '@leanvibe/agent/internal/metrics/meter';
import { batch as batchSchema } from '@leanvibe/protocol/http/metrics';
import { BATCH_SAMPLES_MAX, COUNTER_MAX, DAY_MS, HOUR_MS } from '@leanvibe/protocol/http/metric-limits';
import type { Channel, ChannelEvents } from '@leanvibe/core/internal/ports/channel';
import { describe, expect, test } from 'vitest';
import { createVirtualClock } from '../../../help/clock.js';
import { deviceOf, nodeHashing } from '../../../help/store-things.js';
import { counting, idOf, START } from './kit.js';

const samplesOf = (body: string | null) => batchSchema.parse(JSON.parse(body ?? '{}')).samples;

describe('ids of projects', () => {
  test('are the same each time, different for each project and device, and hold nothing of either', () => {
    const other = createProjectIds(nodeHashing, new Uint8Array(32).fill(8));
    const ids = [idOf('p1'), idOf('p2'), other('p1'), idOf(WHOLE_DEVICE)];
    expect(new Set(ids).size).toBe(4);
    expect(idOf('p1')).toBe(ids[0]);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('counting', () => {
  test('is off at first: a preview shows what would be sent, and nothing is given out', async () => {
    const { metrics, clock } = await counting();
    metrics.add('p', { tokens: 5 });
    expect(await metrics.preview()).toEqual({ on: false, body: null });
    await clock.advance(HOUR_MS);
    expect(samplesOf((await metrics.preview()).body)).toContainEqual(
      expect.objectContaining({ project: idOf('p'), tokens: 5, hourMs: START }),
    );
    expect(await metrics.next()).toBeNull();
    await metrics.stop();
    expect(clock.pending()).toBe(0);
  });

  test('what was counted before a yes, or after a no, is never sent', async () => {
    const { metrics, clock, records } = await counting();
    metrics.add('p', { tokens: 5 });
    await clock.advance(2 * HOUR_MS);
    metrics.add('p', { tokens: 6 });
    await metrics.setOn(true);
    await clock.advance(HOUR_MS);
    expect(samplesOf((await metrics.preview()).body).filter(({ project }) => project === idOf('p'))).toEqual([]);
    metrics.add('p', { tokens: 7 });
    await clock.advance(HOUR_MS);
    expect(samplesOf((await metrics.next())?.body ?? null).filter(({ project }) => project === idOf('p'))).toMatchObject([{ tokens: 7 }]);
    metrics.add('p', { tokens: 8 });
    await metrics.setOn(false);
    await metrics.setOn(true);
    expect(await metrics.next()).toBeNull();
    expect([...records.rows.keys()]).toEqual(['metrics/consent']);
    await metrics.stop();
  });

  test('the batch is the preview, byte for byte, and stays the same with its name until it is done, over restarts', async () => {
    const first = await counting();
    await first.metrics.setOn(true);
    first.metrics.add('b', { suggestionsMade: 1, tokens: 10 });
    first.metrics.add('a', { suggestionsAccepted: 2 });
    first.metrics.synced(1_000);
    await first.clock.advance(HOUR_MS);
    const { body } = await first.metrics.preview();
    const batch = await first.metrics.next();
    expect(batch?.body).toBe(body);
    expect(samplesOf(body)).toHaveLength(3);
    expect(samplesOf(body)).toContainEqual(
      expect.objectContaining({ project: idOf(WHOLE_DEVICE), syncBytes: 1_000, memoryMb: 150, cpuPercent: 4 }),
    );
    first.metrics.add('a', { tokens: 1 });
    await first.metrics.stop();

    const second = await counting(first.records, first.clock);
    await second.clock.advance(HOUR_MS);
    expect(second.metrics.on()).toBe(true);
    expect(await second.metrics.next()).toEqual(batch);
    expect((await second.metrics.preview()).body).toBe(body);
    await second.metrics.done('another');
    expect(await second.metrics.next()).toEqual(batch);
    await second.metrics.done(batch?.key ?? '');
    const later = await second.metrics.next();
    expect(later?.key).not.toBe(batch?.key);
    expect(samplesOf(later?.body ?? null)).toContainEqual(
      expect.objectContaining({ project: idOf('a'), hourMs: START + HOUR_MS, tokens: 1, suggestionsAccepted: 0 }),
    );
    await second.metrics.stop();
  });

  test('a write that fails loses nothing', async () => {
    const { metrics, clock, records } = await counting();
    await metrics.setOn(true);
    metrics.add('p', { tokens: 5 });
    records.failOnce();
    await clock.advance(HOUR_MS);
    expect(samplesOf((await metrics.next())?.body ?? null)).toContainEqual(expect.objectContaining({ project: idOf('p'), tokens: 5 }));
    await metrics.stop();
  });

  test('a batch has bounds, the oldest hours go first, and hours a relay would not take are forgotten', async () => {
    const before = await counting();
    await before.metrics.setOn(true);
    before.metrics.add('old', { tokens: 1 });
    await before.clock.advance(3 * HOUR_MS);
    before.metrics.add('young', { tokens: 1 });
    await before.metrics.stop();
    const { metrics, clock } = await counting(before.records, createVirtualClock(START + 29 * DAY_MS + HOUR_MS));
    for (let project = 0; project < BATCH_SAMPLES_MAX; project++) metrics.add(`p${project}`, { tokens: 2 * COUNTER_MAX.tokens });
    await clock.advance(HOUR_MS);
    const one = await metrics.next();
    const samples = samplesOf(one?.body ?? null);
    expect(samples).toHaveLength(BATCH_SAMPLES_MAX);
    expect(samples[0]?.hourMs).toBe(START + 3 * HOUR_MS);
    expect(samples.map(({ hourMs }) => hourMs)).toEqual(samples.map(({ hourMs }) => hourMs).toSorted((a, b) => a - b));
    await metrics.done(one?.key ?? '');
    const all = [...samples];
    for (let batch = await metrics.next(); batch !== null; batch = await metrics.next()) {
      all.push(...samplesOf(batch.body));
      await metrics.done(batch.key);
    }
    expect(all.filter(({ tokens }) => tokens === COUNTER_MAX.tokens)).toHaveLength(BATCH_SAMPLES_MAX);
    expect([idOf('old'), idOf('young')].map((id) => all.some(({ project }) => project === id))).toEqual([false, true]);
    expect(new Set(all.map(({ project, hourMs }) => `${project} ${hourMs}`)).size).toBe(all.length);
    await metrics.stop();
  });
});

describe('measures', () => {
  test('memory and processor are numbers of this process', () => {
    let elapsedMs = 0;
    const gauges = createGauges(() => elapsedMs);
    expect(gauges().cpuPercent).toBe(0);
    elapsedMs = 1_000_000;
    const { memoryMb, cpuPercent } = gauges();
    expect(memoryMb).toBeGreaterThan(1);
    expect(cpuPercent).toBeGreaterThanOrEqual(0);
    expect(cpuPercent).toBeLessThan(100);
  });

  test('a metered channel carries the same frames and tells their bytes, both ways', () => {
    const sent: Uint8Array[] = [];
    let events: ChannelEvents | null = null;
    const plain: Channel = {
      ...{ peer: deviceOf(1), via: 'memory', address: 'here', outbound: true, queuedBytes: () => 5, close: () => undefined },
      send: (frame) => void sent.push(frame),
      start: (given) => {
        events = given;
      },
    };
    let bytes = 0;
    const got: Uint8Array[] = [];
    const channel = metered(plain, (more) => {
      bytes += more;
    });
    channel.start({ onFrame: (frame) => void got.push(frame), onDrain: () => undefined, onClose: () => undefined });
    channel.send(new Uint8Array(3));
    (events as ChannelEvents | null)?.onFrame(new Uint8Array(4));
    expect([sent.length, got.length, bytes, channel.queuedBytes(), channel.peer]).toEqual([1, 1, 7, 5, deviceOf(1)]);
  });
});
