/** The channel contract over memory, TCP, WebSocket and pipes. */
import { randomBytes } from 'node:crypto';
import type { Channel } from '@leanvibe/core/internal/ports/channel';
import { createMemoryPair } from '@leanvibe/core/internal/memory/channel';
import { makeId, type DeviceId } from '@leanvibe/protocol/ids';
import { createLan, type Lan } from '@leanvibe/agent/internal/transport/lan';
import { createPipePair, type PipeShape } from '../help/pipe.js';
import { channelContract, realClock, type JoinedPair } from './channel.js';

const ORIGIN = 'https://relay.example.com';

async function loopback(): Promise<Lan> {
  const made = await createLan({
    deviceSeed: new Uint8Array(randomBytes(32)),
    listenHosts: ['127.0.0.1'],
    tcpPort: 0,
    wsPort: 0,
    clock: realClock,
    logger: { log: () => undefined },
  });
  if (!made.ok) throw new Error(made.error.message);
  return made.value;
}

async function overLan(kind: 'tcp' | 'ws'): Promise<JoinedPair> {
  const [dialler, server] = [await loopback(), await loopback()];
  const served = new Promise<Channel>((resolve) => server.serve('/leanvibe/sync/1', resolve));
  const addresses = server.addresses().filter((address) => address.includes('/ws/') === (kind === 'ws'));
  const dialled = await dialler.dial(addresses, '/leanvibe/sync/1', { expect: server.deviceId });
  if (!dialled.ok) throw new Error(dialled.error.message);
  return {
    left: dialled.value,
    right: await served,
    leftId: dialler.deviceId,
    rightId: server.deviceId,
    cut: () => server.stop(),
    stop: async () => {
      await Promise.all([dialler.stop(), server.stop()]);
    },
  };
}

async function overPipe(shape: PipeShape): Promise<JoinedPair> {
  const [dialler, server] = [await loopback(), await loopback()];
  const served = new Promise<Channel>((resolve) => server.serve('/leanvibe/sync/1', resolve));
  const pipes = createPipePair(shape);
  server.acceptOver(pipes.right, ORIGIN);
  const met = await dialler.dialOver(pipes.left, ORIGIN, { expect: server.deviceId });
  const opened = met.ok ? await met.value.open('/leanvibe/sync/1') : met;
  if (!opened.ok) throw new Error(opened.error.message);
  return {
    left: opened.value,
    right: await served,
    leftId: dialler.deviceId,
    rightId: server.deviceId,
    cut: pipes.cut,
    stop: async () => {
      await Promise.all([dialler.stop(), server.stop()]);
    },
  };
}

channelContract({
  via: 'memory',
  inFlightBytesMax: 0,
  make: () => {
    const [leftId, rightId] = [makeId<DeviceId>(randomBytes(32)), makeId<DeviceId>(randomBytes(32))];
    const { left, right, cut } = createMemoryPair({ clock: realClock }, { left: leftId, right: rightId });
    return Promise.resolve({ left, right, leftId, rightId, cut: () => cut('cut'), stop: () => cut('over') });
  },
});
// One window, one batch.
channelContract({ via: 'tcp', inFlightBytesMax: 1024 * 1024 + 64 * 1024, make: () => overLan('tcp') });
channelContract({ via: 'ws', inFlightBytesMax: 1024 * 1024 + 64 * 1024, make: () => overLan('ws') });
// As they come, and as through a relay far away; what the pipe holds is in flight too.
channelContract({ via: 'relay-pipe', inFlightBytesMax: 1024 * 1024 + 64 * 1024, make: () => overPipe({}) });
channelContract({
  via: 'relay-pipe',
  inFlightBytesMax: 1024 * 1024 + 64 * 1024,
  make: () => overPipe({ latencyMs: 20, windowBytes: 64 * 1024 }),
});
