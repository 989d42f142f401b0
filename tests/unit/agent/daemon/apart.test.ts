/** Whole agents without a common network: they pair and invite through a relay's pipes, and what they share comes over them at once. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decodeInviteLink, encodeInviteLink } from '@leanvibe/agent/internal/daemon/invite-link';
import { decodePairLink, encodePairLink, type PairLink } from '@leanvibe/agent/internal/daemon/pair-link';
import type { DeviceId } from '@leanvibe/protocol/ids';
import { startAgent, type TestAgent } from '../../../help/agent.js';
import { createMeeting } from '../../../help/pipe.js';
import { makeRepo } from '../../../help/repo.js';
import { tempFolder } from '../../../help/temp.js';
import { until } from '../../../help/wait.js';

const ORIGIN = 'https://relay.example.com';
const LONG_MS = 30_000;
const SLOW = { timeout: 120_000 };

/** As where no network is shared: the agents of a test all stand on loopback. */
function apart(link: string, more: Partial<PairLink> = {}): string {
  const read = decodePairLink(link);
  if (!read.ok) throw new Error(read.error);
  return encodePairLink({ ...read.value, addresses: [], ...more });
}

function invitedApart(link: string | null): string {
  const read = decodeInviteLink(link ?? '');
  if (!read.ok) throw new Error(read.error);
  return encodeInviteLink({ ...read.value, addresses: [] });
}

const eventually = (what: string, check: () => Promise<boolean>): Promise<unknown> => until(what, check, LONG_MS);

async function ended(guest: TestAgent): Promise<{ readonly state: string; readonly message: string | null }> {
  return (
    await until(
      'an end of the join',
      async () => {
        const status = await guest.ask('join.status', {});
        return status.state === 'joined' || status.state === 'failed' ? status : null;
      },
      LONG_MS,
    )
  ).value;
}

const inStepOverPipe = (agent: TestAgent): Promise<unknown> =>
  eventually('in step over the pipe', async () =>
    (await agent.ask('status', {})).peers.some(
      ({ via, address, state }) => via === 'relay-pipe' && address === ORIGIN && state === 'in-step',
    ),
  );

describe('C41 pairing through a relay', () => {
  test('C40 C41 by link: both have each other’s words at once, and the relay has seen none of them', SLOW, async () => {
    const meeting = createMeeting({ latencyMs: 20 });
    const anna = await startAgent({ name: 'Anna', rendezvous: meeting.side(ORIGIN) });
    const bob = await startAgent({ name: 'Bob', rendezvous: meeting.side() });
    await anna.ask('project.add', { path: makeRepo(join(await tempFolder('far'), 'far')) });
    await anna.ask('task.add', { project: 'far', title: 'mend the lighthouse' });
    const { link } = await anna.ask('pair.start', { autoConfirm: true });
    expect(meeting.waiting()).toHaveLength(2);
    expect(decodePairLink(link)).toMatchObject({ value: { origins: [ORIGIN] } });
    await bob.ask('join.start', { target: apart(link) });
    expect(await ended(bob)).toMatchObject({ state: 'joined', personName: 'Anna' });
    await eventually('Bob has the task', async () => (await bob.ask('task.list', { project: 'far' }).catch(() => [])).length === 1);
    await Promise.all([inStepOverPipe(anna), inStepOverPipe(bob)]);
    await bob.ask('task.add', { project: 'far', title: 'paint the lighthouse' });
    await eventually('Anna has his', async () => (await anna.ask('task.list', { project: 'far' })).length === 2);
    expect(meeting.met()).toBe(1);
    expect(meeting.carried().includes('lighthouse')).toBe(false);
    expect(meeting.carried().length).toBeGreaterThan(5_000);
    meeting.cutAll();
    await eventually('the loss is told', async () => (await anna.ask('status', {})).peers.every(({ state }) => state === 'offline'));
  });

  test('C41 by code: the agents meet under it, and the six digits decide', SLOW, async () => {
    const meeting = createMeeting();
    const anna = await startAgent({ name: 'Anna', rendezvous: meeting.side(ORIGIN) });
    const bob = await startAgent({ name: 'Bob', rendezvous: meeting.side('https://other.example', ORIGIN) });
    const { code } = await anna.ask('pair.start', { autoConfirm: true });
    await bob.ask('join.start', { target: code === '12345678' ? '87654321' : '12345678' });
    expect((await ended(bob)).message).toBe(
      'no LeanVibe agent was found on this network; the relay other.example: nobody waits there; the relay relay.example.com: nobody waits there',
    );
    await bob.ask('join.start', { target: code });
    const digits = (await until('digits at both', async () => (await bob.ask('join.status', {})).digits)).value;
    await eventually('Anna is asked', async () => (await anna.ask('pair.status', {})).digits === digits);
    await anna.ask('pair.confirm', { accept: true, digits });
    await bob.ask('join.confirm', { accept: true, digits });
    expect((await ended(bob)).state).toBe('joined');
    await inStepOverPipe(bob);
  });

  test('A8 C40 a wrong device, an ended showing and a relay without anybody are told in words, with what was tried', SLOW, async () => {
    const meeting = createMeeting();
    const [anna, mallory, bob] = [
      await startAgent({ name: 'Anna', rendezvous: meeting.side(ORIGIN) }),
      await startAgent({ name: 'Mallory', rendezvous: meeting.side(ORIGIN) }),
      await startAgent({ name: 'Bob', rendezvous: meeting.side() }),
    ];
    const { link } = await mallory.ask('pair.start', { autoConfirm: true });
    await bob.ask('join.start', { target: apart(link, { device: anna.agent.deviceId as DeviceId }) });
    expect(await ended(bob)).toMatchObject({ state: 'failed', message: 'a different device answered at the relay relay.example.com' });
    await mallory.ask('pair.cancel', {});
    expect(meeting.waiting()).toEqual([]);
    await bob.ask('join.start', { target: apart(link, { addresses: ['/ip4/127.0.0.1/tcp/1'] }) });
    expect((await ended(bob)).message).toBe('nothing answers at 127.0.0.1:1; the relay relay.example.com: nobody waits there');
    await bob.ask('join.start', { target: apart(link, { origins: [] }) });
    expect((await ended(bob)).message).toBe('there is no address to dial');
    expect(await bob.ask('device.list', {})).toHaveLength(1);
    expect(await mallory.ask('device.list', {})).toHaveLength(1);
  });
});

