/** Authority: may this link's author do this, by what lies before the link? (G8–G11) Concurrency is not looked at here. */
import type { DeviceId, PersonId } from '@leanvibe/protocol/ids';
import type { Operation } from '@leanvibe/protocol/link';
import type { Court, VoidReason } from './judgement.js';
import type { Clock } from './clock.js';
import { holds, isBefore, type Node, operationOf } from './node.js';
import { ADMIN, EDITOR, OWNER, rankOf } from './rank.js';
import { addedCards } from './cards.js';
import { mailboxKey, namedPerson } from './register.js';
import { type Lean, personOf, personRank, roleOf, type Seat, seatOf, seatRank, unforkedSeat } from './standing.js';

export interface Author {
  readonly seat: Seat;
  readonly role: number;
  readonly rank: number;
}

export interface Opinion {
  /** Null when the author may do this. */
  readonly reason: VoidReason | null;
  /** The author's rank before any concurrent demotion. */
  readonly rank: number;
}

/**
 * Judges a link by its own past. With lean `high` the answer is the kindest one that what is undecided allows: a reason is then final.
 * `cap` is the lowest role concurrent demotions leave the author.
 */
export function opinionOf(court: Court, node: Node, found: Author | null, lean: Lean, cap: number): Opinion {
  if (found === null) return { reason: 'not-live', rank: 0 };
  const author = cap < found.role ? { seat: found.seat, role: cap, rank: seatRank(found.seat, cap) } : found;
  return { reason: objection(court, node, operationOf(node), author, lean), rank: found.rank };
}

/** The author where it wrote; null when it was no live device of a member. */
export function authorOf(court: Court, node: Node, lean: Lean): Author | null {
  const op = operationOf(node);
  if (op.type === 'genesis') {
    const seat = { person: namedPerson(node) as PersonId, card: op.card, add: node };
    return { seat, role: OWNER, rank: seatRank(seat, OWNER) };
  }
  const seat = node.forked ? null : unforkedSeat(court, node.link.body.author, node.before, lean);
  const role = seat === null ? null : roleOf(court, seat.person, node.before, lean);
  return seat === null || role === null ? null : { seat, role, rank: seatRank(seat, role) };
}

function objection(court: Court, node: Node, op: Operation, author: Author, lean: Lean): VoidReason | null {
  switch (op.type) {
    case 'genesis':
      return null;
    case 'add-person':
      return addingPerson(court, node, op, author);
    case 'add-device':
      return op.person === author.seat.person ? addingDevices(court, node, op.person) : 'rank';
    case 'remove-device':
      return removingDevice(court, node, op.device, author, lean);
    case 'succeed':
      return succeeding(court, node, op.previous, op.next, author, lean);
    case 'remove-person':
      return actingOnPerson(court, node, op.person, author, lean);
    case 'set-role':
      return op.role > author.role ? 'rank' : actingOnPerson(court, node, op.person, author, lean);
    case 'epoch':
      // Any epoch may be succeeded, also one whose link is void and therefore not cited: what it sealed stays within reach (P8).
      return author.role < EDITOR ? 'rank' : null;
    case 'grant':
      return granting(court, node, op, author, lean);
    case 'accept':
    case 'drop':
      return author.role < ADMIN ? 'rank' : null;
    case 'mailbox':
      if (op.open) return author.role < EDITOR ? 'rank' : null;
      return closingMailbox(court, node, op, author);
  }
}

function addingPerson(court: Court, node: Node, op: Extract<Operation, { type: 'add-person' }>, author: Author): VoidReason | null {
  if (author.role < ADMIN || op.role > author.role) return 'rank';
  if (roleOf(court, op.person, node.before, 'low') !== null) return 'already';
  return addingDevices(court, node, op.person);
}

function addingDevices(court: Court, node: Node, person: PersonId): VoidReason | null {
  for (const { device } of addedCards(operationOf(node))) {
    if (court.graph.forks.knownIn(device, node.before)) return 'forked';
    const owner = personOf(court, device, node.before);
    if (owner !== null && owner !== person) return 'already';
    if (seatOf(court, device, node.before, 'low') !== null) return 'already';
  }
  return null;
}

