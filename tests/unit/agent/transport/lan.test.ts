/** The LAN transport on loopback: right and wrong keys, plain words, many redials, and hostile neighbours. */
import { randomBytes } from 'node:crypto';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { createAcceptGuard } from '@leanvibe/agent/internal/transport/accept';
import { createCounters } from '@leanvibe/agent/internal/transport/counters';
import { deviceKey } from '@leanvibe/agent/internal/transport/identity';
import { createLan, type Lan, type LanInit } from '@leanvibe/agent/internal/transport/lan';
import { ACCEPT_LIMITS } from '@leanvibe/agent/internal/transport/limits';
import { startNode, type LanNode } from '@leanvibe/agent/internal/transport/node';
import { parseLanAddress, toMultiaddr } from '@leanvibe/agent/internal/transport/address';
import { preferChannel } from '@leanvibe/agent/internal/transport/prefer';
import type { NetAddress } from '@leanvibe/agent/internal/discover/interfaces';
import type { Channel } from '@leanvibe/core/internal/ports/channel';
import { realClock } from '../../../contracts/channel.js';
import { until } from '../../../help/wait.js';

const SYNC = '/leanvibe/sync/1';
const PAIR = '/leanvibe/pair/1';
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function lan(more: Partial<LanInit> = {}): Promise<Lan> {
  const made = await createLan({
    deviceSeed: new Uint8Array(randomBytes(32)),
    listenHosts: ['127.0.0.1'],
    tcpPort: 0,
    wsPort: 0,
    clock: realClock,
    logger: { log: () => undefined },
    ...more,
  });
  if (!made.ok) throw new Error(made.error.message);
  cleanups.push(() => made.value.stop());
  return made.value;
}

/** Answers, echoes, and remembers. */
function echo(server: Lan): { readonly channels: Channel[]; readonly closes: string[] } {
  const [channels, closes]: [Channel[], string[]] = [[], []];
  server.serve(SYNC, (channel) => {
    channels.push(channel);
    channel.start({ onFrame: (frame) => channel.send(frame), onDrain: () => undefined, onClose: (reason) => void closes.push(reason) });
  });
  return { channels, closes };
}

async function roundTrip(channel: Channel): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    channel.start({ onFrame: () => resolve(), onDrain: () => undefined, onClose: (reason) => reject(new Error(reason)) });
    channel.send(Uint8Array.of(1, 2, 3));
  });
}

async function dialled(from: Lan, to: Lan): Promise<Channel> {
  const made = await from.dial(to.addresses(), SYNC, { expect: to.deviceId });
  if (!made.ok) throw new Error(made.error.message);
  return made.value;
}

function socket(port: number, localAddress = '127.0.0.1'): Socket & { readonly ended: () => boolean } {
  let over = false;
  const one = connect({ port, host: '127.0.0.1', localAddress });
  one.on('error', () => (over = true)).on('close', () => (over = true));
  cleanups.push(() => one.destroy());
  return Object.assign(one, { ended: () => over });
}

/** A peer that speaks libp2p and then does as it likes. */
async function rawNode(): Promise<LanNode> {
  const { key } = await deviceKey(new Uint8Array(randomBytes(32)));
  const counters = createCounters();
  const guard = createAcceptGuard({ clock: realClock, counters }, ACCEPT_LIMITS);
  const node = await startNode({ key, listen: [], guard, counters, limits: ACCEPT_LIMITS });
  cleanups.push(() => node.stop());
  return node;
}

async function rawConnection(node: LanNode, server: Lan): ReturnType<LanNode['services']['direct']['dial']> {
  const at = parseLanAddress(server.addresses()[0] ?? '');
  if (at === null) throw new Error('no address');
  return node.services.direct.dial(toMultiaddr(at), { signal: AbortSignal.timeout(5_000) });
}