describe('C42 invites through a relay', () => {
  test('C42 several guests wait at once, knock again when their pipes are cut, and are let in also after they went', SLOW, async () => {
    const meeting = createMeeting({ latencyMs: 5 });
    const anna = await startAgent({ name: 'Anna', rendezvous: meeting.side(ORIGIN) });
    const [bob, carol] = [
      await startAgent({ name: 'Bob', rendezvous: meeting.side() }),
      await startAgent({ name: 'Carol', rendezvous: meeting.side() }),
    ];
    await anna.ask('project.add', { path: makeRepo(join(await tempFolder('app'), 'app')) });
    await anna.ask('space.create', { name: 'Team' });
    await anna.ask('project.share', { project: 'app', space: 'Team' });
    await anna.ask('task.add', { project: 'app', title: 'together' });
    const { link, id } = await anna.ask('invite.create', { space: 'Team', uses: 2 });
    for (const guest of [bob, carol]) await guest.ask('invite.accept', { link: invitedApart(link) });
    const waiting = async (): Promise<readonly { readonly id: string; readonly personName: string }[]> => anna.ask('invite.requests', {});
    await eventually('both wait', async () => (await waiting()).length === 2);
    meeting.cutAll();
    await eventually('both knock again', async () => meeting.met() >= 4);
    // Gone when the answer is given: it is fetched at the next knock.
    meeting.cutAll();
    for (const one of await waiting()) await anna.ask('invite.approve', { id: one.id });
    for (const guest of [bob, carol])
      await eventually('the guest is in', async () => (await guest.ask('invite.accepted', {}))[0]?.state === 'joined');
    for (const guest of [bob, carol]) {
      await eventually('has the project', async () => (await guest.ask('task.list', { project: 'app' }).catch(() => [])).length === 1);
      await inStepOverPipe(guest);
    }
    expect(await anna.ask('invite.list', {})).toMatchObject([{ id, used: 2, state: 'used' }]);
    const dave = await startAgent({ name: 'Dave', rendezvous: meeting.side() });
    await dave.ask('invite.accept', { link: invitedApart(link) });
    await eventually('a late guest is told', async () => (await dave.ask('invite.accepted', {}))[0]?.state === 'failed');
    expect((await dave.ask('invite.accepted', {}))[0]?.message).toMatch(/used already/);
  });
});
