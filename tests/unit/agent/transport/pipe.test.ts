/** Connections over a pipe: the right key or nothing, whatever the pipe does; bounds on what waits; channels one after another. */
import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { createLan, type Lan, type LanInit } from '@leanvibe/agent/internal/transport/lan';
import { originOf, pipeAddress, type Pipe } from '@leanvibe/agent/internal/transport/pipe';
import { toPipeConnection } from '@leanvibe/agent/internal/transport/pipeconn';
import { preferChannel } from '@leanvibe/agent/internal/transport/prefer';
import { quietLogger } from '@leanvibe/agent/internal/transport/quiet';
import type { Channel } from '@leanvibe/core/internal/ports/channel';
import { realClock } from '../../../contracts/channel.js';
import { createPipePair, type PipeShape } from '../../../help/pipe.js';
import { createRandom } from '../../../help/random.js';
import { until } from '../../../help/wait.js';

const SYNC = '/leanvibe/sync/1';
const PAIR = '/leanvibe/pair/1';
const ORIGIN = 'https://relay.example.com';
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

function serve(server: Lan, protocol: Parameters<Lan['serve']>[0] = SYNC): { readonly channels: Channel[]; readonly closes: string[] } {
  const [channels, closes]: [Channel[], string[]] = [[], []];
  server.serve(protocol, (channel) => {
    channels.push(channel);
    channel.start({ onFrame: (frame) => channel.send(frame), onDrain: () => undefined, onClose: (reason) => void closes.push(reason) });
  });
  return { channels, closes };
}

const pair = (shape: PipeShape, server: Lan): ReturnType<typeof createPipePair> => {
  const pipes = createPipePair(shape);
  server.acceptOver(pipes.right, ORIGIN);
  return pipes;
};

/** Sends it all and waits until all of it came back. */
async function echoed(channel: Channel, frames: readonly Uint8Array[]): Promise<void> {
  let count = 0;
  await new Promise<void>((resolve, reject) => {
    channel.start({
      onFrame: (frame) => {
        if (Buffer.compare(frame, frames[count] ?? new Uint8Array()) !== 0) reject(new Error(`frame ${count} differs`));
        if ((count += 1) === frames.length) resolve();
      },
      onDrain: () => undefined,
      onClose: (reason) => reject(new Error(reason)),
    });
    for (const frame of frames) channel.send(frame);
  });
}

/** Writes what it is told to, and reads nothing. */
function mute(say: readonly Uint8Array[] = []): Pipe & { readonly closes: string[] } {
  const closes: string[] = [];
  let tell: (reason: string) => void = () => undefined;
  return {
    closes,
    send: () => undefined,
    queuedBytes: () => 0,
    start: ({ onBytes, onClose }) => {
      tell = onClose;
      setTimeout(() => say.forEach(onBytes));
    },
    close: (reason) => {
      closes.push(reason);
      queueMicrotask(() => tell(reason));
    },
  };
}

