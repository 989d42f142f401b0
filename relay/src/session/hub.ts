/** Who is connected to which mailbox on this copy, and how the copies wake each other (C33). A mailbox nobody is connected to takes no memory. */
import { createSpaceSums, type SpaceSums } from '@leanvibe/core/log/sums';
import type { Cancel, Clock } from '@leanvibe/core/ports/clock';
import type { Logger } from '@leanvibe/core/ports/logger';
import { type Lane, LANES } from '@leanvibe/core/ports/store';
import type { MailboxId, SpaceId } from '@leanvibe/protocol/ids';
import type { Bus, Hint } from '../ports/bus.js';
import type { DatabaseRun, Glance, MailboxKeys, MailboxStore } from '../ports/mailbox-store.js';

/** A mailbox's conversation on some connection. */
export interface Listener {
  grown(lane: Lane): void;
  /** How far of the lane it has been told or has sent itself. */
  reached(lane: Lane): number;
  /** By which keys its right to be here was judged last. */
  judged(): MailboxKeys;
  /** Judge the right to be here anew. */
  changed(): void;
  presence(sealed: Uint8Array): void;
}

export interface Member {
  readonly account: string;
  readonly device: string;
  revoked(): void;
  /** The account has another mailbox. */
  made(): void;
  /** The database is not the one it was: nothing this conversation remembers of it may be believed. */
  anew(): void;
}

export interface Hub {
  join(mailbox: MailboxId, listener: Listener): void;
  leave(mailbox: MailboxId, listener: Listener): void;
  /** Shared by the conversations that began on this run: sums of another would count entries this one lacks. */
  sums(mailbox: MailboxId, run: DatabaseRun): SpaceSums;
  /** This copy appended to lanes of a mailbox. */
  grown(mailbox: MailboxId, lanes: readonly Lane[]): void;
  changed(mailbox: MailboxId, change: 'keys' | 'removed'): void;
  made(account: string): void;
  /** A hint of this very copy, which its bus does not bring back. */
  hear(hint: Hint): void;
  presence(mailbox: MailboxId, from: Listener, sealed: Uint8Array): void;
  /** The database that answers now, asked of it. When it is another than before, everybody here begins anew. */
  databaseRun(): Promise<DatabaseRun>;
  enter(member: Member): () => void;
  /** Mailboxes and connections held now. */
  count(): { readonly mailboxes: number; readonly members: number };
  stop(): void;
}

export interface HubDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly bus: Bus;
  readonly store: MailboxStore;
}

interface Held {
  readonly listeners: Set<Listener>;
  sums: { readonly run: string; readonly of: SpaceSums } | null;
}

/** Hints may be lost: so often everybody's mailboxes are looked at all the same. */
const POLL_MS = 5_000;

/** The store port calls a mailbox a space. */
export function asSpace(mailbox: MailboxId): SpaceId {
  return mailbox as string as SpaceId;
}

export function createHub({ bus, clock, logger, store }: HubDeps): Hub {
  const rooms = new Map<MailboxId, Held>();
  const members = new Set<Member>();
  let cancelPoll: Cancel = () => undefined;
  let stopped = false;
  let runBefore: string | null = null;

  const held = (mailbox: MailboxId): Held => {
    const known: Held = rooms.get(mailbox) ?? { listeners: new Set<Listener>(), sums: null };
    rooms.set(mailbox, known);
    return known;
  };
  const wake = (mailbox: MailboxId, lanes: readonly Lane[]): void => {
    for (const listener of rooms.get(mailbox)?.listeners ?? []) for (const lane of lanes) listener.grown(lane);
  };
  const rejudge = (mailbox: MailboxId): void => {
    for (const listener of [...(rooms.get(mailbox)?.listeners ?? [])]) listener.changed();
  };
  const spread = (mailbox: MailboxId, from: Listener | null, sealed: Uint8Array): void => {
    for (const listener of rooms.get(mailbox)?.listeners ?? []) if (listener !== from) listener.presence(sealed);
  };
  const announce = (account: string): void => {
    for (const member of [...members]) if (member.account === account) member.made();
  };
  const hear = (hint: Hint): void => {
    switch (hint.type) {
      case 'mailbox':
        return hint.change === 'grown' ? wake(hint.mailbox, LANES) : rejudge(hint.mailbox);
      case 'revoked':
        for (const member of [...members])
          if (member.account === hint.account && (hint.device === null || hint.device === member.device)) member.revoked();
        return;
      case 'made':
        return announce(hint.account);
      case 'presence':
        return spread(hint.mailbox, null, Buffer.from(hint.sealed, 'base64'));
      case 'pipe':
        return; // the pipes' own
    }
  };
  /** Makes up for every hint of a mailbox that may have been lost; `glance` is absent when the mailbox is gone. */
  const catchUp = (mailbox: MailboxId, glance: Glance | undefined): void => {
    for (const listener of [...(rooms.get(mailbox)?.listeners ?? [])]) {
      const by = listener.judged();
      if (glance === undefined || glance.deleted || glance.readKey !== by.readKey || glance.appendKey !== by.appendKey) listener.changed();
      else for (const lane of LANES) if (listener.reached(lane) < glance.heads[lane]) listener.grown(lane);
    }
  };
  const poll = (): void => {
    cancelPoll = clock.after(POLL_MS, () => {
      void look().then(() => {
        if (!stopped) poll();
      });
    });
  };
  const databaseRun = async (): Promise<DatabaseRun> => {
    const now = await store.run();
    const isOther = runBefore !== null && runBefore !== now.name;
    runBefore = now.name;
    if (isOther) {
      logger.log('warn', 'database-replaced', { connections: members.size });
      for (const member of [...members]) member.anew();
    }
    return now;
  };
  const look = async (): Promise<void> => {
    try {
      await databaseRun();
      const asked = [...rooms.keys()];
      const glances = asked.length === 0 ? new Map<MailboxId, Glance>() : await store.glances(asked);
      for (const mailbox of asked) catchUp(mailbox, glances.get(mailbox));
    } catch (error) {
      logger.log('warn', 'poll-failed', { error: error instanceof Error ? error.name : 'unknown' });
    }
  };

  const unsubscribe = bus.subscribe(hear);
  void look();
  poll();
  return {
    join: (mailbox, listener) => void held(mailbox).listeners.add(listener),
    leave(mailbox, listener) {
      const room = rooms.get(mailbox);
      room?.listeners.delete(listener);
      if (room?.listeners.size === 0) rooms.delete(mailbox);
    },
    sums(mailbox, run) {
      const room = held(mailbox);
      if (room.sums?.run !== run.name) room.sums = { run: run.name, of: createSpaceSums({ store }, asSpace(mailbox)) };
      return room.sums.of;
    },
    grown(mailbox, lanes) {
      wake(mailbox, lanes);
      bus.tell({ type: 'mailbox', mailbox, change: 'grown' });
    },
    changed(mailbox, change) {
      rejudge(mailbox);
      bus.tell({ type: 'mailbox', mailbox, change });
    },
    hear,
    made(account) {
      announce(account);
      bus.tell({ type: 'made', account });
    },
    presence(mailbox, from, sealed) {
      spread(mailbox, from, sealed);
      bus.tell({ type: 'presence', mailbox, sealed: Buffer.from(sealed).toString('base64') });
    },
    enter(member) {
      members.add(member);
      return () => void members.delete(member);
    },
    databaseRun,
    count: () => ({ mailboxes: rooms.size, members: members.size }),
    stop() {
      stopped = true;
      cancelPoll();
      unsubscribe();
    },
  };
}
