/** Many connections to one relay: nothing is lost, deliveries are quick, and memory is for who is connected, not for what was ever visited (C31). */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { rounds } from '../help/needs.js';
import { newShared, sealedOf, type Shared } from '../help/relay-client.js';
import { type RelayProcess, runRelay } from '../help/relay-cluster.js';
import { type Lean, openLean } from '../help/relay-lean.js';
import { newDevices } from '../help/relay-signup.js';
import { entryIdOf } from '../help/store-things.js';
import { until } from '../help/wait.js';

const ROOMS = rounds(100, 1_000);
const SUBSCRIBERS = 10;
const APPENDS_PER_SECOND = rounds(50, 500);
const SECONDS = rounds(12, 120);
const ROOMS_PER_ACCOUNT = 20;
const RSS_MB_MAX = 500;
const DELIVERED_MS_MAX = 250;
const VISITED = rounds(400, 2_000);

function rssMb({ program }: RelayProcess): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${program.pid}/status`, 'utf8'))?.[1]) / 1024;
}

function p99(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? Number.NaN;
}

/** Of so many at once. */
async function inBatches<T>(items: readonly T[], size: number, work: (item: T, at: number) => Promise<void>): Promise<void> {
  for (let at = 0; at < items.length; at += size) await Promise.all(items.slice(at, at + size).map((item, by) => work(item, at + by)));
}

describe('a relay with many connections', () => {
  test('C31: a thousand subscribers get every entry within 250 ms', { timeout: 600_000 }, async () => {
    const relay = await runRelay({});
    const origin = `http://127.0.0.1:${relay.port}`;
    const accounts = await Promise.all(Array.from({ length: ROOMS / ROOMS_PER_ACCOUNT }, () => newDevices(origin, SUBSCRIBERS)));
    const sentMs = new Map<string, number>();
    const got = new Map<string, number>();
    const tookMs: number[] = [];
    const hear = (id: string): void => {
      got.set(id, (got.get(id) ?? 0) + 1);
      tookMs.push(performance.now() - (sentMs.get(id) ?? 0));
    };
    const rooms: { readonly shared: Shared; readonly members: Lean[] }[] = Array.from({ length: ROOMS }, () => ({
      shared: newShared(),
      members: [],
    }));
    await inBatches(rooms, 10, async ({ members, shared }, room) => {
      const tokens = accounts[Math.floor(room / ROOMS_PER_ACCOUNT)] ?? [];
      for (const [at, token] of tokens.entries())
        members.push(await openLean({ origin, token, shared, got: hear, address: `10.2.${at}.${room & 255}` }));
    });
    onTestFinished(() => {
      for (const { members } of rooms) for (const member of members) member.raw.socket.terminate();
    });
    const idleMb = rssMb(relay);
    const stored: Promise<void>[] = [];
    const count = APPENDS_PER_SECOND * SECONDS;
    const began = performance.now();
    for (let at = 0; at < count; at++) {
      const { members, shared } = rooms[(at * 37) % ROOMS] as (typeof rooms)[number];
      const sealed = sealedOf(shared);
      sentMs.set(entryIdOf(sealed), performance.now());
      stored.push((members[at % SUBSCRIBERS] as Lean).append(sealed));
      const aheadMs = began + (at * 1_000) / APPENDS_PER_SECOND - performance.now();
      if (aheadMs > 0) await sleep(aheadMs);
    }
    await Promise.all(stored);
    await until('every entry is delivered', () => tookMs.length >= count * (SUBSCRIBERS - 1), 30_000);
    const busyMb = rssMb(relay);
    console.info(`relay: ${idleMb.toFixed(0)} MB idle, ${busyMb.toFixed(0)} MB busy; delivered p99 ${p99(tookMs).toFixed(1)} ms`);
    expect(got.size).toBe(count);
    expect([...got.values()].every((times) => times === SUBSCRIBERS - 1)).toBe(true);
    expect(busyMb).toBeLessThan(RSS_MB_MAX);
    expect(p99(tookMs)).toBeLessThan(DELIVERED_MS_MAX);
  });

  test('C33: mailboxes nobody is connected to take no memory', { timeout: 600_000 }, async () => {
    const relay = await runRelay({});
    const origin = `http://127.0.0.1:${relay.port}`;
    const tokens = await newDevices(origin, SUBSCRIBERS);
    const own = Array.from({ length: ROOMS_PER_ACCOUNT }, () => newShared());
    const visit = async (shared: Shared, at: number): Promise<void> => {
      const one = await openLean({ origin, token: tokens[at % SUBSCRIBERS] ?? '', shared, got: () => undefined });
      await one.append(sealedOf(shared));
      one.close();
      await one.raw.ended;
    };
    const round = (visits: number): Promise<void> =>
      inBatches(Array.from({ length: visits }), SUBSCRIBERS, (_, at) => visit(own[at % ROOMS_PER_ACCOUNT] as Shared, at));
    await round(VISITED);
    const before = rssMb(relay);
    await round(VISITED);
    const grownMb = rssMb(relay) - before;
    console.info(`relay: ${before.toFixed(0)} MB after ${VISITED} visits, ${grownMb.toFixed(1)} MB more after as many again`);
    expect(grownMb).toBeLessThan(32);
  });
});
