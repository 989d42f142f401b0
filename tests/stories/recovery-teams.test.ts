/** Stories of recovery words and spaces shared with others: what a teammate can bring back, and what not. */
import { describe, expect, test } from 'vitest';
import type { DocumentId, SpaceId } from '@leanvibe/protocol/ids';
import type { Role } from '@leanvibe/protocol/link';
import { addTask, ask, enter, makeWords, titles } from '../help/recovery.js';
import { createWorld, type Device, type World } from '../help/world.js';

interface Stage {
  readonly world: World;
  readonly ana: Device;
  readonly bob: Device;
  readonly team: SpaceId;
  readonly plan: DocumentId;
}

/** Ana owns a space with Bob in it, who is connected. */
async function stage(seed: string, role: Role = 'editor'): Promise<Stage> {
  const world = createWorld(seed);
  const [ana, bob] = [await world.device('Ana'), await world.device('Bob')];
  const team = await world.space(ana);
  const plan = ana.engine.newDocument();
  await ana.edit(plan, addTask('Plan'), 'yjs', team);
  await world.invite(ana, bob, team, role);
  world.link(ana, bob);
  await world.run();
  expect(await titles(bob, plan, team)).toEqual(['Plan']);
  return { world, ana, bob, team, plan };
}

const alarms = (device: Device): readonly string[] => device.events.flatMap((event) => (event.type === 'alarm' ? [event.alarm] : []));
const spaceOf = (device: Device, space: SpaceId) => device.engine.spaces().find((one) => one.space === space);

