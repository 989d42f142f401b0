/** What the engine of teams refuses, in which words, and that nothing has changed then. */
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import { createIdentity, type Identity } from '@leanvibe/core/internal/engine/identity';
import { signConsent } from '@leanvibe/core/internal/group/consent';
import type { ConsentedCard, Role } from '@leanvibe/protocol/link';
import { makeId, type PersonId, type SpaceId } from '@leanvibe/protocol/ids';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../help/random.js';
import { createWorld, type Device } from '../../../help/world.js';

const crypto = nativeCrypto();

interface Ghost {
  readonly person: PersonId;
  readonly identity: Identity;
  consent(space: SpaceId): ConsentedCard;
}

/** Somebody who agreed to join and never connects. */
function ghost(name: string, kind = 0): Ghost {
  const random = createRandom(`ghost ${name}`);
  const identity = createIdentity(crypto, random.bytes(32), random.bytes(32), kind);
  const person = makeId<PersonId>(random.bytes(32));
  return { person, identity, consent: (space) => signConsent(crypto, identity.signing, identity.card, space, person) };
}

async function founded(seed: string): Promise<{ readonly mac: Device; readonly space: SpaceId }> {
  const mac = await createWorld(seed).device('Mac');
  const made = await mac.engine.teams.createSpace();
  if (!made.ok) throw new Error(made.error);
  return { mac, space: made.value };
}

const viewOf = (mac: Device, space: SpaceId): ReturnType<Device['engine']['spaces']>[number] | undefined =>
  mac.engine.spaces().find((one) => one.space === space);

async function add(mac: Device, space: SpaceId, who: Ghost, role: Role): Promise<void> {
  expect(await mac.engine.teams.admit(space, who.person, role, [who.consent(space)])).toEqual({ ok: true, value: null });
}

