/** Recovery words from a person or a pipe: never from the command line, never shown unless asked for, never kept. */
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import type { Cli } from '../base/cli.js';
import { failed } from '../base/failure.js';
import { readInput } from '../base/input.js';

const CHARS_MAX = 4000;
const TRIES = 3;

export type Judge = (typed: string) => { readonly message: string; readonly fix: string } | null;

/** What was typed once nothing is wrong with it. A person is told what is wrong and may type again; a pipe is not asked twice. */
export async function askWords(
  cli: Cli,
  judge: Judge,
  options: { readonly shown: boolean; readonly enough: (typed: string) => boolean },
): Promise<string> {
  for (let round = 1; ; round++) {
    const typed = cli.canAsk ? await typedWords(cli, options) : await readInput(cli, CHARS_MAX);
    const wrong = judge(typed);
    if (wrong === null) return typed;
    if (!cli.canAsk || round === TRIES || typed.trim() === '') throw failed(wrong.message, wrong.fix);
    cli.note(`${cli.style.failed} ${wrong.message}`);
    cli.note(`  ${wrong.fix}; Ctrl-C stops`);
  }
}

/** Lines until there are enough words, or an empty line; nothing is shown of them but that they were taken. */
function typedWords(
  cli: Cli,
  { shown, enough }: { readonly shown: boolean; readonly enough: (typed: string) => boolean },
): Promise<string> {
  const echo = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      if (shown) cli.stderr.write(chunk);
      done();
    },
  });
  const reader = createInterface({ input: cli.stdin, output: echo, terminal: true, historySize: 0 });
  cli.stderr.write(`  type the 24 words${shown ? '' : ' (nothing is shown)'}, on one line or several: `);
  return new Promise((resolve) => {
    const lines: string[] = [];
    reader.on('line', (line) => {
      lines.push(line.slice(0, CHARS_MAX));
      if (!shown) cli.stderr.write('\n');
      if (line.trim() === '' || lines.length > 64 || enough(lines.join('\n'))) reader.close();
      else cli.stderr.write('  and the others: ');
    });
    reader.once('SIGINT', () => {
      lines.length = 0;
      cli.stderr.write('\n');
      reader.close();
    });
    reader.once('close', () => resolve(lines.join('\n')));
  });
}
