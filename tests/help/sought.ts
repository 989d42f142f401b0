/** Looks for known words in bytes the way somebody curious would: as they are, as hex, base64, and UTF-16, in either case. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';

/** A word that occurs nowhere else: `Zq` and 18 random letters. */
export function marker(): string {
  const letters = [...randomBytes(18)].map((byte) => String.fromCharCode((byte & 32 ? 65 : 97) + (byte % 26)));
  return `Zq${letters.join('')}`;
}

/** Every form of a word that is looked for. */
export function forms(word: string): ReadonlyMap<string, Buffer> {
  const found = new Map<string, Buffer>();
  for (const [which, text] of [
    ['as written', word],
    ['in small letters', word.toLowerCase()],
    ['in capitals', word.toUpperCase()],
  ] as const) {
    const raw = Buffer.from(text, 'utf8');
    const hex = raw.toString('hex');
    found.set(which, raw);
    found.set(`${which}, hex`, Buffer.from(hex));
    found.set(`${which}, HEX`, Buffer.from(hex.toUpperCase()));
    found.set(`${which}, UTF-16LE`, Buffer.from(text, 'utf16le'));
    found.set(`${which}, UTF-16BE`, Buffer.from(text, 'utf16le').swap16());
    found.set(`${which}, reversed`, Buffer.from([...text].toReversed().join('')));
    // Base64 of a text that holds the word somewhere: three ways it may lie, less what its neighbours change.
    for (let before = 0; before < 3; before++) {
      const whole = Buffer.concat([Buffer.alloc(before), raw])
        .toString('base64')
        .replace(/=+$/, '');
      found.set(`${which}, base64 at ${before}`, Buffer.from(whole.slice(before === 0 ? 0 : before + 1, -1)));
    }
  }
  return found;
}

/** `<where>: <word> <form>` for every find. */
export function findIn(where: string, bytes: Buffer, words: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(words).flatMap(([what, word]) =>
    [...forms(word)].filter(([, form]) => bytes.includes(form)).map(([form]) => `${where}: ${what} ${form}`),
  );
}

/** In every file under a folder, and in the files' own names. */
export async function findUnder(
  folder: string,
  words: Readonly<Record<string, string>>,
  except: ReadonlySet<string> = new Set(),
): Promise<{ readonly files: number; readonly bytes: number; readonly finds: readonly string[] }> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const finds: string[] = [];
  let bytes = 0;
  const files = entries.filter((entry) => entry.isFile() && !except.has(entry.name));
  for (const entry of entries) finds.push(...findIn(`the name ${entry.name}`, Buffer.from(entry.name), words));
  for (const entry of files) {
    const content = await readFile(join(entry.parentPath, entry.name));
    bytes += content.length;
    finds.push(...findIn(entry.name, content, words));
  }
  return { files: files.length, bytes, finds };
}