describe('teams', () => {
  test('C2 a space made here has this person as its sole owner', async () => {
    const { mac, space } = await founded('sole');
    expect(viewOf(mac, space)).toMatchObject({
      home: false,
      standing: 'live',
      myRole: 'owner',
      readOnly: false,
      debts: [],
      persons: [{ person: mac.engine.person(), role: 'owner', self: true, devices: [mac.engine.device] }],
    });
  });

  test('C2 G8 G9 people are admitted once, with consent, and never into somebody’s own devices', async () => {
    const { mac, space } = await founded('admit');
    const { teams } = mac.engine;
    const ana = ghost('Ana');
    const before = await mac.store.ids(space, 1);
    const refusals: readonly [SpaceId, PersonId, readonly ConsentedCard[], RegExp][] = [
      [mac.engine.home(), ana.person, [ana.consent(mac.engine.home())], /one person's own devices/],
      [space, ana.person, [], /no device of that person/],
      [space, ana.person, [ana.consent(mac.engine.home())], /has not agreed/],
      [space, ghost('Bob').person, [ana.consent(space)], /has not agreed/],
      [space, ana.person, [ana.consent(space), ana.consent(space)], /with one device/],
      [space, ana.person, [ghost('Ana', 3).consent(space)], /recovery keys/],
      [space, mac.engine.person(), [ana.consent(space)], /in this space already/],
      [makeId<SpaceId>(new Uint8Array(32)), ana.person, [ana.consent(space)], /not in that space/],
    ];
    for (const [where, person, devices, words] of refusals) {
      const answer = await teams.admit(where, person, 'editor', devices);
      expect(answer.ok ? 'admitted' : answer.error).toMatch(words);
    }
    expect(await mac.store.ids(space, 1)).toEqual(before);
    await add(mac, space, ana, 'editor');
    const again = await teams.admit(space, ana.person, 'viewer', [ana.consent(space)]);
    expect(again).toEqual({ ok: false, error: 'that person is in this space already' });
    expect(viewOf(mac, space)?.persons).toHaveLength(2);
  });

  test('C2 C12 the last owner neither steps down nor leaves; with a second one both can, and a role is given with its keys', async () => {
    const { mac, space } = await founded('last');
    const { teams } = mac.engine;
    const me = mac.engine.person();
    const ana = ghost('Ana');
    await add(mac, space, ana, 'viewer');
    const before = await mac.store.ids(space, 1);
    expect(await teams.setRole(space, me, 'editor')).toMatchObject({ ok: false, error: expect.stringContaining('last owner') });
    expect(await teams.leave(space)).toMatchObject({ ok: false, error: expect.stringContaining('last owner') });
    expect(await teams.kick(space, me)).toMatchObject({ ok: false, error: expect.stringContaining('leave') });
    expect(await teams.setRole(space, ghost('Bob').person, 'editor')).toMatchObject({ ok: false });
    expect(await teams.setRole(space, ana.person, 'viewer')).toEqual({ ok: true, value: null });
    expect(await mac.store.ids(space, 1)).toEqual(before);
    expect(await teams.setRole(space, ana.person, 'owner')).toEqual({ ok: true, value: null });
    expect(await teams.setRole(space, me, 'admin')).toEqual({ ok: true, value: null });
    expect(viewOf(mac, space)).toMatchObject({ myRole: 'admin', debts: [] });
    expect(await teams.setRole(space, me, 'owner')).toEqual({ ok: false, error: 'only an owner can make somebody an owner' });
    expect(await teams.kick(space, ana.person)).toEqual({ ok: false, error: 'only an owner can remove an owner' });
    expect(await teams.setRole(space, ana.person, 'editor')).toEqual({ ok: false, error: 'only an owner can change the role of an owner' });
    expect(await teams.leave(space)).toEqual({ ok: true, value: null });
    expect(viewOf(mac, space)).toMatchObject({ standing: 'removed', myRole: null });
    expect(await teams.setRole(space, ana.person, 'editor')).toEqual({ ok: false, error: 'this device was removed from that space' });
  });

  test('C5 C12 C13 a removal and a demotion rotate in the same commit; who steps down leaves a debt that says whom it waits for', async () => {
    const { mac, space } = await founded('debt');
    const { teams } = mac.engine;
    const [ana, bob] = [ghost('Ana'), ghost('Bob')];
    await add(mac, space, ana, 'owner');
    await add(mac, space, bob, 'editor');
    expect(await teams.setRole(space, bob.person, 'viewer')).toEqual({ ok: true, value: null });
    expect(viewOf(mac, space)?.debts).toEqual([]);
    expect(await teams.kick(space, bob.person)).toEqual({ ok: true, value: null });
    expect(viewOf(mac, space)).toMatchObject({ debts: [], rotationOwed: [] });
    expect(viewOf(mac, space)?.persons.map(({ person }) => person)).not.toContain(bob.person);
    const note = mac.engine.newDocument();
    await mac.edit(note, { type: 'note.append', text: 'ours' }, 'yjs', space);
    expect(await teams.setRole(space, mac.engine.person(), 'viewer')).toEqual({ ok: true, value: null });
    expect(viewOf(mac, space)?.debts).toEqual([
      { device: mac.engine.device, person: mac.engine.person(), reason: 'demoted', waitingFor: [ana.identity.device], documents: 1 },
    ]);
    expect(await mac.engine.edit(space, note, 'yjs', { type: 'note.append', text: 'no' })).toMatchObject({
      ok: false,
      error: { code: 'not-editor' },
    });
    expect(await teams.setRole(space, mac.engine.person(), 'editor')).toMatchObject({ ok: false });
    expect(await teams.admit(space, bob.person, 'viewer', [bob.consent(space)])).toEqual({
      ok: false,
      error: 'only an admin or an owner can add people',
    });
  });

  test('C2 C4 a person removed is admitted again; an owner who holds a recovery key is removed by an owner all the same', async () => {
    const { mac, space } = await founded('again');
    const { teams } = mac.engine;
    const [ana, bob] = [ghost('Ana'), ghost('Bob')];
    await add(mac, space, bob, 'editor');
    expect(await teams.kick(space, bob.person)).toEqual({ ok: true, value: null });
    await add(mac, space, bob, 'editor');
    expect(viewOf(mac, space)?.persons).toHaveLength(2);
    await add(mac, space, ana, 'owner');
    expect((await mac.engine.paper()).ok).toBe(true);
    expect(await teams.setRole(space, mac.engine.person(), 'editor')).toEqual({ ok: true, value: null });
    expect(viewOf(mac, space)).toMatchObject({ myRole: 'editor', debts: [] });
    expect(viewOf(mac, space)?.devices.filter(({ kind, revoked }) => kind === 'paper' && !revoked)).toHaveLength(1);
    expect(await teams.leave(space)).toEqual({ ok: true, value: null });
  });

  test('C2 a sole member ends the space by leaving; its documents stay readable here', async () => {
    const { mac, space } = await founded('end');
    const note = mac.engine.newDocument();
    await mac.edit(note, { type: 'note.append', text: 'kept' }, 'yjs', space);
    expect(await mac.engine.teams.leave(space)).toEqual({ ok: true, value: null });
    expect(await mac.view(note, { type: 'note' }, 'yjs', space)).toMatchObject({ text: 'kept' });
    expect(viewOf(mac, space)).toMatchObject({ standing: 'removed', readOnly: true, persons: [] });
    expect(await mac.engine.teams.leave(mac.engine.home())).toMatchObject({ ok: false });
  });
});
