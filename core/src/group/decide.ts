/** Decide: one question's answer once everything it waits for is answered. */
import { authorOf, opinionOf } from './authority.js';
import { type Attacker, attackersOf, attackRank, capOf, strikersOf } from './conflict.js';
import { saves, witnessesOf } from './witness.js';
import { codeOf, type Court, NO_SEAT, STANDS, standOf, STRUCK, UNDECIDED, VALID, verdictOf, type VoidReason } from './judgement.js';
import { touchedDevices } from './needs.js';
import { holds, type Node } from './node.js';
import type { OpList } from './oplist.js';
import type { Question } from './question.js';
import { OWNER } from './rank.js';
import { namedPerson } from './register.js';

/** Answers by what is decided; witnesses that are not decided do not count. */
export function decide(court: Court, { node, part }: Question): void {
  if (part === 'stand') decideStand(court, node);
  else decideDeed(court, node);
}

/** Both answers at once for a link nobody aims at, which is nearly every link. */
export function decideAlone(court: Court, node: Node): void {
  const author = authorOf(court, node, 'high');
  const { reason, rank } = opinionOf(court, node, author, 'high', OWNER);
  court.stands[node.ordinal] = author === null ? NO_SEAT : STANDS + author.role;
  if (reason === null) acquit(court, node, rank);
  else condemn(court, node, reason, rootBehind(court, node));
  court.ranks[node.ordinal] = rank;
}

function decideStand(court: Court, node: Node): void {
  if (!attackersOf(court, node).next().done) court.contested.push(node.ordinal);
  const author = authorOf(court, node, 'high');
  if (author !== null) keepRank(court, node, author.rank);
  const cap = author === null ? OWNER : capOf(strikersOf(court, node, author.rank));
  court.stands[node.ordinal] = author === null ? NO_SEAT : cap === null ? STRUCK : STANDS + Math.min(author.role, cap);
}

function decideDeed(court: Court, node: Node): void {
  const stand = standOf(court, node);
  const author = authorOf(court, node, 'high');
  const free = opinionOf(court, node, author, 'high', OWNER);
  if (free.reason !== null) condemn(court, node, free.reason, rootBehind(court, node));
  else if (stand === STRUCK) condemn(court, node, 'struck', node.ordinal);
  else if (opinionOf(court, node, author, 'high', stand - STANDS).reason !== null) condemn(court, node, 'demoted', node.ordinal);
  else acquit(court, node, free.rank);
}

export function acquit(court: Court, node: Node, rank: number): void {
  court.verdicts[node.ordinal] = VALID;
  court.ranks[node.ordinal] = rank;
}

/** A removal that a knot let stand keeps the rank it stood with, though what had given its author that rank may have fallen with the knot. */
function keepRank(court: Court, node: Node, rank: number): void {
  if (verdictOf(court, node) !== VALID) court.ranks[node.ordinal] = rank;
}

/** Says again why a link is void, now that all is decided: inside a knot the first sufficient reason may not have been the first in rank. */
export function restate(court: Court, node: Node): void {
  if (verdictOf(court, node) <= VALID) return;
  const { reason } = opinionOf(court, node, authorOf(court, node, 'high'), 'high', OWNER);
  if (reason !== null) condemn(court, node, reason, rootBehind(court, node));
  else condemn(court, node, standOf(court, node) === STRUCK ? 'struck' : 'demoted', node.ordinal);
}

function condemn(court: Court, node: Node, reason: VoidReason, root: number): void {
  court.verdicts[node.ordinal] = codeOf(reason);
  court.roots[node.ordinal] = root;
}

/** Answers no where nothing undecided could make it yes; false when something could. */
export function decideIfHopeless(court: Court, { node, part }: Question): boolean {
  const author = authorOf(court, node, 'high');
  const cap = author === null ? null : capOf(certainStrikers(court, node, author.rank));
  if (part === 'stand') {
    if (cap !== null) return false;
    court.contested.push(node.ordinal);
    keepRank(court, node, author?.rank ?? 0);
    court.stands[node.ordinal] = author === null ? NO_SEAT : STRUCK;
    return true;
  }
  const { reason } = opinionOf(court, node, author, 'high', OWNER);
  if (reason !== null) condemn(court, node, reason, rootBehind(court, node));
  else if (cap === null) condemn(court, node, 'struck', node.ordinal);
  else if (opinionOf(court, node, author, 'high', cap).reason !== null) condemn(court, node, 'demoted', node.ordinal);
  else return false;
  return true;
}

/** Valid attackers against whom no witness can stand up any more. */
function certainStrikers(court: Court, node: Node, rank: number): Attacker[] {
  const certain: Attacker[] = [];
  for (const attacker of attackersOf(court, node)) {
    if (attacker !== null && verdictOf(court, attacker) !== VALID) continue;
    if (attackRank(court, attacker) < rank) continue;
    let saved = false;
    for (const witness of witnessesOf(court, node, attacker)) saved ||= standOf(court, witness) === UNDECIDED || saves(court, witness);
    if (!saved) certain.push(attacker);
  }
  return certain;
}

/** Where the fall began of what the author or the target rested on: the lowest id, so that every device names the same; -1 for none. */
function rootBehind(court: Court, node: Node): number {
  let root = -1;
  const look = (list: OpList): void => {
    for (const row of list.values()) {
      for (const ordinal of row) {
        const found = court.roots[ordinal] ?? -1;
        if (found < 0 || !holds(node.before, court.nodes[ordinal] as Node)) continue;
        if (root < 0 || idAt(court, found) < idAt(court, root)) root = found;
      }
    }
  };
  // Nothing fell yet: nearly always so, and it spares hostile piles of void links their quadratic search.
  if (court.contested.length === 0) return root;
  for (const device of [node.link.body.author, ...touchedDevices(node)]) {
    look(court.register.device(device).adds);
    for (const person of court.register.personsOf(device, node.before)) look(court.register.person(person).roles);
  }
  const named = namedPerson(node);
  if (named !== null) look(court.register.person(named).roles);
  return root;
}

function idAt(court: Court, ordinal: number): string {
  return (court.nodes[ordinal] as Node).link.id;
}
