/** What every CRDT owes the engine, run over each of them: convergence in any causal order, merged drafts, canonical state, closed doors. */
import type { Closure, Crdt, Json } from '@leanvibe/core/internal/doc/crdt';
import type { DeviceId } from '@leanvibe/protocol/ids';
import { describe, expect, it } from 'vitest';

export interface Dice {
  /** 0 ≤ x < 1. */
  next(): number;
  /** 0 ≤ n < count. */
  below(count: number): number;
  pick<T>(from: readonly T[]): T;
}

export function createDice(seed: number): Dice {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (count: number): number => Math.floor(next() * count);
  return { next, below, pick: (from) => from[below(from.length)] as never };
}

export interface CrdtSubject<Replica> {
  readonly name: string;
  create(): Crdt<Replica>;
  /** A random command that fits the replica's state. */
  command(crdt: Crdt<Replica>, replica: Replica, dice: Dice): Json;
  readonly queries: readonly Json[];
  readonly seeds: number;
}

interface Change {
  readonly author: number;
  readonly payload: Uint8Array;
  readonly drafts: readonly Uint8Array[];
  /** Indexes of every change it builds on. */
  readonly after: ReadonlySet<number>;
}

interface Device<Replica> {
  readonly id: DeviceId;
  readonly clientId: number;
  readonly replica: Replica;
  readonly has: Set<number>;
  drafts: Uint8Array[];
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
export const deviceId = (index: number): DeviceId => (index + 1).toString(16).padStart(64, '0') as DeviceId;
const clientIdOf = (index: number): number => 2 ** 40 + index * 3 + 1;

/** The clocks a set of changes reaches, for an author who owns one client id. */
function closureOf<Replica>(crdt: Crdt<Replica>, changes: readonly Change[], among: Iterable<number>, author: number): Closure {
  const ends = new Map<number, number>();
  for (const index of among) {
    const inspected = crdt.inspect((changes[index] as Change).payload);
    if (inspected.ok)
      for (const span of inspected.value.writes) ends.set(span.clientId, Math.max(ends.get(span.clientId) ?? 0, span.clockEnd));
  }
  return { clockEnd: (clientId) => ends.get(clientId) ?? 0, owned: (clientId) => clientId === clientIdOf(author) };
}

/** A history of several devices that edit, merge their drafts into changes and receive each other's in causal order. */
function history<Replica>(
  subject: CrdtSubject<Replica>,
  crdt: Crdt<Replica>,
  dice: Dice,
): { readonly devices: readonly Device<Replica>[]; readonly changes: readonly Change[] } {
  const devices = Array.from(
    { length: 2 + dice.below(3) },
    (_, index): Device<Replica> => ({
      id: deviceId(index),
      clientId: clientIdOf(index),
      replica: crdt.create(),
      has: new Set(),
      drafts: [],
    }),
  );
  const changes: Change[] = [];
  const flush = (index: number): void => {
    const device = devices[index] as Device<Replica>;
    if (device.drafts.length === 0) return;
    const payload = crdt.merge(device.replica, device.clientId, device.drafts);
    changes.push({ author: index, payload, drafts: device.drafts, after: new Set(device.has) });
    device.has.add(changes.length - 1);
    device.drafts = [];
  };
  const receive = (device: Device<Replica>, index: number): void => {
    if (device.has.has(index)) return;
    const change = changes[index] as Change;
    for (const before of change.after) receive(device, before);
    crdt.apply(device.replica, change.payload, deviceId(change.author));
    device.has.add(index);
  };
  for (let step = 0; step < 60; step++) {
    const index = dice.below(devices.length);
    const device = devices[index] as Device<Replica>;
    const what = dice.next();
    if (what < 0.6) {
      const edited = crdt.edit(device.replica, device.clientId, device.id, subject.command(crdt, device.replica, dice));
      if (edited.update.length > 0) device.drafts.push(edited.update);
    } else if (what < 0.75) flush(index);
    else if (changes.length > 0) receive(device, dice.below(changes.length));
  }
  devices.forEach((_, index) => flush(index));
  for (const device of devices) changes.forEach((_, index) => receive(device, index));
  return { devices, changes };
}

/** A fresh replica given all changes in a random causal order, some of them again. */
function replay<Replica>(
  crdt: Crdt<Replica>,
  changes: readonly Change[],
  dice: Dice,
  payloads: (change: Change) => readonly Uint8Array[],
): Replica {
  const replica = crdt.create();
  const has = new Set<number>();
  const left = changes.map((_, index) => index);
  while (left.length > 0) {
    const ready = left.filter((index) => [...(changes[index] as Change).after].every((before) => has.has(before)));
    const index = dice.pick(ready);
    const change = changes[index] as Change;
    for (const payload of payloads(change)) crdt.apply(replica, payload, deviceId(change.author));
    has.add(index);
    left.splice(left.indexOf(index), 1);
    if (dice.next() < 0.2) {
      const again = changes[dice.pick([...has])] as Change;
      crdt.apply(replica, again.payload, deviceId(again.author));
    }
  }
  return replica;
}

export function crdtContract<Replica>(subject: CrdtSubject<Replica>): void {
  const crdt = subject.create();
  const seeds = Array.from({ length: process.env.LEANVIBE_LONG === '1' ? subject.seeds * 20 : subject.seeds }, (_, seed) => seed + 1);
  const each = (run: (dice: Dice, seed: number) => void): void => seeds.forEach((seed) => run(createDice(seed * 7919), seed));

  describe(`crdt contract: ${subject.name}`, { timeout: 600_000 }, () => {
    it('P1 C24 converges in any causal order, with duplicates', () => {
      let conflicts = 0;
      each((dice, seed) => {
        const { devices, changes } = history(subject, crdt, dice);
        const states = new Set(devices.map((device) => hex(crdt.canonical(device.replica))));
        for (let again = 0; again < 3; again++) {
          const replica = replay(crdt, changes, dice, (change) => [change.payload]);
          expect(crdt.settled(replica), `seed ${seed}`).toBe(true);
          states.add(hex(crdt.canonical(replica)));
        }
        expect(states.size, `seed ${seed}`).toBe(1);
        conflicts += changes.filter(
          (change, at) => at > 0 && !change.after.has(at - 1) && (changes[at - 1] as Change).author !== change.author,
        ).length;
      });
      expect(conflicts).toBeGreaterThan(seeds.length);
    });

    it('C17 a merged payload is worth its drafts', () => {
      let merged = 0;
      let draftBytes = 0;
      let payloadBytes = 0;
      each((dice, seed) => {
        const { changes } = history(subject, crdt, dice);
        const whole = replay(crdt, changes, createDice(seed), (change) => [change.payload]);
        const parts = replay(crdt, changes, createDice(seed), (change) => change.drafts);
        expect(hex(crdt.canonical(parts)), `seed ${seed}`).toBe(hex(crdt.canonical(whole)));
        for (const change of changes) {
          const sum = change.drafts.reduce((total, draft) => total + draft.length, 0);
          // What later drafts cut into pieces is written in pieces, each with its own head.
          expect(change.payload.length, `seed ${seed}`).toBeLessThanOrEqual(2 * sum + 32);
          draftBytes += sum;
          payloadBytes += change.payload.length;
          if (change.drafts.length > 1) merged++;
        }
      });
      expect(merged).toBeGreaterThan(seeds.length);
      expect(payloadBytes).toBeLessThan(draftBytes);
    });

    it('C20 admits every honest payload on its closure', () => {
      each((dice, seed) => {
        const { changes } = history(subject, crdt, dice);
        for (const change of changes) {
          const inspected = crdt.inspect(change.payload);
          expect(inspected.ok, `seed ${seed}`).toBe(true);
          if (inspected.ok)
            expect(crdt.admit(inspected.value, closureOf(crdt, changes, change.after, change.author)), `seed ${seed}`).toEqual({
              ok: true,
              value: null,
            });
        }
      });
    });

    it('C20 refuses whatever would leave a replica unsettled', () => {
      let unsettled = 0;
      each((dice) => {
        const { changes } = history(subject, crdt, dice);
        for (const change of changes) {
          const given = changes.map((_, index) => index).filter(() => dice.next() < 0.5);
          const closed = given.filter((index) => [...(changes[index] as Change).after].every((before) => given.includes(before)));
          const replica = crdt.create();
          for (const index of closed) crdt.apply(replica, (changes[index] as Change).payload, deviceId((changes[index] as Change).author));
          const inspected = crdt.inspect(change.payload);
          const admitted = inspected.ok && crdt.admit(inspected.value, closureOf(crdt, changes, closed, change.author)).ok;
          if (closed.includes(changes.indexOf(change))) continue;
          crdt.apply(replica, change.payload, deviceId(change.author));
          if (!crdt.settled(replica)) {
            unsettled++;
            expect(admitted).toBe(false);
          }
        }
      });
      if (subject.name !== 'facts') expect(unsettled).toBeGreaterThan(seeds.length);
    });

    it('C21 refuses client ids the author does not own', () => {
      each((dice) => {
        const { changes } = history(subject, crdt, dice);
        for (const change of changes) {
          const inspected = crdt.inspect(change.payload);
          if (!inspected.ok || inspected.value.writes.length === 0) continue;
          const closure = { ...closureOf(crdt, changes, change.after, change.author), owned: () => false };
          expect(crdt.admit(inspected.value, closure)).toEqual({ ok: false, error: 'bad-claim' });
        }
      });
    });

    it('C37 saves and loads the whole state, and goes on from it', () => {
      each((dice, seed) => {
        const { devices, changes } = history(subject, crdt, dice);
        const one = devices[0] as Device<Replica>;
        const loaded = crdt.load(crdt.save(one.replica));
        expect(hex(crdt.canonical(loaded)), `seed ${seed}`).toBe(hex(crdt.canonical(one.replica)));
        for (const query of subject.queries) expect(crdt.view(loaded, query)).toEqual(crdt.view(one.replica, query));
        const draft = crdt.edit(loaded, clientIdOf(90), deviceId(90), subject.command(crdt, loaded, dice));
        if (draft.update.length > 0) crdt.apply(one.replica, draft.update, deviceId(90));
        expect(hex(crdt.canonical(loaded)), `seed ${seed}`).toBe(hex(crdt.canonical(one.replica)));
        for (const change of changes) crdt.apply(loaded, change.payload, deviceId(change.author));
        expect(hex(crdt.canonical(loaded)), `seed ${seed}`).toBe(hex(crdt.canonical(one.replica)));
      });
    });

    it('C35 C36 states of others are sound, and join in any order to what a replay of all they hold gives', () => {
      let overlaps = 0;
      each((dice, seed) => {
        const { changes } = history(subject, crdt, dice);
        const someOf = (share: number): Set<number> => {
          const some = new Set<number>();
          const take = (index: number): void => {
            if (some.has(index)) return;
            for (const before of (changes[index] as Change).after) take(before);
            some.add(index);
          };
          changes.forEach((_, index) => dice.next() < share && take(index));
          return some;
        };
        const replayed = (some: ReadonlySet<number>): Replica => {
          const replica = crdt.create();
          changes.forEach((change, index) => {
            if (some.has(index)) crdt.apply(replica, change.payload, deviceId(change.author));
          });
          return replica;
        };
        const [a, b] = [someOf(0.3), someOf(0.3)];
        if ([...a].some((index) => !b.has(index)) && [...b].some((index) => !a.has(index) && a.size > 0)) overlaps++;
        const states = [a, b].map((some) => crdt.save(replayed(some)));
        const whole = hex(crdt.canonical(replayed(new Set([...a, ...b]))));
        states.forEach((state, at) => {
          expect(crdt.inspectState(state).ok, `seed ${seed}`).toBe(true);
          const fresh = crdt.create();
          crdt.join(fresh, state);
          expect(crdt.settled(fresh), `seed ${seed}`).toBe(true);
          expect(hex(crdt.canonical(fresh)), `seed ${seed}`).toBe(hex(crdt.canonical(replayed(at === 0 ? a : b))));
          // Loaded and saved, a state has one form, whatever order its changes came in.
          const otherwise = crdt.create();
          const left = new Set(at === 0 ? a : b);
          while (left.size > 0) {
            const ready = [...left].filter((index) => [...(changes[index] as Change).after].every((before) => !left.has(before)));
            const index = dice.pick(ready);
            crdt.apply(otherwise, (changes[index] as Change).payload, deviceId((changes[index] as Change).author));
            left.delete(index);
          }
          expect(hex(crdt.save(crdt.load(crdt.save(otherwise)))), `seed ${seed}`).toBe(hex(crdt.save(crdt.load(state))));
        });
        for (const order of [states, states.toReversed(), [...states, ...states]]) {
          const joined = crdt.create();
          for (const state of order) crdt.join(joined, state);
          expect(crdt.settled(joined), `seed ${seed}`).toBe(true);
          expect(hex(crdt.canonical(joined)), `seed ${seed}`).toBe(whole);
        }
        const onto = replayed(a);
        crdt.join(onto, states[1] as Uint8Array);
        expect(hex(crdt.canonical(onto)), `seed ${seed}`).toBe(whole);
        changes.forEach((change) => crdt.apply(onto, change.payload, deviceId(change.author)));
        expect(hex(crdt.canonical(onto)), `seed ${seed}`).toBe(hex(crdt.canonical(replayed(new Set(changes.keys())))));
      });
      expect(overlaps).toBeGreaterThan(seeds.length / 4);
    });

    it('P9 refuses bytes that are not its own without throwing', () => {
      const dice = createDice(5);
      for (let run = 0; run < 5000; run++) {
        const bytes = Uint8Array.from({ length: dice.below(40) }, () => dice.below(256));
        const inspected = crdt.inspect(bytes);
        if (!inspected.ok) expect(['malformed', 'over-limit']).toContain(inspected.error);
        const state = crdt.inspectState(bytes);
        if (!state.ok) expect(['malformed', 'over-limit']).toContain(state.error);
      }
      expect(() => crdt.view(crdt.create(), { type: 'no such view' })).toThrow('no view');
      expect(() => crdt.edit(crdt.create(), 1, deviceId(0), { type: 'no such command' })).toThrow('no command');
      expect(() => crdt.edit(crdt.create(), 1, deviceId(0), null)).toThrow('command');
    });
  });
}
