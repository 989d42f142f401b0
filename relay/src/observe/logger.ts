/** The log: one JSON object a line, with fixed event names, redacted before it is written. */
import { isatty } from 'node:tty';
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { Logger, LogLevel } from '@leanvibe/core/ports/logger';
import { destination, pino } from 'pino';
import { type Fields, redactFields } from './redact.js';
import { inWords } from './terminal.js';

export interface RelayLogger extends Logger {
  /** The same log with these fields in every line, like the id of a request. */
  with(fields: Fields): RelayLogger;
  /** Everything logged so far is written when it returns. */
  flush(): void;
}

/** Where lines go; a file descriptor of this process in the product. */
export interface Sink {
  write(line: string): void;
  flush(): void;
}

export interface LoggerOptions extends ClockDep {
  readonly level: LogLevel;
  /** In every line; which copy spoke. */
  readonly base: Fields;
  /** Told of every error, for the error report; must not log. */
  readonly onError?: (event: string, fields: Fields) => void;
}

export function createLogger(sink: Sink, { level, base, onError, clock }: LoggerOptions): RelayLogger {
  const root = pino(
    {
      level,
      base: { ...base },
      messageKey: 'event',
      timestamp: () => `,"time":"${new Date(clock.nowMs()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line) => sink.write(line) },
  );
  const bound = (always: Fields): RelayLogger => ({
    log(at, event, fields = {}) {
      const clean = redactFields({ ...always, ...fields });
      root[at](clean, event);
      if (at === 'error') onError?.(event, clean);
    },
    with: (fields) => bound({ ...always, ...fields }),
    flush: () => sink.flush(),
  });
  return bound({});
}

/**
 * Standard error: standard output belongs to what a person or a program asked for. In words on a terminal, as JSON elsewhere.
 * A reader that has gone takes nothing else with it.
 */
export function stderrSink(): Sink {
  const stream = destination({ fd: 2, sync: false, minLength: 0 });
  const words = isatty(2) ? { coloured: (process.env['NO_COLOR'] ?? '') === '' && process.env['TERM'] !== 'dumb' } : null;
  let broken = false;
  stream.on('error', () => {
    broken = true;
  });
  return {
    write(line) {
      if (!broken) stream.write(words === null ? line : inWords(line, words));
    },
    flush() {
      if (!broken) stream.flushSync();
    },
  };
}
