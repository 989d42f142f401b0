/** What was piped in, whole and bounded; text that is not UTF-8 is refused rather than mangled. */
import type { Cli } from './cli.js';
import { failed, wrongUse } from './failure.js';

/** `charsMax`: longer input is refused without reading all of it. */
export async function readInput(cli: Cli, charsMax: number): Promise<string> {
  if (cli.canAsk) cli.note('type the text, then Ctrl-D on a line of its own');
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of cli.stdin) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    size += bytes.length;
    // A character takes at most four bytes.
    if (size > charsMax * 4) throw failed(`what was piped in is longer than ${charsMax.toLocaleString('en')} characters`, 'pipe in less');
    chunks.push(bytes);
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw wrongUse('what was piped in is not UTF-8 text', 'pipe in plain text');
  }
  // Checked here, so that hostile input reads alike with and without an agent.
  if (/[^\P{Cc}\n\r\t]/u.test(text)) throw wrongUse('what was piped in holds control characters', 'pipe in plain text');
  return text;
}
