/** Items put where no honest editor puts them: what is let in converges in every order, and what is refused is refused in every order. */
import { createYjsCrdt } from '@leanvibe/core/internal/doc/yjs';
import type { YjsReplica } from '@leanvibe/core/internal/doc/yjs-replica';
import type { DeviceId } from '@leanvibe/protocol/ids';
import * as Y from 'yjs';
import { describe, expect, it } from 'vitest';
import { content, item, update } from '../../../attacks/payloads.js';
import { createDice, type Dice } from '../../../contracts/crdt.js';

type Id = readonly [clientId: number, clock: number];
type Mode = 'anywhere' | 'in order' | 'honest';
interface Operation {
  readonly payload: Uint8Array;
  readonly after: ReadonlySet<number>;
}

const yjs = createYjsCrdt();
const AUTHOR = 'aa'.repeat(32) as DeviceId;
const SEEDS = process.env.LEANVIBE_LONG === '1' ? 20_000 : 600;
const ROOTS: readonly (readonly [root: string, key?: string])[] = [['list'], ['map', 'k']];

function items(doc: Y.Doc, root: string, key: string | undefined): Y.Item[] {
  const type = doc.share.get(root);
  let one = (key === undefined ? type?._start : type?._map.get(key)) ?? null;
  while (one !== null && one.left !== null) one = one.left;
  const all: Y.Item[] = [];
  for (; one !== null; one = one.right) all.push(one);
  return all;
}

/** Ids of single clocks, in order. */
function order(doc: Y.Doc, root: string, key: string | undefined): Id[] {
  return items(doc, root, key).flatMap((one) => Array.from({ length: one.length }, (_, at): Id => [one.id.client, one.id.clock + at]));
}

function neighbours(ids: readonly Id[], mode: Mode, entry: boolean, dice: Dice): readonly [left: Id | undefined, right: Id | undefined] {
  const at = entry ? ids.length : dice.below(ids.length + 1);
  if (mode === 'honest') return [ids[at - 1], ids[at]];
  if (mode === 'anywhere')
    return [dice.next() < 0.3 ? undefined : dice.pick([undefined, ...ids]), dice.next() < 0.3 ? undefined : dice.pick([undefined, ...ids])];
  return [ids[at - 1], ids[at + dice.below(ids.length + 1 - at)]];
}

/** Operations of a few authors, the first two of them hostile; each knows what it received when it wrote. */
function operations(dice: Dice, mode: Mode): readonly Operation[] {
  const authors = Array.from({ length: 3 + dice.below(3) }, () => ({ doc: new Y.Doc({ gc: false }), has: new Set<number>(), clock: 0 }));
  const all: Operation[] = [];
  const receive = (author: (typeof authors)[number], index: number): void => {
    if (author.has.has(index)) return;
    const operation = all[index] as Operation;
    operation.after.forEach((before) => receive(author, before));
    Y.applyUpdate(author.doc, operation.payload);
    author.has.add(index);
  };
  for (let step = 0; step < 14; step++) {
    const index = dice.below(authors.length);
    const author = authors[index] as (typeof authors)[number];
    if (dice.next() < 0.6 && all.length > 0) receive(author, dice.below(all.length));
    const [root, key] = dice.pick(ROOTS);
    const [origin, right] = neighbours(order(author.doc, root, key), index < 2 ? mode : 'honest', key !== undefined, dice);
    const place = { ...(origin ? { origin } : {}), ...(right ? { right } : {}), parent: root, ...(key === undefined ? {} : { key }) };
    // Pairs are cut by whoever stands between their halves, and then shown as two U+FFFD.
    const shown = key === undefined && dice.next() < 0.3 ? '\u{1f600}' : 'x';
    const target = dice.next() < 0.2 ? dice.pick([undefined, ...order(author.doc, root, key)]) : undefined;
    const payload = update(
      [{ clientId: index + 1, clock: author.clock, structs: [item(place, content.string(shown))] }],
      target === undefined ? [] : [[target[0], [target[1], 1]]],
    );
    author.clock += shown.length;
    all.push({ payload, after: new Set(author.has) });
    receive(author, all.length - 1);
  }
  return all;
}

/** Applies in a random causal order; an operation that leaves the replica unsettled is refused with all that builds on it. */
function run(all: readonly Operation[], dice: Dice): { readonly canonical: string; readonly refused: string } {
  let replica: YjsReplica = yjs.create();
  const accepted: number[] = [];
  const refused = new Set<number>();
  const left = all.map((_, index) => index);
  while (left.length > 0) {
    const ready = left.filter((index) => [...(all[index] as Operation).after].every((before) => !left.includes(before)));
    const index = dice.pick(ready);
    left.splice(left.indexOf(index), 1);
    const operation = all[index] as Operation;
    if ([...operation.after].some((before) => refused.has(before))) {
      refused.add(index);
      continue;
    }
    if (dice.next() < 0.3) replica = yjs.load(yjs.save(replica));
    yjs.apply(replica, operation.payload, AUTHOR);
    if (yjs.settled(replica)) accepted.push(index);
    else {
      refused.add(index);
      replica = yjs.create();
      for (const one of accepted) yjs.apply(replica, (all[one] as Operation).payload, AUTHOR);
    }
  }
  return { canonical: Buffer.from(yjs.canonical(replica)).toString('hex'), refused: [...refused].sort((a, b) => a - b).join() };
}

describe('P1 hostile places', () => {
  it.each<Mode>(['anywhere', 'in order', 'honest'])(
    'P1 C20 neighbours chosen %s: one result in every order, live or loaded',
    { timeout: 900_000 },
    (mode) => {
      let refusals = 0;
      for (let seed = 1; seed <= SEEDS; seed++) {
        const dice = createDice(seed);
        const all = operations(dice, mode);
        const results = Array.from({ length: 8 }, () => run(all, dice));
        expect(new Set(results.map((one) => `${one.refused} ${one.canonical}`)).size, `${mode}, seed ${seed}`).toBe(1);
        if (results[0]?.refused !== '') refusals++;
      }
      if (mode === 'honest') expect(refusals).toBe(0);
      else expect(refusals).toBeGreaterThan(SEEDS / 4);
    },
  );
});
