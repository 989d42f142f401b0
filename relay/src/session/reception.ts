/** The mailboxes of one connection, by slot: opening and making them, their conversations, presence (C31, C30). */
import { type LogMessage, logMessage } from '@leanvibe/protocol/peer';
import type { RelayRefusal, RelayUp } from '@leanvibe/protocol/relay';
import { toHex } from '@leanvibe/protocol/ids';
import { encode } from '@leanvibe/protocol/shape';
import type { Report } from '@leanvibe/core/log/effect';
import type { DatabaseRun, MailboxState } from '../ports/mailbox-store.js';
import { type Attachment, createAttachment } from './attachment.js';
import { bytesOf, type ConnectionDeps, type Signed, type Talk, type Wire } from './deps.js';
import { createKeeping } from './keeping.js';
import { createPace } from './meter.js';
import { holds, type Right, rightOf } from './proofs.js';

export type MailboxMessage = Extract<RelayUp, { type: 'attach' | 'make' | 'rekey' | 'list' | 'prune' | 'remove' | 'presence' }>;

export interface Reception {
  onMessage(message: MailboxMessage): void;
  onLog(message: LogMessage): void;
  leave(slot: number): void;
  drained(): void;
  close(): Promise<void>;
}

/** A slot whose mailbox is being looked up; another one under the same number is another `early`. */
interface Opening {
  readonly slot: number;
  readonly early: LogMessage[];
}

/** Mailboxes open on one connection. */
const ATTACHED_MAX = 4_096;
/** Log messages that may come for slots while they are being opened; who waits for the answer sends none. */
const EARLY_MAX = 64;
/** Presence of one mailbox on one connection: at most four a second (C30). */
const PRESENCE_EVERY_MS = 250;
const QUEUE_HIGH_BYTES = 1024 * 1024;

