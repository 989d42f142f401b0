/** Everything between a fresh clone and a runnable one: Node, packages, native modules. Shared by start, test and bench. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withSetupLock } from './lock.mjs';
import { ensureModules } from './modules.mjs';
import { checkNode } from './node.mjs';
import { tell } from './say.mjs';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** Prepares the clone, then runs `then` under the same lock; answers false after telling a Problem. */
export async function prepare(then = async () => {}) {
  try {
    checkNode();
    await withSetupLock(root, async () => {
      await ensureModules(root);
      await then();
    });
    return true;
  } catch (error) {
    tell(error);
    return false;
  }
}
