/** A relay among hostile clients: who does not finish, does not read or floods is closed within 15 seconds and counted by name, and honest people hardly notice. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { rounds } from '../help/needs.js';
import { type Program, start } from '../help/program.js';
import { type RelayProcess, runRelay } from '../help/relay-cluster.js';
import { type Honest, type Kind, startHonest } from '../help/relay-honest.js';
import { newDevices } from '../help/relay-signup.js';
import { ROOT } from '../help/root.js';
import type { Order, Outcome } from './relay-attacker.js';

const ATTACKER = join(ROOT, 'tests/dist/attacks/relay-attacker.js');
const HELD_COUNT = rounds(100, 1_000);
const CLOSED_MS_MAX = 15_000;
/**
 * Honest people may wait twice as long at the 99th of a hundred. Below this it is no harm: attackers, honest people and the relay share the cores of one
 * machine, and its noise, here; it is less than 95 of a hundred requests may take (200 ms).
 */
const FLOOR_MS = 150;
const WINDOW_MS = 2_500;
/** Where the median of few windows says no, more are looked at, alone and beside in turn: a busy machine spoils one or two. */
const PASSES_MAX = 7;

interface Attackers {
  /** Ends them, and answers what became of their sockets. */
  end(): Promise<Readonly<Record<string, Outcome>>>;
}

async function attack(orders: readonly Order[]): Promise<Attackers> {
  const program: Program = start(process.execPath, [ATTACKER, JSON.stringify(orders)]);
  await program.says('begun', 60_000);
  return {
    async end() {
      const { stderr, stdout } = await program.stop();
      const last = stdout.trim().split('\n').at(-1) ?? '';
      if (!last.startsWith('{')) throw new Error(`${stdout}\n${stderr}`);
      return JSON.parse(last) as Readonly<Record<string, Outcome>>;
    },
  };
}

/** What was refused or closed so far, by reason. */
async function countedAt({ port }: RelayProcess): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const counted = new Map<string, number>();
  for (const [, reason = '', value] of text.matchAll(/^leanvibe_relay_refused_total\{.*reason="([^"]+)".*\} (\d+)$/gm))
    counted.set(reason, (counted.get(reason) ?? 0) + Number(value));
  return counted;
}

