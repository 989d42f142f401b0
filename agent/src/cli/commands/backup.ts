/** `leanvibe backup`, `export`: everything into one sealed file, or into open formats. */
import { failed, wrongUse } from '../base/failure.js';
import { firstLine } from '../base/secret-file.js';
import { isThere } from '../base/folders.js';
import type { Call, CommandSpec, OptionSpec } from '../base/spec.js';
import { askLine } from '../term/ask.js';
import { cutMiddle } from '../term/width.js';
import { safe } from '../term/safe.js';
import { count, size } from '../term/words.js';

export const PASSPHRASE_OPTION: OptionSpec = {
  long: 'passphrase-file',
  value: 'path',
  help: 'a file whose first line is the passphrase (default: ask)',
  kind: 'path',
};
const PASSPHRASE_CHARS_MIN = 8;

/** Never on the command line, where every user of the machine could read it. `again`: typed twice, for one that is new. */
export async function passphraseFor(call: Call, again: boolean): Promise<string> {
  const path = call.option('passphrase-file');
  if (path !== undefined) return longEnough(await firstLine(call.path(path), 'passphrase'));
  const { env } = call.cli;
  // The second one also opens a home that is sealed by a passphrase.
  const variable = [env['LEANVIBE_BACKUP_PASSPHRASE'], env['LEANVIBE_PASSPHRASE']].find((value) => value !== undefined && value !== '');
  if (variable !== undefined) return longEnough(variable);
  if (!call.cli.canAsk) throw wrongUse('a passphrase is needed', 'give --passphrase-file <path>, or set LEANVIBE_BACKUP_PASSPHRASE');
  const typed = longEnough((await askLine(call.cli, 'passphrase:', true)) ?? '');
  if (again && (await askLine(call.cli, 'once more:', true)) !== typed)
    throw wrongUse('the two passphrases differ', 'type the same one twice');
  return typed;
}

function longEnough(passphrase: string): string {
  if (passphrase.length >= PASSPHRASE_CHARS_MIN) return passphrase;
  throw wrongUse(`the passphrase must be at least ${PASSPHRASE_CHARS_MIN} characters long`, 'several words make a good one');
}

export const backup: CommandSpec = {
  words: ['backup'],
  summary: 'writes everything into one file, sealed by a passphrase, and proves it readable',
  args: [{ name: 'file', kind: 'path' }],
  options: [PASSPHRASE_OPTION],
  json: true,
  async run(call) {
    const { cli, agent } = call;
    const path = call.path(call.need('file'));
    if (await isThere(path)) throw failed(`${safe(path).slice(0, 200)} exists already`, 'name a new file');
    const passphrase = await passphraseFor(call, true);
    const progress = cli.progress('writing', 'changes');
    const written = await agent
      .follow('backup', { path, passphrase }, ({ done, total }) => {
        if (!call.json) progress.tell(done, total);
      })
      .finally(() => progress.end());
    if (call.json) return cli.json(written);
    cli.line(`  ${cli.style.done} ${size(written.bytes)} in ${cutMiddle(safe(written.path), cli.columns - 24)}`);
    cli.line(`    proved: ${count(written.entries, 'change')} read back; bring them back with: ${cli.self} restore <file>`);
    cli.line('    keep the passphrase elsewhere: without it the file opens for nobody');
    if (written.missing > 0)
      cli.line(`  ${cli.style.needsYou} ${count(written.missing, 'change')} could not be read here and are not in it: ${cli.self} verify`);
  },
};

export const exportAll: CommandSpec = {
  words: ['export'],
  summary: 'writes everything into a new folder as Markdown and JSON',
  args: [{ name: 'folder', kind: 'path' }],
  json: true,
  async run(call) {
    const { cli, agent } = call;
    const path = call.path(call.need('folder'));
    const progress = cli.progress('writing', 'projects');
    const written = await agent
      .follow('export', { path }, ({ done, total }) => {
        if (!call.json) progress.tell(done, total);
      })
      .finally(() => progress.end());
    if (call.json) return cli.json(written);
    cli.line(
      `  ${cli.style.done} ${count(written.files, 'file')}, ${size(written.bytes)} in ${cutMiddle(safe(written.path), cli.columns - 30)}`,
    );
  },
};
