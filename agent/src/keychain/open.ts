/** Opens the secrets of a home in the way this home keeps them, or chooses a way for a new home. */
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { err, ok } from '@leanvibe/core/base/result';
import { nativeCrypto } from '@leanvibe/core/crypto/node/native';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import { makeFolder } from '../store/home.js';
import { errorCode } from '../store/open-error.js';
import { writeDurably } from './durable-file.js';
import { COST, passwordKey, SALT_BYTES } from '@leanvibe/core/crypto/node/password';
import { FILE_WARNING, SECRET_BYTES_MAX, type SecretName, type Secrets, type SecretsResult, secretsError } from './secrets.js';
import { fileText, parseSecretsText, readSecretsFile, type SecretMap, type SecretsFile, secretsText } from './secrets-file.js';
import { type SystemKeychain, systemKeychain } from './system.js';

export interface SecretsOptions extends LoggerDep {
  /** The home folder; made (0700) if it does not exist. */
  readonly home: string;
  /** What a new home gets; an old home stays as it is, and any other explicit wish is refused. */
  readonly mode: 'auto' | 'keychain' | 'passphrase' | 'file';
  readonly passphrase?: string;
  /** The system's own when absent; tests give another. */
  readonly keychain?: SystemKeychain;
}

/**
 * `auto` on a new home: the keychain if it works, else a sealed file if there is a passphrase, else a plain file with a warning.
 * An old home never falls back: a keychain that is locked today must not make this machine a new device.
 */
export async function openSecrets(options: SecretsOptions): Promise<SecretsResult> {
  const path = join(options.home, 'secrets.json');
  try {
    makeFolder(options.home);
    const found = readSecretsFile(path);
    if (!found.ok) return found;
    if (found.value === null) return await begin(options, path);
    if (options.mode !== 'auto' && options.mode !== found.value.mode) return err(secretsError('other-mode', MODE_WORDS[found.value.mode]));
    return await openAs(options, path, found.value);
  } catch (error) {
    const code = errorCode(error);
    if (code === '') throw error;
    return err(/^(EACCES|EPERM|EROFS|ENOENT)$/.test(code) ? secretsError('read-only', options.home) : secretsError('unreadable', code));
  }
}

const MODE_WORDS = { keychain: 'the system keychain', passphrase: 'a passphrase', file: 'an unsealed file' } as const;

async function begin(options: SecretsOptions, path: string): Promise<SecretsResult> {
  const { mode, passphrase, logger } = options;
  if (mode === 'auto' || mode === 'keychain') {
    const tag = randomBytes(16).toString('hex');
    const trouble = await (options.keychain ?? systemKeychain).probe(tag);
    if (trouble === null) return await made(options, path, { mode: 'keychain', tag });
    logger.log('info', 'keychain-unavailable');
    if (mode === 'keychain') return err(secretsError('keychain-unavailable', trouble));
  }
  if (mode === 'passphrase' || (mode === 'auto' && passphrase !== undefined)) {
    if (passphrase === undefined || passphrase === '') return err(secretsError('passphrase-missing'));
    const salt = randomBytes(SALT_BYTES);
    const key = await passwordKey(passphrase, salt, COST);
    return await made(options, path, seal(key, salt, COST, new Map()));
  }
  return await made(options, path, { mode: 'file', secrets: new Map() });
}

async function made(options: SecretsOptions, path: string, file: SecretsFile): Promise<SecretsResult> {
  writeDurably(path, fileText(file));
  return await openAs(options, path, file);
}

async function openAs(options: SecretsOptions, path: string, file: SecretsFile): Promise<SecretsResult> {
  switch (file.mode) {
    case 'keychain':
      return await openKeychain(options.keychain ?? systemKeychain, file.tag);
    case 'file':
      return ok(inFile('file', file.secrets, (secrets) => writeDurably(path, fileText({ mode: 'file', secrets }))));
    case 'passphrase':
      return await openSealed(path, file, options.passphrase);
  }
}

async function openKeychain(keychain: SystemKeychain, tag: string): Promise<SecretsResult> {
  const trouble = await keychain.probe(tag);
  if (trouble !== null) return err(secretsError('keychain-unavailable', trouble));
  return ok({
    mode: 'keychain',
    warning: null,
    get: (name) => keychain.get(tag, name),
    set: async (name, value) => await keychain.set(tag, name, checked(value)),
    remove: (name) => keychain.remove(tag, name),
  });
}

type Sealed = Extract<SecretsFile, { mode: 'passphrase' }>;

function seal(
  key: Uint8Array,
  salt: Uint8Array,
  cost: { readonly passes: number; readonly memoryBytes: number },
  secrets: SecretMap,
): Sealed {
  const nonce = randomBytes(24);
  return { mode: 'passphrase', salt, ...cost, nonce, box: nativeCrypto().secretbox(secretsText(secrets), nonce, key) };
}

async function openSealed(path: string, file: Sealed, passphrase: string | undefined): Promise<SecretsResult> {
  if (passphrase === undefined || passphrase === '') return err(secretsError('passphrase-missing'));
  const cost = { passes: file.passes, memoryBytes: file.memoryBytes };
  const key = await passwordKey(passphrase, file.salt, cost);
  const text = nativeCrypto().secretboxOpen(file.box, file.nonce, key);
  if (text === null) return err(secretsError('passphrase-wrong'));
  const secrets = parseSecretsText(text);
  if (secrets === null) return err(secretsError('damaged', 'what was sealed is not a list of secrets'));
  return ok(inFile('passphrase', secrets, (all) => writeDurably(path, fileText(seal(key, file.salt, cost, all)))));
}

/** What is in memory changes only after the file did. */
function inFile(mode: 'file' | 'passphrase', from: SecretMap, write: (secrets: SecretMap) => void): Secrets {
  let secrets = new Map(from);
  const change = (edit: (next: Map<SecretName, Uint8Array>) => void): void => {
    const next = new Map(secrets);
    edit(next);
    write(next);
    secrets = next;
  };
  return {
    mode,
    warning: mode === 'file' ? FILE_WARNING : null,
    get: async (name) => secrets.get(name)?.slice() ?? null,
    set: async (name, value) => change((next) => next.set(name, checked(value).slice())),
    remove: async (name) => change((next) => next.delete(name)),
  };
}

function checked(value: Uint8Array): Uint8Array {
  if (value.length > SECRET_BYTES_MAX) throw new RangeError(`a secret has at most ${SECRET_BYTES_MAX} bytes`);
  return value;
}
