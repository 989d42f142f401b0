/** C45: the device's secrets in each of their three places, and what happens when a place fails. */
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { openSecrets, type SecretsOptions } from '@leanvibe/agent/internal/keychain/open';
import { SECRET_NAMES, type Secrets } from '@leanvibe/agent/internal/keychain/secrets';
import { systemKeychain, type SystemKeychain } from '@leanvibe/agent/internal/keychain/system';
import { afterAll, describe, expect, it } from 'vitest';
import { bytesOf, silent, temporaryFolder } from '../../../help/store-things.js';

const folder = temporaryFolder('secrets');
afterAll(() => folder.remove());
let homes = 0;
const newHome = (): string => `${folder.path}/${homes++}`;

/** A keychain in memory that can be locked. */
function memoryKeychain(): SystemKeychain & { locked: boolean; readonly values: Map<string, Uint8Array> } {
  const values = new Map<string, Uint8Array>();
  const at = (tag: string, name: string): string => `${tag}:${name}`;
  return {
    locked: false,
    values,
    get: async (tag, name) => values.get(at(tag, name)) ?? null,
    set: async (tag, name, value) => void values.set(at(tag, name), value),
    remove: async (tag, name) => void values.delete(at(tag, name)),
    async probe() {
      return this.locked ? 'AccessDenied' : null;
    },
  };
}

async function opened(options: Omit<SecretsOptions, 'logger'>): Promise<Secrets> {
  const secrets = await openSecrets({ ...options, logger: silent });
  if (!secrets.ok) throw new Error(secrets.error.message);
  return secrets.value;
}

async function refused(options: Omit<SecretsOptions, 'logger'>): Promise<string> {
  const secrets = await openSecrets({ ...options, logger: silent });
  return secrets.ok ? 'opened' : secrets.error.code;
}

const places: readonly { readonly name: string; options(home: string): Omit<SecretsOptions, 'logger'> }[] = [
  { name: 'file', options: (home) => ({ home, mode: 'file' }) },
  { name: 'passphrase', options: (home) => ({ home, mode: 'passphrase', passphrase: 'correct horse é' }) },
];
const keychain = memoryKeychain();

for (const { name, options } of [
  ...places,
  { name: 'keychain', options: (home: string) => ({ home, mode: 'keychain' as const, keychain }) },
]) {
  describe(`C45 secrets kept by ${name}`, () => {
    it('keep every name across a restart, and forget what is removed', async () => {
      const home = newHome();
      const secrets = await opened(options(home));
      expect(await secrets.get('device-seed')).toBeNull();
      for (const [at, one] of SECRET_NAMES.entries()) await secrets.set(one, bytesOf(at, 32));
      await secrets.remove('control-token');
      const again = await opened(options(home));
      for (const [at, one] of SECRET_NAMES.entries())
        expect(await again.get(one)).toEqual(one === 'control-token' ? null : bytesOf(at, 32));
      expect(again.mode).toBe(name);
      expect(again.warning === null).toBe(name !== 'file');
      await expect(again.set('store-key', new Uint8Array(1_025))).rejects.toThrow(RangeError);
      expect(existsSync(`${home}/secrets.json.new`)).toBe(false);
    });

    it('are copies both ways', async () => {
      const secrets = await opened(options(newHome()));
      const value = bytesOf(1, 32);
      await secrets.set('device-seed', value);
      if (name !== 'keychain') value.fill(0);
      expect(await secrets.get('device-seed')).toEqual(bytesOf(1, 32));
    });
  });
}

