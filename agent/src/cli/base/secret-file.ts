/** Secrets that a person keeps in a file: never on the command line, where every user of the machine could read them. */
import { readFile } from 'node:fs/promises';
import { failed, systemWords } from './failure.js';

/** The first line; `what` names it in the words of a failure. */
export async function firstLine(path: string, what: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw failed(`the ${what} file cannot be read: ${systemWords(error)}`, `give the path of a file whose first line is the ${what}`);
  });
  return text.split(/\r?\n/)[0] ?? '';
}
