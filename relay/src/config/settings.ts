/** Every setting of the relay in one table: its names, what it may be, and what it is when nobody says. */
import { err, ok, type Result } from '@leanvibe/core/base/result';
import { httpOrigin, loopback, oneOf, originList, secretText, text, url, whole } from './kinds.js';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export const REGISTRATIONS = ['open', 'invite', 'closed'] as const;
export const CONFIRMS = ['mail', 'none'] as const;

/** What every part of the relay is given. Times and sizes carry their unit in their name; null means: not configured. */
export interface Settings {
  readonly env: 'development' | 'production';
  /** Holds the SQLite file, the drawn secret and the settings file. */
  readonly data: string;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** How clients reach this relay: scheme, host and port. Null: what it listens on. */
  readonly origin: string | null;
  /** Pages of other origins that may ask this relay (CORS, WebSocket Origin). */
  readonly allowedOrigins: readonly string[];
  /** How many proxies in front of the relay add to X-Forwarded-For; 0: none is believed. */
  readonly proxies: number;
  /** Null only outside production, where it then is `open`. */
  readonly registration: (typeof REGISTRATIONS)[number] | null;
  /** Whether an address is confirmed by letter before there is an account. Null: see `confirmOf`. */
  readonly confirm: (typeof CONFIRMS)[number] | null;
  /** Where letters are posted, signed with `mailKey`. Null: they are lines of a file in the data folder. */
  readonly mailUrl: string | null;
  readonly mailKey: string | null;
  /** Everything the relay signs or hashes with is derived from it. Null outside production: one is drawn and kept beside the data. */
  readonly secret: string | null;
  /** What `secret` was before it was rotated. */
  readonly previousSecret: string | null;
  readonly databaseUrl: string | null;
  readonly replicaUrl: string | null;
  readonly redisUrl: string | null;
  readonly metricsToken: string | null;
  /** A port of its own for /metrics. */
  readonly metricsPort: number | null;
  readonly metricsHost: string;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  readonly errorDsn: string | null;
  readonly billingSecret: string | null;
  readonly flagsFile: string | null;
  readonly drainSeconds: number;
  /** Sockets of any kind this copy holds at once. */
  readonly connections: number;
  /** Of those, of one client's address; an office behind one address, or a /64 of IPv6, shares it. */
  readonly connectionsPerAddress: number;
}

export type SettingName = keyof Settings;

export interface Setting<Value> {
  readonly variable: string;
  readonly help: string;
  /** Never printed; may be given as a file, in the variable with `_FILE` behind it. */
  readonly secret?: true;
  readonly fallback: Value;
  /** From text, as it stands in a variable, a flag or a file; says what it must be instead. */
  parse(typed: string): Result<Value, string>;
}

type SettingTable = { readonly [Name in SettingName]: Setting<Settings[Name]> };