function removingDevice(court: Court, node: Node, device: DeviceId, author: Author, lean: Lean): VoidReason | null {
  const target = seatOf(court, device, node.before, lean);
  if (target === null) return 'no-target';
  const own = target.person === author.seat.person;
  const role = own ? ownRole(court, node, author, lean) : (roleOf(court, target.person, node.before, opposite(lean)) ?? 0);
  return (own || author.role >= ADMIN) && author.rank >= seatRank(target, role) ? null : 'rank';
}

function succeeding(court: Court, node: Node, previous: DeviceId, next: DeviceId, author: Author, lean: Lean): VoidReason | null {
  const old = seatOf(court, previous, node.before, lean);
  const fresh = seatOf(court, next, node.before, lean);
  if (old === null || fresh === null) return 'no-target';
  const own = old.person === author.seat.person && fresh.person === author.seat.person;
  return own && author.rank >= seatRank(old, ownRole(court, node, author, lean)) ? null : 'rank';
}

function actingOnPerson(court: Court, node: Node, person: PersonId, author: Author, lean: Lean): VoidReason | null {
  if (roleOf(court, person, node.before, lean) === null) return 'no-target';
  const own = person === author.seat.person;
  const full = personRank(court, person, node.before, opposite(lean)) ?? 0;
  const rank = own && author.role < OWNER ? Math.min(full, rankOf(author.role, false)) : full;
  return (own || author.role >= ADMIN) && author.rank >= rank ? null : 'rank';
}

/** The role of the author's own person, which a demotion lowers for all its devices alike: who was demoted meanwhile still gives up a lost one, and still leaves (G13). */
function ownRole(court: Court, node: Node, author: Author, lean: Lean): number {
  return Math.min(roleOf(court, author.seat.person, node.before, opposite(lean)) ?? 0, author.role);
}

function granting(court: Court, node: Node, op: Extract<Operation, { type: 'grant' }>, author: Author, lean: Lean): VoidReason | null {
  if (author.role < EDITOR) return 'rank';
  if (!knowsEpoch(court, node, op.epoch)) return 'epoch';
  const target = seatOf(court, op.device, node.before, lean);
  if (target === null) return 'no-target';
  return op.append && (roleOf(court, target.person, node.before, lean) ?? 0) < EDITOR ? 'rank' : null;
}

/** What it closes is known by form, void or not: a close of what never counted takes nothing back. */
function closingMailbox(court: Court, node: Node, op: Extract<Operation, { type: 'mailbox' }>, author: Author): VoidReason | null {
  const before = openersIn(court, mailboxKey(op), node.before);
  if (before.length === 0) return 'no-target';
  const own = author.role >= ADMIN || before.some((device) => personOf(court, device, node.before) === author.seat.person);
  return own ? null : 'rank';
}

/** Whose links in the set open the mailbox, valid or not. */
function openersIn(court: Court, key: string, set: Clock): readonly DeviceId[] {
  const firsts = [...court.register.mailbox(key).opens.values()].map((row) => court.nodes[row[0] as number] as Node);
  return firsts.filter((open) => holds(set, open)).map((open) => open.link.body.author);
}

/** Epochs are known by form: the secrets of a void one may be handed on too. */
function knowsEpoch(court: Court, node: Node, epoch: string): boolean {
  const found = court.graph.node(epoch as Parameters<typeof court.graph.node>[0]);
  return found !== null && operationOf(found).type === 'epoch' && isBefore(found, node);
}

function opposite(lean: Lean): Lean {
  return lean === 'high' ? 'low' : 'high';
}

/** True when the link gives its person a lower role than it had there. */
export function demotes(court: Court, node: Node): boolean {
  const op = operationOf(node);
  return op.type === 'set-role' && (roleOf(court, op.person, node.before, 'high') ?? 0) > op.role;
}
