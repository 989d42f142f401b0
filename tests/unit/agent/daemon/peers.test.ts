/** Who is dialled, how often, and who is left alone. */
import { createPeers, type Peers } from '@leanvibe/agent/internal/daemon/peers';
import type { Found } from '@leanvibe/agent/internal/discover/cache';
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import type { EngineEvent } from '@leanvibe/core/internal/engine/api';
import type { Channel } from '@leanvibe/core/internal/ports/channel';
import { type DeviceId, toHex } from '@leanvibe/protocol/ids';
import { describe, expect, test } from 'vitest';
import { createVirtualClock, type VirtualClock } from '../../../help/clock.js';

const deviceOf = (seed: number): DeviceId => toHex(nativeCrypto().signingKeys(new Uint8Array(32).fill(seed)).publicKey) as DeviceId;
const [SELF, FRIEND, STRANGER] = [deviceOf(1), deviceOf(2), deviceOf(3)];
type Dialled = Awaited<ReturnType<Parameters<typeof createPeers>[0]['lan']['dial']>>;

interface World {
  readonly clock: VirtualClock;
  readonly peers: Peers;
  readonly dials: { readonly addresses: readonly string[]; readonly expect: DeviceId | undefined }[];
  readonly connected: Channel[];
  readonly closed: string[];
  answer: (expect: DeviceId | undefined) => Dialled;
  find(found: Found): void;
  tell(event: EngineEvent): void;
  arrive(peer: DeviceId, via?: string): void;
  drop(peer: DeviceId): void;
}

const unreachable: Dialled = { ok: false, error: { code: 'unreachable', message: 'nothing answers' } };

function world(options: { readonly known?: readonly string[] } = {}): World {
  const clock = createVirtualClock();
  const dials: World['dials'] = [];
  const connected: Channel[] = [];
  const closed: string[] = [];
  let find: (found: Found) => void = () => undefined;
  let tell: (event: EngineEvent) => void = () => undefined;
  let arrive: (channel: Channel) => void = () => undefined;
  const channel = (peer: DeviceId, outbound: boolean, via = 'tcp'): Channel => ({
    peer,
    outbound,
    via,
    address: 'x',
    send: () => undefined,
    queuedBytes: () => 0,
    start: () => undefined,
    close: (reason) => void closed.push(reason),
  });
  let answer: World['answer'] = () => unreachable;
  const state: Omit<World, 'peers'> = {
    clock,
    dials,
    connected,
    closed,
    get answer() {
      return answer;
    },
    set answer(next) {
      answer = next;
    },
    find: (found) => find(found),
    tell: (event) => tell(event),
    arrive: (peer, via) => arrive(channel(peer, false, via)),
    drop(peer) {
      const at = connected.findIndex((one) => one.peer === peer);
      connected.splice(at, 1);
      tell({ type: 'peer', device: peer, state: 'gone', reason: 'lost' });
    },
  };
  const peers = createPeers({
    clock,
    logger: { log: () => undefined },
    random: { bytes: (count) => new Uint8Array(count).fill(128) },
    engine: {
      device: SELF,
      wanted: () => [FRIEND],
      spaces: () => [],
      peers: () => connected.map(({ peer, via }) => ({ device: peer, via, address: 'x', state: 'in-step', pendingOut: 0, pendingIn: 0 })),
      connect: (one) => void connected.push(one),
      subscribe: (callback) => {
        tell = callback;
        return () => undefined;
      },
    },
    lan: {
      dial: async (addresses, _protocol, how) => {
        dials.push({ addresses, expect: how?.expect });
        return answer(how?.expect);
      },
      serve: (_protocol, handler) => {
        arrive = handler;
        return () => undefined;
      },
      onAddresses: () => () => undefined,
    },
    book: {
      get: () => ({ addresses: options.known ?? [], lastSeenMs: null, joined: false }),
      joined: () => [],
      seen: async () => undefined,
      join: async () => undefined,
    },
    discovered: (told) => {
      find = told;
      return () => undefined;
    },
  });
  return Object.defineProperty(state, 'peers', { value: peers }) as World;
}

const reach = (peer: DeviceId): Dialled => ({
  ok: true,
  value: {
    peer,
    outbound: true,
    via: 'tcp',
    address: 'x',
    send: () => undefined,
    queuedBytes: () => 0,
    start: () => undefined,
    close: () => undefined,
  },
});
const instance = (name: string): Found => ({ instance: name, version: 1, addresses: [{ host: '10.0.0.9', port: 4001, kind: 'tcp' }] });

