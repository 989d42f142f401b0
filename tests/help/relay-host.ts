/** A relay on a host of a test's network, as an operator starts it: one command in an empty folder. */
import { join } from 'node:path';
import type { LanHost } from './lan.js';
import type { Machine } from './machine.js';
import { type Program, start } from './program.js';
import { ROOT } from './root.js';
import { tempFolder } from './temp.js';
import { writeFile } from 'node:fs/promises';

export const RELAY = join(ROOT, 'relay/bin/leanvibe-relay.js');
export const PASSWORD = 'seven wet otters by the weir';
const PORT = 8787;

export interface RelayHost {
  readonly origin: string;
  readonly folder: string;
  program(): Program;
  /** Starts it anew in the same folder. */
  up(): Promise<void>;
}

export async function relayOn(host: LanHost, env: Readonly<Record<string, string>> = {}): Promise<RelayHost> {
  const folder = await tempFolder('relay');
  let program: Program | null = null;
  const up = async (): Promise<void> => {
    program = start(process.execPath, [RELAY, 'serve', '--host', host.address, '--port', String(PORT)], {
      cwd: folder,
      netns: host.netns,
      env: { ...process.env, ...env },
    });
    await program.says('the relay serves');
  };
  await up();
  return {
    origin: `http://${host.address}:${PORT}`,
    folder,
    up,
    program() {
      if (program === null) throw new Error('the relay was not started');
      return program;
    },
  };
}

/** Signs in by the command line, with a password from a file; a new account with `register`. */
export async function signIn(one: Machine, relay: Pick<RelayHost, 'origin'>, email: string, register: boolean): Promise<void> {
  const file = join(await tempFolder('pw'), 'password');
  await writeFile(file, `${PASSWORD}\n`, { mode: 0o600 });
  await one.json('relay', 'login', relay.origin, '--email', email, '--password-file', file, ...(register ? ['--register'] : []));
}
