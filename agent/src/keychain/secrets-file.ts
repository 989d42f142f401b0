/** The file of secrets: which mode this home uses, and in two of the three modes the secrets themselves. */
import { chmodSync, readFileSync, statSync } from 'node:fs';
import { err, ok, type Result } from '@leanvibe/core/base/result';
import { fromHex } from '@leanvibe/protocol/ids';
import { errorCode } from '../store/open-error.js';
import { COST_MAX, SALT_BYTES } from '@leanvibe/core/crypto/node/password';
import { SECRET_BYTES_MAX, SECRET_NAMES, type SecretName, type SecretsError, secretsError } from './secrets.js';

export type SecretMap = ReadonlyMap<SecretName, Uint8Array>;

export type SecretsFile =
  | { readonly mode: 'keychain'; readonly tag: string }
  | { readonly mode: 'file'; readonly secrets: SecretMap }
  | {
      readonly mode: 'passphrase';
      readonly salt: Uint8Array;
      readonly passes: number;
      readonly memoryBytes: number;
      readonly nonce: Uint8Array;
      readonly box: Uint8Array;
    };

const VERSION = 1;
const FILE_BYTES_MAX = 64 * 1024;

/** Null when there is no file yet. A file others could read is closed to them first. */
export function readSecretsFile(path: string): Result<SecretsFile | null, SecretsError> {
  try {
    const found = statSync(path);
    if (found.size > FILE_BYTES_MAX) return err(secretsError('damaged', 'it is far too large'));
    if (process.platform !== 'win32' && (found.mode & 0o077) !== 0) chmodSync(path, 0o600);
    return parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return ok(null);
    return err(secretsError('unreadable', errorCode(error)));
  }
}

function parse(text: string): Result<SecretsFile, SecretsError> {
  const told = parseJson(text);
  if (!isObject(told)) return err(secretsError('damaged', 'it is not what was written'));
  if (typeof told['version'] === 'number' && told['version'] > VERSION) return err(secretsError('newer'));
  const file = told['version'] === VERSION ? fileOf(told) : null;
  return file === null ? err(secretsError('damaged', 'a field is missing or wrong')) : ok(file);
}

function fileOf(told: Readonly<Record<string, unknown>>): SecretsFile | null {
  if (told['mode'] === 'keychain')
    return typeof told['tag'] === 'string' && /^[0-9a-f]{32}$/.test(told['tag']) ? { mode: 'keychain', tag: told['tag'] } : null;
  if (told['mode'] === 'file') {
    const secrets = secretMap(told['secrets']);
    return secrets === null ? null : { mode: 'file', secrets };
  }
  if (told['mode'] !== 'passphrase') return null;
  const [salt, nonce, box] = ['salt', 'nonce', 'box'].map((name) => bytesOf(told[name]));
  const { passes, memoryBytes } = told;
  if (!salt || !nonce || !box || salt.length !== SALT_BYTES || nonce.length !== 24) return null;
  if (!isWithin(passes, COST_MAX.passes) || !isWithin(memoryBytes, COST_MAX.memoryBytes)) return null;
  return { mode: 'passphrase', salt, nonce, box, passes, memoryBytes };
}

function isWithin(value: unknown, most: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1 && value <= most;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function bytesOf(value: unknown): Uint8Array | null {
  return typeof value === 'string' ? fromHex(value) : null;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Null unless every name is known and every value is hex of a fair length. */
export function secretMap(value: unknown): SecretMap | null {
  if (!isObject(value)) return null;
  const secrets = new Map<SecretName, Uint8Array>();
  for (const [name, text] of Object.entries(value)) {
    const known = SECRET_NAMES.find((one) => one === name);
    const bytes = bytesOf(text);
    if (known === undefined || bytes === null || bytes.length > SECRET_BYTES_MAX) return null;
    secrets.set(known, bytes);
  }
  return secrets;
}

export function secretsText(secrets: SecretMap): Buffer {
  return Buffer.from(JSON.stringify(Object.fromEntries([...secrets].map(([name, value]) => [name, hex(value)]))));
}

export function parseSecretsText(text: Uint8Array): SecretMap | null {
  return secretMap(parseJson(Buffer.from(text).toString('utf8')));
}

export function fileText(file: SecretsFile): Buffer {
  const told =
    file.mode === 'keychain'
      ? { tag: file.tag }
      : file.mode === 'file'
        ? { secrets: JSON.parse(secretsText(file.secrets).toString()) as unknown }
        : sealedFields(file);
  return Buffer.from(`${JSON.stringify({ version: VERSION, mode: file.mode, ...told })}\n`);
}

function sealedFields(file: Extract<SecretsFile, { mode: 'passphrase' }>): Readonly<Record<string, unknown>> {
  return { salt: hex(file.salt), passes: file.passes, memoryBytes: file.memoryBytes, nonce: hex(file.nonce), box: hex(file.box) };
}