export function createReception(deps: ConnectionDeps, visitor: Signed, wire: Wire, talk: Talk): Reception {
  const { audit, checking, clock, hub, logger, meter, store } = deps;
  const { caller, nonce, origin } = visitor;
  const attached = new Map<number, Attachment>();
  const opening = new Map<number, LogMessage[]>();
  const shownMs = new Map<number, number>();
  const closing = new Set<Promise<void>>();
  const pace = createPace(clock, caller.quota.appendsPerMinute);
  let over = false;

  const note = (act: string, subject: string, outcome: 'done' | 'refused'): void =>
    audit.note({ account: caller.account, device: caller.device, act, subject, outcome, address: wire.address });
  const detach = (slot: number): void => {
    const one = attached.get(slot);
    attached.delete(slot);
    opening.delete(slot);
    shownMs.delete(slot);
    if (one === undefined) return;
    const done = one.close().finally(() => closing.delete(done));
    closing.add(done);
  };
  const onReport = (report: Report): void => {
    if (report.type === 'closed') {
      deps.count(report.reason);
      const reason = report.reason === 'too-slow' ? 'too-slow' : report.reason === 'store-broken' ? 'unavailable' : 'malformed';
      talk.end(reason, `a conversation ended: ${report.reason}`);
    } else if (report.type === 'refused') for (let at = 0; at < report.count; at++) deps.count(report.reason);
    else logger.log('info', `sync.${report.type}`);
  };

  const begin = async (run: DatabaseRun, state: MailboxState, one: Opening, right: Right): Promise<void> => {
    const owned = state.account === caller.account ? caller.quota : await deps.doorman.quota(state.account);
    // Left again, perhaps for another mailbox, or the connection ended, while this one was looked up.
    if (over || !ended(one)) return;
    const { early, slot } = one;
    const [owner, listed] = [state.account === caller.account, state.listed.includes(caller.account)];
    talk.say({
      type: 'attached',
      slot,
      level: right.level,
      append: right.append ? 1 : 0,
      owner: owner ? 1 : 0,
      listed: listed ? 1 : 0,
    });
    const attachment = createAttachment(deps, {
      state,
      run,
      caller,
      slot,
      right,
      bytesMax: owned?.bytes ?? 0,
      send: (message) => wire.send(encode(logMessage, message)),
      canSend: () => wire.queuedBytes() < QUEUE_HIGH_BYTES,
      paced: (entries) => pace.take(entries),
      full: () => talk.say({ type: 'full', slot }),
      report: onReport,
      changed: () => guarded(slot, rejudge(slot)),
      presence: (sealed) => talk.say({ type: 'presence', slot, sealed }),
    });
    attached.set(slot, attachment);
    if (right.level === 0) talk.say({ type: 'stale', slot, read: bytesOf(state.readKey), append: bytesOf(state.appendKey) });
    for (const message of early) attachment.deliver(message);
  };
  /** Keys changed under it: whoever proved the old ones is told the new ones and is left with announcements. */
  const rejudge = async (slot: number): Promise<void> => {
    const one = attached.get(slot);
    if (one === undefined) return;
    const state = await store.state(one.state.mailbox);
    if (attached.get(slot) !== one) return;
    if (state === null || state.deletedMs !== null) {
      detach(slot);
      return talk.refuse(slot, 'unknown-mailbox', 'this mailbox was deleted');
    }
    const by = one.judged();
    if (by.readKey === state.readKey && by.appendKey === state.appendKey) return;
    one.lower(state);
    talk.say({ type: 'stale', slot, read: bytesOf(state.readKey), append: bytesOf(state.appendKey) });
  };
  const guarded = (slot: number, work: Promise<void>): void =>
    void work.catch((error: unknown) => {
      opening.delete(slot);
      logger.log('error', 'mailbox-failed', { error: error instanceof Error ? error.name : 'unknown' });
      // Whoever comes back opens everything again; a single slot nobody would.
      if (!over) talk.end('unavailable', 'the relay cannot reach its database: come back in a moment');
    });

  const attach = async (message: Extract<RelayUp, { type: 'attach' }>, one: Opening): Promise<void> => {
    const { mailbox, slot } = message;
    const run = await hub.databaseRun();
    const state = await store.state(mailbox);
    if (state === null || state.deletedMs !== null) return refuse(one, 'unknown-mailbox', 'there is no such mailbox here');
    const right = rightOf(checking, { origin, mailbox, nonce }, state, message.read, message.append);
    if (right === 'false') {
      note('mailbox.open', mailbox, 'refused');
      return refuse(one, 'proof', 'the proof does not hold for this relay, connection and mailbox');
    }
    if (right === 'stale') {
      if (ended(one)) talk.say({ type: 'stale', slot, read: bytesOf(state.readKey), append: bytesOf(state.appendKey) });
      return;
    }
    await begin(run, state, one, right);
  };
  const make = async (message: Extract<RelayUp, { type: 'make' }>, one: Opening): Promise<void> => {
    const { mailbox } = message;
    const claimant = { origin, mailbox, nonce };
    if (!holds(checking, claimant, 'make-read', message.read) || !holds(checking, claimant, 'make-append', message.append))
      return refuse(one, 'proof', 'the proof does not hold for this relay, connection and mailbox');
    const run = await hub.databaseRun();
    // Before the quota: who made it, and did not live to hear so, is told.
    if ((await store.state(mailbox)) !== null) return refuse(one, 'taken', 'this mailbox exists already');
    if ((await meter.mailboxes(caller.account)) >= caller.quota.mailboxes) {
      note('mailbox.make', mailbox, 'refused');
      return refuse(one, 'quota-mailboxes', `this account may have ${caller.quota.mailboxes} mailboxes here`);
    }
    const keys = { readKey: toHex(message.read.key), appendKey: toHex(message.append.key) };
    if (!(await store.make(mailbox, caller.account, keys))) return refuse(one, 'taken', 'this mailbox exists already');
    note('mailbox.make', mailbox, 'done');
    await store.addPast(mailbox, message.past.map(toHex));
    hub.made(caller.account);
    const state = await store.state(mailbox);
    if (state === null) return refuse(one, 'unknown-mailbox', 'it was deleted at once');
    await begin(run, state, one, { level: 1, append: true });
  };
  /** False when the slot was left before, and may be another mailbox's by now. */
  const ended = ({ early, slot }: Opening): boolean => opening.get(slot) === early && opening.delete(slot);
  const refuse = (one: Opening, reason: RelayRefusal, detail: string): void => {
    if (ended(one)) talk.refuse(one.slot, reason, detail);
  };
  const open = (slot: number, work: (one: Opening) => Promise<void>): void => {
    if (attached.has(slot) || opening.has(slot)) return talk.refuse(slot, 'malformed', 'this slot is in use');
    if (attached.size + opening.size >= ATTACHED_MAX)
      return talk.refuse(slot, 'too-many', `one connection opens ${ATTACHED_MAX} mailboxes at most`);
    const one: Opening = { slot, early: [] };
    opening.set(slot, one.early);
    guarded(slot, work(one));
  };
  const present = (slot: number, sealed: Uint8Array): void => {
    const one = attached.get(slot);
    if (one === undefined || one.right().level === 0) return;
    const now = clock.nowMs();
    if (now - (shownMs.get(slot) ?? 0) < PRESENCE_EVERY_MS) return deps.count('presence');
    shownMs.set(slot, now);
    hub.presence(one.state.mailbox, one.listener, sealed);
  };
  const keeping = createKeeping({ ...deps, note, talk }, visitor);

  return {
    onMessage(message) {
      switch (message.type) {
        case 'attach':
          return open(message.slot, (one) => attach(message, one));
        case 'make':
          return open(message.slot, (one) => make(message, one));
        case 'presence':
          return present(message.slot, message.sealed);
        default: {
          const one = attached.get(message.slot);
          if (one === undefined) return talk.refuse(message.slot, 'unknown-mailbox', 'no mailbox is open under this slot');
          return guarded(message.slot, keeping.onMessage(one, message));
        }
      }
    },
    onLog(message) {
      const early = opening.get(message.slot);
      if (early !== undefined && early.length < EARLY_MAX) early.push(message);
      // A slot that was left is nobody's fault.
      attached.get(message.slot)?.deliver(message);
    },
    leave: detach,
    drained() {
      for (const one of attached.values()) one.drained();
    },
    async close() {
      over = true;
      opening.clear();
      for (const slot of [...attached.keys()]) detach(slot);
      await Promise.all([...closing]);
    },
  };
}
