/** A relay between machines that have no way to each other: pairing, inviting and syncing through it, as people type it (R1). */
import { describe, expect, test } from 'vitest';
import { makeLan } from '../help/lan.js';
import { tasks } from '../help/lan-stories.js';
import { eventually, foundTeam, letIn, words } from '../help/lan-team.js';
import { type Machine, machine } from '../help/machine.js';
import { leftOut } from '../help/needs.js';
import { type RelayHost, relayOn, signIn } from '../help/relay-host.js';

interface Apart {
  readonly relay: RelayHost;
  readonly machines: readonly [Machine, Machine];
}

/** Two machines that reach the relay and not each other. */
async function apart(...names: readonly [string, string]): Promise<Apart> {
  const [post, first, second] = await makeLan(3);
  if (post === undefined || first === undefined || second === undefined) throw new Error('no hosts');
  await Promise.all([first.isolate(), second.isolate()]);
  const relay = await relayOn(post);
  const [a, b] = await Promise.all([machine(first, { name: names[0] }), machine(second, { name: names[1] })]);
  await Promise.all([a.up(), b.up()]);
  return { relay, machines: [a, b] };
}

/** None while the project has not come yet. */
const titles = async (one: Machine, project: string): Promise<readonly string[]> => {
  const known = (await one.ask('project.list', {})).some(({ id }) => id === project);
  return known ? (await tasks(one, project)).map(({ title }) => title).sort() : [];
};

describe.skipIf(leftOut('lan'))('a relay between machines', () => {
  test('C31 C41 two machines with no way to each other pair by link through the relay, and meet in its mailbox, one asleep while the other writes', async () => {
    const { relay, machines } = await apart('mac', 'laptop');
    const [mac, laptop] = machines;
    await signIn(mac, relay, 'ana@example.org', true);
    const { project } = await mac.ask('project.add', { path: mac.folder });
    await mac.ask('task.add', { project: project.id, title: 'before' });
    const { link } = await mac.ask('pair.start', { autoConfirm: true });
    await laptop.json('join', link, '--yes');
    await eventually('the laptop to show the task', async () => (await titles(laptop, project.id)).includes('before'));
    await signIn(laptop, relay, 'ana@example.org', false);
    await eventually('the relay to hold everything', async () => (await holds(mac)) && (await holds(laptop)));

    await laptop.down();
    await mac.ask('task.add', { project: project.id, title: 'while the laptop sleeps' });
    await eventually('the relay to hold it', () => holds(mac));
    await mac.down();
    await laptop.up();
    await eventually('it to arrive', async () => (await titles(laptop, project.id)).includes('while the laptop sleeps'));
    await laptop.ask('task.add', { project: project.id, title: 'while the mac sleeps' });
    await eventually('the relay to hold it', () => holds(laptop));
    await mac.up();
    await eventually('it to arrive', async () => (await titles(mac, project.id)).includes('while the mac sleeps'));
    const status = await mac.json<readonly { readonly state: string }[]>('relay', 'status');
    expect(status.map(({ state }) => state)).toEqual(['in-step']);
    const [proof] = await mac.ask('relay.prove', { count: 32 });
    expect(proof?.right).toBe(proof?.sampled);
    expect(proof?.acknowledged).toBe(proof?.entries);
  }, 120_000);

  test('C31 C42 another person is invited through the relay and writes there; the two are never on one network', async () => {
    const { relay, machines } = await apart('ana', 'bob');
    const [ana, bob] = machines;
    await Promise.all([signIn(ana, relay, 'ana@example.org', true), signIn(bob, relay, 'bob@example.org', true)]);
    const project = await foundTeam(ana);
    await letIn(ana, bob, 'editor');
    await bob.ask('task.add', { project, title: 'by bob' });
    await eventually('it to arrive', async () => (await words(ana, project)).includes('by bob'));
    await bob.down();
    await ana.ask('task.add', { project, title: 'for bob' });
    await eventually('the relay to hold it', () => holds(ana));
    await ana.down();
    await bob.up();
    await eventually('it to arrive', async () => (await words(bob, project)).includes('for bob'));
  }, 120_000);

  test('P7 a relay that is killed and started anew goes on where it was; one that is gone is told in words', async () => {
    const { relay, machines } = await apart('mac', 'laptop');
    const [mac] = machines;
    await signIn(mac, relay, 'ana@example.org', true);
    await relay.program().stop('SIGKILL');
    await eventually('it to be noticed', async () => (await mac.ask('relay.list', {}))[0]?.state === 'offline');
    const [row] = await mac.ask('relay.list', {});
    expect(row?.reason).toMatch(/^(nothing answers there|the connection)/);
    await mac.ask('project.add', { path: mac.folder });
    await relay.up();
    await eventually('everything to be there', () => holds(mac));
  }, 90_000);
});

/** Every mailbox has everything this machine has. */
async function holds(one: Machine): Promise<boolean> {
  const [relay] = await one.ask('relay.list', {});
  const boxes = relay?.mailboxes ?? [];
  return (
    relay?.state === 'in-step' &&
    boxes.length > 0 &&
    boxes.every(({ acknowledged, entries, pending }) => pending === 0 && acknowledged === entries)
  );
}