describe('C25 channels over a pipe', () => {
  test('C41 C25: far away and slow, everything arrives whole, and no more than the limit is queued', async () => {
    const [guest, host] = [await lan(), await lan()];
    serve(host);
    const pipes = pair({ latencyMs: 200, bytesPerSecond: 4_000_000, windowBytes: 64 * 1024 }, host);
    const met = await guest.dialOver(pipes.left, ORIGIN, { expect: host.deviceId });
    if (!met.ok) throw new Error(met.error.message);
    expect(met.value.device).toBe(host.deviceId);
    const opened = await met.value.open(SYNC);
    if (!opened.ok) throw new Error(opened.error.message);
    expect(opened.value).toMatchObject({ via: 'relay-pipe', address: ORIGIN, outbound: true, relayed: true, peer: host.deviceId });
    await echoed(
      opened.value,
      [0, 1, 70_000, 900_000, 5, 300_000].map((size) => new Uint8Array(randomBytes(size))),
    );
    for (const pipe of [pipes.left, pipes.right]) {
      expect(pipe.sentBytesMost()).toBeLessThanOrEqual(64 * 1024);
      expect(pipe.queuedBytesMost()).toBeLessThanOrEqual((256 + 64) * 1024);
    }
  }, 30_000);

  test('C39 C41: a device with another key is refused, learns nothing, and the pipe is closed', async () => {
    const [guest, host, other] = [await lan(), await lan(), await lan()];
    const served = serve(host);
    const pipes = pair({}, host);
    const met = await guest.dialOver(pipes.left, ORIGIN, { expect: other.deviceId });
    expect(met).toMatchObject({ ok: false, error: { code: 'wrong-device' } });
    expect(!met.ok && met.error.message).toBe('a different device answered at the relay relay.example.com');
    await until('the refusal', () => host.refusals()['handshake-failed'] === 1);
    expect(served.channels).toEqual([]);
    const unexpected = await guest.dialOver(pair({}, host).left, ORIGIN);
    expect(unexpected.ok && unexpected.value.device).toBe(host.deviceId);
    const itself = await guest.dialOver(pair({}, guest).left, ORIGIN);
    expect(itself).toMatchObject({ ok: false, error: { code: 'self' } });
  });

  test('P9 C41: whoever speaks garbage, or nothing, costs one handshake', async () => {
    const hasty = { ...realClock, after: (delayMs: number, run: () => void) => realClock.after(delayMs / 20, run) };
    const [guest, host] = [await lan({ clock: hasty }), await lan()];
    const random = createRandom('garbage');
    for (const size of [1, 40, 5_000, 200_000]) {
      const garbage = mute([random.bytes(size)]);
      host.acceptOver(garbage, ORIGIN);
      const met = await guest.dialOver(mute([random.bytes(size)]), ORIGIN);
      expect(met.ok).toBe(false);
    }
    const silent = mute();
    const met = await guest.dialOver(silent, ORIGIN);
    expect(met).toMatchObject({ ok: false, error: { message: 'timed out at the relay relay.example.com' } });
    expect(silent.closes).toEqual(['reset']);
    await until(
      'the garbage is dropped',
      () => (host.refusals()['handshake-failed'] ?? 0) + (host.refusals()['handshake-timeout'] ?? 0) === 4,
    );
    const fine = await guest.dialOver(pair({}, host).left, ORIGIN, { expect: host.deviceId });
    expect(fine.ok).toBe(true);
  }, 20_000);

  test('P9 C41: a pipe that floods is cut off at the limit', async () => {
    const flood = mute(Array.from({ length: 80 }, () => new Uint8Array(64 * 1024)));
    const connection = toPipeConnection({
      pipe: flood,
      remoteAddr: pipeAddress(ORIGIN, null),
      direction: 'inbound',
      log: quietLogger.forComponent('test'),
    });
    await until('the end', () => connection.status !== 'open');
    expect(flood.closes).toEqual(['reset']);
  });

  test('C25 C41: cut at any moment it ends in words or in one close, and the next one is fine', async () => {
    const [guest, host] = [await lan(), await lan()];
    const served = serve(host);
    const random = createRandom('cuts');
    for (let round = 0; round < 25; round++) {
      const pipes = pair({ latencyMs: 3 }, host);
      setTimeout(pipes.cut, random.below(100));
      const met = await guest.dialOver(pipes.left, ORIGIN, { expect: host.deviceId });
      const opened = met.ok ? await met.value.open(SYNC) : met;
      if (!opened.ok) {
        expect(opened.error.message).toMatch(/relay\.example\.com/);
        continue;
      }
      const closes: string[] = [];
      opened.value.start({ onFrame: () => undefined, onDrain: () => undefined, onClose: (reason) => void closes.push(reason) });
      for (let count = 0; count < 20; count++) opened.value.send(random.bytes(50_000));
      await until('the close', () => closes.length === 1);
    }
    await until('all of them closed', () => served.closes.length === served.channels.length);
    const met = await guest.dialOver(pair({}, host).left, ORIGIN, { expect: host.deviceId });
    const opened = met.ok ? await met.value.open(SYNC) : met;
    if (!opened.ok) throw new Error(opened.error.message);
    await echoed(opened.value, [Uint8Array.of(1)]);
  }, 30_000);

  test('C41: channels follow one another over one pipe; ten seconds after the last it is closed', async () => {
    const hasty = { ...realClock, after: (delayMs: number, run: () => void) => realClock.after(delayMs / 20, run) };
    const [guest, host] = [await lan({ clock: hasty }), await lan()];
    const [pairs, syncs] = [serve(host, PAIR), serve(host)];
    const pipes = pair({ latencyMs: 5 }, host);
    const met = await guest.dialOver(pipes.left, ORIGIN, { expect: host.deviceId });
    const first = met.ok ? await met.value.open(PAIR) : met;
    if (!met.ok || !first.ok) throw new Error('not met');
    await echoed(first.value, [Uint8Array.of(1)]);
    first.value.close('done');
    await until('the first to be over', () => pairs.closes.length === 1);
    const second = await met.value.open(SYNC);
    if (!second.ok) throw new Error(second.error.message);
    await echoed(second.value, [Uint8Array.of(2)]);
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(syncs.closes).toEqual([]);
    second.value.close('done');
    await until('the second to be over', () => syncs.closes.length === 1);
    await until('the pipe to be closed', async () => !(await met.value.open(SYNC)).ok);
  });

  test('C43 P9: recovery is asked for on a network only, and guests of one relay take no more than one host may', async () => {
    const [guest, host] = [await lan(), await lan({ limits: { pendingPerIpMax: 3 } })];
    const recoveries = serve(host, '/leanvibe/recover/1');
    serve(host);
    const met = await guest.dialOver(pair({}, host).left, ORIGIN, { expect: host.deviceId });
    if (!met.ok) throw new Error(met.error.message);
    const asked = await met.value.open('/leanvibe/recover/1');
    if (asked.ok) {
      const closes: string[] = [];
      asked.value.start({ onFrame: () => undefined, onDrain: () => undefined, onClose: (reason) => void closes.push(reason) });
      await until('the refusal', () => closes.length === 1);
    }
    expect(recoveries.channels).toEqual([]);
    const waiting = Array.from({ length: 5 }, () => mute());
    for (const one of waiting) host.acceptOver(one, ORIGIN);
    expect(waiting.map(({ closes }) => closes)).toEqual([[], [], [], ['busy'], ['busy']]);
    expect(host.refusals()).toMatchObject({ 'too-many-handshakes-from-host': 2 });
    const elsewhere = await guest.dialOver(pairAt(host, 'https://other.example'), 'https://other.example', { expect: host.deviceId });
    expect(elsewhere.ok).toBe(true);
  });

  test('C41: once it is stopped it takes and makes no more', async () => {
    const [guest, host] = [await lan(), await lan()];
    await Promise.all([guest.stop(), host.stop()]);
    const [mine, theirs] = [mute(), mute()];
    expect(await guest.dialOver(mine, ORIGIN)).toMatchObject({ ok: false, error: { code: 'stopped' } });
    host.acceptOver(theirs, ORIGIN);
    expect([mine.closes, theirs.closes]).toEqual([['stopped'], ['busy']]);
  });

  test('C41: of a direct and a relayed channel the direct one stays', () => {
    const at = (relayed: boolean, outbound: boolean): Channel => ({ relayed, outbound, peer: 'b' }) as unknown as Channel;
    for (const outbound of [true, false])
      for (const heldMs of [5, 60_000]) {
        expect(preferChannel('a' as Channel['peer'], at(true, true), heldMs, at(false, outbound))).toBe('fresh');
        expect(preferChannel('a' as Channel['peer'], at(false, true), heldMs, at(true, outbound))).toBe('held');
      }
  });

  test('C41: the origin of a relay survives as an address, and an address of a network is none', () => {
    for (const origin of [ORIGIN, 'http://127.0.0.1:8080', 'https://[fd00::1]:8443', 'http://relay.local', 'https://10.0.0.5'])
      expect(originOf(pipeAddress(origin, null))).toBe(origin);
    expect(() => pipeAddress('ftp://relay.example', null)).toThrow('origin');
  });
});

function pairAt(host: Lan, origin: string): Pipe {
  const { left, right } = createPipePair();
  host.acceptOver(right, origin);
  return left;
}
