/** Counts what this agent does by project and hour, sealed in its own store, and keeps the person's word whether a relay may be told. */
import { createQueue } from '@leanvibe/core/base/queue';
import type { Json } from '@leanvibe/core/doc/crdt';
import type { Cancel, ClockDep } from '@leanvibe/core/ports/clock';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import type { RandomDep } from '@leanvibe/core/ports/random';
import { BATCH_SAMPLES_MAX, DAY_MS, HOUR_MS, SAMPLE_AGE_MS_MAX } from '@leanvibe/protocol/http/metric-limits';
import type { Sample } from '@leanvibe/protocol/http/metrics';
import { toHex } from '@leanvibe/protocol/ids';
import type { LocalRecordsDep } from '../product/local.js';
import { addHours, type Counts, type Gauges, type Hour, hourOf, type Hours, NO_HOUR, sampleOf } from './hours.js';
import { WHOLE_DEVICE } from './project-id.js';

export interface Batch {
  /** Goes along as `Idempotency-Key`: sent again, it counts once. */
  readonly key: string;
  /** The body, to the byte. */
  readonly body: string;
}

export interface Preview {
  readonly on: boolean;
  /** What the next request would say; null while no whole hour was counted. */
  readonly body: string | null;
}

export interface Metrics {
  add(project: string, counts: Counts): void;
  /** What a relay knows a project by: 32 hex digits. */
  relayIdOf(project: string): string;
  /** Bytes to and from other devices. */
  synced(bytes: number): void;
  preview(): Promise<Preview>;
  on(): boolean;
  /** Everything counted until now is forgotten either way: what was counted before a yes, or after a no, is never sent. */
  setOn(on: boolean): Promise<void>;
  /** Called at once when the person says no, so that what is being sent is broken off. */
  whenOff(tell: () => void): () => void;
  /** The next batch, the same one until it was `sent` or `dropped`; null while off, or while there is nothing. */
  next(): Promise<Batch | null>;
  /** Done with this batch. Nothing happens when it is no longer the next one. */
  done(key: string): Promise<void>;
  stop(): Promise<void>;
}

export interface MetricsDeps extends ClockDep, RandomDep, LoggerDep, LocalRecordsDep {
  readonly relayIdOf: (project: string) => string;
  /** This process, since it was last asked. */
  readonly gauges: () => Gauges;
}

/** Counts of the last minutes are lost when the machine loses power: they are worth no more writing than this. */
const KEEP_EVERY_MS = 5 * 60_000;
const CONSENT = 'metrics/consent';
const NEXT = 'metrics/next';
const HOURS = 'metrics/hours/';
/** A day less than a relay takes, so that no batch grows too old on its way; while off, enough for a preview. */
const HELD_MS = { on: SAMPLE_AGE_MS_MAX - DAY_MS, off: DAY_MS } as const;

type Fresh = Map<string, Map<number, Hour>>;
type Held = readonly { readonly id: string; readonly hours: Hours }[];

