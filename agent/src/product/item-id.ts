/** Ids of tasks and suggestions that a person can type the start of. */
import { randomInt } from 'node:crypto';

/** No letters that are read as digits or as each other, and no vowels that make words. */
const LETTERS = '23456789bcdfghjkmnpqrstvwxz';
const LENGTH = 16;

/** Random from its first letter, as ids made from a writer and its counter are not: those all begin alike. */
export function itemId(): string {
  return Array.from({ length: LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join('');
}
