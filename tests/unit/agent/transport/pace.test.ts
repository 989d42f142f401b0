/** Reading in turns: no peer, and no crowd of them, holds the main loop by sending fast. */
import { TURN_BYTES_MAX } from '@leanvibe/agent/internal/transport/limits';
import { pace } from '@leanvibe/agent/internal/transport/pace';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';

const FLOOD_BYTES = 24 * 1024 * 1024;
/** What Node reads at once; one such piece is passed on in any case, another may be under way when a socket is paused. */
const PIECE_BYTES = 64 * 1024;

/** A connection over a socket, as far as reading goes, as libp2p's TCP transport makes it. */
class SocketReader extends EventTarget {
  readStatus: 'readable' | 'paused' = 'readable';
  readonly socket: Socket;
  constructor(socket: Socket) {
    super();
    this.socket = socket;
    socket.on('data', (data) => this.dispatchEvent(Object.assign(new Event('message'), { data })));
  }
  pause(): void {
    this.readStatus = 'paused';
    this.socket.pause();
  }
  resume(): void {
    this.readStatus = 'readable';
    this.socket.resume();
  }
}

/** Floods over so many connections at once: bytes that came over each, and the most that came in one turn of the loop. */
async function flood(connections: number, paced: boolean): Promise<{ readonly came: readonly number[]; readonly most: number }> {
  const came: number[] = [];
  let [most, turn] = [0, 0];
  const ended: Promise<unknown>[] = [];
  const server = createServer((socket) => {
    const [at, one] = [came.push(0) - 1, new SocketReader(socket)];
    if (paced) pace(one as unknown as Parameters<typeof pace>[0]);
    one.addEventListener('message', (event) => {
      const { data } = event as Event & { readonly data: Uint8Array };
      came[at] = (came[at] as number) + data.byteLength;
      if (turn === 0) setImmediate(() => (turn = 0));
      turn += data.byteLength;
      most = Math.max(most, turn);
    });
    ended.push(once(socket, 'end'));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const bytes = new Uint8Array(FLOOD_BYTES / connections);
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
      socket.end(bytes);
      await once(socket, 'close');
    }),
  );
  await Promise.all(ended);
  return { came, most };
}

test('P9 one fast connection is read a bounded number of bytes per turn, and all of it arrives', async () => {
  const { came, most } = await flood(1, true);
  expect(came).toEqual([FLOOD_BYTES]);
  expect(most).toBeLessThanOrEqual(TURN_BYTES_MAX + 2 * PIECE_BYTES);
  process.stdout.write(`one connection: at most ${most} bytes in a turn, without pacing ${(await flood(1, false)).most}\n`);
});

test('P9 twelve fast connections share a turn, each with a piece, and all of it arrives', async () => {
  const { came, most } = await flood(12, true);
  expect(came).toEqual(Array.from({ length: 12 }, () => FLOOD_BYTES / 12));
  expect(most).toBeLessThanOrEqual(TURN_BYTES_MAX + 13 * PIECE_BYTES);
});
