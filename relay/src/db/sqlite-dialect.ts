/** kysely over the SQLite thread: one connection, lent to one transaction or statement at a time, in the order they asked. */
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type TransactionSettings,
} from 'kysely';
import type { SqliteThread } from './sqlite-thread.js';

export function createSqliteDialect(thread: SqliteThread): Dialect {
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => createDriver(thread),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

function createDriver(thread: SqliteThread): Driver {
  const connection = createConnection(thread);
  const turns = createTurns();
  const say = async (words: string): Promise<void> => void (await connection.executeQuery(CompiledQuery.raw(words)));
  return {
    init: () => Promise.resolve(),
    async acquireConnection() {
      await turns.take();
      return connection;
    },
    // Taking the write lock at once: a transaction that reads first and finds the file changed when it writes could only fail.
    beginTransaction: (_, { accessMode }: TransactionSettings) => say(accessMode === 'read only' ? 'begin' : 'begin immediate'),
    commitTransaction: () => say('commit'),
    rollbackTransaction: () => say('rollback'),
    savepoint: (_, name) => say(`savepoint "${name}"`),
    rollbackToSavepoint: (_, name) => say(`rollback to "${name}"`),
    releaseSavepoint: (_, name) => say(`release "${name}"`),
    releaseConnection: () => Promise.resolve(turns.give()),
    destroy: () => thread.close(),
  };
}

function createConnection(thread: SqliteThread): DatabaseConnection {
  return {
    async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
      const { rows, changes, lastId } = await thread.query(sql, parameters);
      return {
        rows: rows as Row[],
        ...(changes === null ? {} : { numAffectedRows: BigInt(changes) }),
        ...(lastId === null ? {} : { insertId: BigInt(lastId) }),
      };
    },
    streamQuery() {
      throw new Error('read in pages: rows are not streamed out of the SQLite thread');
    },
  };
}

interface Turns {
  take(): Promise<void>;
  give(): void;
}

function createTurns(): Turns {
  const waiting: (() => void)[] = [];
  let taken = false;
  return {
    take() {
      if (taken) return new Promise((resolve) => waiting.push(resolve));
      taken = true;
      return Promise.resolve();
    },
    give() {
      const next = waiting.shift();
      if (next === undefined) taken = false;
      else next();
    },
  };
}
