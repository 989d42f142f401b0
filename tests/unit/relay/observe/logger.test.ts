/** The log: JSON lines with fixed events, and nothing secret in them. */
import { createLogger } from '@leanvibe/relay/internal/observe/logger';
import { REDACTED } from '@leanvibe/relay/internal/observe/redact';
import { expect, test } from 'vitest';
import { createVirtualClock } from '../../../help/clock.js';

function logged(level: 'debug' | 'info' = 'info'): {
  readonly lines: Record<string, unknown>[];
  readonly logger: ReturnType<typeof createLogger>;
} {
  const lines: Record<string, unknown>[] = [];
  const sink = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>), flush: () => undefined };
  return { lines, logger: createLogger(sink, { level, base: { copy: 'a' }, clock: createVirtualClock() }) };
}

test('a line has its time, level, event, copy and the fields bound to the request', () => {
  const { lines, logger } = logged();
  logger.with({ requestId: 'r-1' }).log('warn', 'login-refused', { reason: 'locked' });
  logger.log('debug', 'too-quiet');
  expect(lines).toEqual([
    { time: expect.any(String), level: 'warn', event: 'login-refused', copy: 'a', requestId: 'r-1', reason: 'locked' },
  ]);
});

test('what has a telling name or a telling shape is redacted', () => {
  const { lines, logger } = logged();
  logger.log('info', 'x', {
    password: 'p1',
    deviceToken: 'p2',
    Authorization: 'p3',
    email: 'p4',
    detail: 'Bearer p5.p5 and eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxIn0.p6 and postgres://u:p7@host/db of ann@p8.org and lvd_p9p9p9p9p9',
    tries: 3,
  });
  expect(JSON.stringify(lines)).not.toMatch(/p[1-9]/);
  expect(lines[0]).toMatchObject({ password: REDACTED, tries: 3 });
  expect(lines[0]?.['detail']).toContain(`postgres://${REDACTED}@host/db`);
});

test('errors are told on, redacted, and others are not', () => {
  const told: unknown[] = [];
  const sink = { write: () => undefined, flush: () => undefined };
  const logger = createLogger(sink, {
    level: 'info',
    base: {},
    clock: createVirtualClock(),
    onError: (event, fields) => told.push([event, fields]),
  });
  logger.log('warn', 'a');
  logger.log('error', 'b', { token: 't' });
  expect(told).toEqual([['b', { token: REDACTED }]]);
});
