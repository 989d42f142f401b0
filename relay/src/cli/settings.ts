/** The settings a command works with, from its flags and everything else; what is wrong with them is said all at once. */
import type { Command } from 'commander';
import { type Loaded, loadSettings } from '../config/load.js';
import type { SettingName } from '../config/settings.js';
import type { Cli } from './cli.js';
import { wrongUse } from './failure.js';

const FLAGS = ['data', 'host', 'port', 'origin', 'registration'] as const satisfies readonly SettingName[];

export interface SettingFlags {
  readonly config?: string;
  readonly data?: string;
  readonly host?: string;
  readonly port?: string;
  readonly origin?: string;
  readonly registration?: string;
}

/** For every command that opens the database. */
export function takesData(command: Command): Command {
  return command
    .option('--data <folder>', 'where the SQLite file lies (RELAY_DATA; default: this folder)')
    .option('--config <file>', 'a settings file (RELAY_CONFIG; default: leanvibe-relay.json in the data folder)');
}

/** `asIs`: for commands that only look at the database, production's conditions are not the question. */
export function settingsOf(cli: Cli, flags: SettingFlags, asIs = false): Loaded {
  const given = Object.fromEntries(FLAGS.flatMap((name) => (flags[name] === undefined ? [] : [[name, flags[name]]])));
  const env = asIs ? { ...cli.env, RELAY_ENV: undefined } : cli.env;
  const loaded = loadSettings({ env, cwd: cli.cwd, flags: given, ...(flags.config === undefined ? {} : { file: flags.config }) });
  if (!loaded.ok) {
    const [first = ''] = loaded.error;
    const words =
      loaded.error.length === 1 ? first : `${loaded.error.length} settings are wrong\n${loaded.error.map((one) => `- ${one}`).join('\n')}`;
    throw wrongUse(words, 'leanvibe-relay serve --print-config, once they are right, shows what is in force');
  }
  return loaded.value;
}
