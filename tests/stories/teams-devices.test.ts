/** Stories of people with several devices in shared spaces: who joins the person follows, who leaves goes everywhere. */
import { describe, expect, test } from 'vitest';
import { createWorld, type Device } from '../help/world.js';
import type { SpaceId } from '@leanvibe/protocol/ids';
import type { SpaceView } from '@leanvibe/core/internal/engine/api';

const say = (text: string): { readonly type: string; readonly text: string } => ({ type: 'note.append', text });
const viewOf = (device: Device, space: SpaceId): SpaceView | undefined => device.engine.spaces().find((one) => one.space === space);

describe('a person’s devices in all spaces', () => {
  test('C2 W28 a second device of Bob gets Ana’s space, and one paired later gets it too, without a word', async () => {
    const world = createWorld('follow');
    const [ana, bob] = [await world.device('Ana'), await world.device('Bob')];
    const space = await world.space(ana);
    const note = ana.engine.newDocument();
    await ana.edit(note, say('ana. '), 'yjs', space);
    await world.invite(ana, bob, space, 'editor');
    world.link(ana, bob);
    await world.run();
    const phone = await world.device('Phone');
    await world.pair(bob, phone);
    world.link(bob, phone);
    await world.run(20_000);
    expect(viewOf(phone, space)).toMatchObject({ standing: 'live', myRole: 'editor' });
    expect(await phone.view(note, { type: 'note' }, 'yjs', space)).toMatchObject({ text: 'ana. ' });
    await phone.edit(note, say('phone. '), 'yjs', space);
    await world.run();
    expect(await ana.view(note, { type: 'note' }, 'yjs', space)).toMatchObject({ text: 'ana. phone. ' });
    expect(viewOf(ana, space)?.persons.find((one) => one.person === bob.engine.person())?.devices).toHaveLength(2);
    const desk = await world.device('Desk');
    await world.pair(phone, desk);
    world.link(phone, desk);
    await world.run(20_000);
    expect(viewOf(desk, space)).toMatchObject({ standing: 'live', myRole: 'editor' });
    expect(await desk.view(note, { type: 'note' }, 'yjs', space)).toMatchObject({ text: 'ana. phone. ' });
    for (const device of [ana, bob, phone, desk]) expect(device.engine.refusals(), device.name).toEqual({});
    expect(viewOf(ana, space)?.debts).toEqual([]);
  });
});
