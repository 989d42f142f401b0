/** Structured logging: event names are fixed words, fields carry no content, names, keys or paths of a person. */

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface Logger {
  log(level: LogLevel, event: string, fields?: Readonly<Record<string, string | number | boolean | null>>): void;
}

export interface LoggerDep {
  readonly logger: Logger;
}
