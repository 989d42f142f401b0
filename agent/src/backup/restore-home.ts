/** Restoring a home without a running agent: the backup is proved first, then an empty home takes it in as a new device (C1). */
import { nativeCrypto } from '@leanvibe/core/crypto/node/native';
import { createCrdts } from '@leanvibe/core/doc/registry';
import { createEngine } from '@leanvibe/core/engine/engine';
import type { PaperEntry } from '@leanvibe/core/engine/paper-form';
import { createVault } from '@leanvibe/core/keys/local';
import type { Crypto } from '@leanvibe/core/ports/crypto';
import type { Logger } from '@leanvibe/core/ports/logger';
import { loadConfig } from '../config/load.js';
import type { HomePaths } from '../config/paths.js';
import { openAddressBook } from '../daemon/address-book.js';
import { type Closing, createClosing } from '../daemon/closing.js';
import { type HomeKeys, openHome } from '../daemon/home.js';
import { createLocalRecords } from '../daemon/local-records.js';
import { StartFailure } from '../daemon/start-failure.js';
import { createSystemClock, type SystemClock, systemRandom } from '../system/clock.js';
import { createWorkerReplicas } from '../docworker/replicas.js';
import { BackupFailure } from './failure.js';
import { openBackup, type ProvedBackup } from './read.js';
import { paperOf } from './records.js';

export interface RestoreOptions {
  readonly paths: HomePaths;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly file: string;
  readonly passphrase: string;
  /** Entries proved, with a `total` of 0 as nobody knows it yet; then entries stored. */
  readonly onProgress: (done: number, total: number) => void;
}

export interface RestoredHome {
  readonly deviceId: string;
  /** The device the backup was made on, and when. */
  readonly name: string;
  readonly created: string;
  readonly entries: number;
  /** Entries that were damaged when the backup was made: other devices may have them. */
  readonly missing: number;
  readonly spaces: number;
}

const quiet: Logger = { log: () => undefined };
const NOT_EMPTY = 'name an empty home with --home, or start this one over: leanvibe reset';

/** Throws BackupFailure, or StartFailure where the home cannot be opened. A home that was not empty is as it was. */
export async function restoreHome(options: RestoreOptions): Promise<RestoredHome> {
  const { paths, env, file, passphrase, onProgress } = options;
  const crypto = nativeCrypto();
  const config = await loadConfig(paths.config, { flags: {}, env });
  if (!config.ok) throw new StartFailure('bad-config', config.error.message, config.error.fix);
  const mode = config.value.settings.secrets;
  const backup = await openBackup({ crypto, path: file, passphrase, onProgress: (done) => onProgress(done, 0) });
  const closing = createClosing({ logger: quiet });
  closing.add('backup', () => backup.close());
  const clock = createSystemClock();
  closing.add('clock', () => clock.stop());
  try {
    const home = await openHome({ paths, crypto, logger: quiet, mode, passphrase: env['LEANVIBE_PASSPHRASE'], closing });
    if (home.restored) throw new BackupFailure('refused', `${paths.home} holds another store already`, NOT_EMPTY);
    return await takeIn({ crypto, clock, home, backup, closing, onProgress });
  } finally {
    await closing.run();
  }
}

interface Parts extends Pick<RestoreOptions, 'onProgress'> {
  readonly crypto: Crypto;
  readonly clock: SystemClock;
  readonly home: HomeKeys;
  readonly backup: ProvedBackup;
  readonly closing: Closing;
}

async function takeIn({ crypto, clock, home, backup, closing, onProgress }: Parts): Promise<RestoredHome> {
  const { head, end } = backup;
  const { store, secrets } = home;
  const replicas = createWorkerReplicas({ clock, logger: quiet });
  closing.add('replicas', () => replicas.stop());
  const engine = await createEngine({
    crypto,
    random: systemRandom,
    clock,
    logger: quiet,
    store,
    replicas,
    crdts: createCrdts(),
    secrets,
    deviceKind: 'computer',
    windowMs: 0,
    restored: false,
  });
  closing.add('engine', () => engine.stop());
  const restored = await engine.restore(
    paperOf(head),
    counted(backup.entries(), (done) => onProgress(done, end.entries)),
  );
  if (!restored.ok) throw new BackupFailure('refused', restored.error, NOT_EMPTY);
  await engine.settled();
  const book = await openAddressBook({ clock, local: createLocalRecords({ store }, createVault(crypto, store, secrets.localKey)) });
  for (const { device, addresses } of head.peers) if (addresses.length > 0) await book.seen(device, addresses);
  return {
    deviceId: engine.device,
    name: head.name,
    created: new Date(head.created).toISOString(),
    entries: end.entries,
    missing: end.missing,
    spaces: head.spaces.length,
  };
}

async function* counted(entries: AsyncGenerator<PaperEntry>, tell: (done: number) => void): AsyncGenerator<PaperEntry> {
  let done = 0;
  for await (const entry of entries) {
    yield entry;
    tell(++done);
  }
}
