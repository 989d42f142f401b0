/** A stranger's own dialler: opens the protocols named after its addresses with a fresh key, speaks as a newcomer would, and prints every byte it was given. */
import { randomBytes } from 'node:crypto';
import { createLan } from '@leanvibe/agent/internal/transport/lan';
import { sessionMessage } from '@leanvibe/protocol/peer';
import { encode } from '@leanvibe/protocol/shape';

const [, , protocol, ...addresses] = process.argv;
const clock = {
  nowMs: () => Date.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
const say = (event, more = {}) => process.stdout.write(`${JSON.stringify({ event, ...more })}\n`);
const made = await createLan({
  deviceSeed: randomBytes(32),
  listenHosts: ['0.0.0.0'],
  tcpPort: 0,
  wsPort: 0,
  clock,
  logger: { log: () => undefined },
});
if (!made.ok) throw new Error(made.error.message);
const lan = made.value;
const dialled = await lan.dial(addresses, protocol);
if (!dialled.ok) say('refused', { code: dialled.error.code, message: dialled.error.message });
else {
  const channel = dialled.value;
  say('dialled', { peer: channel.peer, self: lan.deviceId });
  const closed = new Promise((resolve) => {
    channel.start({
      onFrame: (frame) => say('frame', { hex: Buffer.from(frame).toString('hex') }),
      onDrain: () => undefined,
      onClose: (reason) => {
        say('closed', { reason });
        resolve();
      },
    });
  });
  if (protocol === '/leanvibe/sync/1') {
    channel.send(encode(sessionMessage, { type: 'hello', version: 1, versionMin: 1, nonce: randomBytes(32) }));
    channel.send(encode(sessionMessage, { type: 'tags', tags: Array.from({ length: 16 }, () => randomBytes(16)) }));
  }
  await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 5_000))]);
}
await lan.stop();
process.exit(0);