describe('C39 reaching devices', () => {
  test('C39 a known device is dialled at its last address, expecting its key, ever more rarely', async () => {
    const { clock, dials } = world({ known: ['/ip4/10.0.0.5/tcp/4001'] });
    await clock.advance(60_000);
    expect(dials.every(({ expect: key }) => key === FRIEND)).toBe(true);
    expect(dials.length).toBeGreaterThanOrEqual(6);
    expect(dials.length).toBeLessThanOrEqual(9);
    await clock.advance(600_000);
    expect(dials.length).toBeLessThanOrEqual(20);
  });

  test('C39 a wrong key at a known address is refused and counted', async () => {
    const other = world({ known: ['/ip4/10.0.0.5/tcp/4001'] });
    other.answer = () => ({ ok: false, error: { code: 'wrong-device', message: 'a different device answered' } });
    await other.clock.advance(1_000);
    expect(other.peers.refusals()['wrong-device']).toBeGreaterThanOrEqual(1);
    expect(other.connected).toEqual([]);
  });

  test('C39 an instance nobody knows is asked once, and a stranger is then left alone for ten minutes', async () => {
    const at = world();
    at.answer = () => reach(STRANGER);
    at.find(instance('a'));
    await at.clock.advance(1_000);
    for (let again = 0; again < 20; again++) at.find(instance('a'));
    at.peers.poke();
    await at.clock.advance(500_000);
    expect(at.dials).toHaveLength(1);
    expect(at.connected).toEqual([]);
    expect(at.peers.strangers()).toBe(1);
    await at.clock.advance(200_000);
    at.find(instance('a'));
    await at.clock.advance(1_000);
    expect(at.dials).toHaveLength(2);
  });

  test('C39 the wanted device is recognised by its key, and dialled again at once when it is seen again', async () => {
    const at = world();
    at.answer = () => reach(FRIEND);
    at.find(instance('b'));
    await at.clock.advance(100);
    expect(at.connected.map(({ peer }) => peer)).toEqual([FRIEND]);
    expect(at.peers.missing()).toEqual([]);
    at.find(instance('c'));
    await at.clock.advance(60_000);
    expect(at.dials).toHaveLength(1);
    at.drop(FRIEND);
    at.find(instance('b'));
    await at.clock.advance(2_000);
    expect(at.connected.map(({ peer }) => peer)).toEqual([FRIEND]);
  });

  test('C41 whoever is reached through a relay is no longer missing, and is sought on the network all the same', async () => {
    const at = world({ known: ['/ip4/10.0.0.5/tcp/4001'] });
    at.arrive(FRIEND, 'relay-pipe');
    expect(at.peers.missing()).toEqual([]);
    const before = at.dials.length;
    await at.clock.advance(30_000);
    expect(at.dials.length).toBeGreaterThan(before + 2);
    at.answer = () => reach(FRIEND);
    at.find(instance('b'));
    await at.clock.advance(60_000);
    expect(at.connected.map(({ via }) => via)).toEqual(['relay-pipe', 'tcp']);
    at.drop(FRIEND);
    const after = at.dials.length;
    await at.clock.advance(120_000);
    expect(at.dials.length).toBe(after);
  });

  test('P9 strangers that dial in are bounded; the wanted device always gets in', async () => {
    const at = world();
    for (let count = 0; count < 40; count++) at.arrive(STRANGER);
    expect(at.connected.length).toBe(16);
    expect(at.peers.refusals()['too-many-strangers']).toBe(24);
    at.arrive(FRIEND);
    expect(at.connected.at(-1)?.peer).toBe(FRIEND);
  });

  test('A3 C29 who stopped answering is tried again and again, also after its channel was given up', async () => {
    const triesAfterLoss = async (silent: boolean): Promise<number> => {
      const { clock, dials, arrive, drop, tell } = world({ known: ['/ip4/10.0.0.2/tcp/4001'] });
      arrive(FRIEND);
      await clock.advance(1_000);
      if (silent) tell({ type: 'peer', device: FRIEND, state: 'silent', reason: '' });
      drop(FRIEND);
      const before = dials.length;
      await clock.advance(15_000);
      return dials.length - before;
    };
    expect(await triesAfterLoss(false)).toBeLessThan(8);
    expect(await triesAfterLoss(true)).toBeGreaterThan(30);
  });
});
