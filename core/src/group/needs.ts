/** Needs: the links a link's verdict waits for — what made its author and its target what they are, who aims at it, who stands by it. */
import type { DeviceId, PersonId } from '@leanvibe/protocol/ids';
import { attackersOf, isSaved, saves, witnessesOf } from './conflict.js';
import { type Court, UNDECIDED, VALID, verdictOf } from './judgement.js';
import { type Node, operationOf } from './node.js';
import { newest, type OpList } from './oplist.js';
import { addedCards, namedPerson } from './register.js';

function isOpen(court: Court, node: Node): boolean {
  return verdictOf(court, node) === UNDECIDED;
}

/** Undecided operations before the link that bear on its authority. The newest of each line suffice: each waits for the ones before it. */
export function* pastNeeds(court: Court, node: Node): Generator<Node> {
  const devices = new Set<DeviceId>([node.link.body.author]);
  const persons = new Set<PersonId>();
  const op = operationOf(node);
  for (const card of addedCards(op)) devices.add(card.device);
  if (op.type === 'remove-device' || op.type === 'grant') devices.add(op.device);
  if (op.type === 'succeed') for (const device of [op.previous, op.next]) devices.add(device);
  const named = namedPerson(node);
  if (named !== null) persons.add(named);
  for (const device of devices) for (const person of court.register.personsOf(device, node.before)) persons.add(person);
  if (named !== null) for (const paper of court.register.person(named).papers) devices.add(paper);
  for (const device of devices) {
    const ops = court.register.device(device);
    yield* openIn(court, ops.adds, node);
    yield* openIn(court, ops.removes, node);
  }
  for (const person of persons) {
    const ops = court.register.person(person);
    yield* openIn(court, ops.roles, node);
    yield* openIn(court, ops.leaves, node);
  }
}

function openIn(court: Court, list: OpList, node: Node): Node[] {
  return newest(court.nodes, list, node.before, (one) => {
    const verdict = verdictOf(court, one);
    return verdict === VALID || verdict === UNDECIDED ? 'stop' : 'skip';
  }).filter((one) => one !== node && isOpen(court, one));
}

/** As few as will do, one at a time: it looks at each answer before it asks for the next. */
export function* needsOf(court: Court, node: Node, pastIsDone: boolean): Generator<Node> {
  if (!pastIsDone) yield* pastNeeds(court, node);
  for (const attacker of attackersOf(court, node)) {
    if (attacker !== null && isOpen(court, attacker)) yield attacker;
    if (attacker !== null && verdictOf(court, attacker) > VALID) continue;
    for (const witness of witnessesOf(court, node, attacker)) {
      if (isOpen(court, witness)) yield witness;
      if (saves(court, witness)) break;
    }
  }
}

/** Every undecided link that can still change this one's verdict: the attackers and the past, and apart from them the witnesses. */
export function allNeeds(court: Court, node: Node): { readonly firm: readonly Node[]; readonly witnesses: readonly Node[] } {
  const firm = new Set<Node>(pastNeeds(court, node));
  const witnesses = new Set<Node>();
  for (const attacker of attackersOf(court, node)) {
    if (isSaved(court, node, attacker)) continue;
    if (attacker !== null && isOpen(court, attacker)) firm.add(attacker);
    for (const witness of witnessesOf(court, node, attacker)) if (isOpen(court, witness)) witnesses.add(witness);
  }
  return { firm: [...firm], witnesses: [...witnesses] };
}
