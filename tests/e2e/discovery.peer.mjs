/** One agent's discovery and transport in a process of its own, for tests: says what it finds as JSON lines, until it is told to end. */
import { randomBytes } from 'node:crypto';
import { createInterfaceWatch } from '@leanvibe/agent/internal/discover/interfaces';
import { createDiscovery } from '@leanvibe/agent/internal/discover/mdns';
import { createLan } from '@leanvibe/agent/internal/transport/lan';

const clock = {
  nowMs: () => Date.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
const say = (event, more = {}) => process.stdout.write(`${JSON.stringify({ event, atMs: Date.now(), ...more })}\n`);
const logger = { log: () => undefined };
const interfaces = createInterfaceWatch({ clock });
const made = await createLan({ deviceSeed: randomBytes(32), listenHosts: ['0.0.0.0'], tcpPort: 0, wsPort: 0, interfaces, clock, logger });
if (!made.ok) throw new Error(made.error.message);
const lan = made.value;
lan.serve('/leanvibe/sync/1', (channel) => {
  say('served', { peer: channel.peer });
  channel.start({ onFrame: (frame) => channel.send(frame), onDrain: () => undefined, onClose: (reason) => say('closed', { reason }) });
});
const discovery = createDiscovery({ clock, logger, interfaces, service: { version: 1, tcpPort: lan.ports.tcp, wsPort: lan.ports.ws } });
discovery.subscribe(async (found) => {
  say('found', found);
  const addresses = found.addresses.map(
    ({ host, port, kind }) => `/ip${host.includes(':') ? 6 : 4}/${host}/tcp/${port}${kind === 'ws' ? '/ws' : ''}`,
  );
  if (addresses.length === 0 || !process.argv.includes('--dial')) return;
  const dialled = await lan.dial(addresses, '/leanvibe/sync/1');
  if (!dialled.ok) return say('dial-failed', dialled.error);
  say('dialled', { peer: dialled.value.peer });
  dialled.value.start({ onFrame: () => undefined, onDrain: () => undefined, onClose: (reason) => say('closed', { reason }) });
});
discovery.start();
say('ready', { instance: discovery.instance, deviceId: lan.deviceId, ports: lan.ports });
process.on('SIGUSR2', () =>
  say('refusals', { refusals: discovery.refusals(), cpuMs: process.cpuUsage().user / 1000, rssMiB: process.memoryUsage().rss / 2 ** 20 }),
);
process.on('SIGTERM', async () => {
  await discovery.stop();
  await lan.stop();
  interfaces.stop();
});
