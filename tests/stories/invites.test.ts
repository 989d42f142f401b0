/** Stories of invites: asked, waited for, let in, turned away, come back. */
import { describe, expect, test } from 'vitest';
import { createWorld, type Device, type World } from '../help/world.js';
import type { InviteOptions, InviteView } from '@leanvibe/core/internal/engine/team-api';
import type { SpaceId } from '@leanvibe/protocol/ids';

const say = (text: string): { readonly type: string; readonly text: string } => ({ type: 'note.append', text });

interface Stage {
  readonly world: World;
  readonly ana: Device;
  readonly bob: Device;
  readonly space: SpaceId;
}

async function stage(seed: string): Promise<Stage> {
  const world = createWorld(seed);
  const [ana, bob] = [await world.device('Ana'), await world.device('Bob')];
  return { world, ana, bob, space: await world.space(ana) };
}

async function invited({ ana, space }: Stage, options: Partial<InviteOptions> = {}): Promise<InviteView> {
  const invite = await ana.engine.invites.create({ space, role: 'editor', ...options });
  if (!invite.ok) throw new Error(invite.error);
  return invite.value;
}

describe('invites', () => {
  test('C42 a guest asks, waits, is let in, and both write', async () => {
    const at = await stage('in');
    const { world, ana, bob, space } = at;
    const note = ana.engine.newDocument();
    await ana.edit(note, say('ana. '), 'yjs', space);
    const invite = await invited(at);
    expect(invite).toMatchObject({ role: 'editor', uses: 1, used: 0, approval: 'ask', state: 'open' });
    const { events } = world.knock(ana, bob, invite);
    await world.run();
    expect(events).toEqual([
      { type: 'asked', space, role: 'editor' },
      { type: 'waiting', connected: true },
    ]);
    const [request] = ana.engine.invites.pending();
    expect(request).toMatchObject({ personName: 'Bob', device: bob.engine.device, person: bob.engine.person(), role: 'editor', space });
    expect(ana.events).toContainEqual({ type: 'request', space, request: request?.id, state: 'waiting' });
    expect(await ana.engine.invites.approve(request?.id ?? '')).toEqual({ ok: true, value: null });
    await world.run();
    expect(events.at(-1)).toEqual({ type: 'joined', space });
    expect(ana.engine.invites.pending()).toEqual([]);
    expect(ana.engine.invites.list()).toMatchObject([{ used: 1, state: 'used' }]);
    world.link(ana, bob);
    await world.run();
    await bob.edit(note, say('bob. '), 'yjs', space);
    await world.run();
    for (const one of [ana, bob]) expect(await one.view(note, { type: 'note' }, 'yjs', space)).toMatchObject({ text: 'ana. bob. ' });
    expect(bob.engine.spaces().find((one) => one.space === space)).toMatchObject({ standing: 'live', myRole: 'editor', home: false });
    expect(ana.engine.refusals()).toEqual({});
    expect(bob.engine.refusals()).toEqual({});
  });

  test('C42 P3 a request survives both programs; the same knock asks again, is idempotent, and is let in later', async () => {
    const at = await stage('later');
    const { world, bob, space } = at;
    const invite = await invited(at);
    const first = world.knock(at.ana, bob, invite);
    await world.run();
    world.cut(first.pair);
    await world.run();
    expect(first.events.at(-1)).toEqual({ type: 'waiting', connected: false });
    const ana = await world.restart(at.ana);
    const [request] = ana.engine.invites.pending();
    const second = world.knock(ana, bob, invite);
    await world.run();
    expect(ana.engine.invites.pending()).toEqual([request]);
    world.cut(second.pair);
    expect(await ana.engine.invites.approve(request?.id ?? '')).toEqual({ ok: true, value: null });
    await world.run();
    const again = await world.restart(bob);
    const third = world.knock(ana, again, invite);
    await world.run();
    expect(third.events.at(-1)).toEqual({ type: 'joined', space });
    expect(ana.engine.invites.list()).toMatchObject([{ used: 1 }]);
  });

  test('C42 W27 bad knocks are refused with a word each and nothing is kept', async () => {
    const at = await stage('bad');
    const { world, ana, bob } = at;
    const invite = await invited(at);
    const last = async (change: Partial<InviteView>, guest = bob): Promise<unknown> => {
      const { events } = world.knock(ana, guest, { ...invite, ...change });
      await world.run();
      return events.at(-1);
    };
    expect(await last({ secret: '00'.repeat(16) })).toMatchObject({ type: 'failed', code: 'invite-proof' });
    expect(await last({ id: '00'.repeat(16) })).toMatchObject({ type: 'failed', code: 'invite-proof' });
    expect(await last({ id: 'nonsense' })).toMatchObject({ type: 'failed', code: 'not-now' });
    expect(ana.engine.invites.pending()).toEqual([]);
    const brief = await invited(at, { expiresInMs: 1_000 });
    await world.run(2_000);
    expect(await last(brief)).toMatchObject({ type: 'failed', code: 'invite-expired' });
    const back = await invited(at);
    expect(await ana.engine.invites.revoke(back.id)).toEqual({ ok: true, value: null });
    expect(await last(back)).toMatchObject({ type: 'failed', code: 'invite-over' });
    const open = await invited(at, { uses: 2, approval: 'auto' });
    expect(await last(open)).toMatchObject({ type: 'joined' });
    // Before its links came, the guest may ask again and is told the same.
    expect(await last(open)).toMatchObject({ type: 'joined' });
    world.link(ana, bob);
    await world.run();
    expect(await last(open)).toMatchObject({ type: 'failed', code: 'not-now' });
    expect(ana.engine.invites.list().find((one) => one.id === open.id)).toMatchObject({ used: 1, state: 'open' });
    for (const options of [{ uses: 0 }, { uses: 1.5 }, { expiresInMs: 0 }, { expiresInMs: Number.NaN }])
      expect(await ana.engine.invites.create({ space: at.space, role: 'viewer', ...options }), JSON.stringify(options)).toMatchObject({
        ok: false,
      });
    expect(await ana.engine.invites.create({ space: ana.engine.home(), role: 'viewer' })).toMatchObject({ ok: false });
    expect(await bob.engine.invites.create({ space: at.space, role: 'viewer' })).toMatchObject({ ok: false });
    expect(ana.engine.refusals()).toMatchObject({ 'invite-proof': 2, 'invite-expired': 1, 'invite-over': 1 });
  });

  test('C42 a second use of a one-use invite is refused and raises an alarm; a guest turned away stays so', async () => {
    const at = await stage('twice');
    const { world, ana, bob, space } = at;
    const [carol, dave] = [await world.device('Carol'), await world.device('Dave')];
    const invite = await invited(at);
    const [one, two] = [world.knock(ana, bob, invite), world.knock(ana, carol, invite)];
    await world.run();
    const [first, second] = ana.engine.invites.pending();
    expect(await ana.engine.invites.approve(first?.id ?? '')).toEqual({ ok: true, value: null });
    expect(await ana.engine.invites.approve(second?.id ?? '')).toMatchObject({ ok: false, error: expect.stringContaining('used up') });
    expect(await ana.engine.invites.deny(second?.id ?? '')).toEqual({ ok: true, value: null });
    await world.run();
    expect(one.events.at(-1)).toEqual({ type: 'joined', space });
    expect(two.events.at(-1)).toMatchObject({ type: 'denied' });
    const again = world.knock(ana, carol, invite);
    const late = world.knock(ana, dave, invite);
    await world.run();
    expect(again.events.at(-1)).toMatchObject({ type: 'denied' });
    expect(late.events.at(-1)).toMatchObject({ type: 'failed', code: 'invite-used' });
    expect(ana.events).toContainEqual({ type: 'alarm', alarm: 'invite-used', space, device: dave.engine.device });
  });

  test('C42 G8 nobody gives more than the invite or they themselves may give, and whose own right went admits nobody', async () => {
    const at = await stage('cap');
    const { world, ana, bob, space } = at;
    const carol = await world.device('Carol');
    const dave = await world.device('Dave');
    await world.invite(ana, bob, space, 'admin');
    world.link(ana, bob);
    await world.run();
    expect(await bob.engine.invites.create({ space, role: 'owner' })).toEqual({
      ok: false,
      error: 'only an owner can make somebody an owner',
    });
    const invite = await bob.engine.invites.create({ space, role: 'admin', uses: 2 });
    if (!invite.ok) throw new Error(invite.error);
    world.knock(bob, carol, invite.value);
    await world.run();
    const [request] = bob.engine.invites.pending();
    expect(await bob.engine.invites.approve(request?.id ?? '', 'owner')).toMatchObject({
      ok: false,
      error: expect.stringContaining('at most'),
    });
    expect(await ana.engine.teams.setRole(space, bob.engine.person(), 'editor')).toEqual({ ok: true, value: null });
    await world.run();
    expect(await bob.engine.invites.approve(request?.id ?? '')).toEqual({ ok: false, error: 'only an admin or an owner can add people' });
    expect(bob.engine.invites.list()).toMatchObject([{ used: 0 }]);
    const late = world.knock(bob, dave, invite.value);
    await world.run();
    expect(late.events.at(-1)).toMatchObject({ type: 'failed', code: 'invite-over' });
  });

  test('C42 C44 a guest or host that is a copy joins and admits nobody', async () => {
    const at = await stage('copy');
    const { world, ana, space } = at;
    const invite = await invited(at);
    const image = at.bob.store.image();
    const note = at.bob.engine.newDocument();
    await world.space(at.bob);
    await at.bob.edit(note, say('mine'));
    const phone = await world.device('Phone');
    await world.pair(at.bob, phone);
    world.link(at.bob, phone);
    await world.run();
    const older = await world.putBack(at.bob, image);
    world.link(older, phone);
    await world.run();
    expect(older.engine.cloned()).toBe(true);
    const { events } = world.knock(ana, older, invite);
    await world.run();
    expect(events).toEqual([{ type: 'failed', code: 'not-now', message: expect.stringContaining('copy') }]);
    expect(await older.engine.teams.leave(space)).toMatchObject({ ok: false });
    expect(await older.engine.teams.createSpace()).toMatchObject({ ok: false, error: expect.stringContaining('copy') });
  });

  test('C42 C4 a person removed is invited again and is live again', async () => {
    const at = await stage('re-invite');
    const { world, ana, bob, space } = at;
    await world.invite(ana, bob, space, 'editor');
    const cable = world.link(ana, bob);
    await world.run();
    expect(await ana.engine.teams.kick(space, bob.engine.person())).toEqual({ ok: true, value: null });
    await world.run();
    expect(bob.engine.spaces().find((one) => one.space === space)?.standing).toBe('removed');
    world.cut(cable);
    await world.run();
    const old = ana.engine.invites.list()[0];
    const spent = world.knock(ana, bob, old ?? { id: '', secret: '' });
    await world.run();
    expect(spent.events.at(-1)).toMatchObject({ type: 'failed', code: 'invite-used' });
    expect((await world.invite(ana, bob, space, 'viewer')).at(-1)).toEqual({ type: 'joined', space });
    world.link(ana, bob);
    await world.run(5_000);
    expect(bob.engine.spaces().find((one) => one.space === space)).toMatchObject({ standing: 'live', myRole: 'viewer' });
    expect(await bob.engine.edit(space, bob.engine.newDocument(), 'yjs', say('no'))).toMatchObject({
      ok: false,
      error: { code: 'not-editor' },
    });
  });
});