export const SETTINGS: SettingTable = {
  env: {
    variable: 'RELAY_ENV',
    help: 'development or production; production refuses to start unless it is safe',
    fallback: 'development',
    parse: oneOf(['development', 'production']),
  },
  data: { variable: 'RELAY_DATA', help: 'the folder of the SQLite file and the drawn secret', fallback: '.', parse: text(4096) },
  host: { variable: 'RELAY_HOST', help: 'the address to listen on', fallback: '127.0.0.1', parse: text(255) },
  port: { variable: 'RELAY_PORT', help: 'the port to listen on; 0 takes any free one', fallback: 8787, parse: whole(0, 65_535) },
  origin: { variable: 'RELAY_ORIGIN', help: 'how clients reach this relay: https://relay.example.org', fallback: null, parse: httpOrigin },
  allowedOrigins: {
    variable: 'RELAY_ALLOWED_ORIGINS',
    help: 'origins of pages that may use this relay, with commas between',
    fallback: [],
    parse: originList,
  },
  proxies: {
    variable: 'RELAY_PROXIES',
    help: 'how many proxies of yours stand in front and add to X-Forwarded-For',
    fallback: 0,
    parse: whole(0, 8),
  },
  registration: {
    variable: 'RELAY_REGISTRATION',
    help: 'who may make an account: open, invite or closed',
    fallback: null,
    parse: oneOf(REGISTRATIONS),
  },
  confirm: {
    variable: 'RELAY_CONFIRM',
    help: 'mail: an account is made once its address is confirmed; none: at once. Default: mail in production with open registration',
    fallback: null,
    parse: oneOf(CONFIRMS),
  },
  mailUrl: {
    variable: 'RELAY_MAIL_URL',
    help: 'a webhook that sends mail; without it letters are lines of leanvibe-relay.outbox in the data folder',
    secret: true,
    fallback: null,
    parse: url(['https:', 'http:']),
  },
  mailKey: {
    variable: 'RELAY_MAIL_KEY',
    help: 'signs each letter posted there: x-leanvibe-signature',
    secret: true,
    fallback: null,
    parse: secretText,
  },
  secret: {
    variable: 'RELAY_SECRET',
    help: 'at least 32 random characters; all keys of the relay come from it',
    secret: true,
    fallback: null,
    parse: secretText,
  },
  previousSecret: {
    variable: 'RELAY_PREVIOUS_SECRET',
    help: 'what RELAY_SECRET was before, while it is being rotated',
    secret: true,
    fallback: null,
    parse: secretText,
  },
  databaseUrl: {
    variable: 'DATABASE_URL',
    help: 'postgres://… for PostgreSQL; one SQLite file without it',
    secret: true,
    fallback: null,
    parse: url(['postgres:', 'postgresql:']),
  },
  replicaUrl: {
    variable: 'DATABASE_REPLICA_URL',
    help: 'a read replica for lists and metrics',
    secret: true,
    fallback: null,
    parse: url(['postgres:', 'postgresql:']),
  },
  redisUrl: {
    variable: 'REDIS_URL',
    help: 'redis://… when several copies serve together',
    secret: true,
    fallback: null,
    parse: url(['redis:', 'rediss:']),
  },
  metricsToken: {
    variable: 'RELAY_METRICS_TOKEN',
    help: 'what Prometheus must send to read /metrics',
    secret: true,
    fallback: null,
    parse: secretText,
  },
  metricsPort: {
    variable: 'RELAY_METRICS_PORT',
    help: 'a port of its own for /metrics, for the inside of a cluster',
    fallback: null,
    parse: whole(0, 65_535),
  },
  metricsHost: { variable: 'RELAY_METRICS_HOST', help: 'the address of that port', fallback: '127.0.0.1', parse: text(255) },
  logLevel: { variable: 'RELAY_LOG_LEVEL', help: LOG_LEVELS.join(', '), fallback: 'info', parse: oneOf(LOG_LEVELS) },
  errorDsn: {
    variable: 'RELAY_ERROR_DSN',
    help: 'where unexpected errors are reported: a Sentry-compatible DSN',
    secret: true,
    fallback: null,
    parse: url(['https:', 'http:']),
  },
  billingSecret: {
    variable: 'RELAY_BILLING_SECRET',
    help: "the signing secret of the billing provider's webhook; off without it",
    secret: true,
    fallback: null,
    parse: secretText,
  },
  flagsFile: { variable: 'RELAY_FLAGS_FILE', help: 'feature flags as a JSON file', fallback: null, parse: text(4096) },
  drainSeconds: {
    variable: 'RELAY_DRAIN_SECONDS',
    help: 'how long requests may finish after SIGTERM',
    fallback: 25,
    parse: whole(0, 25),
  },
  connections: {
    variable: 'RELAY_CONNECTIONS',
    help: 'how many connections this copy holds at once; each needs a file descriptor',
    fallback: 20_000,
    parse: whole(100, 1_000_000),
  },
  connectionsPerAddress: {
    variable: 'RELAY_CONNECTIONS_PER_ADDRESS',
    help: 'how many of them one address may hold; a whole office may be behind one',
    fallback: 2_000,
    parse: whole(10, 1_000_000),
  },
};

export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[];

/** A port on every address is for the world to see; only loopback is a private one. */
export function listensPrivately(settings: Pick<Settings, 'host'>): boolean {
  return loopback(settings.host);
}

/** Open to the world, an account is made only when its address was confirmed; then nothing tells a stranger who has one. */
export function confirmOf({ confirm, env, registration }: Pick<Settings, 'confirm' | 'env' | 'registration'>): 'mail' | 'none' {
  return confirm ?? (env === 'production' && registration === 'open' ? 'mail' : 'none');
}

/** As `SETTINGS[name].parse`, without knowing which setting it is. */
export function parseSetting(name: SettingName, typed: string): Result<Settings[SettingName], string> {
  const parsed: Result<Settings[SettingName], string> = SETTINGS[name].parse(typed);
  return parsed.ok ? ok(parsed.value) : err(parsed.error);
}
