/** The operating system's keychain, if there is one that survives a restart. */
import { AsyncEntry } from '@napi-rs/keyring';
import { fromHex } from '@leanvibe/protocol/ids';
import { SECRET_BYTES_MAX, type SecretName } from './secrets.js';

const SERVICE = 'leanvibe';
/** A keychain that waits for a person at a dialog must not hold up a start for ever. */
const ANSWER_MS = 20_000;

export interface SystemKeychain {
  get(tag: string, name: SecretName): Promise<Uint8Array | null>;
  set(tag: string, name: SecretName, value: Uint8Array): Promise<void>;
  remove(tag: string, name: SecretName): Promise<void>;
  /** Null when a value could be written, read back and removed; else why not. */
  probe(tag: string): Promise<string | null>;
}

/**
 * On Linux only the Secret Service is taken: without this the library silently falls back to the kernel's keyring,
 * which forgets everything at a reboot and refuses other sessions, and the device would lose its identity.
 */
function entryOf(tag: string, name: string): AsyncEntry {
  return new AsyncEntry(SERVICE, `${tag}:${name}`, { linux: { store: 'secret-service' } });
}

export const systemKeychain: SystemKeychain = {
  async get(tag, name) {
    const text = await entryOf(tag, name).getPassword(AbortSignal.timeout(ANSWER_MS));
    if (text == null) return null;
    const bytes = fromHex(text);
    if (bytes === null || bytes.length > SECRET_BYTES_MAX) throw new Error('the keychain holds something else under this name');
    return bytes;
  },
  async set(tag, name, value) {
    await entryOf(tag, name).setPassword(Buffer.from(value).toString('hex'), AbortSignal.timeout(ANSWER_MS));
  },
  async remove(tag, name) {
    await entryOf(tag, name).deletePassword(AbortSignal.timeout(ANSWER_MS));
  },
  async probe(tag) {
    try {
      const entry = entryOf(tag, 'probe');
      await entry.setPassword(tag, AbortSignal.timeout(ANSWER_MS));
      const back = await entry.getPassword(AbortSignal.timeout(ANSWER_MS));
      await entry.deletePassword(AbortSignal.timeout(ANSWER_MS));
      return back === tag ? null : 'it did not give back what was stored';
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  },
};
