/** The log on a terminal: in words, with nothing in them that moves the terminal. */
import { createLogger } from '@leanvibe/relay/internal/observe/logger';
import { inWords } from '@leanvibe/relay/internal/observe/terminal';
import { expect, test } from 'vitest';
import { createVirtualClock } from '../../../help/clock.js';

function words(...said: Parameters<ReturnType<typeof createLogger>['log']>): string {
  const lines: string[] = [];
  const sink = { write: (line: string) => void lines.push(inWords(line, { coloured: false })), flush: () => undefined };
  createLogger(sink, { level: 'debug', base: {}, clock: createVirtualClock() }).log(...said);
  return lines.join('');
}

test('a request is one line: when, what, which route, how it ended', () => {
  expect(words('info', 'http', { ms: 8, account: null, method: 'GET', route: '/health', status: 200 })).toMatch(
    /^ {4}\d\d:\d\d:\d\d http method=GET route=\/health status=200 ms=8\n$/,
  );
});

test('a warning and an error carry their sign', () => {
  expect(words('warn', 'login-refused', { reason: 'locked' })).toMatch(/^ {2}! \d\d:\d\d:\d\d login-refused reason=locked\n$/);
  expect(words('error', 'unexpected', { message: 'it broke' })).toMatch(/^ {2}✗ \d\d:\d\d:\d\d unexpected message=it broke\n$/);
});

test('what would move the cursor is shown and not obeyed, and a line stays one line', () => {
  const said = words('warn', 'odd', { message: 'a\u001b[2Jb\u0007\nc' });
  expect(said).not.toContain('\u001b');
  expect(said.trimEnd().split('\n')).toHaveLength(1);
});

test('a line that is not JSON comes as it is', () => {
  expect(inWords('not json\n', { coloured: true })).toBe('not json\n');
});
