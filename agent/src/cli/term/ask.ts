/** Questions to the person at the terminal; where nobody sits, the answer must come with the command. */
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import type { Cli } from '../base/cli.js';
import { wrongUse } from '../base/failure.js';

/** The line a person typed; null when they ended the input instead. `hidden`: nothing of it is shown. */
export async function askLine(cli: Cli, question: string, hidden = false): Promise<string | null> {
  if (!cli.canAsk) throw wrongUse('this needs an answer, and nobody is at the terminal');
  const echo = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      if (!hidden) cli.stderr.write(chunk);
      done();
    },
  });
  const reader = createInterface({ input: cli.stdin, output: echo, terminal: true, historySize: 0 });
  cli.stderr.write(`  ${question} `);
  return new Promise((resolve) => {
    let answer: string | null = null;
    reader.once('line', (line) => {
      answer = line;
      reader.close();
    });
    reader.once('SIGINT', () => reader.close());
    reader.once('close', () => {
      if (hidden || answer === null) cli.stderr.write('\n');
      resolve(answer);
    });
  });
}

/** True only for a clear yes. */
export async function askYes(cli: Cli, question: string): Promise<boolean> {
  const answer = await askLine(cli, `${question} [y/N]`);
  return /^\s*y(es)?\s*$/i.test(answer ?? '');
}
