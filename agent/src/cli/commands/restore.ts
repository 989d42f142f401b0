/** `leanvibe restore`: a backup's projects, tasks and notes into a home that has none. */
import { rm } from 'node:fs/promises';
import type { RestoredHome } from '../../backup/restore-home.js';
import { clearHome } from '../base/clear-home.js';
import { failed } from '../base/failure.js';
import { isThere } from '../base/folders.js';
import type { Call, CommandSpec } from '../base/spec.js';
import { cutEnd } from '../term/width.js';
import { safe } from '../term/safe.js';
import { count } from '../term/words.js';
import { PASSPHRASE_OPTION, passphraseFor } from './backup.js';

export const restore: CommandSpec = {
  words: ['restore'],
  summary: 'brings a backup back into an empty home, as a new device of yours',
  args: [{ name: 'file', kind: 'path' }],
  options: [PASSPHRASE_OPTION],
  json: true,
  async run(call) {
    const { cli } = call;
    const file = call.path(call.need('file'));
    if (!(await isThere(file))) throw failed(`there is no file ${safe(file).slice(0, 200)}`, 'name the file that leanvibe backup wrote');
    const passphrase = await passphraseFor(call, false);
    const restored = await bring(call, file, passphrase);
    if (call.json) return cli.json(restored);
    const from = `${cutEnd(safe(restored.name), 40)}, ${restored.created.slice(0, 10)}`;
    cli.line(`  ${cli.style.done} ${count(restored.entries, 'change')} of ${from}: this is a new device of yours now`);
    if (restored.missing > 0)
      cli.line(`  ${cli.style.needsYou} ${count(restored.missing, 'change')} were damaged when it was made; other devices may have them`);
    cli.line(`    start it: ${cli.self} start    your folders: ${cli.self} add <folder>`);
    cli.line(`    a device that is gone is still listed: ${cli.self} devices revoke <device>`);
  },
};

/** The agent's parts are loaded only here: other commands stay quick. A home that was made for this goes again when it fails. */
async function bring(call: Call, file: string, passphrase: string): Promise<RestoredHome> {
  const { restoreHome } = await import('../../backup/restore-home.js');
  const { BackupFailure } = await import('../../backup/failure.js');
  const { StartFailure } = await import('../../daemon/start-failure.js');
  const { home, store } = call.paths;
  const had = { home: await isThere(home), store: await isThere(store) };
  const progress = call.cli.progress('reading', 'changes');
  const onProgress = (done: number, total: number): void => {
    if (!call.json) progress.tell(done, total);
  };
  try {
    return await restoreHome({ paths: call.paths, env: call.cli.env, file, passphrase, onProgress });
  } catch (error) {
    if (!had.store && (await isThere(store))) await clearHome(call.paths, { keepSettings: true });
    else if (!had.home) await rm(home, { recursive: true, force: true });
    if (!(error instanceof BackupFailure) && !(error instanceof StartFailure)) throw error;
    if (error.code === 'already-running') throw failed('the agent of this home is running', 'name an empty home with --home');
    throw failed(error.message, error.fix);
  } finally {
    progress.end();
  }
}
