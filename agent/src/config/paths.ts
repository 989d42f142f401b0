/** Where everything lives under the home folder: one place that names every file the agent writes. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

export interface HomePaths {
  readonly home: string;
  /** Sealed entries and records. */
  readonly store: string;
  readonly config: string;
  readonly logs: string;
  /** The newest log lines; older ones beside it with a number. */
  readonly log: string;
  /** What the operating system's keychain does not hold. */
  readonly secrets: string;
  /** The control API's bearer token, readable by this user only. */
  readonly token: string;
  /** Where the running agent listens: port and process, no secrets. Gone when it stops. */
  readonly endpoint: string;
  readonly lock: string;
}

export function homePaths(home: string): HomePaths {
  const at = (name: string): string => join(home, name);
  return {
    home,
    store: at('store.db'),
    config: at('config.json'),
    logs: at('logs'),
    log: join(home, 'logs', 'agent.log'),
    secrets: at('secrets.json'),
    token: at('control.token'),
    endpoint: at('endpoint.json'),
    lock: at('lock.db'),
  };
}

/** The home a person means: the flag, else LEANVIBE_HOME, else `~/.leanvibe`; always absolute. */
export function chooseHome(flag: string | undefined, env: Readonly<Record<string, string | undefined>>): string {
  const chosen = flag ?? env['LEANVIBE_HOME'];
  if (chosen === undefined || chosen === '') return join(homedir(), '.leanvibe');
  return resolve(chosen.startsWith('~/') ? join(homedir(), chosen.slice(2)) : chosen);
}
