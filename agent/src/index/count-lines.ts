/** Counting newline bytes four at a time: with many small files this loop is most of what indexing costs. */

const HIGH_BITS = 0x7f7f7f7f;
const NEWLINES = 0x0a0a0a0a;
/** Byte lanes of the running sum hold at most 255. */
const WORDS_PER_SUM = 255;

function addLanes(sum: number): number {
  return (sum & 0xff) + ((sum >>> 8) & 0xff) + ((sum >>> 16) & 0xff) + (sum >>> 24);
}

/** Newlines among the first `length` bytes of `bytes`; `words` views the same memory from its start. */
export function countNewlines(bytes: Uint8Array, words: Int32Array, length: number): number {
  const whole = length >>> 2;
  let count = 0;
  let at = 0;
  while (at < whole) {
    const stop = Math.min(whole, at + WORDS_PER_SUM);
    let sum = 0;
    for (; at < stop; at += 1) {
      const mixed = (words[at] as number) ^ NEWLINES;
      // A lane is zero exactly where its byte was a newline; carries cannot cross lanes because the high bits are masked first.
      sum = (sum + (~(((mixed & HIGH_BITS) + HIGH_BITS) | mixed | HIGH_BITS) >>> 7)) | 0;
    }
    count += addLanes(sum);
  }
  for (at = whole << 2; at < length; at += 1) if (bytes[at] === 0x0a) count += 1;
  return count;
}
