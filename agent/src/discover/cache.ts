/** What was found: bounded, expiring, and kept apart by who said it, so that a forged record adds and never takes away. */
import type { Cancel, ClockDep } from '@leanvibe/core/ports/clock';
import { createBuckets } from './bucket.js';
import { ADDRESSES_PER_INSTANCE_MAX, INSTANCES_MAX, INSTANCES_PER_HOST_MAX, NEW_INSTANCES_PER_HOST } from './limits.js';
import type { FoundAddress, Sighting } from './read.js';

export interface Found {
  readonly instance: string;
  /** Empty: it said goodbye or was not heard of any more. */
  readonly addresses: readonly FoundAddress[];
  readonly version: number;
}

export interface FoundCache {
  /** Null, or why it was refused. */
  put(source: string, sighting: Sighting): string | null;
  /** Takes back only what the same source said. */
  goodbye(source: string, instance: string): void;
  /** Forgets what these sources said; tells of each change. */
  forget(from: (source: string) => boolean): void;
  /** Forgets everything; tells of each. */
  clear(): void;
  all(): readonly Found[];
  /** Instances heard of recently enough that they need not answer a question. */
  fresh(): readonly string[];
  size(): number;
}

interface Said extends Sighting {
  readonly source: string;
  readonly untilMs: number;
}

export function createFoundCache({ clock }: ClockDep, tell: (found: Found) => void): FoundCache {
  /** By source and instance, the one heard of longest ago first. */
  const said = new Map<string, Said>();
  const told = new Map<string, string>();
  const newcomers = createBuckets({ clock }, NEW_INSTANCES_PER_HOST);
  let sweepAt: Cancel | null = null;

  function view(instance: string): Found {
    const of = [...said.values()].filter((one) => one.instance === instance);
    const byText = new Map(
      of.flatMap(({ addresses }) => addresses.map((at): [string, FoundAddress] => [`${at.kind} ${at.host} ${at.port}`, at])),
    );
    const addresses = [...byText.entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, at]) => at)
      .slice(0, ADDRESSES_PER_INSTANCE_MAX);
    return { instance, addresses, version: of.at(-1)?.version ?? 0 };
  }

  function tellChanged(instance: string): void {
    const found = view(instance);
    const mark = JSON.stringify([found.addresses, found.version]);
    if ((told.get(instance) ?? '[[],0]') === mark) return;
    if (found.addresses.length === 0) told.delete(instance);
    else told.set(instance, mark);
    tell(found);
  }

  function drop(key: string): void {
    const one = said.get(key);
    if (one === undefined) return;
    said.delete(key);
    tellChanged(one.instance);
  }

  function sweep(): void {
    sweepAt = null;
    const nowMs = clock.nowMs();
    for (const [key, one] of [...said]) if (one.untilMs <= nowMs) drop(key);
    planSweep();
  }

  function planSweep(): void {
    if (sweepAt !== null || said.size === 0) return;
    const nextMs = Math.min(...[...said.values()].map(({ untilMs }) => untilMs));
    sweepAt = clock.after(Math.max(1_000, nextMs - clock.nowMs()), sweep);
  }

  function put(source: string, sighting: Sighting): string | null {
    const key = `${source} ${sighting.instance}`;
    if (!said.has(key)) {
      const ofSource = [...said.values()].filter((one) => one.source === source).length;
      if (ofSource >= INSTANCES_PER_HOST_MAX) return 'too-many-from-host';
      if (!newcomers.take(source)) return 'too-many-new-names';
      const oldest = said.keys().next();
      // A flood under many addresses pushes out the oldest; whoever is honest is heard again within a minute.
      if (said.size >= INSTANCES_MAX && oldest.done !== true) drop(oldest.value);
    }
    said.delete(key);
    said.set(key, { ...sighting, source, untilMs: clock.nowMs() + sighting.ttlSeconds * 1000 });
    tellChanged(sighting.instance);
    planSweep();
    return null;
  }

  function forget(from: (source: string) => boolean): void {
    for (const [key, one] of [...said]) if (from(one.source)) drop(key);
  }

  function clear(): void {
    sweepAt?.();
    sweepAt = null;
    forget(() => true);
  }

  function fresh(): readonly string[] {
    const nowMs = clock.nowMs();
    return [
      ...new Set(
        [...said.values()].filter(({ untilMs, ttlSeconds }) => untilMs - nowMs > ttlSeconds * 500).map(({ instance }) => instance),
      ),
    ];
  }

  return {
    put,
    forget,
    clear,
    fresh,
    goodbye: (source, instance) => drop(`${source} ${instance}`),
    all: () => [...told.keys()].map(view),
    size: () => said.size,
  };
}
