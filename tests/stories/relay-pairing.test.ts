/** Stories of a relay that lies while devices pair through its pipes: whom it brings together, and what it carries, is checked inside (C40, C41). */
import type { Rendezvous } from '@leanvibe/agent/internal/daemon/rendezvous';
import { decodePairLink, encodePairLink } from '@leanvibe/agent/internal/daemon/pair-link';
import type { Pipe } from '@leanvibe/agent/internal/transport/pipe';
import { fromHex, toHex } from '@leanvibe/protocol/ids';
import { describe, expect, test } from 'vitest';
import { startAgent, type TestAgent } from '../help/agent.js';
import { createMeeting, type Meeting } from '../help/pipe.js';
import { until } from '../help/wait.js';

const ORIGIN = 'https://relay.example.com';
const SLOW = { timeout: 120_000 };
const LONG_MS = 30_000;

interface Crooked {
  /** Whose guests are handed to somebody else, and whose bytes are changed; null: nobody's. */
  lie: 'swap' | 'bytes' | null;
  readonly side: Rendezvous;
}

/** Changes one byte of what the guest hears, some way into it. */
function garbled(pipe: Pipe): Pipe {
  let heard = 0;
  return {
    ...pipe,
    start: (events) =>
      pipe.start({
        ...events,
        onBytes(bytes) {
          heard += bytes.length;
          events.onBytes(heard > 40 ? bytes.map((byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte)) : bytes);
        },
      }),
  };
}

/** A guest's side of a relay that brings it to whoever began to wait last instead of whom it asked for. */
function crookedSide(meeting: Meeting): Crooked {
  const honest = meeting.side(ORIGIN);
  const one: Crooked = {
    lie: null,
    side: {
      ...honest,
      async guest(origin, name, signal) {
        const names = meeting.waiting();
        const at = names.indexOf(`${origin} ${toHex(name)}`);
        const other = fromHex((names[at + names.length / 2] ?? '').slice(origin.length + 1));
        const met = await honest.guest(origin, one.lie === 'swap' && at >= 0 && other !== null ? other : name, signal);
        return one.lie === 'bytes' ? garbled(met) : met;
      },
    },
  };
  return one;
}

async function ended(guest: TestAgent): Promise<{ readonly state: string; readonly message: string | null }> {
  const read = async (): Promise<{ readonly state: string; readonly message: string | null } | null> => {
    const status = await guest.ask('join.status', {});
    return status.state === 'joined' || status.state === 'failed' ? status : null;
  };
  return (await until('an end of the join', read, LONG_MS)).value;
}

/** As where no network is shared: the agents of a test all stand on loopback. */
function apart(link: string): string {
  const read = decodePairLink(link);
  if (!read.ok) throw new Error(read.error);
  return encodePairLink({ ...read.value, addresses: [] });
}

const alone = async (...agents: readonly TestAgent[]): Promise<void> => {
  for (const agent of agents) expect(await agent.ask('device.list', {})).toHaveLength(1);
};

describe('C40 C41 a relay that lies about whom it connects', () => {
  test(
    'C40 by link: another device under the name is told by its key, changed bytes end it, and the link is good for the right one after',
    SLOW,
    async () => {
      const meeting = createMeeting();
      const crooked = crookedSide(meeting);
      const anna = await startAgent({ name: 'Anna', rendezvous: meeting.side(ORIGIN) });
      const mallory = await startAgent({ name: 'Mallory', rendezvous: meeting.side(ORIGIN) });
      const bob = await startAgent({ name: 'Bob', rendezvous: crooked.side });
      const { link } = await anna.ask('pair.start', { autoConfirm: true });
      await mallory.ask('pair.start', { autoConfirm: true });

      crooked.lie = 'swap';
      await bob.ask('join.start', { target: apart(link) });
      expect(await ended(bob)).toMatchObject({ state: 'failed', message: 'a different device answered at the relay relay.example.com' });
      crooked.lie = 'bytes';
      await bob.ask('join.start', { target: apart(link) });
      expect((await ended(bob)).state).toBe('failed');
      await alone(anna, mallory, bob);

      crooked.lie = null;
      await bob.ask('join.start', { target: apart(link) });
      expect(await ended(bob)).toMatchObject({ state: 'joined', personName: 'Anna' });
      await alone(mallory);
    },
  );

  test('C41 by code: whoever else it connects has other digits or none, and without both people nobody is let in', SLOW, async () => {
    const meeting = createMeeting();
    const crooked = crookedSide(meeting);
    const anna = await startAgent({ name: 'Anna', rendezvous: meeting.side(ORIGIN) });
    const mallory = await startAgent({ name: 'Mallory', rendezvous: meeting.side(ORIGIN) });
    const bob = await startAgent({ name: 'Bob', rendezvous: crooked.side });
    const { code } = await anna.ask('pair.start', { autoConfirm: true });
    await mallory.ask('pair.start', { autoConfirm: true });

    crooked.lie = 'swap';
    await bob.ask('join.start', { target: code });
    expect((await ended(bob)).state).toBe('failed');
    expect(await anna.ask('pair.status', {})).toMatchObject({ digits: null });
    await alone(anna, mallory, bob);

    crooked.lie = null;
    await bob.ask('join.start', { target: code });
    const digits = (await until('digits at both', async () => (await bob.ask('join.status', {})).digits, LONG_MS)).value;
    await until('Anna is asked', async () => (await anna.ask('pair.status', {})).digits === digits, LONG_MS);
    const wrong = digits === '000000' ? '000001' : '000000';
    await expect(anna.ask('pair.confirm', { accept: true, digits: wrong })).rejects.toThrow();
    await bob.ask('join.confirm', { accept: true, digits }).catch(() => undefined);
    expect((await ended(bob)).state).toBe('failed');
    await alone(anna, mallory, bob);
  });
});
