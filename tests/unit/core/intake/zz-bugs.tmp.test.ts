import { expect, test } from 'vitest';
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import { CRDT_KINDS, type ChangeBody } from '@leanvibe/protocol/change';
import { createWorld } from '../../../help/world.js';
import { clientOf, group, judgeOf, row, runOf, type RowWords, verdicts } from './rows.js';
import * as Y from 'yjs';
import { createCrdts } from '@leanvibe/core/internal/doc/registry';
import { signChange, sealChange } from '@leanvibe/core/internal/draft/change';
import { clientIdOf } from '@leanvibe/core/internal/intake/clientid';
import { made } from '../../../vectors/kit.js';
void CRDT_KINDS; void Y; void createCrdts; void clientIdOf; void sealChange; void signChange; void nativeCrypto; void made;

function all<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length < 2) return [items];
  return items.flatMap((item, at) => all([...items.slice(0, at), ...items.slice(at + 1)]).map((rest) => [item, ...rest]));
}
function differing(words: readonly RowWords[]) {
  const results = new Map<string, string>();
  for (const order of all(words)) results.set(JSON.stringify(verdicts(judgeOf(order.map(row), group()), words.map((w) => w.name))), order.map((w) => w.name).join(' '));
  return [...results];
}
const claim = [{ clientId: clientOf('a'), run: runOf('a') }];
test('fork + reclaim', () => {
  expect(differing([{ name: 'a1', claims: claim }, { name: 'a2', claims: claim }, { name: 'a2x' }])).toHaveLength(1);
});
test('foreign claims first seen', () => {
  expect(differing([{ name: 'a1', claims: [{ clientId: 77, run: null }] }, { name: 'b1', claims: [{ clientId: 77, run: null }] }])).toHaveLength(1);
});
test('fork same clocks both applied', () => {
  const w = { clientId: clientOf('a'), clockStart: 0, clockEnd: 1 };
  console.log(differing([{ name: 'a1', claims: claim, writes: [w] }, { name: 'a1x', claims: claim, writes: [w] }]));
});
test('facts offline over 4096', async () => {
  const world = createWorld('facts');
  const mac = await world.device('Mac');
  const phone = await world.device('Phone');
  await world.pair(mac, phone);
  const doc = mac.engine.newDocument();
  for (const part of ['a', 'b']) await mac.edit(doc, { type: 'facts.set', values: Object.fromEntries(Array.from({ length: 3000 }, (_, at) => [`${part}${at}`, at])) }, 'facts');
  world.link(mac, phone);
  await world.run(10_000);
  console.log(await mac.engine.why(mac.engine.home(), [doc]), mac.events.slice(-3), (await phone.view(doc, { type: 'facts' }, 'facts')));
});
test('yjs big offline', async () => {
  const world = createWorld('big');
  const mac = await world.device('Mac');
  const phone = await world.device('Phone');
  await world.pair(mac, phone);
  const doc = mac.engine.newDocument();
  for (const part of ['a', 'b', 'c']) await mac.edit(doc, { type: 'note.append', text: part.repeat(6 * 1024 * 1024) }).catch((e) => console.log(String(e)));
  world.link(mac, phone);
  await world.run(10_000);
  console.log(await mac.engine.why(mac.engine.home(), [doc]));
}, 120000);
test('yjs.update foreign ids', async () => {
  const world = createWorld('foreign');
  const mac = await world.device('Mac');
  const phone = await world.device('Phone');
  await world.pair(mac, phone);
  world.link(mac, phone);
  await world.run();
  const doc = mac.engine.newDocument();
  const y = new Y.Doc(); y.clientID = 77; y.getText('note').insert(0, 'foreign words');
  await mac.edit(doc, { type: 'yjs.update', update: Buffer.from(Y.encodeStateAsUpdate(y)).toString('base64') });
  await world.run();
  console.log('mac', await mac.view(doc, { type: 'note' }), 'phone', await phone.view(doc, { type: 'note' }), await mac.engine.why(mac.engine.home(), [doc]), await phone.engine.why(mac.engine.home(), [doc]), JSON.stringify(await mac.engine.audit(mac.engine.home())));
});
