/** What somebody wrote after being removed: listed, shown as a difference, accepted or dropped, alike on every device (C9, C10, G23, P2). */
import type { QuarantinedSet } from '@leanvibe/core/internal/engine/quarantine-sets';
import type { MemoryPair } from '@leanvibe/core/internal/memory/channel';
import type { DocumentId } from '@leanvibe/protocol/ids';
import { describe, expect, test } from 'vitest';
import { contradictions } from '../help/team-disk.js';
import { createWorld, type Device, type World } from '../help/world.js';

const say = (text: string): { readonly type: string; readonly text: string } => ({ type: 'note.append', text });
const text = async (device: Device, document: DocumentId): Promise<string> =>
  ((await device.view(document, { type: 'note' })) as { readonly text: string }).text;
const sets = (device: Device, all = false): Promise<readonly QuarantinedSet[]> => device.engine.quarantine.list(device.engine.home(), all);
const at = '2026-01-01T00:00:00.000Z';

interface Stage {
  readonly world: World;
  readonly mac: Device;
  readonly desk: Device;
  readonly lost: Device;
  readonly note: DocumentId;
  /** Between Mac and Desk. */
  readonly meeting: MemoryPair;
}

/** Lost writes after Mac revoked it; Desk, which did not know, took it; now Mac and Desk meet. */
async function lateWords(name: string, watch: (desk: Device) => void = () => undefined): Promise<Stage> {
  const world = createWorld(name);
  const [mac, desk, lost] = [await world.device('Mac'), await world.device('Desk'), await world.device('Lost')];
  watch(desk);
  await world.pair(mac, desk);
  await world.pair(mac, lost);
  const note = mac.engine.newDocument();
  await mac.edit(note, say('first line\n'));
  const together = [world.link(mac, desk), world.link(mac, lost), world.link(desk, lost)];
  await world.run();
  for (const pair of together) world.cut(pair);
  expect(await mac.engine.revoke(lost.engine.device)).toEqual({ ok: true, value: null });
  const cable = world.link(desk, lost);
  await world.run();
  await lost.edit(note, say('late line\n'));
  await lost.edit(note, { type: 'task.add', id: 'late-task', title: 'a late task', by: lost.engine.device, at });
  await world.run();
  world.cut(cable);
  const meeting = world.link(mac, desk);
  await world.run(5_000);
  return { world, mac, desk, lost, note, meeting };
}

const sound = async (device: Device): Promise<boolean> =>
  (await device.engine.audit(device.engine.home()))?.documents.every((one) => one.sound && one.wrongVerdicts.length === 0) === true;

