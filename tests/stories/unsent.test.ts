/** Words of a device that was removed before anybody had them: it still knows which they are, sent or not (P2, P8, C17). */
import { describe, expect, test } from 'vitest';
import { createWorld } from '../help/world.js';

const say = (text: string): { readonly type: string; readonly text: string } => ({ type: 'note.append', text });

describe('unsent words', () => {
  test('P2 P8 C17 what was numbered but reached nobody, and what stayed a draft, are told together; what others have is not', async () => {
    const world = createWorld('unsent');
    const [mac, lost] = [await world.device('Mac'), await world.device('Lost')];
    await world.pair(mac, lost);
    const note = mac.engine.newDocument();
    const home = mac.engine.home();
    const cable = world.link(mac, lost);
    await world.run();
    await lost.edit(note, say('heard.\n'));
    await world.run();
    expect(await lost.engine.unsent.list(home)).toEqual([]);
    // Numbered, for somebody listened when it was typed; and then the cable is cut.
    await lost.edit(note, say('on its way.\n'));
    world.cut(cable);
    await world.run();
    await lost.edit(note, say('later.\n'));
    expect((await mac.engine.revoke(lost.engine.device)).ok).toBe(true);
    world.link(mac, lost);
    await world.run(5_000);
    expect(await mac.view(note, { type: 'note' })).toEqual({ text: 'heard.\n' });
    for (const device of [lost, await world.restart(lost)]) {
      expect(await device.engine.unsent.list(home)).toEqual([{ document: note, kind: 'yjs', drafts: 1, changes: 1 }]);
      const shown = await device.engine.unsent.show(home, note);
      if (!shown.ok) throw new Error(shown.error);
      expect(shown.value.difference.note).toMatchObject({ before: 'heard.\n', after: 'heard.\non its way.\nlater.\n' });
      expect(shown.value.other).toBe(false);
    }
    expect(await mac.engine.unsent.list(home)).toEqual([]);
    expect(await mac.engine.unsent.show(home, note)).toMatchObject({ ok: false });
  });

  test('C44 P2 two copies that wrote at once, and changed nothing about who is in: the words of both stay', async () => {
    const world = createWorld('copies');
    const [mac, desk] = [await world.device('Mac'), await world.device('Desk')];
    await world.pair(mac, desk);
    const note = mac.engine.newDocument();
    const cable = world.link(mac, desk);
    await world.run();
    await mac.edit(note, say('start.\n'));
    await desk.edit(note, say('desk.\n'));
    await world.run();
    world.cut(cable);
    await world.run();
    const twin = await world.twin(desk);
    const [phone, tablet] = [await world.device('Phone'), await world.device('Tablet')];
    for (const fresh of [phone, tablet]) await world.pair(mac, fresh);
    const apart = [world.link(desk, phone), world.link(twin, tablet)];
    await world.run();
    await desk.edit(note, say('by the one.\n'));
    await twin.edit(note, say('by the other.\n'));
    await world.run();
    for (const one of apart) world.cut(one);
    world.link(phone, tablet);
    await world.run(10_000);
    for (const device of [phone, tablet])
      expect((await device.engine.audit(mac.engine.home()))?.documents.every((one) => one.sound)).toBe(true);
    const { text } = (await phone.view(note, { type: 'note' })) as { readonly text: string };
    const [first] = await phone.engine.quarantine.list(mac.engine.home());
    // Runs are drawn anew at each start, so the copies wrote under different client ids and both stay.
    for (const words of ['start.', 'desk.', 'by the one.', 'by the other.']) expect(text).toContain(words);
    expect(first).toBeUndefined();
  });
});
