/** Drafts that together pass a limit which none of them passes alone: they become as many changes as it takes. */
import { expect, test } from 'vitest';
import { createWorld } from '../../../help/world.js';

const facts = (part: string): Record<string, number> => Object.fromEntries(Array.from({ length: 3_000 }, (_, at) => [`${part}${at}`, at]));

test('C17 C23 P2: facts set offline, more than one change may hold, are cut into several and all arrive', async () => {
  const world = createWorld('many facts');
  const mac = await world.device('Mac');
  const phone = await world.device('Phone');
  await world.pair(mac, phone);
  const document = mac.engine.newDocument();
  for (const part of ['a', 'b']) await mac.edit(document, { type: 'facts.set', values: facts(part) }, 'facts');
  world.link(mac, phone);
  // Before they are worth a checkpoint, whose parts lie in the same lane.
  await world.run(900);
  expect(await mac.engine.why(mac.engine.home(), [document])).toMatchObject([{ state: 'in-step' }]);
  expect(await mac.store.ids(mac.engine.home(), 2)).toHaveLength(2);
  expect(await phone.engine.canonical(mac.engine.home(), document)).toEqual(await mac.engine.canonical(mac.engine.home(), document));
  expect(phone.engine.refusals()).toEqual({});
});