describe('C45 choosing a place', () => {
  it('on this machine asks the real keychain, and where it is refused falls back to a 0600 file with a warning', async () => {
    const trouble = await systemKeychain.probe('0'.repeat(32));
    const home = newHome();
    const secrets = await opened({ home, mode: 'auto' });
    expect(secrets.mode).toBe(trouble === null ? 'keychain' : 'file');
    expect(secrets.warning === null).toBe(trouble === null);
    expect(statSync(`${home}/secrets.json`).mode & 0o777).toBe(0o600);
    expect(statSync(home).mode & 0o777).toBe(0o700);
    if (trouble !== null) expect(await refused({ home: newHome(), mode: 'keychain' })).toBe('keychain-unavailable');
  });

  it('a passphrase is preferred to a plain file when the keychain is refused', async () => {
    const locked = memoryKeychain();
    locked.locked = true;
    expect((await opened({ home: newHome(), mode: 'auto', passphrase: 'p', keychain: locked })).mode).toBe('passphrase');
    expect((await opened({ home: newHome(), mode: 'auto', keychain: locked })).mode).toBe('file');
  });

  it('C44 a home whose keychain is locked today is refused, never given new secrets', async () => {
    const chain = memoryKeychain();
    const home = newHome();
    await (await opened({ home, mode: 'auto', keychain: chain })).set('device-seed', bytesOf(1, 32));
    chain.locked = true;
    expect(await refused({ home, mode: 'auto', keychain: chain, passphrase: 'p' })).toBe('keychain-unavailable');
    expect(readdirSync(home)).toEqual(['secrets.json']);
    chain.locked = false;
    expect(await (await opened({ home, mode: 'auto', keychain: chain })).get('device-seed')).toEqual(bytesOf(1, 32));
  });

  it('an old home keeps its place whatever is asked for', async () => {
    const home = newHome();
    await opened({ home, mode: 'file' });
    expect(await refused({ home, mode: 'passphrase', passphrase: 'p' })).toBe('other-mode');
    expect((await opened({ home, mode: 'auto', passphrase: 'p' })).mode).toBe('file');
  });
});

describe('C45 the sealed file', () => {
  it('opens with its passphrase only, in any Unicode form, and holds no secret in clear', async () => {
    const home = newHome();
    const secrets = await opened({ home, mode: 'passphrase', passphrase: 'caf\u00e9' });
    await secrets.set('device-seed', bytesOf(5, 32));
    expect(await refused({ home, mode: 'auto', passphrase: 'cafe' })).toBe('passphrase-wrong');
    expect(await refused({ home, mode: 'auto' })).toBe('passphrase-missing');
    expect(await refused({ home, mode: 'auto', passphrase: '' })).toBe('passphrase-missing');
    expect(await (await opened({ home, mode: 'auto', passphrase: 'cafe\u0301' })).get('device-seed')).toEqual(bytesOf(5, 32));
    expect(readFileSync(`${home}/secrets.json`, 'latin1')).not.toContain(Buffer.from(bytesOf(5, 32)).toString('hex').slice(0, 16));
    expect(statSync(`${home}/secrets.json`).mode & 0o777).toBe(0o600);
  });

  it('is refused when any byte of it was changed, and the file stays as it is', async () => {
    const home = newHome();
    await (await opened({ home, mode: 'passphrase', passphrase: 'p' })).set('device-seed', bytesOf(5, 32));
    const told = JSON.parse(readFileSync(`${home}/secrets.json`, 'utf8')) as Record<string, unknown>;
    const box = String(told['box']);
    const tries: readonly [Record<string, unknown>, string][] = [
      [{ box: `${box[0] === '0' ? '1' : '0'}${box.slice(1)}` }, 'passphrase-wrong'],
      [{ box: 'zz' }, 'damaged'],
      [{ memoryBytes: 2 ** 40 }, 'damaged'],
      [{ passes: 1 }, 'passphrase-wrong'],
      [{ salt: '00' }, 'damaged'],
      [{ mode: 'other' }, 'damaged'],
      [{ version: 2 }, 'newer'],
    ];
    for (const [change, code] of tries) {
      const text = JSON.stringify({ ...told, ...change });
      writeFileSync(`${home}/secrets.json`, text);
      expect(await refused({ home, mode: 'auto', passphrase: 'p' })).toBe(code);
      expect(readFileSync(`${home}/secrets.json`, 'utf8')).toBe(text);
    }
    for (const text of ['', '{', '[]', 'null', 'x'.repeat(100_000)]) {
      writeFileSync(`${home}/secrets.json`, text);
      expect(await refused({ home, mode: 'auto', passphrase: 'p' })).toBe('damaged');
    }
  });

  it('A8 a file that others could read is closed to them', async () => {
    const home = newHome();
    await opened({ home, mode: 'file' });
    chmodSync(`${home}/secrets.json`, 0o644);
    await opened({ home, mode: 'file' });
    expect(statSync(`${home}/secrets.json`).mode & 0o777).toBe(0o600);
  });
});
