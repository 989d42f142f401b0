/** `serve`: runs the relay until it is told to stop. */
import { mkdirSync } from 'node:fs';
import type { Command } from 'commander';
import { listensPrivately } from '../config/settings.js';
import { printedSettings } from '../config/print.js';
import { DatabaseGone, DatabaseRefused } from '../db/errors.js';
import { serve } from '../serve/serve.js';
import { VERSION } from '../version.js';
import { type Cli, table } from './cli.js';
import { failed } from './failure.js';
import { type SettingFlags, settingsOf, takesData } from './settings.js';

interface Flags extends SettingFlags {
  readonly printConfig?: boolean;
}

export function addServeCommand(root: Command, cli: Cli): void {
  takesData(root.command('serve').description('run the relay; without settings: one SQLite file in this folder, on 127.0.0.1:8787'))
    .option('--host <address>', 'the address to listen on (RELAY_HOST)')
    .option('--port <number>', 'the port to listen on, 0 for any free one (RELAY_PORT)')
    .option('--origin <origin>', 'how clients reach it: https://relay.example.org (RELAY_ORIGIN)')
    .option('--registration <who>', 'who may make an account: open, invite or closed (RELAY_REGISTRATION)')
    .option('--print-config', 'show every setting in force and where it comes from, secrets left out, and end')
    .action((flags: Flags) => run(cli, flags));
}

async function run(cli: Cli, flags: Flags): Promise<void> {
  const loaded = settingsOf(cli, flags);
  if (flags.printConfig === true) {
    const rows = printedSettings(loaded).map(({ variable, value, source }) => [variable, shown(value), source]);
    for (const line of table(['setting', 'value', 'from'], rows)) cli.line(line);
    return;
  }
  const { settings } = loaded;
  mkdirSync(settings.data, { recursive: true, mode: 0o700 });
  const started = await serve(settings, { ...cli, version: VERSION }).catch((error: unknown) => {
    if (error instanceof DatabaseGone || error instanceof DatabaseRefused)
      throw failed(error.message, settings.databaseUrl === null ? '' : 'check that DATABASE_URL is right and PostgreSQL runs');
    throw error;
  });
  if (!started.ok) throw failed(started.error.message, started.error.fix);
  const { crashed, origin, stop } = started.value;
  cli.onCrash(crashed);
  for (const warning of loaded.warnings) cli.note(`! ${warning}`);
  cli.line(`  ✓ the relay serves at ${origin}`);
  cli.line(`    data: ${settings.databaseUrl === null ? settings.data : 'PostgreSQL'}`);
  cli.line(`    sign in from a device: leanvibe relay login ${origin} --register`);
  if (settings.origin === null)
    cli.line(
      listensPrivately(settings)
        ? '    for other machines: --host 0.0.0.0 --origin <how they reach it>, behind a proxy that speaks TLS, with RELAY_PROXIES=1'
        : '    nobody said how others reach it: set --origin <scheme, host and port>, behind a proxy that speaks TLS',
    );
  await new Promise<void>((resolve) => {
    let asked = false;
    const end = (): void => {
      // The second time somebody means it.
      if (asked) process.exit(1);
      asked = true;
      void stop().then(() => resolve());
    };
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, end);
  });
  cli.line('  ✓ stopped');
}

function shown(value: unknown): string {
  return value === null ? '' : Array.isArray(value) ? value.join(', ') : String(value);
}