function p99(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? Number.NaN;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

type Waits = Record<Kind, number[]>;
const KINDS: readonly Kind[] = ['stored', 'delivered', 'asked'];

async function look(honest: Honest, waits: Waits): Promise<void> {
  const seen = await honest.during(WINDOW_MS);
  for (const kind of KINDS) waits[kind].push(p99(seen[kind]));
}

/** Attackers are let in and shut out again in `beside`, which looks at honest people meanwhile, `alone` between them; in doubt twice as often again. */
async function judged(
  what: string,
  passesMin: number,
  alone: (waits: Waits) => Promise<void>,
  beside: (waits: Waits) => Promise<void>,
): Promise<void> {
  const [quiet, loud]: readonly [Waits, Waits] = [
    { stored: [], delivered: [], asked: [] },
    { stored: [], delivered: [], asked: [] },
  ];
  const most = (kind: Kind): number => Math.max(2 * median(quiet[kind]), FLOOR_MS);
  for (let pass = 0; pass < PASSES_MAX; pass++) {
    await alone(quiet);
    await beside(loud);
    if (pass >= passesMin - 1 && KINDS.every((kind) => median(loud[kind]) < most(kind))) break;
  }
  const told = KINDS.map((kind) => `${kind} ${median(quiet[kind]).toFixed(1)} → ${median(loud[kind]).toFixed(1)} ms`);
  console.info(`${what}: honest p99 ${told.join(', ')}, medians of ${loud.stored.length} windows each`);
  for (const kind of KINDS) expect.soft(median(loud[kind]), `${what}: ${kind}`).toBeLessThan(most(kind));
}

async function began(): Promise<{ readonly relay: RelayProcess; readonly honest: Honest; readonly token: string }> {
  const relay = await runRelay({});
  const origin = `http://127.0.0.1:${relay.port}`;
  const honest = await startHonest(origin);
  onTestFinished(() => honest.stop());
  const tokens = await Promise.all([newDevices(origin, 1), newDevices(origin, 1), newDevices(origin, 1)]);
  await honest.during(1_000);
  return { relay, honest, token: tokens.flat().join(' ') };
}

/** Nothing honest was refused, cut off or lost. */
async function unharmed(honest: Honest): Promise<void> {
  await honest.stop();
  const { appended, delivered, failed } = honest.counts();
  expect({ delivered, failed }).toEqual({ delivered: appended, failed: 0 });
}

/** Who holds a socket, and how many of each there are. */
const HOLDING: Readonly<Record<string, { readonly reason: string; readonly count: number }>> = {
  silent: { reason: 'http-slow', count: HELD_COUNT },
  'slow-headers': { reason: 'http-slow', count: HELD_COUNT },
  'slow-body': { reason: 'http-slow', count: HELD_COUNT },
  'slow-upgrade': { reason: 'http-slow', count: HELD_COUNT },
  'no-hello': { reason: 'malformed', count: HELD_COUNT },
  unfinished: { reason: 'unfinished', count: HELD_COUNT },
  'unfinished-frame': { reason: 'unfinished', count: HELD_COUNT },
  pipelined: { reason: 'http-pipelined', count: 10 },
};

async function held(
  relay: RelayProcess,
  orders: readonly Order[],
  meanwhile: () => Promise<void>,
  closedMsMax = CLOSED_MS_MAX,
): Promise<void> {
  const before = await countedAt(relay);
  const attackers = await attack(orders);
  const beganMs = performance.now();
  await meanwhile();
  await sleep(Math.max(0, beganMs + closedMsMax - performance.now()));
  const outcomes = await attackers.end();
  const after = await countedAt(relay);
  const expected = new Map<string, number>();
  for (const { count, kind } of orders) {
    const { answers, left, longestMs, opened } = outcomes[kind] as Outcome;
    console.info(
      `${kind}: ${opened} sockets, the last ended after ${(longestMs / 1_000).toFixed(1)} s, answers ${JSON.stringify(answers)}`,
    );
    expect.soft([kind, opened, left]).toEqual([kind, count, 0]);
    expect.soft(longestMs, kind).toBeLessThan(closedMsMax);
    const reason = HOLDING[kind]?.reason ?? 'unread';
    expected.set(reason, (expected.get(reason) ?? 0) + opened);
  }
  for (const [reason, count] of expected)
    expect.soft([reason, (after.get(reason) ?? 0) - (before.get(reason) ?? 0)]).toEqual([reason, count]);
}

describe('a relay among hostile clients', () => {
  test('who holds a socket without finishing is closed within 15 s and counted, at nobody’s cost', { timeout: 240_000 }, async () => {
    const { honest, relay, token } = await began();
    const orders = Object.entries(HOLDING).map(([kind, { count }]) => ({ kind, port: relay.port, count, token }));
    const windows = async (waits: Waits): Promise<void> => {
      for (let window = 0; window < 3; window++) await look(honest, waits);
    };
    await judged('held sockets', 1, windows, (waits) => held(relay, orders, () => windows(waits)));
    await unharmed(honest);
  });

  // Of what they asked for the buffers of the kernel, tens of megabytes, are filled first, at the pace of the machine; then the 15 s begin.
  test('devices that ask for everything and read nothing are closed and counted', { timeout: 120_000 }, async () => {
    const { honest, relay, token } = await began();
    await held(relay, [{ kind: 'unread-sync', port: relay.port, count: 5, token }], () => Promise.resolve(), 2 * CLOSED_MS_MAX);
    await unharmed(honest);
  });

  test.each([
    { kind: 'two-thousand-headers', count: 100, reason: 'http-headers' },
    { kind: 'chunked-body', count: 10, reason: 'http-too-large' },
    { kind: 'fragments-of-nothing', count: 20, reason: 'malformed-frame' },
    { kind: 'fragments', count: 20, reason: 'fragments' },
    { kind: 'pings', count: 20, reason: 'pings' },
    { kind: 'texts', count: 20, reason: 'malformed' },
    { kind: 'nonsense', count: 20, reason: 'malformed' },
    { kind: 'token-in-upgrade', count: 50, reason: 'upgrade-query' },
    { kind: 'token-in-address', count: 50, reason: 'http-token-in-address' },
    { kind: 'logins-one-address', count: 100, reason: 'http-too-many' },
    { kind: 'logins-one-account', count: 100, reason: 'http-too-many' },
    { kind: 'logins-many-accounts', count: 100, reason: 'http-unavailable' },
  ])('$kind, $count a second: closed, counted, at nobody’s cost', { timeout: 240_000 }, async ({ kind, count, reason }) => {
    const { honest, relay, token } = await began();
    const before = await countedAt(relay);
    const outcomes: Outcome[] = [];
    const alone = (waits: Waits): Promise<void> => look(honest, waits);
    await judged(kind, 3, alone, async (waits) => {
      const attackers = await attack([{ kind, port: relay.port, count, token }]);
      await look(honest, waits);
      const { [kind]: outcome } = await attackers.end();
      if (outcome !== undefined) outcomes.push(outcome);
    });
    const after = await countedAt(relay);
    const refused = (after.get(reason) ?? 0) - (before.get(reason) ?? 0);
    const opened = outcomes.reduce((sum, one) => sum + one.opened, 0);
    console.info(`${kind}: ${JSON.stringify(outcomes.at(-1))}; ${refused} of ${opened} counted as ${reason}`);
    expect(Math.max(...outcomes.map(({ longestMs }) => longestMs))).toBeLessThan(CLOSED_MS_MAX);
    expect(refused).toBeGreaterThan(0);
    await unharmed(honest);
  });
});
