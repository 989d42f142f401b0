/** A real PostgreSQL of one test file, on a socket in a folder of its own; fsync stays on, and its language is one that sorts unlike bytes. */
import { execFile } from 'node:child_process';
import { chownSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll } from 'vitest';
import { type As, runServer, type Running, serverProgram } from './server.js';
import { until } from './wait.js';

export interface Postgres {
  /** Of a database that exists: `postgres` always does. */
  url(database?: string): string;
  /** A new empty database, which takes a second; answers its url. */
  database(): Promise<string>;
  /** The url of a new schema of the database `postgres`, where tables are made and found: as good as a database for most tests, and at once. */
  schema(): Promise<string>;
  /** `fast`: in order, lines are cut. `crash`: at once, nothing is written any more. */
  stop(how: 'fast' | 'crash'): Promise<void>;
  start(): Promise<void>;
  /** Copies everything as it is now, while it serves, as a standby that then lags; what is answered puts the copy in the place of the server, which crashes. */
  lag(): Promise<() => Promise<void>>;
  /** Runs one statement as the superuser. */
  say(statement: string, database?: string): Promise<string>;
}

const run = promisify(execFile);
const READY = 'database system is ready to accept connections';

/** Call it while a file's tests are being collected: the server is started by the first test that wants it and ended after the last. */
export function postgresOfFile(): () => Promise<Postgres> {
  let server: Promise<{ readonly postgres: Postgres; end(): Promise<void> }> | null = null;
  afterAll(async () => await (await server)?.end());
  return async () => (await (server ??= startPostgres())).postgres;
}

/** For programs that are no test: whoever starts it ends it. */
export async function startPostgres(): Promise<{ readonly postgres: Postgres; end(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'leanvibe-pg-'));
  const as = await notRoot();
  if (as.uid !== undefined && as.gid !== undefined) chownSync(folder, as.uid, as.gid);
  const data = join(folder, 'data');
  const language = ['--encoding=UTF8', '--locale=C', '--locale-provider=icu', '--icu-locale=en'];
  await run(serverProgram('initdb'), ['-D', data, '-U', 'leanvibe', '-A', 'trust', '--no-sync', '--no-instructions', ...language], as);
  const settings = ['listen_addresses=', `unix_socket_directories=${folder}`, 'max_connections=100', 'shared_buffers=32MB'];
  const args = ['-D', data, ...settings.flatMap((setting) => ['-c', setting])];
  let running: Running | null = null;
  const start = async (): Promise<void> => {
    // After a crash the last of the old server's processes may still hold its memory.
    const { value } = await until(
      'PostgreSQL starts',
      () => runServer(serverProgram('postgres'), args, READY, as).catch(() => null),
      30_000,
      100,
    );
    running = value;
  };
  await start();
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    await running?.end(signal);
    running = null;
  };
  const lag = async (): Promise<() => Promise<void>> => {
    const older = join(folder, 'older');
    await run(serverProgram('pg_basebackup'), ['-h', folder, '-U', 'leanvibe', '-D', older, '--checkpoint=fast', '--no-sync'], as);
    return async () => {
      await stop('SIGQUIT');
      rmSync(data, { recursive: true });
      renameSync(older, data);
      await start();
    };
  };
  const postgres: Postgres = { ...createPostgres(folder, start, stop), lag };
  const end = async (): Promise<void> => {
    await postgres.stop('crash');
    rmSync(folder, { recursive: true, force: true });
  };
  return { postgres, end };
}

function createPostgres(folder: string, start: () => Promise<void>, end: (signal: NodeJS.Signals) => Promise<void>): Omit<Postgres, 'lag'> {
  let made = 0;
  const url = (database = 'postgres'): string => `postgresql://leanvibe@localhost/${database}?host=${encodeURIComponent(folder)}`;
  const say = async (statement: string, database = 'postgres'): Promise<string> =>
    (await run(serverProgram('psql'), ['-h', folder, '-U', 'leanvibe', '-d', database, '-qAt', '-c', statement])).stdout.trim();
  return {
    url,
    say,
    start,
    async schema() {
      const name = `s${process.pid}_${made++}`;
      await say(`create schema ${name}`);
      return `${url()}&options=${encodeURIComponent(`-c search_path=${name}`)}`;
    },
    stop: (how) => end(how === 'fast' ? 'SIGINT' : 'SIGQUIT'),
    async database() {
      const name = `t${process.pid}_${made++}`;
      await say(`create database ${name} template template0`);
      return url(name);
    },
  };
}

/** PostgreSQL refuses to run as root: then it runs as Debian's `postgres`. */
async function notRoot(): Promise<As> {
  if (process.getuid?.() !== 0) return {};
  const [uid, gid] = await Promise.all(['-u', '-g'].map(async (what) => Number((await run('id', [what, 'postgres'])).stdout)));
  return { uid: uid as number, gid: gid as number };
}
