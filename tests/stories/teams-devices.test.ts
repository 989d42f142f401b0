/** Stories of people with several devices in shared spaces: who joins the person follows, who leaves goes everywhere. */
import { describe, expect, test } from 'vitest';
import { createWorld, type Device } from '../help/world.js';
import type { SpaceId } from '@leanvibe/protocol/ids';
import type { SpaceView } from '@leanvibe/core/internal/engine/api';

const say = (text: string): { readonly type: string; readonly text: string } => ({ type: 'note.append', text });
const viewOf = (device: Device, space: SpaceId): SpaceView | undefined => device.engine.spaces().find((one) => one.space === space);

describe('a person’s devices in all spaces', () => {
  // Whose turn it is goes by device ids, so several worlds.
  test.each([1, 2, 3, 4, 5, 6])('C2 W28 a device paired later gets the space of somebody who is alone in it (world %i)', async (seed) => {
    const world = createWorld(`alone-${seed}`);
    const mac = await world.device('Mac');
    const space = await world.space(mac);
    const phone = await world.device('Phone');
    await world.pair(mac, phone);
    world.link(mac, phone);
    await world.run(20_000);
    expect(viewOf(phone, space)).toMatchObject({ standing: 'live', myRole: 'owner' });
    const note = phone.engine.newDocument();
    await phone.edit(note, say('phone. '), 'yjs', space);
    await world.run();
    expect(await mac.view(note, { type: 'note' }, 'yjs', space)).toMatchObject({ text: 'phone. ' });
  });

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

  test('C2 C11 a device that follows into a space whose keys were renewed since reads what was written under all of them', async () => {
    const world = createWorld('follow-late');
    const [ana, bob, cyd] = [await world.device('Ana'), await world.device('Bob'), await world.device('Cyd')];
    const space = await world.space(ana);
    const note = ana.engine.newDocument();
    for (const guest of [bob, cyd]) {
      await ana.edit(note, say(`for ${guest.name}. `), 'yjs', space);
      await world.invite(ana, guest, space, 'editor');
      const pair = world.link(ana, guest);
      await world.run();
      if (guest === bob) continue;
      for (const person of [cyd, bob].map((one) => one.engine.person())) {
        expect((await ana.engine.teams.setRole(space, person, 'viewer')).ok).toBe(true);
        await ana.edit(note, say('renewed. '), 'yjs', space);
      }
      await world.run();
      world.cut(pair);
    }
    const phone = await world.device('Phone');
    await world.pair(bob, phone);
    world.link(bob, phone);
    await world.run(20_000);
    expect(viewOf(phone, space)).toMatchObject({ standing: 'live', myRole: 'viewer' });
    expect(await phone.view(note, { type: 'note' }, 'yjs', space)).toMatchObject({ text: 'for Bob. for Cyd. renewed. renewed. ' });
    expect(phone.engine.refusals()).toEqual({});
  });

  test('C2 P5 a lost laptop revoked from another device is out of every space, also where that device was not in reach, and reads nothing new', async () => {
    const world = createWorld('lost');
    const [ana, bob, laptop] = [await world.device('Ana'), await world.device('Bob'), await world.device('Laptop')];
    const [first, second] = [await world.space(ana), await world.space(ana)];
    await world.pair(bob, laptop);
    for (const space of [first, second]) await world.invite(ana, bob, space, 'editor');
    const cables = [world.link(ana, bob), world.link(bob, laptop), world.link(ana, laptop)];
    await world.run(30_000);
    for (const space of [first, second]) expect(viewOf(laptop, space)?.standing).toBe('live');
    world.cut(cables[1] as never);
    world.cut(cables[2] as never);
    await world.run();
    expect(await bob.engine.revoke(laptop.engine.device)).toEqual({ ok: true, value: null });
    const note = ana.engine.newDocument();
    await world.run(5_000);
    for (const space of [first, second]) {
      await ana.edit(note, say('secret. '), 'yjs', space);
      expect(viewOf(ana, space)?.devices.find(({ device }) => device === laptop.engine.device)?.revoked).toBe(true);
      expect(viewOf(ana, space)).toMatchObject({ debts: [], rotationOwed: [] });
    }
    await world.run();
    world.link(ana, laptop);
    world.link(bob, laptop);
    await world.run(20_000);
    for (const space of [laptop.engine.home(), first, second]) expect(viewOf(laptop, space)?.standing).toBe('removed');
    for (const space of [first, second]) expect(await laptop.engine.documents(space)).not.toContain(note);
    expect(await bob.view(note, { type: 'note' }, 'yjs', first)).toMatchObject({ text: 'secret. ' });
  });

  test('C2 P5 a device that an admin removed from one space is not brought back, nor handed its keys, by its person’s other devices', async () => {
    const world = createWorld('kept-out');
    const [ana, bob, phone] = [await world.device('Ana'), await world.device('Bob'), await world.device('Phone')];
    const space = await world.space(ana);
    await world.pair(bob, phone);
    await world.invite(ana, bob, space, 'editor');
    world.link(ana, bob);
    world.link(bob, phone);
    const third = world.link(ana, phone);
    await world.run(30_000);
    expect(viewOf(phone, space)?.standing).toBe('live');
    expect(await ana.engine.revoke(phone.engine.device)).toEqual({ ok: true, value: null });
    await world.run(10_000);
    world.cut(third);
    await world.run();
    const note = ana.engine.newDocument();
    await ana.edit(note, say('not for the phone. '), 'yjs', space);
    await world.run(60_000);
    expect(await bob.view(note, { type: 'note' }, 'yjs', space)).toMatchObject({ text: 'not for the phone. ' });
    expect(viewOf(phone, space)?.standing).toBe('removed');
    expect(viewOf(phone, phone.engine.home())?.standing).toBe('live');
    expect(await phone.engine.documents(space)).not.toContain(note);
    const again = await world.restart(bob);
    world.link(again, phone);
    world.link(ana, again);
    await world.run(30_000);
    expect(viewOf(ana, space)?.persons.find((one) => one.person === again.engine.person())?.devices).toEqual([again.engine.device]);
  });

  test('C2 C42 a person removed with several devices is out with all of them, keeps what it had, and comes back with all of them', async () => {
    const world = createWorld('all-out');
    const [ana, bob, phone] = [await world.device('Ana'), await world.device('Bob'), await world.device('Phone')];
    const space = await world.space(ana);
    await world.pair(bob, phone);
    await world.invite(ana, bob, space, 'editor');
    const note = ana.engine.newDocument();
    await ana.edit(note, say('shared. '), 'yjs', space);
    world.link(ana, bob);
    world.link(bob, phone);
    world.link(ana, phone);
    await world.run(30_000);
    expect(await ana.engine.teams.kick(space, bob.engine.person())).toEqual({ ok: true, value: null });
    await world.run(10_000);
    for (const one of [bob, phone]) {
      expect(viewOf(one, space)?.standing, one.name).toBe('removed');
      expect(await one.view(note, { type: 'note' }, 'yjs', space), one.name).toMatchObject({ text: 'shared. ' });
    }
    const later = await world.device('Later');
    await world.pair(bob, later);
    world.link(bob, later);
    await world.run(20_000);
    expect(viewOf(later, space)).toBeUndefined();
  });

  test('P8 P2 a device away for a long year of rotations and new people, whose inviter is gone, reads everything and brings its words', async () => {
    const world = createWorld('year');
    const [ana, bob, carol] = [await world.device('Ana'), await world.device('Bob'), await world.device('Carol')];
    const space = await world.space(ana);
    await world.invite(ana, carol, space, 'owner');
    const early = world.link(ana, carol);
    await world.run();
    await world.invite(carol, bob, space, 'editor');
    const met = world.link(ana, bob);
    await world.run(5_000);
    const note = ana.engine.newDocument();
    await ana.edit(note, say('start. '), 'yjs', space);
    await world.run(5_000);
    world.cut(met);
    await world.run();
    await bob.edit(note, say('bob unsent. '), 'yjs', space);
    const dave = await world.device('Dave');
    for (let month = 0; month < 40; month++) {
      await world.invite(ana, dave, space, 'editor');
      expect(await ana.engine.teams.kick(space, dave.engine.person())).toEqual({ ok: true, value: null });
      await ana.edit(note, say(`${month}. `), 'yjs', space);
      await world.run();
    }
    world.cut(early);
    expect(await ana.engine.teams.kick(space, carol.engine.person())).toEqual({ ok: true, value: null });
    await world.run(14 * 24 * 60 * 60_000);
    const [back, still] = [await world.restart(bob), await world.restart(ana)];
    world.link(back, still);
    await world.run(30_000);
    const { text } = (await back.view(note, { type: 'note' }, 'yjs', space)) as { readonly text: string };
    expect(viewOf(back, space)).toMatchObject({ standing: 'live', myRole: 'editor' });
    for (const part of ['start. ', '0. ', '39. ', 'bob unsent. ']) expect(text).toContain(part);
    expect(await still.view(note, { type: 'note' }, 'yjs', space)).toEqual({ text });
    expect(await back.engine.why(space, [note])).toMatchObject([{ state: 'in-step' }]);
  });
});
