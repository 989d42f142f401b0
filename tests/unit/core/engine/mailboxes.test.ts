/** Telling a space's members where its mailboxes are: what the engine writes, what it refuses and in which words. */
import { describe, expect, test } from 'vitest';
import { makeId, type MailboxId, type SpaceId } from '@leanvibe/protocol/ids';
import { MAILBOXES_MAX } from '@leanvibe/protocol/limits';
import { createWorld, type Device, type World } from '../../../help/world.js';

const RELAY = 'https://relay.example';
const box = (fill: number): MailboxId => makeId<MailboxId>(new Uint8Array(32).fill(fill));
const done = { ok: true, value: null };
const refused = (error: RegExp) => ({ ok: false, error: expect.stringMatching(error) });

async function shared(seed: string): Promise<{ world: World; space: SpaceId; ana: Device; bob: Device; carol: Device }> {
  const world = createWorld(seed);
  const ana = await world.device('Ana');
  const space = await world.space(ana);
  const [bob, carol] = [await world.device('Bob'), await world.device('Carol')];
  await world.invite(ana, bob, space, 'editor');
  await world.invite(ana, carol, space, 'viewer');
  for (const [one, other] of [
    [ana, bob],
    [ana, carol],
    [bob, carol],
  ] as const)
    world.link(one, other);
  await world.run(10_000);
  return { world, space, ana, bob, carol };
}

describe('mailboxes of a space', () => {
  test('C31 G24 one device opens a mailbox and every member hears of it, also after a restart', async () => {
    const { world, space, ana, bob, carol } = await shared('told');
    const heard = carol.events.length;
    expect(await bob.engine.openMailbox(space, RELAY, box(1))).toEqual(done);
    await world.run(5_000);
    const [row] = bob.engine.mailboxes(space);
    expect(row).toMatchObject({ relay: RELAY, mailbox: box(1), by: bob.engine.device });
    for (const one of [ana, carol]) expect(one.engine.mailboxes(space), one.name).toEqual([row]);
    expect(carol.events.slice(heard)).toContainEqual({ type: 'membership', space });
    expect((await world.restart(ana)).engine.mailboxes(space)).toEqual([row]);
  });

  test('G24 it is refused in words what the links would make void, and nothing is written', async () => {
    const { world, space, ana, bob, carol } = await shared('refused');
    expect(await ana.engine.openMailbox(space, RELAY, box(1))).toEqual(done);
    await world.run(5_000);
    const before = await Promise.all([ana, bob, carol].map((one) => one.store.ids(space, 1)));
    expect(await ana.engine.openMailbox(space, RELAY, box(1))).toEqual(refused(/open already/));
    expect(await bob.engine.openMailbox(space, RELAY, box(2))).toEqual(refused(/at that relay already/));
    expect(await bob.engine.openMailbox(space, `${RELAY}/`, box(2))).toEqual(refused(/https:\/\/relay\.example, without a path/));
    expect(await carol.engine.openMailbox(space, 'https://other.example', box(2))).toEqual(refused(/editor or above/));
    expect(await bob.engine.closeMailbox(space, box(1))).toEqual(refused(/whoever opened/));
    expect(await bob.engine.closeMailbox(space, box(3))).toEqual(refused(/no such mailbox/));
    expect(await bob.engine.openMailbox(box(9) as string as SpaceId, RELAY, box(2))).toEqual(refused(/not in that space/));
    expect(bob.engine.mailboxes(box(9) as string as SpaceId)).toEqual([]);
    expect(await Promise.all([ana, bob, carol].map((one) => one.store.ids(space, 1)))).toEqual(before);
  });

  test('G24 whoever opened it closes it, as a viewer too; an owner closes anybody’s; then the relay is free again', async () => {
    const { world, space, ana, bob } = await shared('closed');
    expect(await bob.engine.openMailbox(space, RELAY, box(1))).toEqual(done);
    expect(await bob.engine.openMailbox(space, 'http://relay.local:8080', box(2))).toEqual(done);
    await world.run(5_000);
    expect(await ana.engine.closeMailbox(space, box(1))).toEqual(done);
    expect(await ana.engine.teams.setRole(space, bob.engine.person(), 'viewer')).toEqual(done);
    await world.run(5_000);
    expect(bob.engine.mailboxes(space).map((one) => one.mailbox)).toEqual([box(2)]);
    expect(await bob.engine.closeMailbox(space, box(2))).toEqual(done);
    await world.run(5_000);
    expect(ana.engine.mailboxes(space)).toEqual([]);
    expect(await ana.engine.openMailbox(space, RELAY, box(3))).toEqual(done);
  });

  test('C31 G24 a home has mailboxes like any space, no more than are used', async () => {
    const world = createWorld('home');
    const [mac, phone] = [await world.device('Mac'), await world.device('Phone')];
    await world.pair(mac, phone);
    world.link(mac, phone);
    const home = mac.engine.home();
    for (let at = 0; at < MAILBOXES_MAX; at++) expect(await mac.engine.openMailbox(home, `https://r${at}.example`, box(at))).toEqual(done);
    expect(await mac.engine.openMailbox(home, RELAY, box(99))).toEqual(refused(/16 mailboxes at most/));
    await world.run(5_000);
    expect(await phone.engine.closeMailbox(home, box(4))).toEqual(done);
    await world.run(5_000);
    expect(mac.engine.mailboxes(home)).toHaveLength(MAILBOXES_MAX - 1);
    expect(mac.engine.mailboxes(home)).toEqual(phone.engine.mailboxes(home));
    const history = await mac.engine.history(home);
    expect(history?.links.at(-1)).toMatchObject({
      author: phone.engine.device,
      deed: { type: 'mailbox', relay: 'https://r4.example', mailbox: box(4), open: false },
      verdict: 'valid',
    });
    expect(history?.faults).toEqual([]);
  });
});
