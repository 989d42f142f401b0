/** The thread that owns the SQLite file: runs one statement after the other, so that no fsync ever holds up the main loop. */
import { closeSync, openSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import Sqlite from 'better-sqlite3';
import { codeOf } from './errors.js';
import type { FromSqlite, SqliteAnswer, SqliteData, ToSqlite } from './sqlite-messages.js';

/** Statements kept prepared. Lists of different lengths are different statements, so the oldest go. */
const PREPARED_MAX = 400;
const BUSY_MS = 5_000;

if (parentPort === null) throw new Error('impossible: this file runs as a worker thread');
const port = parentPort;

function open({ file }: SqliteData): Sqlite.Database {
  // Made by us first: SQLite gives its log and index the mode of the file.
  if (file !== ':memory:') closeSync(openSync(file, 'a', 0o600));
  const opened = new Sqlite(file, { timeout: BUSY_MS });
  opened.pragma('journal_mode = WAL');
  opened.pragma('synchronous = FULL');
  if (process.platform === 'darwin') opened.pragma('fullfsync = 1');
  opened.pragma('foreign_keys = ON');
  opened.pragma('cache_size = -32768');
  return opened;
}

const db = open(workerData as SqliteData);
const prepared = new Map<string, Sqlite.Statement>();
/** After a failed write or fsync nobody knows what is on disk: nothing is written until the file was opened anew. */
let broken: string | null = null;

function statement(sql: string): Sqlite.Statement {
  const known = prepared.get(sql);
  if (known !== undefined) {
    prepared.delete(sql);
    prepared.set(sql, known);
    return known;
  }
  const made = db.prepare(sql);
  prepared.set(sql, made);
  const oldest = prepared.size > PREPARED_MAX ? prepared.keys().next().value : undefined;
  if (oldest !== undefined) prepared.delete(oldest);
  return made;
}

function run(sql: string, parameters: readonly unknown[]): SqliteAnswer {
  // A full disk ends the transaction by itself; the failure of a second end would hide what the first one was for.
  if (sql === 'rollback' && !db.inTransaction) return { rows: [], changes: null, lastId: null };
  const made = statement(sql);
  if (broken !== null && !made.readonly && sql !== 'rollback') throw new Error(`the disk failed before (${broken}); restart the relay`);
  if (made.reader) return { rows: made.all(...parameters), changes: null, lastId: null };
  const { changes, lastInsertRowid } = made.run(...parameters);
  return { rows: [], changes, lastId: Number(lastInsertRowid) };
}

function answer(message: ToSqlite): FromSqlite {
  try {
    if (message.kind === 'query') return { id: message.id, answer: run(message.sql, message.parameters) };
    prepared.clear();
    db.close();
    return { id: message.id, answer: { rows: [], changes: null, lastId: null } };
  } catch (error) {
    const code = codeOf(error);
    if (code.startsWith('SQLITE_IOERR') && code !== 'SQLITE_IOERR_SHMSIZE') broken = code;
    return {
      id: message.id,
      failure: { code: broken === null ? code : 'SQLITE_IOERR', message: error instanceof Error ? error.message : String(error) },
    };
  }
}

port.on('message', (message: ToSqlite) => port.postMessage(answer(message)));
