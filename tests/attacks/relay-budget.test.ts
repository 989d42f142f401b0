/** The leak budget as a list, held against everything a relay can hold, log, count, note or be told. */
import Database from 'better-sqlite3';
import { METRICS } from '@leanvibe/relay/internal/observe/metric-table';
import { describe, expect, test } from 'vitest';
import { openTestDatabases } from '../help/relay-db.js';
import { filesUnder } from '../house/source.js';
import { ACTS, COLUMNS, EVENTS, LABELS, MESSAGES, STEPS } from './relay-budget.js';
import { actsIn, loggedIn, messagesIn, tablesIn } from './relay-scan.js';

const sqlite = openTestDatabases().find(({ name }) => name === 'SQLite');
const words = (line: string): readonly string[] => line.split(' ').filter((word) => word !== '');
const listed = (table: Readonly<Record<string, string>>): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(Object.entries(table).map(([name, line]) => [name, words(line).toSorted()]));
const sorted = (map: ReadonlyMap<string, readonly string[]>): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries([...map].map(([name, fields]) => [name, fields.toSorted()]));
const budgeted = Object.fromEntries(Object.entries(COLUMNS).map(([table, columns]) => [table, Object.keys(columns).toSorted()]));

/** What a relay is made of: its own sources, and what it uses of core. */
const SOURCES = ['relay/src', 'core/src/log', 'core/src/base', 'core/src/ports', 'core/src/crypto'].flatMap((folder) =>
  filesUnder(folder).filter((path) => path.endsWith('.ts')),
);

/** Spread into a line of the log, with what is in them. */
const SPREAD: Readonly<Record<string, string>> = { '...count': 'made dropped deleted', '...retired': 'entries mailboxes' };

describe('C32 the leak budget', () => {
  test('every column of every table is in it, by the database as it is made and by its types', async () => {
    if (sqlite === undefined) throw new Error('no SQLite');
    const place = sqlite.placeOf(await sqlite.open());
    if (!('sqliteFile' in place)) throw new Error('no file');
    const db = new Database(place.sqliteFile, { readonly: true });
    const made = db.prepare("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'").pluck().all() as string[];
    const columnsOf = db.prepare('select name from pragma_table_info(?)').pluck();
    const found = new Map(made.map((table) => [table, columnsOf.all(table) as string[]]));
    db.close();
    expect(sorted(found)).toEqual({ ...budgeted, migration: Object.keys(STEPS).toSorted() });
    const typed = SOURCES.filter((path) => path.endsWith('/tables.ts')).flatMap((path) => [...tablesIn(path)]);
    expect(sorted(new Map(typed))).toEqual(budgeted);
  });

  test('every line of the log and each of its fields is in it', () => {
    const lines = SOURCES.flatMap(loggedIn).filter(({ event }) => event !== '?');
    expect(lines.length).toBeGreaterThan(30);
    const allowed = listed(EVENTS);
    const beyond = lines.flatMap(({ path, event, fields }) => {
      const may = allowed[event];
      if (may === undefined) return [`${path} logs ${event}`];
      const all = fields.flatMap((field) => words(SPREAD[field] ?? field));
      return all.filter((field) => !may.includes(field)).map((field) => `${path} logs ${field} with ${event}`);
    });
    expect(beyond).toEqual([]);
    const said = new Set(lines.map(({ event }) => event));
    expect(Object.keys(EVENTS).filter((event) => !said.has(event))).toEqual([]);
  });

  test('every label of a metric and every act of the audit trail is in it', () => {
    const labels = new Set(Object.values(METRICS).flatMap((metric) => metric.labels as readonly string[]));
    expect([...labels].toSorted()).toEqual(words(LABELS).toSorted());
    const acts = new Set(SOURCES.filter((path) => path.startsWith('relay/')).flatMap(actsIn));
    const known = new Set(words(ACTS));
    // The second text of `note` may be its outcome.
    const outcomes = ['done', 'refused'];
    expect([...acts].filter((act) => !known.has(act) && act !== 'mailbox.*' && !outcomes.includes(act))).toEqual([]);
    expect([...known].filter((act) => !acts.has(act) && !act.startsWith('mailbox.'))).toEqual([]);
  });

  test('every field of every message to and from a relay is in it', () => {
    const found = new Map([...messagesIn('protocol/src/relay.ts'), ...messagesIn('protocol/src/peer.ts')]);
    // Between devices only.
    for (const name of [...found.keys()]) if (name.startsWith('sessionMessage.') || name === 'shownMailbox') found.delete(name);
    expect(sorted(found)).toEqual(listed(MESSAGES));
  });

  test('the scan sees what it is to see', () => {
    expect(loggedIn('relay/src/http/around.ts')).toEqual([
      { path: 'relay/src/http/around.ts', event: 'http', fields: ['requestId', 'method', 'route', 'status', 'ms', 'account'] },
    ]);
    expect(actsIn('relay/src/accounts/routes.ts')).toContain('refresh.reused');
    expect(tablesIn('relay/src/metrics/tables.ts').get('metricDay')).toContain('memorySum');
  });
});