export async function createMetrics(deps: MetricsDeps): Promise<Metrics> {
  const { clock, local, logger, gauges } = deps;
  let on = (await local.get(CONSENT)) === true;
  let fresh: Fresh = new Map();
  const queue = createQueue();
  const listeners = new Set<() => void>();
  const oldest = (): number => clock.nowMs() - (on ? HELD_MS.on : HELD_MS.off);

  const put = (id: string, hourMs: number, hour: Hour): void => {
    const hours = fresh.get(id) ?? new Map<number, Hour>();
    hours.set(hourMs, addHours(hours.get(hourMs) ?? NO_HOUR, hour));
    fresh.set(id, hours);
  };
  const note = (project: string, hour: Hour): void => put(deps.relayIdOf(project), hourOf(clock.nowMs()), hour);
  const add = (project: string, counts: Counts): void => note(project, { ...NO_HOUR, counts });

  /** Puts what is fresh to what is held; run in turn, like everything that reads or writes records. */
  const keep = async (): Promise<void> => {
    const taken = fresh;
    fresh = new Map();
    await write(taken).catch((error: unknown) => {
      for (const [id, hours] of taken) for (const [hourMs, hour] of hours) put(id, hourMs, hour);
      throw error;
    });
  };
  const write = async (taken: Fresh): Promise<void> => {
    const records: [string, Json][] = [];
    for (const [id, hours] of taken) {
      const held = { ...(((await local.get(HOURS + id)) ?? {}) as unknown as Hours) };
      for (const [hourMs, hour] of hours) held[hourMs] = addHours(held[hourMs] ?? NO_HOUR, hour);
      records.push([HOURS + id, young(held, oldest()) as unknown as Json]);
    }
    if (records.length > 0) await local.write({ put: records });
  };
  const held = async (): Promise<Held> => {
    await keep();
    return (await local.all(HOURS)).map(({ key, value }) => ({ id: key.slice(HOURS.length), hours: value as unknown as Hours }));
  };
  const nextHeld = async (): Promise<Batch | null> => (await local.get(NEXT)) as unknown as Batch | null;

  let stopTick: Cancel = () => undefined;
  const tick = (): void => {
    stopTick = clock.after(KEEP_EVERY_MS, () => {
      const { memoryMb, cpuPercent } = gauges();
      note(WHOLE_DEVICE, { counts: {}, gauged: 1, memorySum: memoryMb, cpuSum: cpuPercent });
      queue
        .run(keep)
        .catch((error: unknown) => logger.log('warn', 'metrics-not-kept', { why: error instanceof Error ? error.name : 'unknown' }))
        .finally(tick);
    });
  };
  tick();

  const forget = async (more: readonly [string, Json][]): Promise<void> => {
    fresh = new Map();
    const kept = await local.all(HOURS);
    await local.write({ put: more, remove: [NEXT, ...kept.map(({ key }) => key)] });
  };

  return {
    add,
    relayIdOf: deps.relayIdOf,
    synced: (bytes) => add(WHOLE_DEVICE, { syncBytes: bytes }),
    on: () => on,
    preview: () =>
      queue.run(async () => {
        const waiting = await nextHeld();
        if (waiting !== null) return { on, body: waiting.body };
        const { samples } = split(await held(), oldest(), clock.nowMs());
        return { on, body: samples.length === 0 ? null : bodyOf(samples) };
      }),
    setOn(next) {
      if (!next) for (const tell of listeners) tell();
      return queue.run(async () => {
        if (next === on) return;
        await forget([[CONSENT, next]]);
        on = next;
      });
    },
    whenOff(tell) {
      listeners.add(tell);
      return () => void listeners.delete(tell);
    },
    next: () =>
      queue.run(async () => {
        if (!on) return null;
        const waiting = await nextHeld();
        if (waiting !== null) return waiting;
        const { samples, rest } = split(await held(), oldest(), clock.nowMs());
        if (samples.length === 0) return null;
        const batch = { key: toHex(deps.random.bytes(16)), body: bodyOf(samples) };
        // Hours leave the counts and enter the batch in one write: none is sent in two batches.
        const left = rest
          .filter(({ hours }) => Object.keys(hours).length > 0)
          .map(({ id, hours }) => [HOURS + id, hours as unknown as Json] as const);
        const remove = rest.filter(({ hours }) => Object.keys(hours).length === 0).map(({ id }) => HOURS + id);
        await local.write({ put: [...left, [NEXT, batch]], remove });
        return batch;
      }),
    done: (key) =>
      queue.run(async () => {
        if ((await nextHeld())?.key === key) await local.remove(NEXT);
      }),
    async stop() {
      stopTick();
      await queue.run(keep);
    },
  };
}

function young(hours: Hours, oldestMs: number): Hours {
  return Object.fromEntries(Object.entries(hours).filter(([hourMs]) => Number(hourMs) > oldestMs));
}

/** The oldest whole hours that fit one batch, and what stays. The hour under way is never sent. */
function split(held: Held, oldestMs: number, nowMs: number): { readonly samples: readonly Sample[]; readonly rest: Held } {
  const whole = held
    .flatMap(({ id, hours }) => Object.entries(young(hours, oldestMs)).map(([hourMs, hour]) => ({ id, hourMs: Number(hourMs), hour })))
    .filter(({ hourMs }) => hourMs + HOUR_MS <= nowMs)
    .toSorted((a, b) => a.hourMs - b.hourMs || (a.id < b.id ? -1 : 1))
    .slice(0, BATCH_SAMPLES_MAX);
  const taken = new Set(whole.map(({ id, hourMs }) => `${id} ${hourMs}`));
  const rest = held.map(({ id, hours }) => ({
    id,
    hours: Object.fromEntries(Object.entries(young(hours, oldestMs)).filter(([hourMs]) => !taken.has(`${id} ${hourMs}`))),
  }));
  return { samples: whole.map(({ id, hourMs, hour }) => sampleOf(id, hourMs, hour)), rest };
}

function bodyOf(samples: readonly Sample[]): string {
  return JSON.stringify({ samples });
}
