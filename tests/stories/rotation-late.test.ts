/** Rotations that came about at once, and whoever comes after them: it reads what was written under each. */
import { expect, test } from 'vitest';
import { createWorld } from '../help/world.js';

const say = (text: string): { readonly type: string; readonly text: string } => ({ type: 'note.append', text });

// Which of the epochs is the lowest, and so handed over first, goes by their ids: several worlds.
test.each([1, 2, 3, 4, 5, 6])(
  'C12 P8 a device that joins after two rotations apart reads what lies under either (world %i)',
  async (seed) => {
    const world = createWorld(`late-${seed}`);
    const [mac, desk, bob] = [await world.device('Mac'), await world.device('Desk'), await world.device('Bob')];
    await world.pair(mac, desk);
    const space = await world.space(mac);
    const note = mac.engine.newDocument();
    const together = world.link(mac, desk);
    await world.invite(mac, bob, space, 'editor');
    await world.run(20_000);
    world.cut(together);
    await world.run();
    // The Mac renews the keys once, the desk twice: the second of its epochs has a parent the Mac never heard of.
    expect((await mac.engine.teams.kick(space, bob.engine.person())).ok).toBe(true);
    await mac.edit(note, say('mac. '), 'yjs', space);
    expect((await desk.engine.teams.setRole(space, bob.engine.person(), 'viewer')).ok).toBe(true);
    await desk.edit(note, say('desk one. '), 'yjs', space);
    await world.run();
    expect((await desk.engine.teams.kick(space, bob.engine.person())).ok).toBe(true);
    await desk.edit(note, say('desk two. '), 'yjs', space);
    await world.run();
    world.link(mac, desk);
    await world.run(20_000);
    const phone = await world.device('Phone');
    await world.pair(mac, phone);
    world.link(mac, phone);
    world.link(desk, phone);
    await world.run(60_000);
    const shown = await mac.view(note, { type: 'note' }, 'yjs', space);
    for (const part of ['mac. ', 'desk one. ', 'desk two. ']) expect((shown as { readonly text: string }).text).toContain(part);
    expect(await phone.view(note, { type: 'note' }, 'yjs', space)).toEqual(shown);
    expect(phone.engine.spaces().find((one) => one.space === space)).toMatchObject({ standing: 'live', myRole: 'owner' });
  },
);
