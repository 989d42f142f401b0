/** Decide: one link's verdict once everything it waits for has one. */
import { opinionOf } from './authority.js';
import { type Attacker, attackersOf, attackRank, capOf, roleLeft, saves, strikersOf, witnessesOf } from './conflict.js';
import { codeOf, type Court, UNDECIDED, VALID, verdictOf, type VoidReason } from './judgement.js';
import { type Node, operationOf } from './node.js';
import { newest, type OpList } from './oplist.js';
import { OWNER } from './rank.js';
import { namedPerson } from './register.js';

/** Gives the verdict by what is decided; undecided witnesses do not count. */
export function decide(court: Court, node: Node): void {
  if (!attackersOf(court, node).next().done) court.contested.push(node.ordinal);
  const free = opinionOf(court, node, 'high', OWNER);
  if (free.reason !== null) return condemn(court, node, free.reason, rootBehind(court, node));
  const cap = capOf(strikersOf(court, node, free.rank));
  if (cap === null) return condemn(court, node, 'struck', node.ordinal);
  if (cap < OWNER && opinionOf(court, node, 'high', cap).reason !== null) return condemn(court, node, 'demoted', node.ordinal);
  acquit(court, node, free.rank);
}

export function acquit(court: Court, node: Node, rank: number): void {
  court.verdicts[node.ordinal] = VALID;
  court.ranks[node.ordinal] = rank;
}

function condemn(court: Court, node: Node, reason: VoidReason, root: number): void {
  court.verdicts[node.ordinal] = codeOf(reason);
  court.roots[node.ordinal] = root;
}

/** Condemns a link that stays void however the undecided ones turn out; false when it may yet be valid. */
export function condemnIfHopeless(court: Court, node: Node): boolean {
  const kind = opinionOf(court, node, 'high', OWNER);
  if (kind.reason !== null) {
    decide(court, node);
    return true;
  }
  const certain: Attacker[] = [];
  for (const attacker of attackersOf(court, node)) {
    if (attacker !== null && verdictOf(court, attacker) !== VALID) continue;
    if (attackRank(court, attacker) < kind.rank) continue;
    let saved = false;
    for (const witness of witnessesOf(court, node, attacker)) saved ||= verdictOf(court, witness) === UNDECIDED || saves(court, witness);
    if (!saved) certain.push(attacker);
  }
  const cap = capOf(certain);
  if (cap === OWNER && certain.every((one) => roleLeft(one) !== null)) return false;
  if (cap !== null && opinionOf(court, node, 'high', cap).reason === null) return false;
  court.contested.push(node.ordinal);
  condemn(court, node, cap === null ? 'struck' : 'demoted', node.ordinal);
  return true;
}

/** Where the fall began of what the author's standing rested on: the lowest id, so that every device names the same. */
function rootBehind(court: Court, node: Node): number {
  let root = -1;
  const look = (list: OpList): void => {
    newest(court.nodes, list, node.before, (one) => {
      const found = court.roots[one.ordinal] ?? -1;
      if (found >= 0 && (root < 0 || idAt(court, found) < idAt(court, root))) root = found;
      return 'skip';
    });
  };
  const { author } = node.link.body;
  look(court.register.device(author).adds);
  for (const person of court.register.personsOf(author, node.before)) look(court.register.person(person).roles);
  const named = operationOf(node).type === 'add-device' ? namedPerson(node) : null;
  if (named !== null) look(court.register.person(named).roles);
  return root;
}

function idAt(court: Court, ordinal: number): string {
  return (court.nodes[ordinal] as Node).link.id;
}