describe('dialling', () => {
  test('C39: a device with another key is refused, over TCP and WebSocket, and learns nothing', async () => {
    const [dialler, server, other] = [await lan(), await lan(), await lan()];
    const served = echo(server);
    for (const address of server.addresses()) {
      const bare = address.replace(/\/p2p\/.*$/, '');
      const made = await dialler.dial([bare], SYNC, { expect: other.deviceId });
      expect(made).toMatchObject({ ok: false, error: { code: 'wrong-device' } });
      expect(!made.ok && made.error.message).toMatch(/^a different device answered at 127\.0\.0\.1:\d+/);
      const named = await dialler.dial([address], SYNC, { expect: other.deviceId });
      expect(named).toMatchObject({ ok: false, error: { code: 'wrong-device' } });
    }
    expect(served.channels).toEqual([]);
    await until('both refusals', () => server.refusals()['handshake-failed'] === 2);
  });

  test('C39: among several addresses the right device is found beside a wrong one and a dead one', async () => {
    const [dialler, server, other] = [await lan(), await lan(), await lan()];
    echo(server);
    const bare = (one: Lan): string => (one.addresses()[0] ?? '').replace(/\/p2p\/.*$/, '');
    const made = await dialler.dial(['/ip4/127.0.0.1/tcp/1', bare(other), bare(server)], SYNC, { expect: server.deviceId });
    expect(made.ok && made.value.peer).toBe(server.deviceId);
  });

  test('C25: without an expected device whoever answers is named', async () => {
    const [dialler, server] = [await lan(), await lan()];
    echo(server);
    const made = await dialler.dial(['/ip4/127.0.0.1/tcp/' + String(server.ports.tcp)], SYNC);
    expect(made.ok && made.value.peer).toBe(server.deviceId);
  });

  test('A8: failures are told in plain words', async () => {
    const [dialler, server] = [await lan(), await lan()];
    const dead = await dialler.dial(['/ip4/127.0.0.1/tcp/1', '/ip4/127.0.0.1/tcp/1/ws'], SYNC);
    expect(!dead.ok && dead.error).toEqual({ code: 'unreachable', message: 'nothing answers at 127.0.0.1:1, and 1 other address failed' });
    const nonsense = await dialler.dial(['/dns4/evil.example/tcp/1', 'hello', '/ip4/127.0.0.1/udp/5'], SYNC);
    expect(nonsense).toMatchObject({ ok: false, error: { code: 'no-address' } });
    const unserved = await dialler.dial(server.addresses(), PAIR);
    expect(!unserved.ok && unserved.error.message).toBe(`the device at 127.0.0.1:${server.ports.tcp} is not pairing now`);
    const self = await dialler.dial(dialler.addresses(), SYNC);
    expect(self).toMatchObject({ ok: false, error: { code: 'self' } });
    const called = await dialler.dial(server.addresses(), SYNC, { signal: AbortSignal.abort() });
    expect(called).toMatchObject({ ok: false, error: { code: 'aborted' } });
    const taken = await createLan({
      deviceSeed: new Uint8Array(32),
      listenHosts: ['127.0.0.1'],
      tcpPort: server.ports.tcp,
      wsPort: 0,
      clock: realClock,
      logger: { log: () => undefined },
    });
    expect(!taken.ok && taken.error).toEqual({ code: 'port-in-use', message: `port ${server.ports.tcp} is already in use` });
  });

  test('P9: somebody who accepts and says nothing costs at most the time limit', async () => {
    const mute = createServer().listen(0, '127.0.0.1');
    cleanups.push(() => mute.close());
    await new Promise((resolve) => mute.once('listening', resolve));
    const { port } = mute.address() as AddressInfo;
    const dialler = await lan();
    const made = await dialler.dial([`/ip4/127.0.0.1/tcp/${port}`], SYNC);
    expect(!made.ok && made.error).toEqual({ code: 'timeout', message: `timed out at 127.0.0.1:${port}` });
  }, 10_000);

  test('C25: fifty quick redials all succeed, and nothing is left over', async () => {
    const [dialler, server] = [await lan(), await lan()];
    const served = echo(server);
    for (let index = 0; index < 50; index++) {
      const channel = await dialled(dialler, server);
      await roundTrip(channel).then(() => channel.close('next'));
    }
    await until('all closes', () => served.closes.length === 50);
    expect(new Set(served.closes)).toEqual(new Set(['peer-closed']));
    expect(server.refusals()).toEqual({});
  });

  test('C39: of two crossing dials both sides keep the same', async () => {
    const [left, right] = [await lan(), await lan()];
    const [atLeft, atRight] = [echo(left), echo(right)];
    const [toRight, toLeft] = await Promise.all([dialled(left, right), dialled(right, left)]);
    await until('both answered', () => atLeft.channels.length === 1 && atRight.channels.length === 1);
    const [inLeft, inRight] = [atLeft.channels[0], atRight.channels[0]];
    if (inLeft === undefined || inRight === undefined) throw new Error('no channels');
    const leftKeepsOwn = preferChannel(left.deviceId, toRight, 5, inLeft) === 'held';
    const rightKeepsOwn = preferChannel(right.deviceId, inRight, 5, toLeft) === 'fresh';
    expect(leftKeepsOwn).toBe(!rightKeepsOwn);
    expect(leftKeepsOwn).toBe(left.deviceId < right.deviceId);
    expect(preferChannel(left.deviceId, toRight, 10_000, inLeft)).toBe('fresh');
  });
});

