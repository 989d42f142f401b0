/** What a token may do follows what its device may do, at each call. */
import { createAccess, type RobotDeps } from '@leanvibe/agent/internal/daemon/robot-access';
import { openRobots } from '@leanvibe/agent/internal/daemon/open-robots';
import { createLocalRecords } from '@leanvibe/agent/internal/daemon/local-records';
import type { TokenRole } from '@leanvibe/agent/internal/tokens/record';
import { openTokens } from '@leanvibe/agent/internal/tokens/tokens';
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import type { EngineEvent } from '@leanvibe/core/internal/engine/api';
import { createVault } from '@leanvibe/core/internal/keys/local';
import { createMemoryStore } from '@leanvibe/core/internal/memory/store';
import type { SpaceId } from '@leanvibe/protocol/ids';
import type { Role } from '@leanvibe/protocol/link';
import { expect, test } from 'vitest';
import { createVirtualClock } from '../../../help/clock.js';
import { createRandom } from '../../../help/random.js';
import { madeId } from '../../../vectors/kit.js';

const crypto = nativeCrypto();
const space = madeId<SpaceId>('space');

function records(seed: string): Parameters<typeof openTokens>[0] {
  const random = createRandom(seed);
  const store = createMemoryStore({ hashing: crypto, random: createRandom(`${seed}/store`) });
  return {
    clock: createVirtualClock(),
    random,
    local: createLocalRecords({ store }, createVault(crypto, store, random.bytes(32))),
    elapsedMs: () => 0,
    failed: () => undefined,
  };
}

interface Seat {
  role: Role;
  standing: 'live' | 'removed' | 'joining';
  revoked: boolean;
  present: boolean;
}

async function access(role: TokenRole) {
  const tokens = await openTokens(records(`access ${role}`));
  const made = await tokens.create({ name: 'ci', role, scope: { space, entries: [{ project: null, parts: null }] }, lastsMs: 1_000 });
  const bearer = made === null ? null : tokens.bearerOf(made.secret);
  if (made === null || bearer === null) throw new Error('no token');
  const seat: Seat = { role: 'owner', standing: 'live', revoked: false, present: true };
  const spaces = () =>
    seat.present ? [{ space, standing: seat.standing, devices: [{ thisDevice: true, role: seat.role, revoked: seat.revoked }] }] : [];
  const on = createAccess({ engine: { spaces } } as unknown as RobotDeps, bearer);
  const told = (name: 'task.list' | 'task.add'): string => {
    try {
      on.check(name);
      return 'may';
    } catch (error) {
      return (error as Error).message;
    }
  };
  return { seat, told, tokens, id: bearer.id };
}

test('C47 an editor’s token reads only while its device may only read, and writes again when it may', async () => {
  const { seat, told } = await access('editor');
  expect([told('task.list'), told('task.add')]).toEqual(['may', 'may']);
  seat.role = 'viewer';
  expect([told('task.list'), told('task.add')]).toEqual(['may', 'this agent may only read there now, so its tokens may too']);
  seat.role = 'editor';
  expect(told('task.add')).toBe('may');
});

test('C47 a token of a device that left, was removed, or is not in the space yet may nothing', async () => {
  const { seat, told } = await access('editor');
  for (const change of [{ standing: 'removed' }, { standing: 'joining' }, { revoked: true }, { present: false }] as const) {
    Object.assign(seat, { standing: 'live', revoked: false, present: true }, change);
    for (const name of ['task.list', 'task.add'] as const) expect(told(name)).toBe('this agent is not in the space of this token any more');
  }
});

test('C47 a viewer’s token writes nothing, however high its device stands, and an ended one may nothing', async () => {
  const { told, tokens, id } = await access('viewer');
  expect([told('task.list'), told('task.add')]).toEqual(['may', 'this token may read, not write']);
  await tokens.end(id, 'revoked');
  expect([told('task.list'), told('task.add')]).toEqual(['this token has ended', 'this token has ended']);
});

test('C47 C44 a home that is an older or second copy ends every token, at its start and when it is noticed', async () => {
  const deps = records('copies');
  const order = { name: 'ci', role: 'viewer', scope: { space, entries: [] }, lastsMs: 86_400_000 } as const;
  let hear: (event: EngineEvent) => void = () => undefined;
  let cloned = false;
  const open = () =>
    openRobots(
      { clock: deps.clock, logger: { log: () => undefined }, closing: { add: () => undefined, run: () => Promise.resolve() } },
      {
        cloned: () => cloned,
        subscribe: (callback) => {
          hear = callback;
          return () => undefined;
        },
      },
      deps.local,
    );
  const tokens = await open();
  const one = await tokens.create(order);
  hear({ type: 'alarm', alarm: 'cloned', space: null, device: null });
  expect(tokens.bearerOf(one?.secret ?? '')?.live()).toBe(false);
  const two = await tokens.create(order);
  cloned = true;
  const again = await open();
  expect(again.bearerOf(two?.secret ?? '')?.live()).toBe(false);
  expect(again.all().map(({ end }) => end?.how)).toEqual(['copied', 'copied']);
});
