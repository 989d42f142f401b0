/** Standing: which person a device acts for inside a set of links, with which role and rank (G4–G7). */
import type { DeviceId, PersonId } from '@leanvibe/protocol/ids';
import type { DeviceCard } from '@leanvibe/protocol/link';
import type { Clock } from './clock.js';
import { type Court, UNDECIDED, VALID, verdictOf } from './judgement.js';
import { holds, isBefore, type Node, operationOf } from './node.js';
import { newest, type OpList } from './oplist.js';
import { OWNER, RANK_PAPER, rankOf } from './rank.js';
import { addedCards } from './cards.js';
import { namedPerson, PAPER } from './register.js';

/**
 * How to read what is undecided: `high` believes additions and doubts removals, `low` the reverse.
 * Where all is decided both give one answer.
 */
export type Lean = 'high' | 'low';

/** A live device of a person, and the link that made it so. */
export interface Seat {
  readonly person: PersonId;
  readonly card: DeviceCard;
  readonly add: Node;
}

/** The device's seat inside the set; null when it is not live there. */
export function seatOf(court: Court, device: DeviceId, set: Clock, lean: Lean): Seat | null {
  return court.graph.forks.knownIn(device, set) ? null : unforkedSeat(court, device, set, lean);
}

/** The same for a device known to have kept one line there. */
export function unforkedSeat(court: Court, device: DeviceId, set: Clock, lean: Lean): Seat | null {
  const person = personOf(court, device, set);
  const add = person === null ? undefined : liveAdds(court, device, person, set, lean)[0];
  return person === null || add === undefined ? null : { person, card: cardIn(add, device), add };
}

/** Additions of the device to the person that no removal ended, earliest first. */
export function liveAdds(court: Court, device: DeviceId, person: PersonId, set: Clock, lean: Lean): Node[] {
  const ops = court.register.device(device);
  const { leaves } = court.register.person(person);
  return newest(court, ops.adds, set, (node) => granting(court, node, lean))
    .filter((add) => namedPerson(add) === person && !ended(court, add, ops.removes, set, lean) && !ended(court, add, leaves, set, lean))
    .sort(byAge);
}

/**
 * The person the device belongs to: the one named by the earliest link that adds it, whether that link counts or not (G6).
 * Only a device that consented to two persons can make a difference here, and then only to itself.
 */
export function personOf(court: Court, device: DeviceId, set: Clock): PersonId | null {
  return bindingOf(court, device, set)?.person ?? null;
}

/** The link that binds the device to its person. */
export function bindingOf(court: Court, device: DeviceId, set: Clock): { readonly node: Node; readonly person: PersonId } | null {
  let first: { readonly node: Node; readonly person: PersonId } | null = null;
  for (const one of court.register.device(device).named) {
    if (holds(set, one.node) && (first === null || byAge(one.node, first.node) < 0)) first = one;
  }
  return first;
}

/** The person's role inside the set; null when it is not a member there. */
export function roleOf(court: Court, person: PersonId, set: Clock, lean: Lean): number | null {
  const last = lastRoles(court, person, set, lean);
  // An undecided change of role may lower a role but never makes a member.
  if (last.length === 0 || (lean === 'low' && !last.some((node) => verdictOf(court, node) === VALID))) return null;
  if (last.some((node) => verdictOf(court, node) === UNDECIDED)) return extreme(last.map(roleGiven), lean);
  return roleGiven(strongest(court, last));
}

/** The link that gives the person its role where all is decided; null when it is not a member. */
export function decidingRole(court: Court, person: PersonId, set: Clock): Node | null {
  const last = lastRoles(court, person, set, 'high');
  return last.length === 0 ? null : strongest(court, last);
}

/** Links that give the person a role and that no removal ended and no later one replaced. */
function lastRoles(court: Court, person: PersonId, set: Clock, lean: Lean): readonly Node[] {
  const { roles, leaves } = court.register.person(person);
  const found = newest(court, roles, set, (node) => {
    const picked = granting(court, node, lean);
    return picked === 'skip' && verdictOf(court, node) === UNDECIDED && operationOf(node).type === 'set-role' ? 'keep' : picked;
  }).filter((node) => !ended(court, node, leaves, set, lean));
  if (found.length < 2) return found;
  return found.filter((node) => !found.some((other) => verdictOf(court, other) === VALID && isBefore(node, other)));
}

/** Of concurrent role changes: by the author's rank, then its person's seniority, then the lower id (G7). */
function strongest(court: Court, nodes: readonly Node[]): Node {
  return nodes.reduce((best, node) => (prevails(court, node, best) ? node : best));
}

/** The highest rank among the person's live devices, or what its role alone gives; null when it is not a member. */
export function personRank(court: Court, person: PersonId, set: Clock, lean: Lean): number | null {
  const role = roleOf(court, person, set, lean);
  if (role === null) return null;
  if (role !== OWNER) return rankOf(role, false);
  for (const device of court.register.person(person).papers) {
    const seat = seatOf(court, device, set, lean);
    if (seat?.person === person && seat.card.kind === PAPER) return RANK_PAPER;
  }
  return rankOf(role, false);
}

export function seatRank(seat: Seat, role: number): number {
  return rankOf(role, seat.card.kind === PAPER);
}

/** Earlier in the graph first; the id settles what is equally deep. */
export function byAge(a: Node, b: Node): number {
  return a.depth - b.depth || (a.link.id < b.link.id ? -1 : a.link.id > b.link.id ? 1 : 0);
}

export function cardIn(add: Node, device: DeviceId): DeviceCard {
  return addedCards(operationOf(add)).find((card) => card.device === device) as DeviceCard;
}

function granting(court: Court, node: Node, lean: Lean): 'skip' | 'keep' | 'stop' {
  const verdict = verdictOf(court, node);
  if (verdict === VALID) return 'stop';
  return verdict === UNDECIDED && lean === 'high' ? 'keep' : 'skip';
}

/** True when a removal ends this addition: any that is not before it (a re-add must know what it undoes). */
function ended(court: Court, add: Node, removals: OpList, set: Clock, lean: Lean): boolean {
  if (removals.size === 0) return false;
  return newest(court, removals, set, (node) => {
    const verdict = verdictOf(court, node);
    if (verdict === VALID) return 'stop';
    return verdict === UNDECIDED && lean === 'low' ? 'keep' : 'skip';
  }).some((removal) => !isBefore(removal, add));
}

function roleGiven(node: Node): number {
  const op = operationOf(node);
  return op.type === 'add-person' || op.type === 'set-role' ? op.role : OWNER;
}

function extreme(roles: readonly number[], lean: Lean): number {
  return lean === 'high' ? Math.max(...roles) : Math.min(...roles);
}

function prevails(court: Court, a: Node, b: Node): boolean {
  const rank = (court.ranks[a.ordinal] ?? 0) - (court.ranks[b.ordinal] ?? 0);
  if (rank !== 0) return rank > 0;
  const seniority = joined(court, a) - joined(court, b);
  return seniority !== 0 ? seniority < 0 : a.link.id < b.link.id;
}

/** The depth at which the author's person first joined. */
function joined(court: Court, node: Node): number {
  const { author } = node.link.body;
  const person = personOf(court, author, node.before);
  let depth = node.depth;
  for (const row of person === null ? [] : court.register.person(person).roles.values()) {
    for (const ordinal of row) {
      const op = court.nodes[ordinal] as Node;
      if (holds(node.before, op) && verdictOf(court, op) === VALID && operationOf(op).type !== 'set-role')
        depth = Math.min(depth, op.depth);
    }
  }
  return depth;
}