describe('quarantine', () => {
  test('C10 P1 P3 no commit takes a verdict back without what follows from it: a crash after any of them shows what others show', async () => {
    const wrong: string[] = [];
    let commits = 0;
    const { desk, note } = await lateWords('one-commit', (device) => {
      const { commit } = device.store;
      Object.assign(device.store, {
        commit: async (batch: Parameters<typeof commit>[0]) => {
          const placed = await commit(batch);
          wrong.push(...(await contradictions(device, device.engine.home())));
          commits++;
          return placed;
        },
      });
    });
    expect(await sets(desk)).toHaveLength(1);
    expect(await text(desk, note)).toBe('first line\n');
    expect(commits).toBeGreaterThan(10);
    expect(wrong).toEqual([]);
  });

  test('C9 P2 what a removed device wrote is listed alike at every device, with its author and reason, and shown as a difference', async () => {
    const { mac, desk, lost, note } = await lateWords('listed');
    for (const device of [mac, desk]) {
      expect(await text(device, note), device.name).toBe('first line\n');
      const [set, ...more] = await sets(device);
      expect(more, device.name).toEqual([]);
      expect(set, device.name).toMatchObject({ document: note, device: lost.engine.device, dropped: [], needs: [] });
      expect(set?.changes.length).toBeGreaterThan(0);
      expect(Object.keys(set?.reasons ?? {})).toEqual(['removed']);
      expect(set?.sinceMs, device.name).not.toBeNull();
      const shown = await device.engine.quarantine.show(device.engine.home(), set?.id ?? '');
      if (!shown.ok) throw new Error(shown.error);
      expect(shown.value.other).toBe(false);
      expect(shown.value.difference.note?.lines).toContainEqual({ mark: '+', text: 'late line' });
      expect(shown.value.difference.note?.lines.some(({ mark }) => mark === '-')).toBe(false);
      expect(shown.value.difference.items).toMatchObject([
        { part: 'task', what: 'added', id: 'late-task', before: null, after: '[ ] a late task' },
      ]);
      expect(await text(device, note), 'a preview changes nothing').toBe('first line\n');
    }
    expect((await sets(mac))[0]?.id).toBe((await sets(desk))[0]?.id);
  });

  test('C9 C10 G23 an accept brings it back at every device, through a restart, and nothing is left to decide', async () => {
    const { world, mac, desk, note } = await lateWords('accepted');
    const [set] = await sets(desk);
    expect(await desk.engine.quarantine.accept(desk.engine.home(), [set?.id ?? ''])).toMatchObject({ ok: true });
    await world.run(5_000);
    for (const device of [mac, desk]) {
      expect(await text(device, note), device.name).toBe('first line\nlate line\n');
      expect(await sets(device, true), device.name).toEqual([]);
      expect(await sound(device), device.name).toBe(true);
    }
    const again = await world.restart(mac);
    expect(await text(again, note)).toBe('first line\nlate line\n');
    expect(await sets(again, true)).toEqual([]);
    await again.edit(note, say('and on\n'));
    world.link(again, desk);
    await world.run(5_000);
    expect(await text(desk, note)).toBe('first line\nlate line\nand on\n');
  });

  test('G23 P2 a drop settles it without a trace, is listed only when asked for, and an accept made beside it wins', async () => {
    const { world, mac, desk, note } = await lateWords('dropped');
    const [set] = await sets(mac);
    const id = set?.id ?? '';
    expect(await mac.engine.quarantine.drop(mac.engine.home(), [id])).toMatchObject({ ok: true, value: { documents: [note] } });
    await world.run(5_000);
    for (const device of [mac, desk]) {
      expect(await sets(device), device.name).toEqual([]);
      expect(await sets(device, true), device.name).toMatchObject([{ id, changes: [], dropped: set?.changes }]);
      expect(await text(device, note), device.name).toBe('first line\n');
    }
    expect(await desk.engine.quarantine.drop(desk.engine.home(), [id])).toMatchObject({ ok: false });
    const shown = await desk.engine.quarantine.show(desk.engine.home(), id);
    expect(shown.ok && shown.value.difference.note?.after).toBe('first line\nlate line\n');
    expect(await desk.engine.quarantine.accept(desk.engine.home(), [id])).toMatchObject({ ok: true });
    await world.run(5_000);
    for (const device of [mac, desk]) {
      expect(await sets(device, true), device.name).toEqual([]);
      expect(await text(device, note), device.name).toBe('first line\nlate line\n');
    }
  });

  test('C9 P1 P8 an accept that arrives before the changes it names takes them as they come', async () => {
    const { world, mac, desk, note } = await lateWords('accept first');
    const [set] = await sets(desk);
    expect(await desk.engine.quarantine.accept(desk.engine.home(), [set?.id ?? ''])).toMatchObject({ ok: true });
    const fresh = await world.device('Fresh');
    await world.pair(mac, fresh);
    world.link(mac, fresh);
    await world.run(10_000);
    expect(await text(fresh, note)).toBe('first line\nlate line\n');
    expect(await sound(fresh)).toBe(true);
  });

  test('G12 C9 the accept of a device that had been removed meanwhile falls, and what it accepted is quarantined again', async () => {
    const { world, mac, desk, note, meeting } = await lateWords('struck accept');
    const third = await world.device('Third');
    await world.pair(mac, third);
    const cable = world.link(mac, third);
    await world.run(5_000);
    world.cut(cable);
    world.cut(meeting);
    await world.run();
    // Third accepts and only Desk hears of it, while Mac revokes Third.
    const [set] = await sets(third);
    expect(await third.engine.quarantine.accept(third.engine.home(), [set?.id ?? ''])).toMatchObject({ ok: true });
    const told = world.link(desk, third);
    await world.run(5_000);
    for (const device of [third, desk]) expect(await text(device, note), device.name).toBe('first line\nlate line\n');
    world.cut(told);
    expect((await mac.engine.revoke(third.engine.device)).ok).toBe(true);
    world.link(mac, desk);
    await world.run(10_000);
    for (const device of [mac, desk]) {
      expect(await text(device, note), device.name).toBe('first line\n');
      expect(await sets(device), device.name).toMatchObject([{ id: set?.id, changes: set?.changes }]);
      expect(await sound(device), device.name).toBe(true);
    }
  });

  test('C9 G23 why tells what stands aside until it is settled, and whose it is', async () => {
    const { world, mac, lost, note } = await lateWords('why');
    const home = mac.engine.home();
    expect(await mac.engine.why(home, [note])).toMatchObject([
      { document: note, state: 'quarantined', reason: 'removed', devices: [lost.engine.device] },
    ]);
    const [set] = await sets(mac);
    expect((await mac.engine.quarantine.drop(home, [set?.id ?? ''])).ok).toBe(true);
    await world.run();
    expect(await mac.engine.why(home, [note])).toMatchObject([{ document: note, state: 'in-step', reason: '' }]);
  });

  test('G23 a wrong name, an unknown space and a removed device are refused, and nothing changes', async () => {
    const { mac, lost } = await lateWords('refused');
    const home = mac.engine.home();
    const links = (await mac.engine.storage()).entries;
    expect(await mac.engine.quarantine.accept(home, [])).toMatchObject({ ok: false });
    expect(await mac.engine.quarantine.accept(home, ['00'])).toMatchObject({ ok: false });
    const [set] = await sets(mac);
    expect(await mac.engine.quarantine.drop(home, [set?.id ?? '', 'f'.repeat(64)])).toMatchObject({ ok: false });
    expect(await mac.engine.quarantine.accept('0'.repeat(64) as never, [set?.id ?? ''])).toMatchObject({ ok: false });
    expect(await mac.engine.quarantine.show(home, 'x')).toMatchObject({ ok: false });
    expect(mac.engine.quarantine.hindered(home)).toBeNull();
    expect((await mac.engine.storage()).entries).toBe(links);
    expect(lost.engine.quarantine.hindered('0'.repeat(64) as never)).toContain('not in that space');
  });
});
