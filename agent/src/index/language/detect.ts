/** Naming a text file's language: by its whole name, then its longest known extension, then its first line. */
import { isAmbiguous, settleExtension, settleName } from './ambiguous.js';
import { LANGUAGE_BY_EXTENSION } from './extensions.js';
import { LANGUAGE_BY_BARE_NAME, LANGUAGE_BY_NAME, LANGUAGE_BY_PROGRAM } from './names.js';

const HEAD_BYTES = 8_000;
const FIRST_LINE_BYTES = 200;

/** The last one, two and three dotted parts of a name, longest first: `a.blade.php` → `blade.php`, `php`. */
function extensionsOf(name: string): readonly string[] {
  const parts = name.split('.').slice(1);
  return [3, 2, 1].filter((count) => count <= parts.length).map((count) => parts.slice(-count).join('.'));
}

function byExtension(name: string, head: Buffer): string | null | undefined {
  for (const written of extensionsOf(name)) {
    // As written first: .C and .c, .S and .s, .R and .r may differ. The rest of the world shouts (.HTM, .PY) and means the same.
    for (const extension of written === written.toLowerCase() ? [written] : [written, written.toLowerCase()]) {
      const language = LANGUAGE_BY_EXTENSION.get(extension);
      if (language === undefined) continue;
      return isAmbiguous(extension) ? settleExtension(extension, language, head.toString('latin1', 0, HEAD_BYTES)) : language;
    }
  }
  return undefined;
}

/** `#!/usr/bin/env -S FOO=1 python3.11 -u` → `Python`. */
export function languageOfFirstLine(head: Buffer): string | null {
  if (head[0] !== 0x23 || head[1] !== 0x21)
    return head.toString('latin1', 0, FIRST_LINE_BYTES).trimStart().startsWith('<?xml ') ? 'XML' : null;
  const line = head.toString('latin1', 2, FIRST_LINE_BYTES).split('\n', 1)[0] ?? '';
  for (const word of line.trim().split(/\s+/)) {
    const program = word.slice(word.lastIndexOf('/') + 1);
    if (program === 'env' || program.startsWith('-') || program.includes('=')) continue;
    return LANGUAGE_BY_PROGRAM.get(program) ?? LANGUAGE_BY_PROGRAM.get(program.replace(/[\d.]+$/, '')) ?? null;
  }
  return null;
}

/** `name` is the file's own name, `head` its beginning (at most the first 8,000 bytes are looked at). Null when the language is not known. */
export function detectLanguage(name: string, head: Buffer): string | null {
  if (name.endsWith('~')) return null;
  const named = LANGUAGE_BY_NAME.get(name);
  if (named !== undefined) return settleName(named, head.toString('latin1', 0, HEAD_BYTES));
  if (!name.includes('.')) return LANGUAGE_BY_BARE_NAME.get(name.toLowerCase()) ?? languageOfFirstLine(head);
  const extended = byExtension(name, head);
  return extended === undefined ? languageOfFirstLine(head) : extended;
}