describe('hostile neighbours', () => {
  test('P9: a frame length over the limit closes the channel with a counted reason', async () => {
    const server = await lan();
    const served = echo(server);
    const connection = await rawConnection(await rawNode(), server);
    const stream = await connection.newStream(SYNC);
    stream.send(Uint8Array.of(0, 0x10, 0, 1));
    await until('the close', () => served.closes.length === 1);
    expect(served.closes).toEqual(['bad-frame-length']);
    expect(server.refusals()).toEqual({ 'bad-frame-length': 1 });
  });

  test('P9: a yamux frame that announces gigabytes is refused at its header', async () => {
    const server = await lan();
    const served = echo(server);
    const connection = await rawConnection(await rawNode(), server);
    const stream = (await connection.newStream(SYNC)) as unknown as { streamId: number; sendFrame(header: object, data: Uint8Array): void };
    stream.sendFrame({ type: 0, flag: 0, streamID: stream.streamId, length: 2 ** 31 }, new Uint8Array(16));
    await until('the close', () => served.closes.length === 1);
    expect(server.refusals()).toEqual({ 'yamux-frame-too-large': 1 });
  });

  test('A3: a stranger is offered sync and nothing else: no identify, ping or relay', async () => {
    const server = await lan();
    echo(server);
    const connection = await rawConnection(await rawNode(), server);
    for (const protocol of ['/ipfs/id/1.0.0', '/ipfs/id/push/1.0.0', '/ipfs/ping/1.0.0', '/libp2p/circuit/relay/0.2.0/hop', PAIR]) {
      await expect(connection.newStream(protocol)).rejects.toMatchObject({ name: 'UnsupportedProtocolError' });
    }
  });

  test('P9: half-open sockets are cut off, and one host cannot use up everybody’s places', async () => {
    const [dialler, server] = [await lan(), await lan({ limits: { pendingPerIpMax: 4 } })];
    echo(server);
    const flood = [server.ports.tcp, server.ports.ws].flatMap((port) => Array.from({ length: 8 }, () => socket(port, '127.0.0.2')));
    await until('the surplus is cut', () => flood.filter((one) => one.ended()).length === 12);
    expect(server.refusals()).toEqual({ 'too-many-handshakes-from-host': 12 });
    await roundTrip(await dialled(dialler, server));
    await until('the rest is cut', () => flood.every((one) => one.ended()), 9_000);
    expect(server.refusals()['handshake-timeout']).toBe(4);
  }, 20_000);

  test('P9: the WebSocket door takes neither slow headers, long headers nor plain requests', async () => {
    const server = await lan();
    const [slow, long, plain] = [socket(server.ports.ws), socket(server.ports.ws), socket(server.ports.ws)];
    let answer = '';
    plain.on('data', (chunk) => (answer += chunk.toString()));
    slow.write('GET / HTTP/1.1\r\nHost: x\r\n');
    long.write(`GET / HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(10_000)}\r\n\r\n`);
    plain.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await until('long and plain are over', () => long.ended() && plain.ended());
    expect(answer).toContain('426');
    await until('slow is over', () => slow.ended(), 9_000);
  }, 20_000);

  test('P9: a connection on which nothing is opened is closed', async () => {
    const hasty = { ...realClock, after: (delayMs: number, run: () => void) => realClock.after(delayMs / 20, run) };
    const server = await lan({ clock: hasty });
    const connection = await rawConnection(await rawNode(), server);
    await until('the close', () => connection.status !== 'open', 3_000);
    expect(server.refusals()).toEqual({ 'idle-connection': 1 });
  });

  test('P9: one device holds a bounded number of connections', async () => {
    const [dialler, server] = [await lan(), await lan({ limits: { openPerDeviceMax: 3 } })];
    echo(server);
    const made = await Promise.all(Array.from({ length: 5 }, () => dialler.dial(server.addresses().slice(0, 1), SYNC)));
    expect(made.filter((one) => one.ok).length).toBe(3);
    expect(server.refusals()['too-many-connections-from-device']).toBe(2);
  });
});

describe('networks that come and go', () => {
  test('A3: channels over a lost network close at once, and addresses are told anew', async () => {
    const home: NetAddress = { interfaceName: 'lo', host: '127.0.0.1', family: 4, prefixBits: 8, internal: true };
    const tell = new Set<(now: readonly NetAddress[]) => void>();
    let now: readonly NetAddress[] = [home];
    const interfaces = {
      current: () => now,
      poll: () => undefined,
      stop: () => undefined,
      subscribe: (onChange: (now: readonly NetAddress[]) => void) => {
        tell.add(onChange);
        return () => void tell.delete(onChange);
      },
    };
    const [dialler, server] = [await lan({ interfaces, listenHosts: ['0.0.0.0'] }), await lan()];
    echo(server);
    const told: (readonly string[])[] = [];
    dialler.onAddresses((addresses) => told.push(addresses));
    expect(dialler.addresses().length).toBe(2);
    const closes: string[] = [];
    const channel = await dialled(dialler, server);
    channel.start({ onFrame: () => undefined, onDrain: () => undefined, onClose: (reason) => void closes.push(reason) });
    now = [];
    for (const one of tell) one(now);
    await until('the close', () => closes.length === 1);
    expect(closes).toEqual(['network-gone']);
    expect(told).toEqual([[]]);
  });
});
