/** What a relay's mailboxes are called in the log, and what they are told of this store. */
import { concat } from '@leanvibe/protocol/bytes';
import { type DeviceId, idBytes, type MailboxId, makeId, type StoreId } from '@leanvibe/protocol/ids';
import { writeUtf8 } from '@leanvibe/protocol/utf8';
import { label } from '../crypto/labels.js';
import type { Crypto } from '../ports/crypto.js';

/** The name a mailbox goes by in the log: whom an entry came from, whose cursor it is. Null: the relay itself. */
export function relayName(crypto: Crypto, origin: string, mailbox: MailboxId | null): DeviceId {
  const place = mailbox === null ? new Uint8Array(32) : idBytes(mailbox);
  return makeId<DeviceId>(crypto.sha256(concat(label('relay-name'), place, writeUtf8(origin))));
}

/** C32: mailboxes of one device must not be told to be of one store. `times`: how often it became another one in this run. */
export function relayStoreId(crypto: Crypto, store: StoreId, mailbox: MailboxId, times: number): StoreId {
  const id = crypto.sha256(concat(label('mailbox-store'), idBytes(store), idBytes(mailbox), new Uint8Array(times)));
  return makeId<StoreId>(id.slice(0, 16), 16);
}
