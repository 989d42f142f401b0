/** A real Redis of one test file, on a socket in a folder of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { runServer, type Running, serverProgram } from './server.js';

export interface Redis {
  /** What `REDIS_URL` would be: the path of its socket. */
  readonly url: string;
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  start(): Promise<void>;
}

/** Call it while a file's tests are being collected: the server is started by the first test that wants it and ended after the last. */
export function redisOfFile(): () => Promise<Redis> {
  const folder = mkdtempSync(join(tmpdir(), 'leanvibe-redis-'));
  const socket = join(folder, 'redis.sock');
  let running: Promise<Running> | null = null;
  const redis: Redis = {
    url: socket,
    async start() {
      const args = ['--port', '0', '--unixsocket', socket, '--dir', folder, '--save', '', '--appendonly', 'no'];
      await (running ??= runServer(serverProgram('redis-server'), args, 'ready to accept connections'));
    },
    async stop(signal = 'SIGTERM') {
      await (await running)?.end(signal);
      running = null;
    },
  };
  afterAll(async () => {
    await redis.stop('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  return async () => {
    await redis.start();
    return redis;
  };
}
