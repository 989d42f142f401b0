/** Dialling a relay: what is given up before it is open ends in words, and in nothing else; who waits for what is queued is told. */
import type { AddressInfo } from 'node:net';
import { dialRelay } from '@leanvibe/agent/internal/relay/line';
import { afterEach, expect, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { until } from '../../../help/wait.js';

const servers: WebSocketServer[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    for (const client of server.clients) client.terminate();
    server.close();
  }
});

/** A line to somebody who reads when told to. `told`: what was queued at each word that some had left. */
async function slowLine() {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  servers.push(server);
  const there = new Promise<WebSocket>((resolve) => void server.once('connection', resolve));
  await new Promise((resolve) => void server.once('listening', resolve));
  const line = await dialRelay(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, new AbortController().signal);
  const told: number[] = [];
  line.start({ onFrame: () => undefined, onDrain: () => void told.push(line.queuedBytes()), onClose: () => undefined });
  return { line, told, reader: await there };
}

test('a line that a pipe fills tells again until nothing is queued, however little it was', async () => {
  const { line, reader, told } = await slowLine();
  line.send(new Uint8Array(1_000));
  await until('the word that it has left', () => told.at(-1) === 0);
  reader.pause();
  // Until the network takes no more: this one is on its way, what follows is queued behind it.
  while (line.queuedBytes() === 0) {
    line.send(new Uint8Array(1024 * 1024));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  told.length = 0;
  line.send(new Uint8Array(200 * 1024));
  reader.resume();
  await until('the word that all has left', () => told.at(-1) === 0);
  // Where a pipe goes on is half of what it may queue.
  expect(told.every((bytes) => bytes <= 128 * 1024)).toBe(true);
  line.close('done');
});

test('a dial that was given up before it began, or right after, rejects and raises nothing beside it', async () => {
  const before = new AbortController();
  before.abort();
  await expect(dialRelay('http://127.0.0.1:9', before.signal)).rejects.toThrow('given up');
  const after = new AbortController();
  const dialled = dialRelay('http://127.0.0.1:9', after.signal);
  after.abort();
  await expect(dialled).rejects.toThrow('given up');
  await new Promise((resolve) => setTimeout(resolve, 50));
});
