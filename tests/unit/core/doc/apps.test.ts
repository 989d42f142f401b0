/** Other people's Yjs apps, unmodified: undo, redo, formats, nested types, their own garbage collection; nothing they send is refused. */
import { createYjsCrdt } from '@leanvibe/core/internal/doc/yjs';
import { inspectYjs } from '@leanvibe/core/internal/doc/yjs-inspect';
import type { DeviceId } from '@leanvibe/protocol/ids';
import * as Y from 'yjs';
import { describe, expect, it } from 'vitest';
import { createDice, type Dice } from '../../../contracts/crdt.js';

const yjs = createYjsCrdt();
const AUTHOR = 'aa'.repeat(32) as DeviceId;
const SEEDS = process.env.LEANVIBE_LONG === '1' ? 3000 : 120;

interface App {
  readonly doc: Y.Doc;
  readonly undo: Y.UndoManager;
  readonly out: Uint8Array[];
  seen: number;
}

function startApp(clientId: number): App {
  const doc = new Y.Doc();
  doc.clientID = clientId;
  const out: Uint8Array[] = [];
  doc.on('update', (update: Uint8Array, origin: unknown) => {
    if (origin !== 'remote') out.push(update);
  });
  return { doc, undo: new Y.UndoManager([doc.getText('t'), doc.getArray('l'), doc.getMap('m')], { captureTimeout: 0 }), out, seen: 0 };
}

function use({ doc, undo }: App, dice: Dice): void {
  const [text, list, map] = [doc.getText('t'), doc.getArray<unknown>('l'), doc.getMap<unknown>('m')];
  const inside = list.get(dice.below(Math.max(1, list.length)));
  const child = map.get('k0');
  const actions: readonly (() => unknown)[] = [
    () => text.insert(dice.below(text.length + 1), 'ab', dice.next() < 0.5 ? { bold: true } : undefined),
    () => text.length > 0 && text.delete(dice.below(text.length), 1),
    () => text.length > 2 && text.format(dice.below(text.length - 1), 1, { bold: dice.next() < 0.5 ? true : null }),
    () => list.insert(dice.below(list.length + 1), [dice.below(9), new Y.Array()]),
    () => list.length > 0 && list.delete(dice.below(list.length), 1),
    () => inside instanceof Y.Array && inside.insert(dice.below(inside.length + 1), [dice.below(9)]),
    () => map.set(`k${dice.below(2)}`, dice.next() < 0.5 ? dice.below(9) : new Y.Map()),
    () => child instanceof Y.Map && child.set('z', dice.below(9)),
    () => undo.undo(),
    () => undo.redo(),
  ];
  dice.pick(actions)();
}

describe('unmodified Yjs apps', () => {
  it('C20 accepts every update they make, and ends with their text', () => {
    let updates = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const dice = createDice(seed);
      const apps = [11, 22, 33].map(startApp);
      const log: { readonly update: Uint8Array; readonly from: App }[] = [];
      const replica = yjs.create();
      const send = (app: App): void => {
        for (const update of app.out.splice(0)) {
          log.push({ update, from: app });
          expect(inspectYjs(update).ok, `seed ${seed}`).toBe(true);
          yjs.apply(replica, update, AUTHOR);
          expect(yjs.settled(replica), `seed ${seed}, update ${log.length}`).toBe(true);
          updates++;
        }
      };
      const receive = (app: App): void => {
        for (; app.seen < log.length; app.seen++) {
          const { update, from } = log[app.seen] as (typeof log)[number];
          if (from !== app) Y.applyUpdate(app.doc, update, 'remote');
        }
      };
      for (let step = 0; step < 80; step++) {
        const app = dice.pick(apps);
        if (dice.next() < 0.9) use(app, dice);
        else {
          send(app);
          receive(app);
        }
      }
      apps.forEach(send);
      // Receiving makes an app tidy its formats, which is one more update for the others.
      for (let round = 0; round < 4; round++) {
        apps.forEach(receive);
        apps.forEach(send);
      }
      const texts = new Set([...apps.map(({ doc }) => doc.getText('t').toString()), replica.doc.getText('t').toString()]);
      expect(texts.size, `seed ${seed}`).toBe(1);
    }
    expect(updates).toBeGreaterThan(SEEDS * 20);
  });
});
