/** The relay's storage in memory, over core's memory store: for stories and worlds, where a disk is not the question. */
import { createMemoryStore, type MemoryStore } from '@leanvibe/core/internal/memory/store';
import { LANES } from '@leanvibe/core/internal/ports/store';
import type { Random } from '@leanvibe/core/internal/ports/random';
import {
  type Glance,
  type MailboxKeys,
  type MailboxState,
  type MailboxStore,
  OtherRun,
} from '@leanvibe/relay/internal/ports/mailbox-store';
import type { MailboxId, SpaceId } from '@leanvibe/protocol/ids';
import { nodeHashing } from './store-things.js';

export interface RelayImage {
  readonly log: ReturnType<MemoryStore['image']>;
  readonly rooms: ReadonlyMap<MailboxId, MailboxState>;
}

export interface RelayMemory extends MailboxStore {
  image(): RelayImage;
}

const asSpace = (mailbox: MailboxId): SpaceId => mailbox as string as SpaceId;

export function createRelayMemory(random: Random, from?: { readonly image: RelayImage; readonly as: 'same' | 'restored' }): RelayMemory {
  const store = createMemoryStore({
    hashing: nodeHashing,
    random,
    ...(from === undefined ? {} : { from: { image: from.image.log, as: from.as } }),
  });
  const rooms = new Map<MailboxId, MailboxState>(from?.image.rooms ?? []);
  const change = (mailbox: MailboxId, next: Partial<MailboxState>): boolean => {
    const room = rooms.get(mailbox);
    if (room !== undefined) rooms.set(mailbox, { ...room, ...next });
    return room !== undefined;
  };
  const never = (what: string): never => {
    throw new Error(`no story needs ${what}`);
  };
  return {
    ...store,
    run: () => Promise.resolve({ name: store.id, storeId: store.id }),
    commitIn: (run, batch) => (run === store.id ? store.commit(batch) : Promise.reject(new OtherRun('another store'))),
    make(mailbox, account, keys: MailboxKeys, most) {
      if (rooms.has(mailbox)) return Promise.resolve('taken');
      if ([...rooms.values()].filter((room) => room.account === account).length >= most) return Promise.resolve('too-many');
      rooms.set(mailbox, { mailbox, account, ...keys, pastReadKeys: [], listed: [], bytes: 0, entries: 0, deletedMs: null });
      return Promise.resolve('made');
    },
    state: (mailbox) => Promise.resolve(rooms.get(mailbox) ?? null),
    rekey(mailbox, expected, next) {
      const room = rooms.get(mailbox);
      if (room?.readKey !== expected) return Promise.resolve(false);
      const pastReadKeys = [...room.pastReadKeys, room.readKey].filter((key) => key !== next.readKey);
      return Promise.resolve(change(mailbox, { ...next, pastReadKeys }));
    },
    addPast(mailbox, readKeys) {
      const room = rooms.get(mailbox);
      change(mailbox, { pastReadKeys: [...new Set([...(room?.pastReadKeys ?? []), ...readKeys])].filter((key) => key !== room?.readKey) });
      return Promise.resolve();
    },
    setListed(mailbox, account, listed) {
      const others = (rooms.get(mailbox)?.listed ?? []).filter((one) => one !== account);
      change(mailbox, { listed: listed ? [...others, account] : others });
      return Promise.resolve(true);
    },
    remove: (mailbox) => Promise.resolve(void change(mailbox, { deletedMs: 1 })),
    unremove: (mailbox) => Promise.resolve(void change(mailbox, { deletedMs: null })),
    unprune: () => never('what was pruned back'),
    async glances(mailboxes) {
      const glances = new Map<MailboxId, Glance>();
      for (const mailbox of mailboxes) {
        const room = rooms.get(mailbox);
        if (room === undefined) continue;
        const [a, b, c] = await Promise.all(LANES.map((lane) => store.head(asSpace(mailbox), lane)));
        const heads = [a?.position ?? 0, b?.position ?? 0, c?.position ?? 0] as const;
        glances.set(mailbox, { heads, readKey: room.readKey, appendKey: room.appendKey, deleted: room.deletedMs !== null });
      }
      return glances;
    },
    usage: (account) => Promise.resolve({ mailboxes: [...rooms.values()].filter((room) => room.account === account).length, bytes: 0 }),
    owned: (account) => Promise.resolve([...rooms.values()].filter((room) => room.account === account && room.deletedMs === null)),
    retire: () => never('retiring'),
    image: () => ({ log: store.image(), rooms: new Map(rooms) }),
  };
}
