/** Documents that stay small: months of edits, a checkpoint, another person's word, pruning, and somebody who joins afterwards. */
import type { DocumentId } from '@leanvibe/protocol/ids';
import { describe, expect, test } from 'vitest';
import { createWorld, type Device, type World } from '../help/world.js';

const canonical = async (device: Device, document: DocumentId): Promise<string> =>
  Buffer.from((await device.engine.canonical(device.engine.home(), document)) ?? []).toString('hex');

const sound = async (device: Device): Promise<boolean> =>
  (await device.engine.audit(device.engine.home()))?.documents.every((one) => one.sound && one.wrongVerdicts.length === 0) ?? false;

/** Rows of the home space whose bytes are still on this disk, and those pruned. */
async function held(device: Device): Promise<{ readonly whole: number; readonly pruned: number; readonly bytes: number }> {
  const rows = (
    await Promise.all(([0, 1, 2] as const).map((lane) => device.store.rows(device.engine.home(), lane, 0, { rows: 1e6, bytes: 1e9 })))
  ).flat();
  const whole = rows.filter((row) => row.sealed !== null);
  return { whole: whole.length, pruned: rows.length - whole.length, bytes: whole.reduce((sum, row) => sum + (row.sealed?.length ?? 0), 0) };
}

/** Each device writes by turns, until the changes are worth a checkpoint. */
async function months(world: World, devices: readonly Device[], document: DocumentId, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (const device of devices) {
      await device.edit(document, { type: 'note.append', text: `${device.name} ${round} ${'x'.repeat(400)}\n` });
      await world.run(300);
    }
  }
}

