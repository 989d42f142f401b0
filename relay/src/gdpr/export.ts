/** Everything held of an account, as one JSON document that is written while it is read: it never stands in memory whole. */
import { API_PREFIX } from '@leanvibe/protocol/http/base';
import type { Session } from '../db/database.js';
import type { Exporter } from './rooms.js';

/** `{"account", "exportedMs", "about", "rooms": {"devices": [ … ], … }}` */
export function exportAccount(sql: Session, account: string, exporters: readonly Exporter[], nowMs: number): ReadableStream<Uint8Array> {
  const pieces = write(sql, account, exporters, nowMs);
  const utf8 = new TextEncoder();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await pieces.next();
      if (done === true) controller.close();
      else controller.enqueue(utf8.encode(value));
    },
    async cancel() {
      await pieces.return(undefined);
    },
  });
}

const ABOUT = `What a relay that can read nothing of yours holds of you. Hashes of your password and tokens, and your authenticator's secret, are held and left out. See ${API_PREFIX}/account.`;

async function* write(sql: Session, account: string, exporters: readonly Exporter[], nowMs: number): AsyncGenerator<string> {
  yield `${JSON.stringify({ account, exportedMs: nowMs, about: ABOUT }).slice(0, -1)},"rooms":{`;
  let first = true;
  for (const { room, rows } of exporters) {
    yield `${first ? '' : ','}\n${JSON.stringify(room)}:[`;
    first = false;
    let comma = '';
    for await (const row of rows(sql, account)) {
      yield `${comma}\n${JSON.stringify(row)}`;
      comma = ',';
    }
    yield ']';
  }
  yield '}}\n';
}
