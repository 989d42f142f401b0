/** The main thread's half of the SQLite thread: sends statements, settles their answers, and holds the process only while one is asked. */
import { Worker } from 'node:worker_threads';
import { DatabaseGone, DatabaseRefused, SqliteFailure } from './errors.js';
import type { FromSqlite, SqliteAnswer, SqliteData, ToSqlite } from './sqlite-messages.js';

export interface SqliteThread {
  /** Rejects with `SqliteFailure` when SQLite refuses the statement, `DatabaseGone` when the thread has ended. */
  query(sql: string, parameters: readonly unknown[]): Promise<SqliteAnswer>;
  close(): Promise<void>;
}

interface Asked {
  settle(answer: SqliteAnswer): void;
  reject(error: Error): void;
}

/** Resolves once the file is open; rejects with `DatabaseRefused` when it cannot be. */
export async function startSqlite(file: string): Promise<SqliteThread> {
  const data: SqliteData = { file };
  const worker = new Worker(new URL('./sqlite-worker.js', import.meta.url), { workerData: data, name: 'sqlite' });
  const thread = createThread(worker);
  try {
    await thread.query('select name from sqlite_master limit 1', []);
  } catch (error) {
    await worker.terminate();
    const why = error instanceof Error ? error.message : String(error);
    throw new DatabaseRefused(`the database file ${file} cannot be opened (${why}); check that its folder exists and may be written`, {
      cause: error,
    });
  }
  return thread;
}

function createThread(worker: Worker): SqliteThread {
  const asked = new Map<number, Asked>();
  let nextId = 1;
  let gone: DatabaseGone | null = null;
  let closing: Promise<void> | null = null;

  function holdProcess(): void {
    if (asked.size > 0) worker.ref();
    else worker.unref();
  }

  function end(why: string): void {
    gone ??= new DatabaseGone(why, { perhapsDone: true });
    for (const waiting of asked.values()) waiting.reject(gone);
    asked.clear();
  }

  function ask(message: ToSqlite, moved: readonly ArrayBuffer[]): Promise<SqliteAnswer> {
    return new Promise((settle, reject) => {
      if (gone !== null) return reject(gone);
      asked.set(message.id, { settle, reject });
      holdProcess();
      worker.postMessage(message, moved);
    });
  }

  worker.on('message', (message: FromSqlite) => {
    const waiting = asked.get(message.id);
    asked.delete(message.id);
    if ('answer' in message) waiting?.settle(message.answer);
    else waiting?.reject(new SqliteFailure(message.failure.code, message.failure.message));
    holdProcess();
  });
  worker.on('error', (error) => end(`the database thread failed: ${error.message}`));
  worker.on('exit', () => end('the database was closed'));
  worker.unref();

  return {
    async query(sql, parameters) {
      const moved: ArrayBuffer[] = [];
      const own = parameters.map((value) => ownBytes(value, moved));
      return await ask({ id: nextId++, kind: 'query', sql, parameters: own }, moved);
    },
    close() {
      closing ??=
        gone !== null ? Promise.resolve() : ask({ id: nextId++, kind: 'close' }, []).then(async () => void (await worker.terminate()));
      return closing;
    },
  };
}

/** Bytes are copied once and moved: a clone of a small view would carry the whole pool it lies in. */
function ownBytes(value: unknown, moved: ArrayBuffer[]): unknown {
  if (!(value instanceof Uint8Array)) return value;
  const copy = new Uint8Array(value);
  moved.push(copy.buffer);
  return copy;
}
