/** Stories of four people in one space: what each role may do, who goes and comes back, and what becomes of the words of those who went. */
import { describe, expect, test } from 'vitest';
import type { SpaceView } from '@leanvibe/core/internal/engine/api';
import type { DocumentId, SpaceId } from '@leanvibe/protocol/ids';
import type { Role } from '@leanvibe/protocol/link';
import type { MemoryPair } from '@leanvibe/core/internal/memory/channel';
import { createWorld, type Device, type World } from '../help/world.js';

const say = (text: string): { readonly type: string; readonly text: string } => ({ type: 'note.append', text });
const viewOf = (device: Device, space: SpaceId): SpaceView | undefined => device.engine.spaces().find((one) => one.space === space);
const done = { ok: true, value: null };

interface Play {
  readonly world: World;
  readonly space: SpaceId;
  readonly note: DocumentId;
  readonly ana: Device;
  readonly bob: Device;
  readonly carol: Device;
  readonly dave: Device;
  readonly all: readonly Device[];
}

/** Ana owns the space; the others come with these roles and have synced once. */
async function play(seed: string, roles: { readonly bob: Role; readonly carol: Role; readonly dave: Role }): Promise<Play> {
  const world = createWorld(seed);
  const ana = await world.device('Ana');
  const space = await world.space(ana);
  const note = ana.engine.newDocument();
  await ana.edit(note, say('ana. '), 'yjs', space);
  const others: Device[] = [];
  for (const name of ['Bob', 'Carol', 'Dave']) others.push(await world.device(name));
  const [bob, carol, dave] = others as [Device, Device, Device];
  await world.invite(ana, bob, space, roles.bob);
  await world.invite(ana, carol, space, roles.carol);
  await world.invite(ana, dave, space, roles.dave);
  const at: Play = { world, space, note, ana, bob, carol, dave, all: [ana, bob, carol, dave] };
  await together(at);
  return at;
}

/** Everybody meets everybody, and parts again. */
async function together({ world, all }: Play, ms = 10_000): Promise<void> {
  const cables: MemoryPair[] = [];
  for (const [at, one] of all.entries()) for (const other of all.slice(at + 1)) cables.push(world.link(one, other));
  await world.run(ms);
  for (const cable of cables) world.cut(cable);
  await world.run();
}

const text = async (device: Device, { note, space }: Play): Promise<string> =>
  ((await device.view(note, { type: 'note' }, 'yjs', space)) as { readonly text: string }).text;

/** The changes of others that are set aside, at one device. */
const aside = async (device: Device, { note, space }: Play): Promise<readonly (readonly [string, number])[]> =>
  (await device.engine.why(space, [note])).filter((row) => row.state === 'quarantined').map((row) => [row.reason, row.count] as const);

async function alike(at: Play, devices: readonly Device[]): Promise<void> {
  const [first, ...others] = devices as [Device, ...Device[]];
  const state = await first.engine.canonical(at.space, at.note);
  for (const one of others) {
    expect(await one.engine.canonical(at.space, at.note), one.name).toEqual(state);
    expect(await aside(one, at), one.name).toEqual(await aside(first, at));
  }
}

