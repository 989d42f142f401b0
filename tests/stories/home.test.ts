/** Stories of one person's devices: alone, paired, apart, together, revoked. */
import { describe, expect, test } from 'vitest';
import { createWorld } from '../help/world.js';

const addTask = (title: string): { readonly type: string; readonly [key: string]: string } => ({
  type: 'task.add',
  id: title.toLowerCase().replaceAll(' ', '-').padEnd(16, '0'),
  title,
  by: 'tester',
  at: '2026-01-01T00:00:00.000Z',
});

describe('one person, several devices', () => {
  test('P3 a device alone keeps its edits and shows them', async () => {
    const world = createWorld('alone');
    const mac = await world.device('Mac');
    const project = mac.engine.newDocument();
    await mac.edit(project, addTask('Write it down'));
    expect(await mac.view(project, { type: 'tasks' })).toMatchObject([{ title: 'Write it down', done: false }]);
    expect(await mac.engine.why(mac.engine.home(), [project])).toMatchObject([{ state: 'draft', reason: 'nobody-connected' }]);
  });

  test('C40 P1 a second device joins by link and both see what either writes', async () => {
    const world = createWorld('two');
    const mac = await world.device('Mac');
    const phone = await world.device('Phone');
    const project = mac.engine.newDocument();
    await mac.edit(project, addTask('From the Mac'));
    await world.pair(mac, phone);
    expect(phone.engine.home()).toBe(mac.engine.home());
    world.link(phone, mac);
    await world.run();
    expect(await phone.view(project, { type: 'tasks' })).toMatchObject([{ title: 'From the Mac' }]);
    await phone.edit(project, addTask('From the phone'));
    await world.run();
    expect(await mac.engine.canonical(mac.engine.home(), project)).toEqual(await phone.engine.canonical(mac.engine.home(), project));
    expect(await mac.view(project, { type: 'tasks' })).toHaveLength(2);
    expect(mac.engine.inStep()).toBe(true);
    expect(mac.engine.refusals()).toEqual({});
    expect(phone.engine.refusals()).toEqual({});
  });

  test('P3 P2 what was kept offline is there after a restart and reaches the other device, one change per document', async () => {
    const world = createWorld('offline');
    const mac = await world.device('Mac');
    const phone = await world.device('Phone');
    await world.pair(mac, phone);
    const project = mac.engine.newDocument();
    for (const title of ['One', 'Two', 'Three']) await mac.edit(project, addTask(title));
    const again = await world.restart(mac);
    expect(await again.view(project, { type: 'tasks' })).toHaveLength(3);
    await again.edit(project, addTask('Four'));
    world.link(again, phone);
    await world.run();
    expect(await phone.view(project, { type: 'tasks' })).toHaveLength(4);
    expect(await again.engine.canonical(again.engine.home(), project)).toEqual(await phone.engine.canonical(again.engine.home(), project));
    // Two runs of the program wrote, so two changes: drafts of one run are one change.
    expect((await again.store.ids(again.engine.home(), 2)).length).toBe(2);
  });

  test('P1 both devices edit one note apart and both see both texts', async () => {
    const world = createWorld('note');
    const mac = await world.device('Mac');
    const phone = await world.device('Phone');
    await world.pair(mac, phone);
    const project = mac.engine.newDocument();
    await mac.edit(project, { type: 'note.append', text: 'common ground. ' });
    const pair = world.link(mac, phone);
    await world.run();
    world.cut(pair);
    await world.run();
    await mac.edit(project, { type: 'note.append', text: 'mac words ' });
    await phone.edit(project, { type: 'note.append', text: 'phone words ' });
    world.link(phone, mac);
    await world.run();
    const text = JSON.stringify(await mac.view(project, { type: 'note' }));
    expect(text).toContain('mac words');
    expect(text).toContain('phone words');
    expect(await phone.view(project, { type: 'note' })).toEqual(await mac.view(project, { type: 'note' }));
  });

  test('C40 a device with data of its own brings its home along, owned by the joined person', async () => {
    const world = createWorld('bring');
    const mac = await world.device('Mac');
    const desk = await world.device('Desk');
    const old = desk.engine.home();
    const project = desk.engine.newDocument();
    await desk.edit(project, addTask('Old work'));
    await expect(world.pair(mac, desk)).rejects.toThrow('data of its own');
    await world.pair(mac, desk, { keepHome: true });
    expect(desk.engine.home()).toBe(mac.engine.home());
    world.link(mac, desk);
    await world.run();
    expect(await mac.view(project, { type: 'tasks' }, 'yjs', old)).toMatchObject([{ title: 'Old work' }]);
    await mac.edit(project, addTask('New work'), 'yjs', old);
    await world.run();
    expect(await desk.view(project, { type: 'tasks' }, 'yjs', old)).toHaveLength(2);
  });

  test('P4 P5 A6 a revoked device is told, is sent announcements only, and what it writes later is quarantined everywhere', async () => {
    const world = createWorld('revoke');
    const mac = await world.device('Mac');
    const phone = await world.device('Phone');
    const desk = await world.device('Desk');
    await world.pair(mac, phone);
    await world.pair(mac, desk);
    const project = mac.engine.newDocument();
    const links = [world.link(mac, phone), world.link(mac, desk)];
    await mac.edit(project, addTask('Before'));
    await world.run();
    expect(await phone.view(project, { type: 'tasks' })).toHaveLength(1);
    for (const pair of links) world.cut(pair);
    await world.run();
    // The phone, lost, meets the desk before either hears of the removal.
    world.link(phone, desk);
    expect(await mac.engine.revoke(phone.engine.device)).toEqual({ ok: true, value: null });
    await phone.edit(project, addTask('After the loss'));
    await world.run();
    expect(await desk.view(project, { type: 'tasks' })).toHaveLength(2);
    world.link(mac, desk);
    await world.run();
    expect(await desk.view(project, { type: 'tasks' })).toHaveLength(1);
    expect(await mac.view(project, { type: 'tasks' })).toHaveLength(1);
    expect(await mac.engine.why(mac.engine.home(), [project])).toMatchObject([
      { state: 'quarantined', reason: 'removed', devices: [phone.engine.device] },
    ]);
    expect(await desk.engine.why(mac.engine.home(), [project])).toMatchObject([
      { state: 'quarantined', reason: 'removed', devices: [phone.engine.device] },
    ]);
    // The phone calls on the Mac: it hears that it was removed, and nothing else.
    await mac.edit(project, addTask('Not for the phone'));
    world.link(phone, mac);
    await world.run();
    expect(phone.events).toContainEqual(expect.objectContaining({ type: 'alarm', alarm: 'removed' }));
    expect(phone.engine.spaces()[0]?.standing).toBe('removed');
    expect(await phone.view(project, { type: 'tasks' })).toHaveLength(2);
    expect((await phone.engine.edit(phone.engine.home(), project, 'yjs', addTask('Refused'))).ok).toBe(false);
    expect(mac.engine.spaces()[0]?.devices.find((one) => one.device === phone.engine.device)?.revoked).toBe(true);
    expect(await mac.engine.canonical(mac.engine.home(), project)).toEqual(await desk.engine.canonical(mac.engine.home(), project));
  });

  test('C12 C13 two devices revoke others apart: concurrent epochs meet and writing goes on', async () => {
    const world = createWorld('concurrent');
    const mac = await world.device('Mac');
    const others = [];
    for (const name of ['A', 'B', 'C']) {
      const device = await world.device(name);
      await world.pair(mac, device);
      others.push(device);
    }
    const [a, b, c] = others as [typeof mac, typeof mac, typeof mac];
    const links = others.map((device) => world.link(mac, device));
    const project = mac.engine.newDocument();
    await mac.edit(project, addTask('Start'));
    await world.run();
    for (const pair of links) world.cut(pair);
    await world.run();
    await mac.engine.revoke(b.engine.device);
    await a.engine.revoke(c.engine.device);
    await mac.edit(project, addTask('By mac'));
    await a.edit(project, addTask('By a'));
    world.link(mac, a);
    await world.run(5_000);
    await mac.edit(project, addTask('After both'));
    await world.run();
    expect(await a.view(project, { type: 'tasks' })).toHaveLength(4);
    expect(await mac.engine.canonical(mac.engine.home(), project)).toEqual(await a.engine.canonical(mac.engine.home(), project));
    expect(mac.engine.spaces()[0]?.rotationOwed).toEqual([]);
  });
});
