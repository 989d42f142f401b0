/** Words typed offline on top of what a removed device wrote too late: both stay, everywhere (C9, P2). */
import { describe, expect, test } from 'vitest';
import { createWorld, type Device } from '../help/world.js';

const text = async (device: Device, document: Parameters<Device['view']>[0]): Promise<string> =>
  ((await device.view(document, { type: 'note' })) as { readonly text: string }).text;

describe('drafts and quarantine', () => {
  test('C9 C17 P2 drafts adopt the quarantined change they were typed on, and leave the others alone', async () => {
    const world = createWorld('drafts adopt');
    const [ana, bob, cyd] = [await world.device('ana'), await world.device('bob'), await world.device('cyd')];
    await world.pair(ana, bob);
    await world.pair(ana, cyd);
    const [built, left] = [ana.engine.newDocument(), ana.engine.newDocument()];
    for (const document of [built, left]) await ana.edit(document, { type: 'note.append', text: 'first ' });
    const together = [world.link(ana, bob), world.link(ana, cyd), world.link(bob, cyd)];
    await world.run();
    for (const pair of together) world.cut(pair);

    // Bob writes, and only Ana hears of it; then Ana types on top of one of the two, alone.
    for (const document of [built, left]) await bob.edit(document, { type: 'note.append', text: 'late ' });
    const cable = world.link(ana, bob);
    await world.run();
    world.cut(cable);
    expect([await text(ana, built), await text(ana, left)]).toEqual(['first late ', 'first late ']);
    await ana.edit(built, { type: 'note.append', text: 'on top ' });
    expect((await cyd.engine.revoke(bob.engine.device)).ok).toBe(true);

    const again = await world.restart(ana);
    world.link(again, cyd);
    await world.run(10_000);
    for (const one of [again, cyd]) expect([await text(one, built), await text(one, left)]).toEqual(['first late on top ', 'first ']);
    await cyd.edit(built, { type: 'note.append', text: 'and on' });
    await world.run();
    expect(await text(again, built)).toBe('first late on top and on');
    expect((await again.engine.audit(again.engine.home()))?.documents.every((one) => one.sound && one.wrongVerdicts.length === 0)).toBe(
      true,
    );
    const third = await world.restart(again);
    expect(await text(third, built)).toBe('first late on top and on');
  });
});
