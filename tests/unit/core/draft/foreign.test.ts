/** Other people's Yjs apps bring client ids of their own, which the change that introduces them must claim. */
import { expect, test } from 'vitest';
import * as Y from 'yjs';
import { createWorld } from '../../../help/world.js';

test('C21 C17 an update of another app is numbered with its ids claimed, at once and from drafts, and arrives', async () => {
  const world = createWorld('foreign');
  const mac = await world.device('Mac');
  const phone = await world.device('Phone');
  await world.pair(mac, phone);
  const app = new Y.Doc();
  app.clientID = 77;
  app.getText('note').insert(0, 'foreign words');
  const edit = { type: 'yjs.update', update: Buffer.from(Y.encodeStateAsUpdate(app)).toString('base64') };
  const [draft, direct] = [mac.engine.newDocument(), mac.engine.newDocument()];
  await mac.edit(draft, edit);
  world.link(mac, phone);
  await world.run();
  await mac.edit(direct, edit);
  await world.run();
  for (const document of [draft, direct]) expect(await phone.view(document, { type: 'note' })).toEqual({ text: 'foreign words' });
  expect((await phone.engine.audit(mac.engine.home()))?.documents.flatMap((one) => one.wrongVerdicts)).toEqual([]);
});
