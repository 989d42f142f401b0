/** Stories of rotations that meet newcomers: who is live is given the key, whoever rotated without knowing of it. */
import { describe, expect, test } from 'vitest';
import { createWorld } from '../help/world.js';

const say = (text: string): { readonly type: string; readonly text: string } => ({ type: 'note.append', text });

describe('rotations and newcomers', () => {
  test('P8 P10: a device paired while another device revokes a third one is live, reads and writes once they meet', async () => {
    const world = createWorld('beside');
    const mac = await world.device('Mac');
    const desk = await world.device('Desk');
    const lost = await world.device('Lost');
    await world.pair(mac, desk);
    await world.pair(mac, lost);
    const note = mac.engine.newDocument();
    const cables = [world.link(mac, desk), world.link(mac, lost)];
    await mac.edit(note, say('start. '));
    await world.run();
    for (const cable of cables) world.cut(cable);
    await world.run();
    // The Mac rotates to an epoch whose recipients cannot include a device the desk admits meanwhile.
    expect(await mac.engine.revoke(lost.engine.device)).toEqual({ ok: true, value: null });
    const phone = await world.device('Phone');
    await world.pair(desk, phone);
    world.link(desk, phone);
    await world.run();
    await phone.edit(note, say('phone early. '));
    await world.run();
    world.link(mac, desk);
    await world.run(10_000);
    await mac.edit(note, say('mac late. '));
    await desk.edit(note, say('desk late. '));
    await world.run(10_000);
    world.link(phone, mac);
    await world.run(10_000);
    expect(phone.engine.spaces()[0]?.standing).toBe('live');
    await phone.edit(note, say('phone late. '));
    await world.run(10_000);
    const { text } = (await mac.view(note, { type: 'note' })) as { readonly text: string };
    for (const part of ['start. ', 'phone early. ', 'mac late. ', 'desk late. ', 'phone late. ']) expect(text).toContain(part);
    for (const device of [desk, phone]) expect(await device.view(note, { type: 'note' }), device.name).toEqual({ text });
    expect(mac.engine.spaces()[0]?.devices.find((one) => one.device === lost.engine.device)?.revoked).toBe(true);
  });

  test('C18 P8: a device revoked and paired again is live again and begins a new chain', async () => {
    const world = createWorld('again');
    const mac = await world.device('Mac');
    const phone = await world.device('Phone');
    await world.pair(mac, phone);
    const note = mac.engine.newDocument();
    const before = world.link(mac, phone);
    await world.run();
    await mac.edit(note, say('start. '));
    await phone.edit(note, say('phone one. '));
    await world.run();
    expect(await mac.engine.revoke(phone.engine.device)).toEqual({ ok: true, value: null });
    await world.run(5_000);
    world.cut(before);
    await world.run();
    const told = world.link(phone, mac);
    await world.run();
    expect(phone.engine.spaces().find((one) => one.space === mac.engine.home())?.standing).toBe('removed');
    world.cut(told);
    await world.run();
    await world.pair(mac, phone, { keepHome: true });
    world.link(mac, phone);
    await world.run(10_000);
    expect(phone.engine.spaces().find((one) => one.space === mac.engine.home())?.standing).toBe('live');
    // The same run of the program goes on in a document it wrote as the device it was before.
    await phone.edit(note, say('phone two. '), 'yjs', mac.engine.home());
    await world.run();
    const again = await world.restart(phone);
    world.link(mac, again);
    await world.run();
    await again.edit(note, say('phone three. '), 'yjs', mac.engine.home());
    await world.run(5_000);
    const { text } = (await mac.view(note, { type: 'note' })) as { readonly text: string };
    for (const part of ['start. ', 'phone one. ', 'phone two. ', 'phone three. ']) expect(text).toContain(part);
    expect(await again.view(note, { type: 'note' }, 'yjs', mac.engine.home())).toEqual({ text });
    // What was under way while the phone was removed is turned away.
    expect(Object.keys(mac.engine.refusals()).filter((reason) => reason !== 'not-accepted-from')).toEqual([]);
  });
});
