/** Byte and structure fuzz of Yjs payloads: what is refused is refused quickly, what is admitted applies whole and leaves honest content alone. */
import type { Closure } from '@leanvibe/core/internal/doc/crdt';
import { createYjsCrdt } from '@leanvibe/core/internal/doc/yjs';
import { inspectYjs } from '@leanvibe/core/internal/doc/yjs-inspect';
import { parseUpdate } from '@leanvibe/core/internal/doc/yjs-parse';
import type { YjsReplica } from '@leanvibe/core/internal/doc/yjs-replica';
import type { DeviceId } from '@leanvibe/protocol/ids';
import { describe, expect, it } from 'vitest';
import { attacks, type Bytes, content, gc, item, type Place, text, update } from '../../../attacks/payloads.js';
import { createDice, type Dice } from '../../../contracts/crdt.js';

const LONG = process.env.LEANVIBE_LONG === '1';
const HONEST = 2 ** 40 + 77;
const HOSTILE = 2 ** 33 + 1;
const AUTHOR = 'aa'.repeat(32) as DeviceId;
const AT = '2026-01-01T00:00:00Z';
const yjs = createYjsCrdt();

function honestDocument(): YjsReplica {
  const replica = yjs.create();
  yjs.edit(replica, HONEST, AUTHOR, { type: 'note.append', text: 'honest \u{1f600} text that stays' });
  yjs.edit(replica, HONEST, AUTHOR, { type: 'note.format', from: 0, to: 6, format: 'bold', value: true });
  yjs.edit(replica, HONEST, AUTHOR, { type: 'task.add', id: 't1', title: 'honest task', by: 'ana', at: AT });
  yjs.edit(replica, HOSTILE, AUTHOR, { type: 'note.replace', from: 3, to: 4, text: 'HOSTILE' });
  yjs.edit(replica, HONEST, AUTHOR, { type: 'note.replace', from: 2, to: 5, text: '' });
  return replica;
}

function endOf(replica: YjsReplica, clientId: number): number {
  const last = replica.doc.store.clients.get(clientId)?.at(-1);
  return last === undefined ? 0 : last.id.clock + last.length;
}

/** Per honest clock: whether it is deleted, and the text unit it shows; in document order for the note. */
function honest(replica: YjsReplica): {
  readonly deleted: ReadonlySet<number>;
  readonly order: readonly number[];
  readonly units: ReadonlyMap<number, string>;
} {
  const deleted = new Set<number>();
  const order: number[] = [];
  const units = new Map<number, string>();
  for (const struct of replica.doc.store.clients.get(HONEST) ?? [])
    if (struct.deleted) for (let step = 0; step < struct.length; step++) deleted.add(struct.id.clock + step);
  for (let one = replica.doc.share.get('note')?._start ?? null; one !== null; one = one.right) {
    if (one.id.client !== HONEST) continue;
    for (let step = 0; step < one.length; step++) {
      order.push(one.id.clock + step);
      if (!one.deleted && 'str' in one.content) units.set(one.id.clock + step, (one.content.str as string).charAt(step));
    }
  }
  return { deleted, order, units };
}

const STATE = yjs.save(honestDocument());
const before = honest(yjs.load(STATE));
const ends = new Map([HONEST, HOSTILE].map((clientId) => [clientId, endOf(yjs.load(STATE), clientId)]));
const closure: Closure = { clockEnd: (clientId) => ends.get(clientId) ?? 0, owned: (clientId) => clientId === HOSTILE };

/** Applies an admitted payload and looks at what it did; false when it had to be reported as unsettled. */
function checkApplied(payload: Uint8Array, seed: string): boolean {
  const replica = yjs.load(STATE);
  yjs.apply(replica, payload, AUTHOR);
  if (!yjs.settled(replica)) return false;
  const asked = new Set<number>();
  for (const { clientId, ranges } of parseUpdate(payload).deletes)
    if (clientId === HONEST) for (const [from, to] of ranges) for (let clock = from; clock < to; clock++) asked.add(clock);
  const after = honest(replica);
  expect(after.order, seed).toEqual(before.order);
  const note = new Set(before.order);
  for (const clock of after.deleted)
    if (!before.deleted.has(clock) && note.has(clock)) expect(asked.has(clock), `${seed}: clock ${clock} was deleted by nobody`).toBe(true);
  for (const [clock, unit] of after.units) if (unit !== '\ufffd') expect(unit, seed).toBe(before.units.get(clock));
  for (const query of [
    { type: 'note' },
    { type: 'note.runs' },
    { type: 'tasks' },
    { type: 'trash', now: AT },
    { type: 'activity' },
    { type: 'suggestions' },
    { type: 'catalog' },
  ])
    yjs.view(replica, query);
  const twin = yjs.load(yjs.save(replica));
  const edit = yjs.edit(replica, HONEST, AUTHOR, { type: 'note.replace', from: 0, to: 1, text: 'edited' });
  yjs.edit(replica, HONEST, AUTHOR, { type: 'task.add', id: 'fresh', title: 'fresh', by: 'ana', at: AT });
  expect((yjs.view(replica, { type: 'note' }) as { text: string }).text.startsWith('edited'), seed).toBe(true);
  yjs.apply(twin, edit.update, AUTHOR);
  yjs.apply(twin, payload, AUTHOR);
  const both = yjs.load(STATE);
  yjs.apply(both, payload, AUTHOR);
  yjs.apply(both, edit.update, AUTHOR);
  expect(
    Buffer.from(yjs.canonical(twin)).equals(Buffer.from(yjs.canonical(both))),
    `${seed}: ${Buffer.from(payload).toString('hex')}`,
  ).toBe(true);
  return true;
}

