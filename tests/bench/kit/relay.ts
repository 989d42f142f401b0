/** A relay to measure, and accounts of its largest tier, so that its pace for the free tier is not what is measured. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { tokens } from '@leanvibe/protocol/http/auth';
import { paired } from '@leanvibe/protocol/http/devices';
import { askRelay } from '../../help/relay-signup.js';
import { ROOT } from '../../help/root.js';
import type { RelayCalls } from '../relay-process.js';
import { type Child, startChild } from './child.js';

export interface BenchRelay {
  readonly child: Child<RelayCalls>;
  readonly origin: string;
  /** A new enterprise account; the tokens of so many devices, at most DEVICES_AT_ONCE. */
  devices(count: number): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/** Entries that a device of the largest tier may append at once, and 200 a second after that. */
export const APPENDS_AT_ONCE = 2_000;
/** A relay pairs ten of one account a minute, and counts the sign-in. */
export const DEVICES_AT_ONCE = 8;
export const PASSWORD = 'nine dry herons on the pier';
const run = promisify(execFile);
let made = 0;

/** `env` is added to the settings; requests may name any address of a client, so that no rate by address is what is measured. */
export async function startRelay(folder: string, env: Readonly<Record<string, string>> = {}): Promise<BenchRelay> {
  const child = startChild<RelayCalls>('relay-process.js');
  const origin = await child.call('start', folder, { RELAY_PROXIES: '1', RELAY_REGISTRATION: 'open', ...env });
  return {
    child,
    origin,
    async devices(count) {
      const who = { email: `bench-${process.pid}-${made++}@example.org`, password: PASSWORD };
      await askRelay(origin, '/auth/register', who);
      const { account, accessToken } = tokens.parse(await askRelay(origin, '/auth/login', who));
      // As an operator does it: the program itself, beside the one that serves.
      await run(process.execPath, [join(ROOT, 'relay/bin/leanvibe-relay.js'), 'admin', 'accounts', 'tier', account, 'enterprise'], {
        cwd: folder,
        env: { ...process.env, RELAY_DATA: folder, ...env },
      });
      const devices: string[] = [];
      for (let at = 0; at < count; at++) {
        const answer = await askRelay(origin, '/devices/pair', { kind: 'mac_agent', label: `device ${at}` }, accessToken);
        devices.push(paired.parse(answer).token);
      }
      return devices;
    },
    async stop() {
      await child.call('stop');
      await child.end();
    },
  };
}
