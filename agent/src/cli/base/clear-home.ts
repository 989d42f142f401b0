/** Deletes what LeanVibe wrote into a home, keys in the system keychain included, and nothing else that may lie there. */
import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { HomePaths } from '../../config/paths.js';
import { codeOf, failed, systemWords } from './failure.js';

const SETTINGS = /^config\.json/;
/** Each file with what stands beside it while it is written, mended or turned over; the lock goes last. */
const OURS = /^(store\.db|secrets|secrets\.json|control\.token|endpoint\.json|running\.json|config\.json)([.-].*)?$|^logs$/;
const LOCK = /^lock(\.db)?(-.*)?$/;

/** How many files and folders are gone. Refused while an agent runs. */
export async function clearHome(paths: HomePaths, { keepSettings }: { readonly keepSettings: boolean }): Promise<number> {
  const names = await readdir(paths.home).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') throw failed(`there is no home at ${paths.home}`, 'leanvibe paths');
    throw failed(`the home ${paths.home} cannot be read: ${systemWords(error)}`, 'use the user it belongs to, or another --home');
  });
  if (!names.some((name) => LOCK.test(name) || name === 'store.db')) throw failed(`${paths.home} is no LeanVibe home`, 'leanvibe paths');
  const { lockHome } = await import('../../store/lock.js');
  const lock = lockHome(paths.home);
  if (!lock.ok)
    throw lock.error.code === 'held'
      ? failed('the agent of this home is running', 'leanvibe stop')
      : failed(lock.error.message, lock.error.fix);
  try {
    await forgetKeys(paths.home);
    const going = (await readdir(paths.home)).filter((name) => OURS.test(name) && !(keepSettings && SETTINGS.test(name)));
    for (const name of going) await rm(join(paths.home, name), { recursive: true, force: true });
    return going.length;
  } finally {
    lock.value.release();
    for (const name of await readdir(paths.home)) if (LOCK.test(name)) await rm(join(paths.home, name), { force: true });
    // Somebody else's files keep the folder.
    await rmdir(paths.home).catch((error: unknown) => {
      if (!['ENOTEMPTY', 'EEXIST', 'EBUSY', 'EACCES', 'EPERM'].includes(codeOf(error))) throw error;
    });
  }
}

/** Keys in a file go with the file; those in the system's keychain are taken out one by one. */
async function forgetKeys(home: string): Promise<void> {
  const { readSecretsFile } = await import('../../keychain/secrets-file.js');
  const found = readSecretsFile(join(home, 'secrets.json'));
  if (!found.ok || found.value?.mode !== 'keychain') return;
  const { systemKeychain } = await import('../../keychain/system.js');
  const { SECRET_NAMES } = await import('../../keychain/secrets.js');
  for (const name of SECRET_NAMES) await systemKeychain.remove(found.value.tag, name);
}