describe('checkpoints', () => {
  test('C35 C36 C37 K3 two devices agree, both prune, and a newcomer is sent the checkpoint and the tail only', async () => {
    const world = createWorld('checkpoints');
    const [ana, bob] = [await world.device('ana'), await world.device('bob')];
    await world.pair(ana, bob);
    const note = ana.engine.newDocument();
    world.link(ana, bob);
    await world.run();
    await months(world, [ana, bob], note, 90);
    await world.run(10 * 60_000);
    for (const one of [ana, bob]) {
      const { pruned } = await held(one);
      expect(pruned, one.name).toBeGreaterThan(100);
      expect(await sound(one), one.name).toBe(true);
    }
    expect(await canonical(ana, note)).toBe(await canonical(bob, note));
    await months(world, [bob, ana], note, 2);
    expect(await canonical(ana, note)).toBe(await canonical(bob, note));

    const cyd = await world.device('cyd');
    await world.pair(ana, cyd);
    world.link(ana, cyd);
    await world.run(60_000);
    expect(await canonical(cyd, note)).toBe(await canonical(ana, note));
    expect(await sound(cyd)).toBe(true);
    expect((await held(cyd)).whole).toBeLessThan(60);
    await cyd.edit(note, { type: 'note.append', text: 'and cyd' });
    await world.run();
    for (const one of [ana, bob]) expect(await canonical(one, note)).toBe(await canonical(cyd, note));
  });

  const DAY = 24 * 60 * 60_000;
  /** One edit that is worth a checkpoint; both hold it, and part before either has written one. */
  async function parted(world: World, ana: Device, bob: Device): Promise<DocumentId> {
    const note = ana.engine.newDocument();
    const cable = world.link(ana, bob);
    await world.run();
    await bob.edit(note, { type: 'note.append', text: 'bob ' });
    await ana.edit(note, { type: 'note.append', text: 'x'.repeat(80_000) });
    await world.run(400);
    world.cut(cable);
    await world.run(400);
    expect(await canonical(bob, note)).toBe(await canonical(ana, note));
    return note;
  }
  const reasons = async (device: Device, document: DocumentId): Promise<readonly string[]> =>
    (await device.engine.why(device.engine.home(), [document])).map(({ state, reason }) => `${state} ${reason}`.trim());

  test('K7 what one device numbered and nobody else has is never dropped on its own word: a month later others still get it', async () => {
    const world = createWorld('alone');
    const [ana, bob] = [await world.device('ana'), await world.device('bob')];
    await world.pair(ana, bob);
    const note = ana.engine.newDocument();
    const cable = world.link(ana, bob);
    await ana.edit(note, { type: 'note.append', text: 'before ' });
    await world.run();
    world.cut(cable);
    // Numbered on the way out, and fetched by nobody.
    await ana.edit(note, { type: 'note.append', text: 'x'.repeat(80_000) });
    await world.run(30 * DAY);
    expect((await held(ana)).pruned).toBe(0);
    await bob.edit(note, { type: 'note.append', text: 'meanwhile' });
    world.link(ana, bob);
    await world.run(10 * 60_000);
    expect(await canonical(bob, note)).toBe(await canonical(ana, note));
    for (const one of [ana, bob]) {
      expect(await reasons(one, note), one.name).toEqual(['in-step']);
      expect((await held(one)).pruned, one.name).toBeGreaterThan(0);
      expect(await sound(one), one.name).toBe(true);
    }
  });

  test('K6 a newcomer shows a checkpoint nobody attested as unverified, keeps what it types as drafts, and believes it once the changes come', async () => {
    const world = createWorld('unverified');
    const [ana, bob, dan] = [await world.device('ana'), await world.device('bob'), await world.device('dan')];
    let cyd = await world.device('cyd');
    for (const one of [bob, cyd, dan]) await world.pair(ana, one);
    const note = await parted(world, ana, bob);
    await world.run(10 * 60_000);
    // Cut off after the lane in which checkpoints are: the changes come after it.
    const rows = await ana.store.rows(ana.engine.home(), 1, 0, { rows: 1e6, bytes: 1e9 });
    const entries = rows.flatMap(({ entryId, sealed }) =>
      sealed === null ? [] : [{ space: ana.engine.home(), lane: 1 as const, entryId, sealed, from: ana.engine.device }],
    );
    await cyd.store.commit({ entries });
    cyd = await world.restart(cyd);
    world.link(cyd, dan);
    await world.run(2 * 60_000);
    expect(await canonical(cyd, note)).toBe(await canonical(ana, note));
    expect(await reasons(cyd, note)).toEqual(['unverified not-attested']);
    await cyd.edit(note, { type: 'note.append', text: 'typed on trust' });
    await world.run(60_000);
    expect(await reasons(cyd, note)).toContain('draft not-offered-yet');

    world.link(bob, cyd);
    world.link(bob, ana);
    await world.run(10 * 60_000);
    for (const one of [ana, bob, cyd]) expect(await reasons(one, note), one.name).toEqual(['in-step']);
    const text = ((await bob.view(note, { type: 'note' })) as { readonly text: string }).text;
    expect(text.endsWith('typed on trust')).toBe(true);
    for (const one of [ana, bob, cyd]) {
      expect(await canonical(one, note), one.name).toBe(await canonical(bob, note));
      expect(await sound(one), one.name).toBe(true);
    }
  });

  test('C27 C36 a quiet second session moves nothing, though only one side has pruned', async () => {
    const world = createWorld('quiet');
    const [ana, bob] = [await world.device('ana'), await world.device('bob')];
    await world.pair(ana, bob);
    const note = await parted(world, ana, bob);
    await world.run(60_000);
    // Only the one whose turn it was has written; put the other's clock-bound turn out of the way by stopping it.
    const heads = async (device: Device): Promise<readonly number[]> =>
      Promise.all(([0, 1, 2] as const).map(async (lane) => (await device.store.head(device.engine.home(), lane)).position));
    let cable = world.link(ana, bob);
    await world.run(5 * 60_000);
    expect([(await held(ana)).pruned > 0, (await held(bob)).pruned > 0]).toEqual([true, true]);
    const before = [await heads(ana), await heads(bob), await held(ana), await held(bob)];
    world.cut(cable);
    cable = world.link(ana, bob);
    await world.run(60_000);
    expect([await heads(ana), await heads(bob), await held(ana), await held(bob)]).toEqual(before);
    const again = [await world.restart(ana), await world.restart(bob)] as const;
    world.link(...again);
    await world.run(60_000);
    expect([await heads(again[0]), await heads(again[1]), await held(again[0]), await held(again[1])]).toEqual(before);
    expect(await canonical(again[0], note)).toBe(await canonical(again[1], note));
  });
});
