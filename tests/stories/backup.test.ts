/** Stories of backups and copies: a person's spaces come back on a fresh device, and an older copy settles with its peers. */
import { describe, expect, test } from 'vitest';
import type { Paper, PaperEntry } from '@leanvibe/core/internal/engine/paper-form';
import { LANES } from '@leanvibe/core/internal/ports/store';
import { createWorld, type Device, type World } from '../help/world.js';

const addTask = (title: string): { readonly type: string; readonly [key: string]: string } => ({
  type: 'task.add',
  id: title.toLowerCase().replaceAll(' ', '-').padEnd(16, '0'),
  title,
  by: 'tester',
  at: '2026-01-01T00:00:00.000Z',
});

interface Backup {
  readonly paper: Paper;
  readonly entries: readonly PaperEntry[];
}

async function backUp({ engine, store }: Device): Promise<Backup> {
  const paper = await engine.paper();
  if (!paper.ok) throw new Error(paper.error);
  const entries: PaperEntry[] = [];
  for (const { space, heads } of paper.value.spaces) {
    for (const lane of LANES) {
      const to = heads.find((head) => head.lane === lane)?.position ?? 0;
      for (const row of await store.rows(space, lane, 0, { rows: 100_000, bytes: 1e9 }))
        if (row.position <= to && row.sealed !== null) entries.push({ space, lane, sealed: row.sealed });
    }
  }
  return { paper: paper.value, entries };
}

async function* each(entries: readonly PaperEntry[]): AsyncGenerator<PaperEntry> {
  for (const entry of entries) yield entry;
}

async function restored(world: World, name: string, { paper, entries }: Backup): Promise<Device> {
  const device = await world.device(name);
  expect(await device.engine.restore(paper, each(entries))).toEqual({ ok: true, value: null });
  await device.engine.settled();
  return device;
}

async function titles(device: Device, project: Parameters<Device['view']>[0]): Promise<readonly string[]> {
  return ((await device.view(project, { type: 'tasks' })) as readonly { readonly title: string }[]).map(({ title }) => title).sort();
}

async function same(a: Device, b: Device, project: Parameters<Device['view']>[0]): Promise<void> {
  expect(await a.engine.canonical(a.engine.home(), project)).toEqual(await b.engine.canonical(a.engine.home(), project));
}

