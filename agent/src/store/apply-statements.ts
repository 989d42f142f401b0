/** The statements of writing. */
import type { Database } from 'better-sqlite3';

interface RowAt {
  readonly lane: number;
  readonly position: number;
  /** Null when its bytes were lost, or pruned too far up to be packed. */
  readonly body: number | null;
}

/** Every statement of writing, prepared once. */
export function applyStatements(db: Database) {
  const find = db.prepare<[number, Buffer], RowAt>('SELECT lane, position, body FROM log WHERE space = ? AND entry = ?');
  const findSpace = db.prepare<[Buffer], number>('SELECT ref FROM spaces WHERE id = ?').pluck();
  const addSpace = db.prepare('INSERT INTO spaces(id) VALUES(?)');
  const findPeer = db.prepare<[Buffer], number>('SELECT ref FROM peers WHERE id = ?').pluck();
  const addPeer = db.prepare('INSERT INTO peers(id) VALUES(?)');
  const head = db.prepare<[number, number], { position: number; prefix: Buffer; bytes: number }>(
    'SELECT position, prefix, bytes FROM heads WHERE space = ? AND lane = ?',
  );
  const setHead = db.prepare('INSERT OR REPLACE INTO heads(space, lane, position, prefix, bytes, sum) VALUES(?, ?, ?, ?, ?, ?)');
  const prefix = db
    .prepare<[number, number, number], Buffer>('SELECT prefix FROM log WHERE space = ? AND lane = ? AND position = ?')
    .pluck();
  const addRow = db.prepare('INSERT INTO log(space, lane, position, entry, prefix, peer, body, sum) VALUES(?, ?, ?, ?, ?, ?, ?, ?)');
  const removeRow = db.prepare('DELETE FROM log WHERE space = ? AND lane = ? AND position = ?');
  const setBody = db.prepare('UPDATE log SET body = ? WHERE space = ? AND lane = ? AND position = ?');
  const lastBody = db.prepare<[], number>('SELECT coalesce(max(ref), 0) FROM bodies').pluck();
  const addBody = db.prepare('INSERT INTO bodies(ref, place, bytes, sum) VALUES(?, ?, ?, ?)');
  const bodyBytes = db.prepare<[number], number>('SELECT length(bytes) FROM bodies WHERE ref = ?').pluck();
  const removeBody = db.prepare('DELETE FROM bodies WHERE ref = ?');
  const put = db.prepare(
    'INSERT INTO records(tab, key, value, sum) VALUES(?, ?, ?, ?) ON CONFLICT(tab, key) DO UPDATE SET value = excluded.value, sum = excluded.sum',
  );
  const remove = db.prepare('DELETE FROM records WHERE tab = ? AND key = ?');
  return {
    find: (space: number, entry: Buffer) => find.get(space, entry),
    findSpace: (id: Buffer) => findSpace.get(id),
    addSpace: (id: Buffer) => Number(addSpace.run(id).lastInsertRowid),
    findPeer: (id: Buffer) => findPeer.get(id),
    addPeer: (id: Buffer) => Number(addPeer.run(id).lastInsertRowid),
    head: (space: number, lane: number) => head.get(space, lane),
    setHead: (...row: [number, number, number, Buffer, number, number]) => void setHead.run(...row),
    prefix: (space: number, lane: number, position: number) => prefix.get(space, lane, position),
    addRow: (...row: [number, number, number, Buffer, Buffer, number | null, number | null, number]) => void addRow.run(...row),
    removeRow: (space: number, lane: number, position: number) => void removeRow.run(space, lane, position),
    setBody: (body: number | null, space: number, lane: number, position: number) => void setBody.run(body, space, lane, position),
    lastBody: () => lastBody.get() ?? 0,
    addBody: (...row: [number, number, Buffer, number]) => void addBody.run(...row),
    bodyBytes: (ref: number) => bodyBytes.get(ref) ?? 0,
    removeBody: (ref: number) => void removeBody.run(ref),
    put: (table: Buffer, key: Buffer, value: Buffer, sum: number) => void put.run(table, key, value, sum),
    remove: (table: Buffer, key: Buffer) => void remove.run(table, key),
  };
}
