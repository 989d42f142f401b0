/** Who reads and who does not, by what waits and what was taken. */
import { watchUnread } from '@leanvibe/relay/internal/http/unread';
import { expect, test } from 'vitest';

const SECOND = 1_000;

function socket(): { bytesWritten: number; writableLength: number } {
  return { bytesWritten: 0, writableLength: 0 };
}

test('who takes nothing for eight seconds while something waits does not read', () => {
  const one = socket();
  const isUnread = watchUnread(one);
  expect(isUnread(0)).toBe(false);
  [one.bytesWritten, one.writableLength] = [5_000_000, 1_000_000];
  for (let at = 1; at <= 9; at++) expect(isUnread(at * SECOND)).toBe(false);
  expect(isUnread(9.1 * SECOND)).toBe(true);
});

test('a trickle is no reading, a slow line is', () => {
  const [trickle, slow] = [socket(), socket()];
  const [isTrickling, isSlow] = [watchUnread(trickle), watchUnread(slow)];
  for (const one of [trickle, slow]) [one.bytesWritten, one.writableLength] = [5_000_000, 1_000_000];
  const unread: boolean[] = [];
  for (let at = 0; at <= 60; at++) {
    trickle.writableLength -= 1_000;
    slow.writableLength -= 5_000;
    unread.push(isTrickling(at * SECOND));
    expect(isSlow(at * SECOND)).toBe(false);
  }
  expect(unread.indexOf(true)).toBe(9);
});

test('of a large piece that is half taken, what the kernel took counts', () => {
  const one = { bytesWritten: 1_000_000, writableLength: 1_000_000, _handle: { writeQueueSize: 1_000_000 } };
  const isUnread = watchUnread(one);
  for (let at = 0; at <= 60; at++) {
    one._handle.writeQueueSize -= 5_000;
    expect(isUnread(at * SECOND)).toBe(false);
  }
});

test('who has taken all of it has read, however long that took', () => {
  const one = socket();
  const isUnread = watchUnread(one);
  [one.bytesWritten, one.writableLength] = [10_000, 10_000];
  expect(isUnread(0)).toBe(false);
  one.writableLength = 0;
  expect(isUnread(7 * SECOND)).toBe(false);
  one.bytesWritten = 20_000;
  one.writableLength = 10_000;
  expect(isUnread(12 * SECOND)).toBe(false);
  expect(isUnread(19 * SECOND)).toBe(false);
});