describe('backup and restore', () => {
  test('C1 P2 a device alone backs up its drafts too, and a fresh device goes on from there', async () => {
    const world = createWorld('backup-alone');
    const mac = await world.device('Mac');
    const project = mac.engine.newDocument();
    await mac.edit(project, addTask('Only here'));
    const backup = await backUp(mac);
    expect(mac.engine.spaces()[0]?.devices.find(({ kind }) => kind === 'paper')).toMatchObject({
      device: backup.paper.device,
      revoked: false,
    });
    expect(mac.engine.wanted()).toEqual([]);
    const fresh = await restored(world, 'New Mac', backup);
    expect(fresh.engine.home()).toBe(mac.engine.home());
    expect(fresh.engine.device).not.toBe(mac.engine.device);
    expect(await titles(fresh, project)).toEqual(['Only here']);
    await fresh.edit(project, addTask('On the new one'));
    const again = await world.restart(fresh);
    expect(again.engine.spaces()).toMatchObject([{ home: true, standing: 'live' }]);
    expect(await titles(again, project)).toEqual(['On the new one', 'Only here']);
    expect(again.engine.refusals()).toEqual({});
  });

  test('C1 P1 P2 a restored device meets a surviving peer: both have everything, and both go on', async () => {
    const world = createWorld('backup-peer');
    const mac = await world.device('Mac');
    const phone = await world.device('Phone');
    await world.pair(mac, phone);
    const pair = world.link(mac, phone);
    const project = mac.engine.newDocument();
    await mac.edit(project, addTask('Before'));
    await world.run();
    const backup = await backUp(mac);
    await mac.edit(project, addTask('After the backup'));
    await phone.edit(project, addTask('By the phone'));
    await world.run();
    world.cut(pair);
    await mac.engine.stop();
    const fresh = await restored(world, 'New Mac', backup);
    expect(fresh.engine.wanted()).toContain(phone.engine.device);
    await fresh.edit(project, addTask('Before they met'));
    world.link(fresh, phone);
    await world.run(5_000);
    await fresh.edit(project, addTask('After they met'));
    await phone.edit(project, addTask('By the phone again'));
    await world.run(5_000);
    expect(await titles(phone, project)).toEqual([
      'After the backup',
      'After they met',
      'Before',
      'Before they met',
      'By the phone',
      'By the phone again',
    ]);
    await same(fresh, phone, project);
    expect(phone.engine.refusals()).toEqual({});
    expect(fresh.engine.refusals()).toEqual({});
    expect(fresh.engine.cloned()).toBe(false);
  });

  test('C1 C13 P8 the lost device was revoked after the backup: the keys renewed since reach the restored one through the paper device', async () => {
    const world = createWorld('backup-rotated');
    const mac = await world.device('Mac');
    const phone = await world.device('Phone');
    await world.pair(mac, phone);
    const pair = world.link(mac, phone);
    const project = mac.engine.newDocument();
    await mac.edit(project, addTask('Before'));
    await world.run();
    const backup = await backUp(mac);
    await world.run();
    world.cut(pair);
    await mac.engine.stop();
    expect(await phone.engine.revoke(mac.engine.device)).toEqual({ ok: true, value: null });
    await phone.edit(project, addTask('Under new keys'));
    const fresh = await restored(world, 'New Mac', backup);
    await fresh.edit(project, addTask('By the new one'));
    world.link(fresh, phone);
    await world.run(10_000);
    expect(await titles(fresh, project)).toEqual(['Before', 'By the new one', 'Under new keys']);
    await same(fresh, phone, project);
    expect(fresh.engine.spaces()[0]?.standing).toBe('live');
    expect(fresh.events).not.toContainEqual(expect.objectContaining({ type: 'alarm' }));
  });

  test('C1 C3 G22 one backup restored on two devices: neither loses its place when they meet', async () => {
    const world = createWorld('backup-twice');
    const mac = await world.device('Mac');
    const project = mac.engine.newDocument();
    await mac.edit(project, addTask('Before'));
    const backup = await backUp(mac);
    await mac.engine.stop();
    const one = await restored(world, 'One', backup);
    const two = await restored(world, 'Two', backup);
    await one.edit(project, addTask('By one'));
    await two.edit(project, addTask('By two'));
    world.link(one, two);
    await world.run(5_000);
    expect(await titles(one, project)).toEqual(['Before', 'By one', 'By two']);
    await same(one, two, project);
    expect(one.engine.spaces()[0]?.standing).toBe('live');
    expect(two.engine.spaces()[0]?.standing).toBe('live');
  });

  test('C1 C4 a paper device can be revoked, and then its backup lets nobody in', async () => {
    const world = createWorld('backup-revoked');
    const mac = await world.device('Mac');
    const phone = await world.device('Phone');
    await world.pair(mac, phone);
    world.link(mac, phone);
    const project = mac.engine.newDocument();
    await mac.edit(project, addTask('Before'));
    const backup = await backUp(mac);
    await world.run();
    expect(await phone.engine.revoke(backup.paper.device)).toEqual({ ok: true, value: null });
    await phone.edit(project, addTask('After'));
    await world.run();
    const papers = mac.engine.spaces()[0]?.devices.filter(({ kind }) => kind === 'paper') ?? [];
    expect(papers.map(({ revoked }) => revoked)).not.toContain(false);
    expect(mac.engine.spaces()[0]?.rotationOwed).toEqual([]);
    expect(await titles(mac, project)).toEqual(['After', 'Before']);
    const later = await backUp(mac);
    const fresh = await world.device('Fresh');
    expect(
      await fresh.engine.restore(
        {
          ...later.paper,
          ...{ device: backup.paper.device, signingSeed: backup.paper.signingSeed, sealingSecret: backup.paper.sealingSecret },
        },
        each(later.entries),
      ),
    ).toMatchObject({ ok: false, error: expect.stringContaining('revoked') });
    expect(fresh.engine.home()).not.toBe(mac.engine.home());
    // The old backup alone cannot know; whoever it lets in is shut out at the first contact.
    const thief = await restored(world, 'Thief', backup);
    await thief.edit(project, addTask('By the thief'));
    world.link(thief, phone);
    await world.run(5_000);
    expect(await titles(phone, project)).toEqual(['After', 'Before']);
    expect(await titles(thief, project)).toEqual(['Before', 'By the thief']);
  });

  test('C1 a device with data of its own is not restored into, and a backup that breaks off changes nothing', async () => {
    const world = createWorld('backup-refused');
    const mac = await world.device('Mac');
    const project = mac.engine.newDocument();
    await mac.edit(project, addTask('Mine'));
    const backup = await backUp(mac);
    const full = await world.device('Full');
    await full.edit(full.engine.newDocument(), addTask('Theirs'));
    expect(await full.engine.restore(backup.paper, each(backup.entries))).toMatchObject({
      ok: false,
      error: expect.stringContaining('data of its own'),
    });
    const fresh = await world.device('Fresh');
    const home = fresh.engine.home();
    const broken = async function* (): AsyncGenerator<PaperEntry> {
      yield* backup.entries.slice(0, 2);
      throw new Error('torn');
    };
    await expect(fresh.engine.restore(backup.paper, broken())).rejects.toThrow('torn');
    expect(fresh.engine.home()).toBe(home);
    expect(await fresh.engine.restore(backup.paper, each(backup.entries))).toEqual({ ok: true, value: null });
    await fresh.engine.settled();
    expect(await titles(fresh, project)).toEqual(['Mine']);
  });
});

