/** `migrate`, `backup` and `restore`: the database as a whole. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { backup } from '../backup/backup.js';
import { manifestPath, rowsOf } from '../backup/manifest.js';
import { restore } from '../backup/restore.js';
import { SECRET_FILE } from '../config/secret.js';
import { SETTINGS, type Settings } from '../config/settings.js';
import { VERSION } from '../version.js';
import type { Cli } from './cli.js';
import { KNOWN_STEPS, migrateNow, withDatabase } from './database.js';
import { failed } from './failure.js';
import { type SettingFlags, settingsOf, takesData } from './settings.js';

interface Flags extends SettingFlags {
  readonly json?: boolean;
  readonly force?: boolean;
}

export function addDataCommands(root: Command, cli: Cli): void {
  takesData(root.command('migrate').description('bring the database to this version; forward only, copies may go on serving'))
    .option('--json', 'answer as one JSON document')
    .action(async (flags: Flags) => {
      const loaded = settingsOf(cli, flags, true);
      const ran = await withDatabase(cli, loaded, { make: true }, (db) => migrateNow(cli, db));
      if (flags.json === true) return cli.json({ ran, steps: KNOWN_STEPS });
      cli.line(ran.length === 0 ? '  ✓ the database is up to date' : `  ✓ done: ${ran.join(', ')}`);
    });

  takesData(root.command('backup').description('write everything into one file while the relay serves; checked before it counts'))
    .argument('<file>', 'a new file; its description is written beside it')
    .option('--json', 'answer as one JSON document')
    .action(async (file: string, flags: Flags) => {
      const { settings } = settingsOf(cli, flags, true);
      const target = resolve(cli.cwd, file);
      const done = await backup({ settings, target, env: cli.env, version: VERSION, nowMs: cli.clock.nowMs() });
      if (!done.ok) throw failed(done.error, '');
      if (flags.json === true) return cli.json({ file: target, ...done.value });
      cli.line(`  ✓ ${rowsOf(done.value.content)} rows in ${target} (${done.value.bytes} bytes)`);
      cli.line(`    keep ${manifestPath(target)} with it; both hold mail addresses and password hashes`);
      cli.line(`    keep ${drawn(settings) ?? SETTINGS.secret.variable} too, elsewhere: it is in no backup, and authenticators need it`);
    });

  takesData(root.command('restore').description('put a backup in the place of an empty database, under a new store id'))
    .argument('<file>', 'what backup wrote')
    .option('--force', 'set aside what the database holds now')
    .option('--json', 'answer as one JSON document')
    .action((file: string, flags: Flags) => runRestore(cli, file, flags));
}

/** Where the secret lies that was drawn because nobody set one; null where there is none. */
function drawn({ data, secret }: Pick<Settings, 'data' | 'secret'>): string | null {
  const path = join(data, SECRET_FILE);
  return secret === null && existsSync(path) ? path : null;
}

async function runRestore(cli: Cli, file: string, flags: Flags): Promise<void> {
  const loaded = settingsOf(cli, flags, true);
  const done = await restore({
    settings: loaded.settings,
    backup: resolve(cli.cwd, file),
    force: flags.force === true,
    knownSteps: KNOWN_STEPS,
    random: cli.random,
    env: cli.env,
    nowMs: cli.clock.nowMs(),
  });
  if (!done.ok) throw failed(done.error, 'leanvibe-relay restore --help');
  const migrated = await withDatabase(cli, loaded, { make: false }, (db) => migrateNow(cli, db));
  const { storeId, rows, aside } = done.value;
  if (loaded.settings.secret === null && drawn(loaded.settings) === null)
    cli.note(
      `! bring the old secret before the first start (${SETTINGS.secret.variable}, or ${SECRET_FILE} in the data folder): authenticators need it`,
    );
  if (flags.json === true) return cli.json({ storeId, rows, aside, migrated });
  cli.line(`  ✓ restored${rows === null ? '' : ` ${rows} rows`}${migrated.length === 0 ? '' : `, then migrated: ${migrated.join(', ')}`}`);
  if (rows === null) cli.note('! nobody wrote down what this backup held, so nothing could be compared');
  if (aside !== null) cli.line(`    what stood there is kept as ${aside}`);
  cli.line('    the store id is new: devices notice and offer again what is missing; start the relay');
}
