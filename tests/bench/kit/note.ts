/** What the many small documents of a benchmark hold. */

/** Words that do not compress into nothing and differ in every document. */
export function noteOf(number: number, bytes: number): string {
  let text = `note ${number}`;
  for (let word = number * 7919 + 1; text.length < bytes; word = (Math.imul(word, 1_664_525) + 1_013_904_223) >>> 0)
    text += ` ${word.toString(36)}`;
  return text.slice(0, bytes);
}