describe('recovery by words from a teammate', () => {
  test('C43 C2 only Bob survives: Ana is back in the shared space as its owner; her home is gone, and a new one goes on', async () => {
    const { world, ana, bob, team, plan } = await stage('teammate');
    const diary = ana.engine.newDocument();
    await ana.edit(diary, addTask('Nobody else has this'));
    const { text, paper } = await makeWords(ana);
    await ana.edit(plan, addTask('After the words'), 'yjs', team);
    await world.run();
    await ana.engine.stop();
    const fresh = await world.device('New Ana');
    const born = fresh.engine.home();
    const coming = await ask(world, fresh, text, [bob]);
    expect(coming.answers).toEqual([1]);
    expect(await enter(world, coming)).toEqual({ home: false, spaces: [team], failed: [] });
    expect(fresh.engine.home()).toBe(born);
    expect(spaceOf(fresh, team)).toMatchObject({ home: false, standing: 'live', myRole: 'owner' });
    expect(spaceOf(bob, team)?.devices.find(({ device }) => device === fresh.engine.device)).toMatchObject({
      person: ana.engine.person(),
      role: 'owner',
    });
    expect(await titles(fresh, plan, team)).toEqual(['After the words', 'Plan']);
    await fresh.edit(plan, addTask('By the new one'), 'yjs', team);
    await bob.edit(plan, addTask('By Bob'), 'yjs', team);
    await world.run(5_000);
    for (const one of [fresh, bob]) expect(await titles(one, plan, team)).toEqual(['After the words', 'By Bob', 'By the new one', 'Plan']);
    expect(alarms(bob)).toEqual(['others-words-used']);
    // The lost device is shut out from here; so are the words, which only their home lists.
    expect((await fresh.engine.revoke(ana.engine.device)).ok).toBe(true);
    expect((await fresh.engine.revoke(paper)).ok).toBe(true);
    await world.run(5_000);
    const gone = spaceOf(bob, team)?.devices.filter(({ device }) => device === ana.engine.device || device === paper);
    expect(gone?.map(({ revoked }) => revoked)).toEqual([true, true]);
    const again = await world.restart(fresh);
    expect(spaceOf(again, team)).toMatchObject({ standing: 'live' });
    expect(await titles(again, plan, team)).toHaveLength(4);
    // The new home makes words of its own, and they cover the space that was brought back.
    const { text: anew } = await makeWords(again);
    expect(await again.engine.recovery.check(anew)).toMatchObject({
      ok: true,
      value: { set: { spaces: [{ covered: true }, { covered: true }] } },
    });
  });

  test('C43 G3 a space that came after the words is shown as not covered, and is once they were typed again', async () => {
    const world = createWorld('later-space');
    const [ana, bob] = [await world.device('Ana'), await world.device('Bob')];
    const { text } = await makeWords(ana);
    const team = await world.space(ana);
    await world.invite(ana, bob, team, 'editor');
    world.link(ana, bob);
    await world.run();
    const covered = async (): Promise<readonly boolean[]> =>
      ((await ana.engine.recovery.sets())[0]?.spaces ?? []).map((one) => one.covered);
    expect(await covered()).toEqual([true, false]);
    const early = await world.device('Too early');
    const refused = await ask(world, early, text, [bob]);
    expect(refused.answers).toEqual(['this device cannot help with these words']);
    refused.restoring.end();
    expect(await bob.engine.recovery.extend(text)).toEqual({
      ok: false,
      error: { code: 'refused', message: 'these are not recovery words of yours' },
    });
    expect(await ana.engine.recovery.extend(text)).toMatchObject({ ok: true });
    expect(await ana.engine.recovery.extend(text)).toMatchObject({ ok: true });
    expect(await covered()).toEqual([true, true]);
    await world.run();
    await ana.engine.stop();
    const fresh = await world.device('New Ana');
    expect(await enter(world, await ask(world, fresh, text, [bob]))).toMatchObject({ home: false, spaces: [team] });
  });

  test('C43 P4 a viewer comes back as a viewer: it reads, holds no right to append, and writes nothing', async () => {
    const { world, ana, bob, team, plan } = await stage('viewer', 'viewer');
    const { text } = await makeWords(bob);
    expect((await bob.engine.recovery.sets())[0]?.spaces.map(({ covered }) => covered)).toEqual([true, true]);
    await world.run();
    await bob.engine.stop();
    const fresh = await world.device('New Bob');
    expect(await enter(world, await ask(world, fresh, text, [ana]))).toMatchObject({ home: false, spaces: [team], failed: [] });
    expect(spaceOf(fresh, team)).toMatchObject({ standing: 'live', myRole: 'viewer' });
    await ana.edit(plan, addTask('For readers'), 'yjs', team);
    await world.run(5_000);
    expect(await titles(fresh, plan, team)).toEqual(['For readers', 'Plan']);
    await expect(fresh.edit(plan, addTask('By a viewer'), 'yjs', team)).rejects.toThrow(/not-editor/);
  });

  test('C43 P5 words of somebody who was shut out of a space open it no more, whoever is asked', async () => {
    const { world, ana, bob, team } = await stage('kicked');
    const { text } = await makeWords(bob);
    await world.run();
    expect((await ana.engine.teams.kick(team, bob.engine.person())).ok).toBe(true);
    await world.run();
    const fresh = await world.device('New Bob');
    const coming = await ask(world, fresh, text, [ana, bob]);
    // Bob's own device still gives what is Bob's own: the home, and not the space it was removed from.
    expect(coming.answers).toEqual(['this device cannot help with these words', 1]);
    expect(await enter(world, coming)).toEqual({ home: true, spaces: [bob.engine.home()], failed: [] });
  });

  test('C43 a teammate and an own device are both asked: home and spaces come back together', async () => {
    const { world, ana, bob, team, plan } = await stage('both');
    const phone = await world.device('Phone');
    await world.pair(ana, phone);
    const diary = ana.engine.newDocument();
    await ana.edit(diary, addTask('Private'));
    world.link(ana, phone);
    const { text } = await makeWords(ana);
    await world.run();
    await ana.engine.stop();
    const fresh = await world.device('New Ana');
    const coming = await ask(world, fresh, text, [bob, phone]);
    const restored = await enter(world, coming);
    expect(restored.home).toBe(true);
    expect([...restored.spaces].sort()).toEqual([phone.engine.home(), team].sort());
    expect(await titles(fresh, diary)).toEqual(['Private']);
    expect(await titles(fresh, plan, team)).toEqual(['Plan']);
    await fresh.edit(plan, addTask('By the new one'), 'yjs', team);
    await world.run(5_000);
    expect(await titles(bob, plan, team)).toEqual(['By the new one', 'Plan']);
  });

  test('C43 C2 a space the words do not open comes back too where an own device survives: the new device follows its person', async () => {
    const world = createWorld('follows');
    const [ana, phone, bob] = [await world.device('Ana'), await world.device('Phone'), await world.device('Bob')];
    await world.pair(ana, phone);
    world.link(ana, phone);
    const { text } = await makeWords(ana);
    const team = await world.space(ana);
    const plan = ana.engine.newDocument();
    await ana.edit(plan, addTask('Plan'), 'yjs', team);
    await world.invite(ana, bob, team, 'editor');
    world.link(ana, bob);
    await world.run(20_000);
    expect(await titles(phone, plan, team)).toEqual(['Plan']);
    await ana.engine.stop();
    const fresh = await world.device('New Ana');
    expect(await enter(world, await ask(world, fresh, text, [phone]))).toMatchObject({ home: true, spaces: [phone.engine.home()] });
    await world.run(30_000);
    expect(spaceOf(fresh, team)).toMatchObject({ standing: 'live', myRole: 'owner' });
    expect(await titles(fresh, plan, team)).toEqual(['Plan']);
  });
});
