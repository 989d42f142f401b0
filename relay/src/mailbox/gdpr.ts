/** What the relay holds of an account in mailboxes, told and let go: which there are and how large, and how far its devices came in whosever they are, never what is in them, which nobody here can read. */
import type { Eraser, Exporter } from '../gdpr/rooms.js';
import { markForgotten, tracesOf } from './traces.js';

export const mailboxExporter: Exporter = {
  room: 'mailboxes',
  async *rows(sql, account) {
    const owned = await sql
      .selectFrom('mailbox')
      .select(['mailbox', 'madeMs', 'bytes', 'entries', 'deletedMs'])
      .where('account', '=', account)
      .orderBy('mailbox')
      .execute();
    yield* owned;
    const listed = await sql.selectFrom('listed').select('mailbox').where('account', '=', account).orderBy('mailbox').execute();
    for (const { mailbox } of listed) yield { mailbox, listed: true };
    yield* tracesOf(sql, account);
  },
};

/** Being taken apart, from where there is no way back: the next retiring does it, in pieces. */
const GONE_MS = 0;

/** At once nobody can open them and nothing says whose they were; their bytes go with the next retiring, a large mailbox being more than one transaction should hold. */
export const mailboxEraser: Eraser = {
  room: 'mailboxes',
  async erase(sql, account) {
    const owned = await sql
      .updateTable('mailbox')
      .set({ account: '', deletedMs: GONE_MS })
      .where('account', '=', account)
      .executeTakeFirst();
    const listed = await sql.deleteFrom('listed').where('account', '=', account).executeTakeFirst();
    return Number(owned.numUpdatedRows) + Number(listed.numDeletedRows) + (await markForgotten(sql, account));
  },
};