function mutate(bytes: Uint8Array, dice: Dice): Uint8Array {
  const out = [...bytes];
  for (let times = 1 + dice.below(3); times > 0; times--) {
    const place = dice.below(out.length + 1);
    const what = dice.below(6);
    if (what === 0) out[place] = dice.below(256);
    else if (what === 1) out[place] = ((out[place] ?? 0) + (dice.next() < 0.5 ? 1 : 255)) & 255;
    else if (what === 2) out.splice(place, dice.below(4));
    else if (what === 3)
      out.splice(place, 0, ...Array.from({ length: dice.below(5) }, () => dice.pick([0, 1, 127, 128, 255, dice.below(256)])));
    else if (what === 4) out.splice(place, 0, ...out.slice(place, place + dice.below(20)));
    else out[place] = (out[place] ?? 0) ^ (1 << dice.below(8));
  }
  return Uint8Array.from(out);
}

/** A random payload that keeps the rules of form, so that most of them are admitted. */
function structured(dice: Dice): Uint8Array {
  const clock = ends.get(HOSTILE) ?? 0;
  const structs: Bytes[] = [];
  let next = clock;
  for (let count = 1 + dice.below(dice.pick([1, 3, 8])); count > 0; count--) {
    const id = (): readonly [number, number] =>
      dice.next() < 0.5 && next > 0 ? [HOSTILE, dice.below(next)] : [HONEST, dice.below(ends.get(HONEST) ?? 1)];
    const place: Place = {
      ...(dice.next() < 0.5 ? { origin: id() } : {}),
      ...(dice.next() < 0.4 ? { right: id() } : {}),
      parent: dice.next() < 0.7 ? dice.pick(['note', 'tasks', 'projects', 'x']) : id(),
      ...(dice.next() < 0.3 ? { key: dice.pick(['t1/title', 'later/title', 'k']) } : {}),
    };
    const [inside, length] = dice.pick([
      [content.string('ab\u{1f600}'), 4],
      [content.type(dice.pick([0, 1, 2, 4, 6])), 1],
      [content.any([125, 1], [119, ...text('v')]), 2],
      [content.format(dice.pick(['bold', 'italic']), dice.pick(['null', 'true', '{"a":[]}'])), 1],
      [content.deleted(3), 3],
      [content.embed('{}'), 1],
      [content.binary([1]), 1],
      [content.json('undefined', '7'), 2],
      [null, 2],
    ] as const);
    structs.push(inside === null ? gc(length) : item(place, inside));
    next += length;
  }
  const deletes = dice.next() < 0.4 ? [[HONEST, [dice.below(10), 1 + dice.below(5)] as const] as const] : [];
  return update([{ clientId: HOSTILE, clock, structs }], deletes);
}

function corpus(): readonly Uint8Array[] {
  const me = { clientId: HOSTILE, clock: ends.get(HOSTILE) ?? 0 };
  const small = attacks(me, { clientId: HONEST, clock: ends.get(HONEST) ?? 0 }).filter((attack) => attack.payload.length < 2000);
  const dice = createDice(1);
  return [...small.map((attack) => attack.payload), ...Array.from({ length: 60 }, () => structured(dice))];
}

describe('fuzz of Yjs payloads', () => {
  it('C23 P9 inspects anything in bounded time, and what it lets through applies', { timeout: 900_000 }, () => {
    const seeds = corpus();
    const dice = createDice(20260101);
    let slowest = 0;
    let passed = 0;
    let unsettled = 0;
    for (let run = 0; run < (LONG ? 1_000_000 : 100_000); run++) {
      const payload = mutate(dice.pick(seeds), dice);
      const started = performance.now();
      const inspected = inspectYjs(payload);
      slowest = Math.max(slowest, performance.now() - started);
      if (!inspected.ok || !yjs.admit(inspected.value, closure).ok) continue;
      passed++;
      if (passed % 4 === 0 && !checkApplied(payload, `run ${run}: ${Buffer.from(payload).toString('hex')}`)) unsettled++;
    }
    process.stdout.write(`fuzz: slowest inspection ${slowest.toFixed(1)} ms, ${passed} admitted, ${unsettled} unsettled\n`);
    expect(slowest).toBeLessThan(250);
    expect(passed - unsettled).toBeGreaterThan(1000);
  });

  it('C20 admitted payloads of every shape leave honest content unchanged', { timeout: 900_000 }, () => {
    let admitted = 0;
    let settled = 0;
    for (let seed = 1; seed <= (LONG ? 100_000 : 8_000); seed++) {
      const payload = structured(createDice(seed));
      const inspected = inspectYjs(payload);
      if (!inspected.ok || !yjs.admit(inspected.value, closure).ok) continue;
      admitted++;
      if (checkApplied(payload, `seed ${seed}`)) settled++;
    }
    expect(admitted).toBeGreaterThan(1000);
    expect(settled).toBeGreaterThan(1000);
  });
});
