/** Edits for a robot: changes of their own that name its token, through drafts, restarts and other devices. */
import { expect, test } from 'vitest';
import { makeId, type TokenId } from '@leanvibe/protocol/ids';
import { made } from '../../../vectors/kit.js';
import { createWorld, type Device, type World } from '../../../help/world.js';

const token = (name: string) => ({ id: makeId<TokenId>(made(name, 16), 16), name });
const ci = token('ci');
const bot = token('bot');

const write = async (device: Device, document: Parameters<Device['view']>[0], text: string, as = ci): Promise<void> => {
  const done = await device.engine.edit(device.engine.home(), document, 'yjs', { type: 'note.append', text }, { token: as });
  if (!done.ok) throw new Error(done.error.message);
};

const acts = async (device: Device) =>
  (await device.engine.tokenActs(device.engine.home())).map(({ token: { name }, verdict, device: by }) => [name, verdict, by]);

const pair = async (world: World): Promise<readonly [Device, Device]> => {
  const [ana, bob] = [await world.device('ana'), await world.device('bob')];
  await world.pair(ana, bob);
  return [ana, bob];
};

test('C46 C17 drafts typed in turn by a person and two robots become changes of one author each, in their order', async () => {
  const world = createWorld('robots offline');
  const [ana, bob] = await pair(world);
  const note = ana.engine.newDocument();
  await ana.edit(note, { type: 'note.append', text: 'one ' });
  await write(ana, note, 'two ');
  await write(ana, note, 'three ');
  await write(ana, note, 'four ', bot);
  await ana.edit(note, { type: 'note.append', text: 'five' });
  expect(await acts(ana)).toEqual([
    ['ci', 'draft', ana.engine.device],
    ['ci', 'draft', ana.engine.device],
    ['bot', 'draft', ana.engine.device],
  ]);
  const again = await world.restart(ana);
  expect(await acts(again)).toHaveLength(3);
  world.link(again, bob);
  await world.run();
  for (const device of [again, bob]) {
    expect(await device.view(note, { type: 'note' })).toEqual({ text: 'one two three four five' });
    expect(await acts(device)).toEqual([
      ['ci', 'applied', ana.engine.device],
      ['bot', 'applied', ana.engine.device],
    ]);
  }
  // one; two three; four; five
  expect(await again.store.ids(again.engine.home(), 2)).toHaveLength(4);
  expect(bob.engine.refusals()).toEqual({});
});

test('C46 C21 edits that wait for one turn are cut where the author changes, and each author has a client id of its own', async () => {
  const world = createWorld('robots together');
  const [ana, bob] = await pair(world);
  world.link(ana, bob);
  await world.run();
  const note = ana.engine.newDocument();
  const mine = (text: string) => ana.edit(note, { type: 'note.append', text });
  await Promise.all([mine('a'), mine('b'), write(ana, note, 'c'), write(ana, note, 'd'), write(ana, note, 'e', bot), mine('f')]);
  await world.run();
  expect(await bob.view(note, { type: 'note' })).toEqual({ text: 'abcdef' });
  const seen = await bob.engine.tokenActs(bob.engine.home());
  expect(seen.map((one) => [one.token, one.verdict])).toEqual([
    [ci, 'applied'],
    [bot, 'applied'],
  ]);
  expect(new Set(seen.map((one) => one.change)).size).toBe(2);
  expect((await bob.engine.audit(bob.engine.home()))?.documents.every((one) => one.sound)).toBe(true);
});

test('C46 P2 a robot and its device’s person type into one text beside another device, cut off, and all of it merges', async () => {
  const world = createWorld('robots merge');
  const [ana, bob] = await pair(world);
  const note = ana.engine.newDocument();
  await ana.edit(note, { type: 'note.append', text: 'shared ' });
  const cable = world.link(ana, bob);
  await world.run();
  world.cut(cable);
  await write(ana, note, 'robot ');
  await ana.edit(note, { type: 'note.append', text: 'ana ' });
  await bob.edit(note, { type: 'note.append', text: 'bob ' });
  await write(bob, note, 'other robot ', bot);
  const again = await world.restart(ana);
  world.link(again, bob);
  await world.run();
  const text = ((await again.view(note, { type: 'note' })) as { readonly text: string }).text;
  expect(text.split(' ').sort()).toEqual(['', 'ana', 'bob', 'other', 'robot', 'robot', 'shared']);
  expect(await bob.view(note, { type: 'note' })).toEqual({ text });
  for (const device of [again, bob])
    expect(new Set((await acts(device)).map((one) => one.join(' ')))).toEqual(
      new Set([`ci applied ${ana.engine.device}`, `bot applied ${bob.engine.device}`]),
    );
});

test('C46 P3 an edit for a robot that was acknowledged survives a crash as that robot’s', async () => {
  const world = createWorld('robots crash');
  const ana = await world.device('ana');
  const note = ana.engine.newDocument();
  await write(ana, note, 'kept');
  const image = ana.store.image();
  const again = await world.putBack(ana, image);
  expect(await again.view(note, { type: 'note' })).toEqual({ text: 'kept' });
  expect(await acts(again)).toEqual([['ci', 'draft', ana.engine.device]]);
});

test('C46 C9 words a robot typed on top of a change that fell adopt it, and stay the robot’s', async () => {
  const world = createWorld('robots adopt');
  const [ana, bob, cyd] = [await world.device('ana'), await world.device('bob'), await world.device('cyd')];
  await world.pair(ana, bob);
  await world.pair(ana, cyd);
  const note = ana.engine.newDocument();
  await ana.edit(note, { type: 'note.append', text: 'first ' });
  const together = [world.link(ana, bob), world.link(ana, cyd), world.link(bob, cyd)];
  await world.run();
  for (const one of together) world.cut(one);
  await bob.edit(note, { type: 'note.append', text: 'late ' });
  const cable = world.link(ana, bob);
  await world.run();
  world.cut(cable);
  await write(ana, note, 'robot');
  expect((await cyd.engine.revoke(bob.engine.device)).ok).toBe(true);
  world.link(ana, cyd);
  await world.run(10_000);
  for (const device of [ana, cyd]) {
    expect(await device.view(note, { type: 'note' })).toEqual({ text: 'first late robot' });
    expect(await acts(device)).toEqual([['ci', 'applied', ana.engine.device]]);
  }
});

test('C46 what robots wrote stays listed when a change’s own row is gone, as it is once a checkpoint covers it', async () => {
  const world = createWorld('robots covered');
  const [ana, bob] = await pair(world);
  const note = ana.engine.newDocument();
  await write(ana, note, 'robot');
  world.link(ana, bob);
  await world.run();
  for (const device of [ana, bob]) {
    const rows = await device.store.scan('change', `${device.engine.home()}/`, null, 100);
    expect(rows.length).toBeGreaterThan(0);
    await device.store.commit({ remove: rows.map(({ key }) => ({ table: 'change', key })) });
    expect(await acts(device)).toEqual([['ci', 'applied', ana.engine.device]]);
  }
});
