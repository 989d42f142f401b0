/** Conflict: who aims at a link without knowing it, and who had built on it before (strong remove, C4, G12–G15). */
import type { DeviceId } from '@leanvibe/protocol/ids';
import { authorOf, demotes } from './authority.js';
import type { ForkProof } from './forks.js';
import { type Court, UNDECIDED, VALID, verdictOf } from './judgement.js';
import { type Node, operationOf } from './node.js';
import { beside, type OpList } from './oplist.js';
import { OWNER, RANK_PROOF } from './rank.js';
import { saves, witnessesOf } from './witness.js';

/** A concurrent removal or demotion of the author; `null` is the author's own fork proof. */
export type Attacker = Node | null;

/**
 * Who aims at the author of this link from beside it, valid or undecided. Each device is heard in order: what it did
 * after an undecided removal waits for that one, and after a valid one that prevails it adds nothing.
 */
export function* attackersOf(court: Court, node: Node): Generator<Attacker> {
  const { author, index } = node.link.body;
  const proof = proofOf(court, author);
  if (proof !== null && index >= proof.index) yield null;
  const persons = court.register.personsOf(author, node.before);
  const lists = [court.register.device(author).removes, ...persons.map((person) => court.register.person(person).leaves)];
  for (const list of lists) if (list.size > 0) yield* removersIn(court, list, node);
  for (const person of persons) yield* demotersIn(court, court.register.person(person).roles, node);
}

function* removersIn(court: Court, list: OpList, node: Node): Generator<Node> {
  let rank = -1;
  for (const { row, from, to } of beside(court.nodes, list, court.set, node)) {
    for (let at = from; at < to; at++) {
      const removal = court.nodes[row[at] as number] as Node;
      if (!arguable(court, removal)) continue;
      yield removal;
      // Asked again, for whoever took it may have had it decided meanwhile.
      const verdict = verdictOf(court, removal);
      if (verdict === UNDECIDED) break;
      if (rank < 0) rank = authorOf(court, node, 'high')?.rank ?? 0;
      if (verdict === VALID && attackRank(court, removal) >= rank) break;
    }
  }
}

function* demotersIn(court: Court, list: OpList, node: Node): Generator<Node> {
  let rank = -1;
  for (const { row, from, to } of beside(court.nodes, list, court.set, node)) {
    let floor = OWNER;
    for (let at = from; at < to; at++) {
      const change = court.nodes[row[at] as number] as Node;
      const op = operationOf(change);
      if (op.type !== 'set-role' || op.role >= floor || !arguable(court, change) || !demotes(court, change)) continue;
      yield change;
      const verdict = verdictOf(court, change);
      if (verdict === UNDECIDED) break;
      if (rank < 0) rank = authorOf(court, node, 'high')?.rank ?? 0;
      if (verdict === VALID && attackRank(court, change) >= rank) floor = op.role;
    }
  }
}

/** The device's fork proof inside the set; null when it kept one line there. */
export function proofOf(court: Court, device: DeviceId): ForkProof | null {
  if (!court.graph.forks.isForked(device)) return null;
  const known = court.proofs.get(device);
  if (known !== undefined) return known;
  const found = court.graph.forks.proof(device, court.set);
  court.proofs.set(device, found);
  return found;
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

/** True when an admin of another person stands by the link against this attacker. */
export function isSaved(court: Court, node: Node, attacker: Attacker): boolean {
  for (const witness of witnessesOf(court, node, attacker)) if (saves(court, witness)) return true;
  return false;
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
