/** A hostile neighbour for tests: floods a network's mDNS group with bombs, nonsense and forged records for some seconds. */
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { createRequire } from 'node:module';

const packet = createRequire(createRequire(import.meta.url).resolve('multicast-dns'))('dns-packet');
const [address, seconds] = [process.argv[2], Number(process.argv[3])];
const SERVICE = '_leanvibe._tcp.local';

/** Names that are chains of pointers, asked for many times: decoding costs the square of the size. */
function pointerBomb(bytes) {
  const bomb = Buffer.alloc(bytes);
  bomb.writeUInt16BE(60, 4);
  bomb.write('_leanvibe', 20);
  for (let at = 40; at < bytes / 2; at += 2) bomb.writeUInt16BE(0xc000 | (at - 2), at);
  for (let at = bytes / 2; at + 6 < bytes; at += 6) bomb.writeUInt16BE(0xc000 | (Math.min(bytes / 2, 16_000) - 2), at);
  return bomb;
}

function forged(index) {
  const name = `f${index.toString(16).padStart(8, '0')}`;
  const answers = [
    { type: 'PTR', name: SERVICE, ttl: 4_000_000, data: `${name}.${SERVICE}` },
    { type: 'SRV', name: `${name}.${SERVICE}`, ttl: 4_000_000, data: { port: 1, target: `${name}.local` } },
    {
      type: 'TXT',
      name: `${name}.${SERVICE}`,
      ttl: 4_000_000,
      data: ['v=1', ...(index % 2 === 0 ? ['x'.repeat(250), 'y'.repeat(250)] : [])],
    },
    { type: 'A', name: `${name}.local`, ttl: 4_000_000, data: '10.9.9.9' },
  ];
  return packet.encode({ type: 'response', answers });
}

const makers = [
  () => Buffer.concat([Buffer.from([0, 0, 0x84, 0, 0, 1, 0, 3, 0, 0, 0, 0]), randomBytes(40), Buffer.from('_leanvibe')]),
  () => pointerBomb(4_000),
  () => pointerBomb(8_900),
  () => packet.encode({ type: 'query', questions: [{ type: 'PTR', name: SERVICE }] }),
  forged,
  forged,
];
const socket = createSocket({ type: 'udp4', reuseAddr: true });
socket.bind(5353, () => {
  socket.setMulticastInterface(address);
  const end = Date.now() + seconds * 1_000;
  let sent = 0;
  (function burst() {
    for (let index = 0; index < 40; index++, sent++) socket.send(makers[sent % makers.length](sent), 5353, '224.0.0.251');
    if (Date.now() < end) setTimeout(burst, 10);
    else socket.close(() => process.stdout.write(`${JSON.stringify({ sent })}\n`));
  })();
});
