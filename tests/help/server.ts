/** A real server program of a test file: started when first wanted, heard until it is ready, and gone when the file is done. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { until } from './wait.js';

export interface Running {
  readonly pid: number;
  /** Signals it and waits for its end. */
  end(signal: NodeJS.Signals): Promise<void>;
}

export interface As {
  readonly uid?: number;
  readonly gid?: number;
}

/** Resolves when the program has said `ready`; throws with all it said when it ends before. */
export async function runServer(program: string, args: readonly string[], ready: string, as: As = {}): Promise<Running> {
  const child: ChildProcess = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, LC_ALL: 'C' }, ...as });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-20_000)));
  let failed: Error | null = null;
  child.on('error', (error) => (failed = error));
  const over = (): boolean => failed !== null || child.exitCode !== null || child.signalCode !== null;
  const orphan = (): void => void child.kill('SIGKILL');
  process.once('exit', orphan);
  await until(
    `${program} is ready`,
    () => {
      if (over() && !said.includes(ready)) throw new Error(`${program} ended before it was ready: ${String(failed ?? said)}`);
      return said.includes(ready);
    },
    20_000,
    10,
  );
  return {
    pid: child.pid ?? -1,
    async end(signal) {
      process.off('exit', orphan);
      if (over()) return;
      child.kill(signal);
      await once(child, 'exit');
    },
  };
}

/** Where a server's program lies; Debian keeps PostgreSQL's off the PATH. */
export function serverProgram(name: string): string {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).map((version) => join(debian, version, 'bin')) : [];
  const found = [...(process.env['PATH'] ?? '').split(delimiter), ...versions]
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));
  if (found === undefined) throw new Error(`${name} is not installed: npm test installs it, or says how to leave it out`);
  return found;
}
