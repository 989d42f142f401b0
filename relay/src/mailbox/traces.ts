/** What a device leaves behind in mailboxes: how far conversations with it had come, and its name on entries it brought. Told, and let go with its account. */
import { CURSOR_TABLE, readCursor } from '@leanvibe/core/log/cursor';
import { HOLE_TABLE } from '@leanvibe/core/log/hole';
import { nodeHashing } from '@leanvibe/core/crypto/node/hashing';
import { type DeviceId, makeId } from '@leanvibe/protocol/ids';
import { sql as raw } from 'kysely';
import type { Session } from '../db/database.js';
import { transact } from '../db/transact.js';
import { inChunks } from './chunks.js';
import type { CommitDeps } from './commit.js';
import { afterPrefix, keyBytes, keyText } from './key-bytes.js';
import { lockMailboxes } from './locking.js';
import { writeRecords } from './records.js';

/** Devices whose account is gone, until their traces are. */
const FORGET = 'forget';
const DEVICES_AT_ONCE = 100;
const POSITIONS_AT_ONCE = 5_000;
/** The device in the key of a cursor, `<mailbox>/<device>/<lane>`, two bytes a character. */
const DEVICE_FROM = 2 * 65 + 1;
const DEVICE_LENGTH = 2 * 64;

/** The name an account's device goes by in mailboxes. */
export function peerOf(device: string): DeviceId {
  return makeId<DeviceId>(nodeHashing.sha256(new TextEncoder().encode(device)));
}

/** With the mailbox, or whoever makes one under its id would begin where that one ended. */
export async function dropTraces(sql: Session, mailbox: string): Promise<void> {
  const from = keyBytes(`${mailbox}/`);
  const to = afterPrefix(from);
  let query = sql.deleteFrom('record').where('name', 'in', [CURSOR_TABLE, HOLE_TABLE]).where('key', '>=', from);
  if (to !== null) query = query.where('key', '<', to);
  await query.execute();
}

interface Cursor {
  readonly mailbox: string;
  readonly peer: string;
  readonly lane: number;
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** Reads every cursor there is: for what is asked seldom. */
async function cursorsOf(sql: Session, peers: readonly string[]): Promise<readonly Cursor[]> {
  const found: Cursor[] = [];
  for (const some of inChunks(peers, DEVICES_AT_ONCE)) {
    const of = raw<Uint8Array>`substr("key", ${raw.lit(DEVICE_FROM)}, ${raw.lit(DEVICE_LENGTH)})`;
    const query = sql.selectFrom('record').select(['key', 'value']).where('name', '=', CURSOR_TABLE).where(of, 'in', some.map(keyBytes));
    for (const { key, value } of await query.orderBy('key').execute()) {
      const [mailbox = '', peer = '', lane = ''] = keyText(key).split('/');
      found.push({ mailbox, peer, lane: Number(lane), key, value });
    }
  }
  return found;
}

/** By device, mailbox and lane: how much of what the device has is here. */
export async function* tracesOf(sql: Session, account: string): AsyncGenerator<object> {
  const devices = await sql.selectFrom('device').select('device').where('account', '=', account).orderBy('device').execute();
  const named = new Map<string, string>(devices.map(({ device }) => [peerOf(device), device]));
  for (const { lane, mailbox, peer, value } of await cursorsOf(sql, [...named.keys()]))
    yield { mailbox, device: named.get(peer), lane, position: readCursor(value)?.position ?? null };
}

/** Once their account is gone nothing says whose devices these were; their traces go with the next retiring, being more than one transaction should hold. */
export async function markForgotten(sql: Session, account: string): Promise<number> {
  const devices = await sql.selectFrom('device').select('device').where('account', '=', account).execute();
  const marks = devices.map(({ device }) => ({ name: FORGET, key: keyBytes(peerOf(device)), value: new Uint8Array() }));
  await writeRecords(sql, marks);
  return marks.length;
}

/** Resumable after any of its steps: a mark goes last. */
export async function forgetDevices(deps: CommitDeps): Promise<void> {
  const { db } = deps;
  for (;;) {
    const marks = await db.sql.selectFrom('record').select('key').where('name', '=', FORGET).limit(DEVICES_AT_ONCE).execute();
    if (marks.length === 0) return;
    const cursors = await cursorsOf(
      db.sql,
      marks.map(({ key }) => keyText(key)),
    );
    const visits = new Map(cursors.map(({ mailbox, peer }) => [`${mailbox} ${peer}`, { mailbox, peer }]));
    for (const { mailbox, peer } of visits.values()) await unname(deps, mailbox, peer);
    const gone = [...cursors.map(({ key }) => ({ name: CURSOR_TABLE, key })), ...marks.map(({ key }) => ({ name: FORGET, key }))];
    await writeRecords(
      db.sql,
      gone.map((record) => ({ ...record, value: null })),
    );
  }
}

/** Takes the device's name off the entries it brought, so many positions at a time. */
async function unname(deps: CommitDeps, mailbox: string, peer: string): Promise<void> {
  const { db } = deps;
  for (const lane of [0, 1, 2] as const)
    for (let from = 0; ; from += POSITIONS_AT_ONCE) {
      const isLast = await transact(db, deps, async (sql) => {
        const [locked] = await lockMailboxes(db.dialect, sql, [mailbox]);
        if (locked === undefined) return true;
        await sql
          .updateTable('entry')
          .set({ fromDevice: null })
          .where('mailbox', '=', mailbox)
          .where('lane', '=', lane)
          .where('position', '>', from)
          .where('position', '<=', from + POSITIONS_AT_ONCE)
          .where('fromDevice', '=', peer)
          .execute();
        return locked.heads[lane] <= from + POSITIONS_AT_ONCE;
      });
      if (isLast) break;
    }
}
