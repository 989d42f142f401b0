/** The twenty-four words (C43): 256 bits and their checksum on the English list of BIP-39, and what is wrong with words typed wrongly. */
import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { err, ok, type Result } from '../base/result.js';

export const ENTROPY_BYTES = 32;
export const WORDS_COUNT = 24;

/** A word that is not on the list: its place, from 1, and the words of the list nearest to it. */
export interface WrongWord {
  readonly position: number;
  readonly nearest: readonly string[];
}

/** None of it holds what was typed, so that it may be told and kept. */
export type WordsProblem =
  | { readonly code: 'count'; readonly count: number }
  | { readonly code: 'word'; readonly wrong: readonly WrongWord[] }
  /** Each is on the list, and together they are not what was written down. */
  | { readonly code: 'checksum' };

const NEAREST_MAX = 3;
const DISTANCE_MAX = 2;
/** No word of the list shares its first four letters with another. */
const TELLING_LETTERS = 4;
/** What nobody types by hand is not compared letter by letter. */
const WORD_CHARS_MAX = 24;

export function wordsOf(entropy: Uint8Array): readonly string[] {
  return entropyToMnemonic(entropy, wordlist).split(' ');
}

/** The words of a text, however they were grouped, numbered, capitalised or accented. */
export function splitWords(text: string): readonly string[] {
  return text
    .normalize('NFKD')
    .replace(/[\p{Cf}\p{M}]/gu, '')
    .toLowerCase()
    .split(/[\s,;|]+/u)
    .map((word) => word.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, ''))
    .filter((word) => word !== '');
}

/** The 32 bytes behind the words. */
export function readWords(text: string): Result<Uint8Array, WordsProblem> {
  const typed = splitWords(text);
  const wrong = typed.flatMap((word, at) => (wordlist.includes(word) ? [] : [{ position: at + 1, nearest: nearestTo(word) }]));
  if (typed.length !== WORDS_COUNT) return err({ code: 'count', count: typed.length });
  if (wrong.length > 0) return err({ code: 'word', wrong });
  try {
    return ok(Uint8Array.from(mnemonicToEntropy(typed.join(' '), wordlist)));
  } catch {
    // Right count, words of the list: only the checksum is left.
    return err({ code: 'checksum' });
  }
}

/** Words of the list with the same first letters or at most two edits away, the nearest first. */
export function nearestTo(word: string): readonly string[] {
  if (word.length > WORD_CHARS_MAX) return [];
  const head = word.slice(0, TELLING_LETTERS);
  return wordlist
    .map((known) => ({ known, far: distance(word, known), same: word.length >= TELLING_LETTERS && known.startsWith(head) }))
    .filter(({ far, same }) => same || far <= DISTANCE_MAX)
    .sort((a, b) => a.far - (a.same ? 1 : 0) - (b.far - (b.same ? 1 : 0)) || (a.known < b.known ? -1 : 1))
    .slice(0, NEAREST_MAX)
    .map(({ known }) => known);
}

/** Edits from one word to the other: a letter more, less, other, or two swapped. */
function distance(a: string, b: string): number {
  let before: readonly number[] = [];
  let above: readonly number[] = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let row = 1; row <= a.length; row++) {
    const now = [row];
    for (let at = 1; at <= b.length; at++) {
      const same = a[row - 1] === b[at - 1] ? 0 : 1;
      let least = Math.min((above[at] ?? 0) + 1, (now[at - 1] ?? 0) + 1, (above[at - 1] ?? 0) + same);
      if (row > 1 && at > 1 && a[row - 1] === b[at - 2] && a[row - 2] === b[at - 1]) least = Math.min(least, (before[at - 2] ?? 0) + 1);
      now.push(least);
    }
    before = above;
    above = now;
  }
  return above[b.length] ?? 0;
}
