/** Text edited in the person's own editor, in a private temporary file that is gone afterwards. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cli } from './cli.js';
import { failed } from './failure.js';

/** `name`: the file's name, whose ending tells the editor what it is. Throws CommandFailure when the editor fails; nothing is changed then. */
export async function editText(cli: Cli, text: string, name: string): Promise<string> {
  const editor = [cli.env['VISUAL'], cli.env['EDITOR']].find((one) => one !== undefined && one.trim() !== '') ?? 'vi';
  const folder = await mkdtemp(join(tmpdir(), 'leanvibe-'));
  const file = join(folder, name);
  try {
    await writeFile(file, text, { mode: 0o600 });
    // The shell reads the variable as it may hold flags; the path is an argument, never part of the line.
    const code = await new Promise<number | null>((resolve, reject) => {
      const child = spawn('/bin/sh', ['-c', `${editor} "$1"`, 'sh', file], { stdio: 'inherit' });
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (code !== 0)
      throw failed(
        `the editor ended with ${code ?? 'a signal'}, so nothing was changed`,
        'set EDITOR to one that works, or pipe the text in',
      );
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (error) {
    if (error instanceof TypeError) throw failed('the editor wrote text that is not UTF-8, so nothing was changed', 'save it as UTF-8');
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
