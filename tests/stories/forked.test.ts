/** Two copies of one device: what they did shows to everybody, what they wrote is kept, and a person can bring it back (C44, C5, P2). */
import { describe, expect, test } from 'vitest';
import { createWorld, type Device } from '../help/world.js';

const text = async (device: Device, document: Parameters<Device['view']>[0]): Promise<string> =>
  ((await device.view(document, { type: 'note' })) as { readonly text: string }).text;

describe('a device that two copies went on as', () => {
  test('C44 C3 G18 both copies change the membership: every device is told which one it is, and what only they wrote can be accepted', async () => {
    const world = createWorld('forked');
    const [mac, desk] = [await world.device('Mac'), await world.device('Desk')];
    await world.pair(mac, desk);
    const [shared, alone] = [mac.engine.newDocument(), desk.engine.newDocument()];
    const cable = world.link(mac, desk);
    await world.run();
    await mac.edit(shared, { type: 'note.append', text: 'mac ' });
    await desk.edit(alone, { type: 'note.append', text: 'desk alone ' });
    await world.run();
    world.cut(cable);
    await world.run();
    // The same home runs twice: each admits a device that the other does not know.
    const twin = await world.twin(desk);
    const [phone, tablet] = [await world.device('Phone'), await world.device('Tablet')];
    // Each meets somebody first, which no copy can tell from its other self.
    for (const [copy, fresh] of [
      [desk, phone],
      [twin, tablet],
    ] as const)
      await world.pair(copy, fresh);
    for (const fresh of [phone, tablet]) world.link(fresh, mac);
    for (const [copy, fresh] of [
      [desk, phone],
      [twin, tablet],
    ] as const)
      world.link(copy, fresh);
    await world.run(20_000);
    expect(mac.engine.forked()).toEqual([desk.engine.device]);
    expect(mac.events).toContainEqual({ type: 'alarm', alarm: 'forked', space: mac.engine.home(), device: desk.engine.device });
    expect(mac.events.filter((event) => event.type === 'alarm' && event.alarm === 'forked')).toHaveLength(1);
    const history = await mac.engine.history(mac.engine.home());
    expect(history?.forks.map((fork) => fork.device)).toEqual([desk.engine.device]);
    expect(await text(mac, shared)).toBe('mac ');
    // Nobody built on it, so it stands aside; it is not lost.
    expect(await text(mac, alone)).toBe('');
    const sets = await mac.engine.quarantine.list(mac.engine.home());
    expect(sets).toMatchObject([{ document: alone, device: desk.engine.device, reasons: { removed: 1 } }]);
    expect(await mac.engine.quarantine.accept(mac.engine.home(), [sets[0]?.id ?? ''])).toMatchObject({ ok: true });
    await world.run();
    expect(await text(mac, alone)).toBe('desk alone ');
    expect((await mac.engine.audit(mac.engine.home()))?.documents.every((one) => one.sound && one.wrongVerdicts.length === 0)).toBe(true);
  });
});
