/** Stories of a relay: devices that are never connected at once meet in a mailbox, and it learns nothing but what it must. */
import { describe, expect, test } from 'vitest';
import type { DocumentId } from '@leanvibe/protocol/ids';
import { createRelayMemory } from '../help/relay-memory.js';
import { createRelay, createWires } from '../help/relay-world.js';
import { createWorld, type Device } from '../help/world.js';

const text = async (device: Device, document: DocumentId, space = device.engine.home()): Promise<string> =>
  ((await device.view(document, { type: 'note' }, 'yjs', space)) as { readonly text: string }).text;

describe('a relay', () => {
  test('C31 two devices that never meet sync through a mailbox, one asleep while the other writes', async () => {
    const world = createWorld('relay asleep');
    const [ana, phone] = [await world.device('ana'), await world.device('phone')];
    await world.pair(ana, phone);
    const relay = createRelay(world);
    const document = ana.engine.newDocument();
    const first = relay.link(ana, 'ana');
    await world.run();
    await ana.edit(document, { type: 'note.append', text: 'from the mac ' });
    await world.run();
    world.cut(first);
    await world.run();
    expect(relay.count()).toEqual({ mailboxes: 0, members: 0 });

    const second = relay.link(phone, 'ana');
    await world.run(10_000);
    expect(await text(phone, document)).toBe('from the mac ');
    await phone.edit(document, { type: 'note.append', text: 'from the phone' });
    await world.run();
    world.cut(second);

    relay.link(ana, 'ana');
    await world.run();
    expect(await text(ana, document)).toBe('from the mac from the phone');
    const [view] = ana.engine.relays.views();
    expect(view?.state).toBe('in-step');
    expect(view?.mailboxes.map((one) => one.state)).toEqual(['write']);
    relay.stop();
  });

  test('C31 P8 a removed editor is left with announcements, one who was away finds the new keys there, and nobody is locked out', async () => {
    const world = createWorld('relay removed');
    const [ana, bob, cyd] = [await world.device('ana'), await world.device('bob'), await world.device('cyd')];
    const relay = createRelay(world);
    const ears = new Map(['ana', 'bob', 'cyd'].map((name) => [name, relay.link({ ana, bob, cyd }[name] as Device)]));
    await world.run();
    const space = await world.space(ana);
    await world.run();
    for (const guest of [bob, cyd]) await world.invite(ana, guest, space, 'editor');
    const cables = [world.link(ana, bob), world.link(ana, cyd)];
    await world.run();
    for (const cable of cables) world.cut(cable);
    const document = ana.engine.newDocument();
    await ana.edit(document, { type: 'note.append', text: 'one ' }, 'yjs', space);
    await world.run();
    for (const one of [bob, cyd]) expect(await text(one, document, space)).toBe('one ');

    // Cyd sleeps through the removal.
    const asleep = ears.get('cyd');
    if (asleep !== undefined) world.cut(asleep);
    await world.run();
    const bobs = bob.engine.person();
    expect(await ana.engine.teams.kick(space, bobs)).toEqual({ ok: true, value: null });
    await ana.edit(document, { type: 'note.append', text: 'two ' }, 'yjs', space);
    await world.run(10_000);
    expect(await text(bob, document, space)).toBe('one ');
    const bobsView = bob.engine.relays.views()[0]?.mailboxes.find((one) => one.space === space);
    expect(bobsView?.state).toBe('announcements');

    relay.link(cyd);
    await world.run(10_000);
    expect(await text(cyd, document, space)).toBe('one two ');
    await cyd.edit(document, { type: 'note.append', text: 'three' }, 'yjs', space);
    await world.run(10_000);
    expect(await text(ana, document, space)).toBe('one two three');
    expect(await text(bob, document, space)).toBe('one ');
    relay.stop();
  });

  test('C33 two copies of a relay: what one took the other tells, at once by a hint and soon without', async () => {
    const world = createWorld('relay copies');
    const [ana, phone] = [await world.device('ana'), await world.device('phone')];
    await world.pair(ana, phone);
    const wires = createWires();
    const here = createRelay(world, { wires });
    const there = createRelay(world, { wires, store: here.store });
    here.link(ana, 'ana');
    there.link(phone, 'ana');
    await world.run();
    const document = ana.engine.newDocument();
    await ana.edit(document, { type: 'note.append', text: 'hinted ' });
    await world.run(1_000);
    expect(await text(phone, document)).toBe('hinted ');
    wires.lose(true);
    await ana.edit(document, { type: 'note.append', text: 'unhinted' });
    await world.run(6_000);
    expect(await text(phone, document)).toBe('hinted unhinted');
    here.stop();
    there.stop();
  });

  test('P7 C33 a relay put back to an older copy of its database is noticed, named and given again what it lost', async () => {
    const world = createWorld('relay rolled back');
    const [ana, phone] = [await world.device('ana'), await world.device('phone')];
    await world.pair(ana, phone);
    const relay = createRelay(world);
    const document = ana.engine.newDocument();
    const pairs = [relay.link(ana, 'ana'), relay.link(phone, 'ana')];
    await world.run();
    await ana.edit(document, { type: 'note.append', text: 'kept ' });
    await world.run();
    const image = relay.store.image();
    await phone.edit(document, { type: 'note.append', text: 'lost there' });
    await world.run();
    for (const pair of pairs) world.cut(pair);
    relay.stop();
    await world.run();

    // The phone, which wrote it, never comes back.
    const older = createRelay(world, { store: createRelayMemory(world.random, { image, as: 'same' }) });
    older.link(ana, 'ana');
    await world.run(10_000);
    expect(ana.events.some((event) => event.type === 'alarm' && event.alarm === 'relay-rolled-back')).toBe(true);
    const proving = ana.engine.relays.prove(16);
    await world.run();
    const [proof] = await proving;
    expect(proof?.sampled).toBeGreaterThan(0);
    expect(proof?.right).toBe(proof?.sampled);
    expect(proof?.acknowledged).toBe(proof?.entries);
    const tablet = await world.device('tablet');
    await world.pair(ana, tablet);
    older.link(tablet, 'ana');
    await world.run(10_000);
    expect(await text(tablet, document)).toBe('kept lost there');
    older.stop();
  });

  test('C31 P6 proofs of another connection, relay or mailbox open nothing, and an account alone opens nothing', async () => {
    const world = createWorld('relay stranger');
    const [ana, eve] = [await world.device('ana'), await world.device('eve')];
    const relay = createRelay(world);
    relay.link(ana);
    relay.link(eve, 'ana');
    await world.run();
    // Eve has Ana's account and none of her keys: she is told which mailboxes there are, and makes one of her own.
    expect(eve.engine.relays.views()[0]?.mailboxes.map((one) => one.space)).toEqual([eve.engine.home()]);
    expect(relay.refused).toEqual({});
    relay.stop();
  });
});