describe('four people', () => {
  test('C2 G8 G10 what an owner, an admin, an editor and a viewer may do', async () => {
    const at = await play('powers', { bob: 'admin', carol: 'editor', dave: 'viewer' });
    const { space, ana, bob, carol, dave } = at;
    const [a, b, c, d] = at.all.map((one) => one.engine.person());
    for (const one of at.all) expect(viewOf(one, space)?.persons, one.name).toHaveLength(4);
    for (const one of [ana, bob, carol]) await one.edit(at.note, say(`${one.name} again. `), 'yjs', space);
    expect(await dave.engine.edit(space, at.note, 'yjs', say('no'))).toMatchObject({ ok: false, error: { code: 'not-editor' } });
    for (const one of [carol, dave]) {
      expect(await one.engine.teams.kick(space, b as never)).toEqual({ ok: false, error: 'only an admin or an owner can remove people' });
      expect(await one.engine.teams.setRole(space, a as never, 'viewer')).toMatchObject({ ok: false });
      expect(await one.engine.invites.create({ space, role: 'viewer' })).toEqual({
        ok: false,
        error: 'only an admin or an owner can add people',
      });
    }
    expect(await carol.engine.teams.setRole(space, d as never, 'editor')).toEqual({
      ok: false,
      error: 'only an admin or an owner can change roles',
    });
    expect(await bob.engine.teams.setRole(space, c as never, 'owner')).toEqual({
      ok: false,
      error: 'only an owner can make somebody an owner',
    });
    expect(await bob.engine.teams.kick(space, a as never)).toEqual({ ok: false, error: 'only an owner can remove an owner' });
    expect(await bob.engine.revoke(ana.engine.device)).toEqual({ ok: false, error: 'this device may not revoke that one' });
    expect(await bob.engine.teams.setRole(space, d as never, 'editor')).toEqual(done);
    await together(at);
    expect(await ana.engine.teams.setRole(space, b as never, 'editor')).toEqual(done);
    await together(at);
    await dave.edit(at.note, say('dave writes. '), 'yjs', space);
    await together(at);
    await alike(at, at.all);
    for (const one of at.all) expect(await text(one, at), one.name).toContain('dave writes. ');
    for (const one of at.all) {
      expect(one.engine.refusals(), one.name).toEqual({});
      expect(viewOf(one, space), one.name).toMatchObject({ debts: [], readOnly: false });
    }
  });

  test('C2 C12 ownership goes to Bob; Ana steps down, leaves, and her debt is healed by whoever meets first, without an edit', async () => {
    const at = await play('transfer', { bob: 'editor', carol: 'editor', dave: 'viewer' });
    const { space, ana, bob, world } = at;
    expect(await ana.engine.teams.setRole(space, bob.engine.person(), 'owner')).toEqual(done);
    expect(await ana.engine.teams.leave(space)).toEqual(done);
    expect(viewOf(ana, space)).toMatchObject({ standing: 'removed', myRole: null });
    expect(await text(ana, at)).toBe('ana. ');
    expect(viewOf(ana, space)?.debts).toMatchObject([{ person: ana.engine.person(), reason: 'removed', documents: 1 }]);
    const cable = world.link(ana, bob);
    await world.run();
    expect(viewOf(bob, space)).toMatchObject({ myRole: 'owner' });
    world.cut(cable);
    await together(at);
    for (const one of [bob, at.carol, at.dave]) {
      expect(viewOf(one, space), one.name).toMatchObject({ debts: [], rotationOwed: [] });
      expect(viewOf(one, space)?.persons).toHaveLength(3);
    }
    await bob.edit(at.note, say('bob. '), 'yjs', space);
    await together(at);
    await alike(at, [bob, at.carol, at.dave]);
    expect(await text(ana, at)).toBe('ana. ');
  });

  test('P10 C4 C9 two owners remove each other apart: both are out, everywhere alike, and with no owner left nothing can be written', async () => {
    const at = await play('mutual', { bob: 'owner', carol: 'admin', dave: 'viewer' });
    const { space, ana, bob, carol, dave } = at;
    expect(await ana.engine.teams.kick(space, bob.engine.person())).toEqual(done);
    expect(await bob.engine.teams.kick(space, ana.engine.person())).toEqual(done);
    // Each removal is heard by somebody before the other is.
    const heard = [at.world.link(ana, carol), at.world.link(bob, dave)];
    await at.world.run(5_000);
    for (const cable of heard) at.world.cut(cable);
    await at.world.run();
    expect(viewOf(carol, space)?.persons.map(({ person }) => person)).not.toContain(bob.engine.person());
    expect(viewOf(dave, space)?.persons.map(({ person }) => person)).not.toContain(ana.engine.person());
    await together(at, 20_000);
    for (const one of [carol, dave]) {
      expect(viewOf(one, space), one.name).toMatchObject({ standing: 'live', readOnly: true });
      expect(viewOf(one, space)?.persons, one.name).toHaveLength(2);
    }
    for (const one of [ana, bob]) expect(viewOf(one, space)?.standing, one.name).toBe('removed');
    expect(await carol.engine.edit(space, at.note, 'yjs', say('no'))).toMatchObject({ ok: false });
    expect(await carol.engine.teams.kick(space, dave.engine.person())).toMatchObject({
      ok: false,
      error: expect.stringContaining('no owner'),
    });
    expect(await text(carol, at)).toBe('ana. ');
    await alike(at, [carol, dave]);
  });

  test('C5 C9 P2 a removed editor wrote on: what others typed after stays with it, what nobody saw is set aside alike everywhere', async () => {
    const at = await play('adopted', { bob: 'editor', carol: 'editor', dave: 'editor' });
    const { world, space, ana, bob, carol, dave, note } = at;
    expect(await ana.engine.teams.kick(space, bob.engine.person())).toEqual(done);
    // Bob and Carol know nothing of it; Carol types on top of Bob's words.
    let cable = world.link(bob, carol);
    await world.run();
    await bob.edit(note, say('bob before. '), 'yjs', space);
    await world.run();
    await carol.edit(note, say('carol after. '), 'yjs', space);
    await world.run();
    world.cut(cable);
    await world.run();
    cable = world.link(bob, dave);
    await world.run();
    await bob.edit(note, say('bob late. '), 'yjs', space);
    await world.run();
    expect(await text(dave, at)).toContain('bob late. ');
    world.cut(cable);
    await world.run();
    // Bob is never seen again: his words travel between the others alone.
    const others = { ...at, all: [ana, carol, dave] };
    await together(others, 20_000);
    await alike(at, [ana, carol, dave]);
    for (const one of [ana, carol, dave]) {
      expect(await text(one, at), one.name).toContain('bob before. ');
      expect(await text(one, at), one.name).toContain('carol after. ');
      expect(await text(one, at), one.name).not.toContain('bob late. ');
      expect(await aside(one, at), one.name).toEqual([['removed', 1]]);
    }
    await together(at, 20_000);
    expect(viewOf(bob, space)?.standing).toBe('removed');
    expect(await text(bob, at)).toContain('bob late. ');
    await alike(at, [ana, carol, dave]);
  });

  test('C2 C4 C42 Bob is removed and invited again: his new words count, his old late ones stay set aside', async () => {
    const at = await play('back', { bob: 'editor', carol: 'editor', dave: 'viewer' });
    const { world, space, ana, bob, note } = at;
    expect(await ana.engine.teams.kick(space, bob.engine.person())).toEqual(done);
    await bob.edit(note, say('bob unaware. '), 'yjs', space);
    await together(at);
    expect(viewOf(bob, space)?.standing).toBe('removed');
    await world.invite(ana, bob, space, 'editor');
    await together(at, 20_000);
    expect(viewOf(bob, space)).toMatchObject({ standing: 'live', myRole: 'editor' });
    const fresh = bob.engine.newDocument();
    await bob.edit(fresh, say('bob is back. '), 'yjs', space);
    await together(at, 20_000);
    for (const one of at.all)
      expect(await one.view(fresh, { type: 'note' }, 'yjs', space), one.name).toMatchObject({ text: 'bob is back. ' });
    await alike(at, [ana, at.carol, at.dave]);
  });

  test('P8 P10 everybody is offline for a month and writes, changes roles and keys; one meeting settles it', async () => {
    const at = await play('month', { bob: 'owner', carol: 'editor', dave: 'editor' });
    const { world, space, ana, bob, carol, dave, note } = at;
    for (const one of at.all) await one.edit(note, say(`${one.name} apart. `), 'yjs', space);
    expect(await ana.engine.teams.setRole(space, dave.engine.person(), 'viewer')).toEqual(done);
    expect(await bob.engine.teams.setRole(space, carol.engine.person(), 'admin')).toEqual(done);
    await world.run(30 * 24 * 60 * 60_000);
    for (const one of at.all) if (one !== dave) await one.edit(note, say(`${one.name} later. `), 'yjs', space);
    await together(at, 30_000);
    await together(at, 30_000);
    await alike(at, [ana, bob, carol]);
    for (const one of [ana, bob, carol, dave]) {
      for (const part of ['Ana apart. ', 'Bob apart. ', 'Carol apart. ', 'Ana later. ', 'Bob later. ', 'Carol later. '])
        expect(await text(one, at), one.name).toContain(part);
      expect(viewOf(one, space), one.name).toMatchObject({ standing: 'live', debts: [] });
    }
    expect(viewOf(ana, space)?.persons.find((one) => one.person === carol.engine.person())?.role).toBe('admin');
    // Dave was demoted before anybody had seen his words: they are set aside, alike everywhere, and lost nowhere.
    for (const one of at.all) expect(await aside(one, at), one.name).toEqual([['removed', 1]]);
    await alike(at, at.all);
  });
});
