/** Conflict: who aims at a link without knowing it, and who had built on it before (strong remove, C4, G12–G15). */
import type { DeviceId, PersonId } from '@leanvibe/protocol/ids';
import { countOf } from './clock.js';
import { demotes } from './authority.js';
import { type Court, STANDS, standOf, UNDECIDED, VALID, verdictOf } from './judgement.js';
import { firstWhere, holds, isBefore, type Node, operationOf } from './node.js';
import { beside } from './oplist.js';
import { ADMIN, OWNER, RANK_PROOF } from './rank.js';

/** A concurrent removal or demotion of the author; `null` is the author's own fork proof. */
export type Attacker = Node | null;

/** Everything that aims at the author of this link from beside it, valid or undecided. */
export function* attackersOf(court: Court, node: Node): Generator<Attacker> {
  const { author, index } = node.link.body;
  const forkedAt = court.graph.forks.indexIn(author, court.set);
  if (forkedAt !== null && index >= forkedAt) yield null;
  for (const removal of beside(court.nodes, court.register.device(author).removes, court.set, node))
    if (arguable(court, removal)) yield removal;
  for (const person of court.register.personsOf(author, node.before)) {
    const { leaves, roles } = court.register.person(person);
    for (const removal of beside(court.nodes, leaves, court.set, node)) if (arguable(court, removal)) yield removal;
    for (const change of beside(court.nodes, roles, court.set, node)) {
      if (operationOf(change).type === 'set-role' && arguable(court, change) && demotes(court, change)) yield change;
    }
  }
}

function arguable(court: Court, node: Node): boolean {
  const verdict = verdictOf(court, node);
  return verdict === VALID || verdict === UNDECIDED;
}

export function attackRank(court: Court, attacker: Attacker): number {
  return attacker === null ? RANK_PROOF : (court.ranks[attacker.ordinal] ?? 0);
}

/** The role an attacker leaves the author; null when it leaves none. */
export function roleLeft(attacker: Attacker): number | null {
  if (attacker === null) return null;
  const op = operationOf(attacker);
  return op.type === 'set-role' ? op.role : null;
}

/** Links by other persons that stand on this one and did not know the attacker: if the author of one was an admin there, it saves this one. */
export function* witnessesOf(court: Court, node: Node, attacker: Attacker): Generator<Node> {
  const { author } = node.link.body;
  const persons = court.register.personsOf(author, node.before);
  for (let line = 0; line < court.graph.lines.length; line++) {
    const row = court.graph.lines[line] as readonly number[];
    const end = countOf(court.set, line);
    if (line === node.line || end === 0 || personsIn(court, row, end).some((person) => persons.includes(person))) continue;
    for (let at = firstWhere(row, 0, end, (one) => holds((court.nodes[one] as Node).before, node)); at < end; at++) {
      const witness = court.nodes[row[at] as number] as Node;
      if (attacker === null ? court.graph.forks.knownIn(author, witness.before) : witness === attacker || isBefore(attacker, witness))
        break;
      if (mayStand(court, witness)) yield witness;
    }
  }
}

function personsIn(court: Court, row: readonly number[], end: number): readonly PersonId[] {
  const last = court.nodes[row[end - 1] as number] as Node;
  const op = operationOf(last);
  const device: DeviceId = last.link.body.author;
  return op.type === 'genesis' ? court.register.personsOf(device, court.set) : court.register.personsOf(device, last.before);
}

/** True when an admin of another person stands by the link against this attacker. */
export function isSaved(court: Court, node: Node, attacker: Attacker): boolean {
  for (const witness of witnessesOf(court, node, attacker)) if (saves(court, witness)) return true;
  return false;
}

/** A witness need only have been an admin there, unstruck: what it did may itself rest on the link it saves. */
export function saves(court: Court, witness: Node): boolean {
  return standOf(court, witness) >= STANDS + ADMIN;
}

function mayStand(court: Court, witness: Node): boolean {
  return standOf(court, witness) === UNDECIDED || saves(court, witness);
}

/** The valid attackers that prevail over a link of this rank. */
export function* strikersOf(court: Court, node: Node, rank: number): Generator<Attacker> {
  for (const attacker of attackersOf(court, node)) {
    if (attacker !== null && verdictOf(court, attacker) !== VALID) continue;
    if (attackRank(court, attacker) >= rank && !isSaved(court, node, attacker)) yield attacker;
  }
}

/** What strikers leave: the lowest role, null when a removal is among them, OWNER when there are none. */
export function capOf(strikers: Iterable<Attacker>): number | null {
  let cap = OWNER;
  for (const striker of strikers) {
    const left = roleLeft(striker);
    if (left === null) return null;
    cap = Math.min(cap, left);
  }
  return cap;
}
