/** A8: what can keep an agent from starting, each with its own words; and that it stops clean. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runAgent, type RunOptions } from '@leanvibe/agent/internal/daemon/run';
import { StartFailure } from '@leanvibe/agent/internal/daemon/start-failure';
import { writeMeta } from '@leanvibe/agent/internal/store/schema';
import Sqlite from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startAgent } from '../../../help/agent.js';
import { tempFolder } from '../../../help/temp.js';

const ENV = { LEANVIBE_SECRETS: 'file', LEANVIBE_LISTEN: '127.0.0.1', LEANVIBE_DISCOVERY: 'off' };

async function failureOf(options: Partial<RunOptions>): Promise<StartFailure> {
  try {
    const agent = await runAgent({
      home: join(await tempFolder('start'), 'home'),
      flags: { port: '0' },
      ...options,
      env: { ...ENV, ...options.env },
    });
    await agent.stop();
  } catch (error) {
    if (error instanceof StartFailure) return error;
    throw error;
  }
  throw new Error('it started');
}

describe('A8 starting', () => {
  test('A8 a second agent on one home says who runs there, and disturbs nothing', async () => {
    const agent = await startAgent();
    const failure = await failureOf({ home: agent.home });
    expect(failure).toMatchObject({ code: 'already-running', message: expect.stringContaining(String(process.pid)) });
    expect((await agent.ask('id', {})).deviceId).toBe(agent.agent.deviceId);
  });

  test('A8 a busy port is named, with what to try; the home is free again', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const home = join(await tempFolder('busy'), 'home');
    expect(await failureOf({ home, flags: { port: String(port) } })).toMatchObject({
      code: 'port-in-use',
      message: expect.stringContaining(String(port)),
      fix: expect.stringContaining('LEANVIBE_PORT'),
    });
    expect((await startAgent({ home })).agent.port).toBeGreaterThan(0);
  });

  test('A8 a home that is a file, a wrong setting, a wrong config file', async () => {
    const folder = await tempFolder('wrong');
    await writeFile(join(folder, 'file'), 'x');
    expect((await failureOf({ home: join(folder, 'file') })).code).toBe('home-unusable');
    expect(await failureOf({ env: { LEANVIBE_PORT: 'x', ...ENV }, flags: {} })).toMatchObject({
      code: 'bad-config',
      message: expect.stringContaining('LEANVIBE_PORT'),
    });
    await mkdir(join(folder, 'home'));
    await writeFile(join(folder, 'home', 'config.json'), '{"colour": "red"}');
    expect(await failureOf({ home: join(folder, 'home') })).toMatchObject({
      code: 'bad-config',
      message: expect.stringContaining('colour'),
    });
    expect(existsSync(join(folder, 'home', 'store.db'))).toBe(false);
  });

  test('A8 a store of a newer version is left alone', async () => {
    const home = join(await tempFolder('newer'), 'home');
    await (await startAgent({ home })).agent.stop();
    const db = new Sqlite(join(home, 'store.db'));
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(999);
    writeMeta(db, 'schema', bytes);
    db.pragma('user_version = 999');
    db.close();
    const failure = await failureOf({ home });
    expect(failure.code).toBe('store');
    expect(failure.message).toMatch(/newer/);
  });

  test('SPEC stop ends everything: the port, the lock, the endpoint file', async () => {
    const agent = await startAgent();
    const { port } = agent.agent;
    await agent.ask('stop', {});
    await agent.agent.stopped;
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
    expect(existsSync(join(agent.home, 'endpoint.json'))).toBe(false);
    const again = await startAgent({ home: agent.home });
    expect(again.agent.deviceId).toBe(agent.agent.deviceId);
    expect((await again.ask('status', {})).loop.p99Ms).toBeGreaterThanOrEqual(0);
  });
});
