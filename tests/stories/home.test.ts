/** Stories of one person's devices: alone, paired, apart, together, revoked. */
import { describe, expect, test } from 'vitest';
import { createWorld } from '../help/world.js';

const addTask = (title: string): { readonly type: string; readonly [key: string]: string } => ({ type: 'task.add', id: title.toLowerCase().replaceAll(' ', '-').padEnd(16, '0'), title, by: 'tester', at: '2026-01-01T00:00:00.000Z' });

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
});
