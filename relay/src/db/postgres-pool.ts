/** Lines to PostgreSQL: got with patience behind a circuit breaker, and replaced where nothing was said on them yet. A lost database ends no process. */
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import type { RandomDep } from '@leanvibe/core/ports/random';
import type { PostgresPool } from 'kysely';
import CircuitBreaker from 'opossum';
import { type ClientBase, Pool, type PoolClient, types } from 'pg';
import { codeOf, DatabaseGone, isLost } from './errors.js';
import { patiently } from './patience.js';
import { createLine } from './postgres-line.js';

export interface PoolDeps extends ClockDep, RandomDep, LoggerDep {}

export interface PoolSettings {
  readonly url: string;
  /** Lines held at most. */
  readonly lines: number;
  /** A statement is given up after this many ms; 0: never. */
  readonly statementMs: number;
  /** How long one asks for a line before it is `DatabaseGone`. */
  readonly patienceMs: number;
}

export interface Lines extends PostgresPool {
  /** Rejects with `DatabaseGone` when no line was had within the patience, or none is sought at the moment. */
  take(): Promise<PoolClient>;
}

/** Every try may last this long, and a full pool keeps one waiting as long. */
const CONNECT_MS = 3_000;
const TRIES = 12;
/** After so many callers in ten seconds went away empty-handed, the next are told so at once. */
const BREAKER_CALLS = 3;
/** Then one caller tries again after this. */
const BREAKER_MS = 1_000;

const INT8 = 20;
const NUMERIC = 1700;
const BYTEA = 17;

/** 64-bit counts and sums as numbers, and bytes that are no Buffer. */
const parsers: ReadonlyMap<number, (text: string) => unknown> = new Map<number, (text: string) => unknown>([
  [INT8, Number],
  [NUMERIC, Number],
  [BYTEA, (text) => new Uint8Array(types.getTypeParser(BYTEA)(text) as Uint8Array)],
]);

function getTypeParser(oid: number, format?: 'text' | 'binary'): unknown {
  return (format !== 'binary' ? parsers.get(oid) : undefined) ?? types.getTypeParser(oid, format);
}

/** No line may acknowledge what is not on disk, whatever the server's own setting says. */
const DURABLE =
  "select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') in ('off', 'local', 'remote_write')";

export function createLines({ url, lines, statementMs, patienceMs }: PoolSettings, deps: PoolDeps): Lines {
  const { logger } = deps;
  const lost = (error: Error): void => logger.log('warn', 'database-line-lost', { code: codeOf(error) });
  // The pool awaits it, though its types do not say so.
  const greet = (client: ClientBase): unknown => {
    client.on('error', lost); // a line that breaks while it is lent out, or else the process would end
    return client.query(DURABLE);
  };
  const pool = new Pool({
    connectionString: url,
    max: lines,
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    application_name: 'leanvibe-relay',
    types: { getTypeParser: getTypeParser as typeof types.getTypeParser },
    ...(statementMs === 0
      ? {}
      : { statement_timeout: statementMs, query_timeout: statementMs + 5_000, idle_in_transaction_session_timeout: statementMs }),
    onConnect: greet,
  });
  pool.on('error', lost);

  const breaker = new CircuitBreaker(() => patiently(deps, { tries: TRIES, forMs: patienceMs }, isLost, () => pool.connect()), {
    timeout: false,
    volumeThreshold: BREAKER_CALLS,
    errorThresholdPercentage: 50,
    resetTimeout: BREAKER_MS,
    errorFilter: (error) => !isLost(error),
  });
  breaker.on('open', () => logger.log('error', 'database-gone'));
  breaker.on('close', () => logger.log('info', 'database-back'));

  const take = async (): Promise<PoolClient> => {
    try {
      return await breaker.fire();
    } catch (error) {
      if (!isLost(error) && codeOf(error) !== 'EOPENBREAKER') throw error;
      throw new DatabaseGone('the database does not answer', { perhapsDone: false, cause: error });
    }
  };
  let ended: Promise<void> | null = null;
  return {
    take,
    connect: async () => createLine(await take(), take),
    end() {
      breaker.shutdown();
      return (ended ??= pool.end());
    },
  };
}

/** Lists come from the replica while it answers, else from the primary. Ends the replica's lines only. */
export function withFallback(replica: Lines, primary: Lines, { logger }: LoggerDep): PostgresPool {
  const take = async (): Promise<PoolClient> => {
    try {
      return await replica.take();
    } catch (error) {
      if (!(error instanceof DatabaseGone)) throw error;
      logger.log('warn', 'replica-gone');
      return await primary.take();
    }
  };
  return { connect: async () => createLine(await take(), take), end: () => replica.end() };
}
