/** PostgreSQL's own programs as child processes; where to connect goes by environment, never on a command line others can read. */
import { spawn } from 'node:child_process';
import { err, ok, type Result } from '@leanvibe/core/base/result';

export type PgProgram = 'pg_dump' | 'pg_restore';

const SAID_MAX = 4000;

/** `postgres://user:password@host:port/database?host=/socket&sslmode=…` as libpq's variables. */
export function libpqVariables(url: string): Readonly<Record<string, string>> {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url);
  const given: Readonly<Record<string, string | null>> = {
    PGHOST: searchParams.get('host') ?? decodeURIComponent(hostname).replace(/^\[(.*)\]$/, '$1'),
    PGPORT: port,
    PGUSER: decodeURIComponent(username) || searchParams.get('user'),
    PGPASSWORD: decodeURIComponent(password) || searchParams.get('password'),
    PGDATABASE: decodeURIComponent(pathname.slice(1)),
    PGSSLMODE: searchParams.get('sslmode'),
    PGSSLROOTCERT: searchParams.get('sslrootcert'),
    PGSSLCERT: searchParams.get('sslcert'),
    PGSSLKEY: searchParams.get('sslkey'),
  };
  return Object.fromEntries(Object.entries(given).flatMap(([name, value]) => (value === null || value === '' ? [] : [[name, value]])));
}

/** Standard output, or in words why the program failed. */
export function runPg(
  program: PgProgram,
  args: readonly string[],
  url: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Result<string, string>> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { env: { ...env, ...libpqVariables(url), LC_ALL: 'C' }, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-SAID_MAX)));
    child.once('error', (error) => {
      const missing = 'code' in error && error.code === 'ENOENT';
      resolve(
        err(missing ? `${program} is not installed; install PostgreSQL's client programs (Debian: postgresql-client)` : error.message),
      );
    });
    child.once('close', (code) => {
      const last = said.trim().split('\n').slice(-2).join(' ');
      resolve(code === 0 ? ok(out) : err(last === '' ? `${program} ended with ${code}` : last));
    });
  });
}
