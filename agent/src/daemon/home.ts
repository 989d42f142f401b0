/** Opening a home: made if needed, locked, its secrets and store opened, and whether both are of one life (C44, C45). */
import { chmodSync } from 'node:fs';
import type { Crypto } from '@leanvibe/core/ports/crypto';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import type { HomePaths } from '../config/paths.js';
import type { Settings } from '../config/settings.js';
import { openGeneration } from '../keychain/generation.js';
import { openSecrets } from '../keychain/open.js';
import type { SecretName, Secrets, SecretsMode } from '../keychain/secrets.js';
import { lockHome } from '../store/lock.js';
import { openSqliteStore, type SqliteStore } from '../store/sqlite.js';
import type { Closing } from './closing.js';
import { StartFailure } from './start-failure.js';
import { systemRandom } from '../system/clock.js';

export interface HomeKeys {
  readonly store: SqliteStore;
  readonly secrets: { readonly signingSeed: Uint8Array; readonly sealingSecret: Uint8Array; readonly localKey: Uint8Array };
  readonly secretsIn: SecretsMode;
  /** The store is not of the life the device key remembers (C44). */
  readonly restored: boolean;
  /** To be printed at start. */
  readonly warnings: readonly string[];
  /** To be kept for `status`. */
  readonly alarms: readonly { readonly alarm: string; readonly message: string }[];
  /** Call once the engine has noted a restored store: the store and the key are of one life again. */
  settle(): Promise<void>;
  /** Tells other commands where the agent answers. */
  describe(port: number): void;
}

export interface OpenHomeDeps extends LoggerDep {
  readonly paths: HomePaths;
  readonly crypto: Crypto;
  readonly mode: Settings['secrets'];
  readonly passphrase: string | undefined;
  readonly closing: Closing;
}

export async function openHome(deps: OpenHomeDeps): Promise<HomeKeys> {
  const { paths, crypto, logger, closing } = deps;
  const lock = lockHome(paths.home);
  if (!lock.ok) {
    const { code, message, fix } = lock.error;
    throw new StartFailure(
      code === 'held' ? 'already-running' : 'home-unusable',
      code === 'held' ? message : homeWords(code, paths.home, message),
      fix,
    );
  }
  closing.add('lock', () => lock.value.release());
  chmodSync(paths.home, 0o700);
  const opened = await openSecrets({
    logger,
    home: paths.home,
    mode: deps.mode,
    ...(deps.passphrase === undefined ? {} : { passphrase: deps.passphrase }),
  });
  if (!opened.ok) throw new StartFailure('secrets', opened.error.message, opened.error.fix);
  const secrets = opened.value;
  const store = await openSqliteStore({ logger, random: systemRandom, hashing: crypto, path: paths.store });
  if (!store.ok) throw new StartFailure('store', store.error.message, store.error.fix);
  closing.add('store', () => store.value.close());
  const keys = {
    signingSeed: await secretOf(secrets, 'device-seed'),
    sealingSecret: await secretOf(secrets, 'sealing-secret'),
    localKey: await secretOf(secrets, 'store-key'),
  };
  const { restored, alarms, settle } = await oneLife(secrets, store.value);
  const warnings = [...(secrets.warning === null ? [] : [secrets.warning]), ...alarms.map(({ message }) => message)];
  return {
    store: store.value,
    secrets: keys,
    secretsIn: secrets.mode,
    restored,
    warnings,
    alarms,
    settle,
    describe: (port) => lock.value.describe(port),
  };
}

/** The lock file is the first thing written: what stops it stops the whole home. */
function homeWords(code: string, home: string, message: string): string {
  if (code === 'read-only') return `the home folder ${home} may not be written by this user`;
  return code === 'full' ? `there is no room on the disk that holds ${home}` : message;
}

async function secretOf(secrets: Secrets, name: SecretName): Promise<Uint8Array> {
  const known = await secrets.get(name);
  if (known !== null) return known;
  const fresh = systemRandom.bytes(32);
  await secrets.set(name, fresh);
  return fresh;
}

/** A mended or restored store goes on under a new id, so that no peer trusts positions of its earlier life. */
async function oneLife(secrets: Secrets, store: SqliteStore): Promise<Pick<HomeKeys, 'restored' | 'alarms' | 'settle'>> {
  const { verdict, settle } = await openGeneration({ random: systemRandom, store, secrets });
  if (verdict === 'same') return { restored: false, alarms: [], settle };
  if (store.salvaged === null) await store.renewId();
  const why =
    store.salvaged === null ? 'the store is an older copy, or one of another home' : `the store was mended: ${store.salvaged.reason}`;
  // A store without its latest past must not number anything until a person has said that no other copy of it is in use.
  const message = `${why}. What is missing is fetched again from your other devices; edits made here are kept back until you run leanvibe devices continue`;
  return { restored: true, settle, alarms: [{ alarm: store.salvaged === null ? 'rolled-back' : 'damaged', message }] };
}
