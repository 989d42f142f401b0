/** The relay's store of mailboxes for tests, over both drivers. */
import type { Database } from '@leanvibe/relay/internal/db/database';
import { createMailboxStore } from '@leanvibe/relay/internal/mailbox/store';
import type { MailboxKeys, MailboxStore } from '@leanvibe/relay/internal/ports/mailbox-store';
import { type MailboxId, makeId, type SpaceId } from '@leanvibe/protocol/ids';
import { databaseDeps } from './relay-db.js';
import { nodeHashing, spaceOf } from './store-things.js';

/** The mailbox in the place of `spaceOf(seed)`. */
export function mailboxOf(seed: number): MailboxId {
  return spaceOf(seed) as string as MailboxId;
}

export function spaceIn(mailbox: MailboxId): SpaceId {
  return mailbox as string as SpaceId;
}

export function keysOf(seed: number): MailboxKeys {
  const key = (kind: string): string => makeId(nodeHashing.sha256(Buffer.from(`${kind} ${seed}`)));
  return { readKey: key('read'), appendKey: key('append') };
}

export async function mailboxStoreOn(db: Database, deps = databaseDeps): Promise<MailboxStore> {
  return await createMailboxStore({ ...deps, db, hashing: nodeHashing });
}