describe('an older copy of a device', () => {
  test('C44 P2 is noticed at the first contact, keeps its edits as drafts, and once settled everything is with everybody', async () => {
    const world = createWorld('older-copy');
    const mac = await world.device('Mac');
    const phone = await world.device('Phone');
    await world.pair(mac, phone);
    const project = mac.engine.newDocument();
    const first = world.link(mac, phone);
    await mac.edit(project, addTask('Early'));
    await world.run();
    world.cut(first);
    await world.run();
    const image = mac.store.image();
    const second = world.link(mac, phone);
    await world.run();
    await mac.edit(project, addTask('Late'));
    await world.run();
    world.cut(second);
    await world.run();
    const older = await world.putBack(mac, image);
    await older.edit(project, addTask('By the older copy'));
    expect(older.engine.cloned()).toBe(false);
    world.link(older, phone);
    await world.run(5_000);
    expect(older.engine.cloned()).toBe(true);
    expect(older.events).toContainEqual(expect.objectContaining({ type: 'alarm', alarm: 'cloned' }));
    expect(await titles(older, project)).toEqual(['By the older copy', 'Early', 'Late']);
    expect(await titles(phone, project)).toEqual(['Early', 'Late']);
    expect(await older.engine.why(older.engine.home(), [project])).toContainEqual(
      expect.objectContaining({ state: 'draft', reason: 'cloned' }),
    );
    expect(await older.engine.paper()).toMatchObject({ ok: false });
    expect(await older.engine.revoke(phone.engine.device)).toMatchObject({ ok: false });
    await older.engine.goOnAsOnlyCopy();
    await world.run(5_000);
    expect(older.engine.cloned()).toBe(false);
    await older.edit(project, addTask('And on'));
    await world.run(5_000);
    expect(await titles(phone, project)).toEqual(['And on', 'By the older copy', 'Early', 'Late']);
    await same(older, phone, project);
    expect(phone.engine.refusals()).toEqual({ 'rolled-back': 1 });
  });
});
