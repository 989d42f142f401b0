/** Where the device's secrets live: the operating system's keychain, a file sealed by a passphrase, or a plain owner-only file. */
import type { Result } from '@leanvibe/core/base/result';

export type SecretName = 'device-seed' | 'sealing-secret' | 'store-key' | 'generation' | 'control-token';
export const SECRET_NAMES: readonly SecretName[] = ['device-seed', 'sealing-secret', 'store-key', 'generation', 'control-token'];

export type SecretsMode = 'keychain' | 'passphrase' | 'file';

export interface Secrets {
  readonly mode: SecretsMode;
  /** To be printed for the person; null when there is nothing to warn of. */
  readonly warning: string | null;
  /** A copy; null when it was never set. */
  get(name: SecretName): Promise<Uint8Array | null>;
  /** On disk, or with the keychain, when it resolves. At most 1,024 bytes. */
  set(name: SecretName, value: Uint8Array): Promise<void>;
  remove(name: SecretName): Promise<void>;
}

export type SecretsErrorCode =
  | 'keychain-unavailable'
  | 'passphrase-missing'
  | 'passphrase-wrong'
  | 'other-mode'
  | 'damaged'
  | 'newer'
  | 'read-only'
  | 'unreadable';

export interface SecretsError {
  readonly code: SecretsErrorCode;
  readonly message: string;
  readonly fix: string;
}

export type SecretsResult = Result<Secrets, SecretsError>;

export const SECRET_BYTES_MAX = 1_024;

type Words = (detail: string) => Omit<SecretsError, 'code'>;

const WORDS: { readonly [code in SecretsErrorCode]: Words } = {
  'keychain-unavailable': (detail) => ({
    message: `the system keychain does not answer (${detail})`,
    fix: 'unlock it or log in at the desktop, or start a new home with --secrets passphrase',
  }),
  'passphrase-missing': () => ({ message: 'this home is sealed by a passphrase and none was given', fix: 'give the passphrase' }),
  'passphrase-wrong': () => ({ message: 'the passphrase is wrong', fix: 'try again; nothing was changed' }),
  'other-mode': (detail) => ({
    message: `the secrets of this home are kept by ${detail}`,
    fix: 'leave that setting as it was, or choose another home',
  }),
  damaged: (detail) => ({
    message: `the file of secrets is damaged: ${detail}`,
    fix: 'restore it from a backup of this home, or join again as a new device',
  }),
  newer: () => ({ message: 'the file of secrets was written by a newer LeanVibe', fix: 'install that version or a later one' }),
  'read-only': (detail) => ({
    message: `${detail} may not be written by this user`,
    fix: 'give this user write permission on the home folder, or choose another home',
  }),
  unreadable: (detail) => ({
    message: `the file of secrets cannot be read or written (${detail})`,
    fix: 'check the disk and the permissions of the home folder',
  }),
};

export function secretsError(code: SecretsErrorCode, detail = ''): SecretsError {
  return { code, ...WORDS[code](detail) };
}

export const FILE_WARNING =
  'The device secrets are in a file that is not encrypted: anyone who can read this home folder can act as this device. Use a passphrase or a system keychain to protect them.';
