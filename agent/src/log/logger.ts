/** The agent's logger: JSON lines by pino, with fixed event words and fields that name no person, path or content. */
import { homedir, hostname } from 'node:os';
import type { Logger } from '@leanvibe/core/ports/logger';
import type { LogLevel } from '@leanvibe/core/ports/logger';
import { pino } from 'pino';
import type { LogFile } from './file.js';

type FieldValue = string | number | boolean | null;

const FIELD_CHARS_MAX = 300;
/** Anything that looks like an absolute path, a URL with a query, an email, or 32 bytes of hex: none belongs in a log. */
const PATHS = /(?:[A-Za-z]:\\|\/)(?:[^\s/\\:'"]+[/\\])+[^\s:'",)]*/g;
const KEYS = /\b[0-9a-f]{32,}\b/gi;
const EMAILS = /[\w.+-]+@[\w-]+\.[\w.-]+/g;
/** Multiaddrs and DNS-SD words start with a slash and are no paths. */
const ADDRESS = /^\/(?:ip4|ip6|leanvibe)\//;

/** Fields whose name says that they hold what no log may. */
const SECRET_FIELD = /token|secret|passphrase|password|title|prompt|text|name$|path$/i;

export interface LoggerOptions {
  readonly level: LogLevel;
  /** The home's own path may be logged; nothing else under it either. */
  readonly home: string;
}

export function createFileLogger(file: LogFile, { level, home }: LoggerOptions): Logger {
  const host = hostname();
  const hide = (value: string): string => {
    if (ADDRESS.test(value)) return value.replace(/\/p2p\/\w+/g, '/p2p/…').slice(0, FIELD_CHARS_MAX);
    const parts = value.slice(0, FIELD_CHARS_MAX * 4).split(home);
    const hidden = parts.map((part) => {
      const plain = part
        .replace(EMAILS, '…@…')
        .replace(PATHS, '…/…')
        .replace(KEYS, (key) => `${key.slice(0, 8)}…`);
      return host.length > 2 ? plain.replaceAll(host, 'this-host') : plain;
    });
    return hidden.join('~home').replaceAll(homedir(), '~').slice(0, FIELD_CHARS_MAX);
  };
  const clean = (name: string, value: FieldValue): FieldValue => {
    if (typeof value !== 'string') return value;
    return SECRET_FIELD.test(name) ? '…' : hide(value);
  };
  const out = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      messageKey: 'event',
      formatters: { level: (label) => ({ level: label }) },
    },
    file,
  );
  return {
    log(at, event, fields = {}) {
      out[at](Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, clean(name, value)])), event);
    },
  };
}
