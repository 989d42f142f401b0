/** The CRDT contract over Yjs, facts and the model. */
import type { Crdt, Json } from '@leanvibe/core/internal/doc/crdt';
import { createFactsCrdt, type FactsReplica } from '@leanvibe/core/internal/doc/facts';
import { createModelCrdt, type ModelReplica } from '@leanvibe/core/internal/doc/model';
import { createYjsCrdt } from '@leanvibe/core/internal/doc/yjs';
import { toBase64 } from '@leanvibe/core/internal/doc/base64';
import type { YjsReplica } from '@leanvibe/core/internal/doc/yjs-replica';
import * as Y from 'yjs';
import { type CrdtSubject, crdtContract, type Dice } from './crdt.js';

const at = (dice: Dice): string => `2026-01-${String(1 + dice.below(28)).padStart(2, '0')}T00:00:00Z`;

/** Product commands on a few shared ids, so that people collide. */
function productCommand(crdt: Crdt<YjsReplica>, replica: YjsReplica, dice: Dice): Json {
  const { text } = crdt.view(replica, { type: 'note' }) as { text: string };
  const tasks = (crdt.view(replica, { type: 'tasks' }) as readonly { id: string }[]).map((task) => task.id);
  const id = dice.pick(['a', 'b', 'c']);
  const from = dice.below(text.length + 1);
  const to = from + dice.below(Math.min(6, text.length - from + 1));
  const words = dice.pick(['x', 'hello ', '\u{1f600}', 'é\n', 'a longer sentence. ']);
  const choices: Json[] = [
    { type: 'note.append', text: words },
    { type: 'note.replace', from, to, text: dice.next() < 0.5 ? '' : words },
    { type: 'note.replace', from, to: from, text: words },
    { type: 'note.edit', text: text.slice(0, from) + words + text.slice(to) },
    { type: 'note.format', from, to, format: 'bold', value: dice.next() < 0.6 ? true : null },
    { type: 'note.format', from, to: text.length, format: 'link', value: `https://example.org/${dice.below(3)}` },
    { type: 'activity.add', kind: 'build', text: words, by: 'ana', at: at(dice) },
    { type: 'setting.set', key: id, value: dice.pick([null, 1, 'on', true]) },
    { type: 'project.set', id, name: words, rootCommits: [dice.pick(['r1', 'r2'])] },
    tasks.includes(id)
      ? { type: 'task.done', id, done: dice.next() < 0.5, by: 'bob', at: at(dice) }
      : { type: 'task.add', title: words, by: 'ana', at: at(dice) },
    tasks.length > 0
      ? { type: dice.next() < 0.5 ? 'task.rm' : 'task.title', id: dice.pick(tasks), title: words, by: 'ana', at: at(dice) }
      : { type: 'task.add', title: words, by: 'ana', at: at(dice) },
  ];
  return dice.pick(choices);
}

/** What another person's app does with its own Y.Doc: arrays, nested types, embeds, removals; as the update it would send under our client id. */
function foreignCommand(crdt: Crdt<YjsReplica>, replica: YjsReplica, dice: Dice, clientId: number): Json {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, crdt.save(replica));
  doc.clientID = clientId;
  const before = Y.encodeStateVector(doc);
  const list = doc.getArray<Y.Map<unknown> | Y.Text | number | object>('list');
  const change = (): void => {
    const place = dice.below(list.length + 1);
    const inside = list.get(dice.below(Math.max(1, list.length)));
    const what = dice.below(6);
    if (what === 0) list.insert(place, [dice.below(100), { deep: [dice.below(3)] }]);
    else if (what === 1) list.insert(place, [new Y.Map([['name', dice.below(9)]])]);
    else if (what === 2) list.insert(place, [new Y.Text('nested text')]);
    else if (what === 3 && list.length > 0) list.delete(dice.below(list.length), 1);
    else if (inside instanceof Y.Map) inside.set(dice.pick(['name', 'child']), dice.next() < 0.5 ? dice.below(9) : new Y.Array());
    else if (inside instanceof Y.Text) {
      inside.insert(dice.below(inside.length + 1), 'y', { bold: true });
      if (dice.next() < 0.3) inside.delete(0, 1);
    } else list.push([new Y.XmlElement('p') as never]);
  };
  doc.transact(() => {
    change();
    change();
  });
  return { type: 'yjs.update', update: toBase64(Y.encodeStateAsUpdate(doc, before)) };
}

const product: CrdtSubject<YjsReplica> = {
  name: 'yjs, product documents',
  create: createYjsCrdt,
  command: productCommand,
  queries: [
    { type: 'note' },
    { type: 'note.runs' },
    { type: 'tasks' },
    { type: 'trash', now: '2026-01-30T00:00:00Z' },
    { type: 'activity' },
    { type: 'catalog' },
    { type: 'suggestions' },
    { type: 'yjs.clock' },
  ],
  seeds: 60,
};

/** Every edit runs as another app's would, so that the app's client id is the device's. */
function createForeignYjs(): Crdt<YjsReplica> {
  const yjs = createYjsCrdt();
  return {
    ...yjs,
    edit: (replica, clientId, author, command) =>
      yjs.edit(replica, clientId, author, typeof command === 'number' ? foreignCommand(yjs, replica, diceOf(command), clientId) : command),
  };
}
let diceOf: (seed: number) => Dice = () => {
  throw new Error('set below');
};
const foreign: CrdtSubject<YjsReplica> = {
  name: 'yjs, other apps’ documents',
  create: createForeignYjs,
  command(_crdt, _replica, dice) {
    diceOf = () => dice;
    return 0;
  },
  queries: [{ type: 'yjs.clock' }, { type: 'yjs.state' }],
  seeds: 40,
};

const facts: CrdtSubject<FactsReplica> = {
  name: 'facts',
  create: createFactsCrdt,
  command: (_crdt, _replica, dice) => ({
    type: 'facts.set',
    values: {
      [dice.pick(['files', 'branch', 'languages'])]: dice.pick<Json>([1, 2, 'main', null, [{ name: 'ts', files: dice.below(5) }]]),
      lines: dice.below(3),
    },
  }),
  queries: [{ type: 'facts' }, { type: 'latest' }],
  seeds: 60,
};

const model: CrdtSubject<ModelReplica> = {
  name: 'model',
  create: createModelCrdt,
  command(crdt, replica, dice) {
    const ids = (crdt.view(replica, { type: 'tokens' }) as readonly { id: string }[]).map((token) => token.id);
    if (ids.length > 0 && dice.next() < 0.3) return { type: 'remove', ids: [dice.pick(ids)] };
    return { type: 'add', label: `t${dice.below(100)}`, refs: ids.length > 0 && dice.next() < 0.7 ? [dice.pick(ids)] : [] };
  },
  queries: [{ type: 'tokens' }, { type: 'count' }],
  seeds: 60,
};

crdtContract(product);
crdtContract(foreign);
crdtContract(facts);
crdtContract(model);
