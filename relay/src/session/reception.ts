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
/** Log messages kept of slots that are being opened; who waits for the answer sends none. */
const EARLY_MAX = 16;
/** Acts of one connection that wait for their turn. */
const ACTS_WAITING_MAX = 256;
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
  const { acts, appends, opens } = meter.paces(caller);
  /** Log messages kept for slots that are being opened. */
  let held = 0;
  let over = false;

  const note = (act: string, subject: string, outcome: 'done' | 'refused'): void =>
    audit.note({ account: caller.account, device: caller.device, act, subject, outcome, address: wire.address });
  /** False when nothing was being opened there. */
  const forget = (slot: number): boolean => {
    held -= opening.get(slot)?.length ?? 0;
    return opening.delete(slot);
  };
  const detach = (slot: number): void => {
    const one = attached.get(slot);
    attached.delete(slot);
    forget(slot);
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
      paced: (entries) => appends.take(entries),
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
      forget(slot);
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
      if (!(await acts.take(1))) return;
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
    // Who comes back and makes what is there already leaves no row.
    if ((await store.state(mailbox)) === null && !(await mayAct())) return;
    const keys = { readKey: toHex(message.read.key), appendKey: toHex(message.append.key) };
    const most = caller.quota.mailboxes;
    const made = await store.make(mailbox, caller.account, keys, most);
    if (made === 'taken') return refuse(one, 'taken', 'this mailbox exists already');
    note('mailbox.make', mailbox, made === 'made' ? 'done' : 'refused');
    if (made === 'too-many') return refuse(one, 'quota-mailboxes', `this account may have ${most} mailboxes here`);
    await store.addPast(mailbox, message.past.map(toHex), 'owner');
    hub.made(caller.account);
    const state = await store.state(mailbox);
    if (state === null) return refuse(one, 'unknown-mailbox', 'it was deleted at once');
    await begin(run, state, one, { level: 1, append: true });
  };
  /** False when the slot was left before, and may be another mailbox's by now. */
  const ended = ({ early, slot }: Opening): boolean => opening.get(slot) === early && forget(slot);
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
  /** Work that leaves rows waits for its turn; whoever has too much of it waiting is sent away. */
  const mayAct = async (): Promise<boolean> => {
    if (acts.waiting() < ACTS_WAITING_MAX) return await acts.take(1);
    talk.end('too-many', 'this account asks for more than its mailboxes can need: slow down');
    return false;
  };
  const act = async (work: () => Promise<void>): Promise<void> => {
    if (await mayAct()) await work();
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
          return open(message.slot, async (one) => ((await opens.take(1)) ? attach(message, one) : undefined));
        case 'make':
          return open(message.slot, async (one) => ((await opens.take(1)) ? make(message, one) : undefined));
        case 'presence':
          return present(message.slot, message.sealed);
        default: {
          const one = attached.get(message.slot);
          if (one === undefined) return talk.refuse(message.slot, 'unknown-mailbox', 'no mailbox is open under this slot');
          return guarded(
            message.slot,
            act(() => keeping.onMessage(one, message)),
          );
        }
      }
    },
    onLog(message) {
      const early = opening.get(message.slot);
      if (early !== undefined && held < EARLY_MAX) {
        held++;
        early.push(message);
      }
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
      // After the conversations ended, so that what waited fails unheard: a copy that goes away has no minutes to give.
      for (const pace of [acts, appends, opens]) pace.stop();
      await Promise.all([...closing]);
    },
  };
}
