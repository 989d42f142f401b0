/** Backup and restore of a PostgreSQL database by its own programs, each compared with what the server counts itself. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { err, ok, type Result } from '@leanvibe/core/base/result';
import { Client } from 'pg';
import { type Content, isEmpty } from './manifest.js';
import { runPg } from './pg-tools.js';
import { postgresContent } from './postgres-content.js';

type Env = Readonly<Record<string, string | undefined>>;

/** Dumps one snapshot and answers what that snapshot held. That the file can be read is checked. */
export async function backupPostgres(url: string, target: string, env: Env): Promise<Result<Content, string>> {
  const draft = `${target}.partial`;
  rmSync(draft, { force: true });
  closeSync(openSync(draft, 'wx', 0o600));
  return connected(url, async (client) => {
    try {
      await client.query('begin isolation level repeatable read read only');
      const { rows } = await client.query<{ readonly id: string }>('select pg_export_snapshot() as id');
      const wanted = await postgresContent(client);
      const args = [
        '--format=custom',
        '--no-owner',
        '--no-privileges',
        '--schema=public',
        `--snapshot=${rows[0]?.id ?? ''}`,
        `--file=${draft}`,
      ];
      const dumped = await runPg('pg_dump', args, url, env);
      await client.query('rollback');
      if (!dumped.ok) return err(`the database could not be dumped: ${dumped.error}`);
      const listed = await runPg('pg_restore', ['--list', draft], url, env);
      if (!listed.ok) return err(`the dump cannot be read: ${listed.error}`);
      const file = openSync(draft, 'r');
      fsyncSync(file);
      closeSync(file);
      renameSync(draft, target);
      return ok(wanted);
    } finally {
      rmSync(draft, { force: true });
    }
  });
}

export interface PostgresRestore {
  readonly url: string;
  readonly backup: string;
  /** What speaks against what came back, in words; null: nothing. */
  readonly judge: (found: Content) => string | null;
  readonly force: boolean;
  readonly storeId: string;
  readonly env: Env;
  /** For the name of the schema that keeps what stood there. */
  readonly nowMs: number;
}

/** Answers where what stood there is kept, or null; when anything fails, everything is as it was. */
export async function restorePostgres(restore: PostgresRestore): Promise<Result<string | null, string>> {
  const { url, force, judge } = restore;
  return connected(url, async (client) => {
    const before = await inTransaction(client, () => postgresContent(client));
    if (!isEmpty(before) && !force) return err('the database is not empty; give an empty one, or --force to set aside what it holds');
    const aside = `before_restore_${restore.nowMs}`;
    await inTransaction(client, async () => {
      await client.query(`alter schema public rename to ${aside}`);
      await client.query('create schema public');
    });
    const back = async (why: string): Promise<Result<never, string>> => {
      await inTransaction(client, async () => {
        await client.query('drop schema public cascade');
        await client.query(`alter schema ${aside} rename to public`);
      });
      return err(`${why}; the database is as it was`);
    };
    const loaded = await load(restore);
    if (!loaded.ok) return back(loaded.error);
    const found = await inTransaction(client, () => postgresContent(client));
    const wrong = judge(found);
    if (wrong !== null) return back(wrong);
    if (found.tables['meta'] !== undefined)
      await client.query(
        "insert into public.meta (name, value) values ('storeId', $1) on conflict (name) do update set value = excluded.value",
        [restore.storeId],
      );
    if (!isEmpty(before)) return ok(aside);
    await client.query(`drop schema ${aside} cascade`);
    return ok(null);
  });
}

/** In one transaction. The schema itself is there already, and some servers' dumps would make it again. */
async function load({ backup, url, env }: PostgresRestore): Promise<Result<null, string>> {
  const listed = await runPg('pg_restore', ['--list', backup], url, env);
  if (!listed.ok) return err(`the backup cannot be read: ${listed.error}`);
  const folder = await mkdtemp(join(tmpdir(), 'leanvibe-restore-'));
  try {
    const list = join(folder, 'list');
    await writeFile(
      list,
      listed.value
        .split('\n')
        .filter((line) => !/ SCHEMA - public /.test(line))
        .join('\n'),
    );
    const args = ['--exit-on-error', '--single-transaction', '--no-owner', '--no-privileges', `--use-list=${list}`];
    const database = decodeURIComponent(new URL(url).pathname.slice(1));
    const done = await runPg('pg_restore', [...args, `--dbname=${database}`, backup], url, env);
    return done.ok ? ok(null) : err(`the backup could not be restored: ${done.error}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Never rejects for a server that is away or says no: those are answers. */
async function connected<Value>(url: string, work: (client: Client) => Promise<Result<Value, string>>): Promise<Result<Value, string>> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  // Also emitted when the server goes while nothing is asked; the next question then fails.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } catch (error) {
    return err(`the database said: ${error instanceof Error && error.message !== '' ? error.message : 'nothing'}`);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function inTransaction<Value>(client: Client, work: () => Promise<Value>): Promise<Value> {
  await client.query('begin');
  try {
    const value = await work();
    await client.query('commit');
    return value;
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}
