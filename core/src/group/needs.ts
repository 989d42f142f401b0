/** Needs: what a question waits for — what made the author and the target what they are, who aims at the author, who stands by it. */
import type { DeviceId, PersonId } from '@leanvibe/protocol/ids';
import { attackersOf, isSaved } from './conflict.js';
import { type Court, UNDECIDED, VALID, verdictOf } from './judgement.js';
import { type Node, operationOf } from './node.js';
import { newest, type OpList } from './oplist.js';
import { deed, isAnswered, type Question, standing } from './question.js';
import { addedCards } from './cards.js';
import { namedPerson } from './register.js';
import { saves, witnessesOf } from './witness.js';

/** Undecided deeds before the link that bear on the question. The newest of each line suffice: each waits for the ones before it. */
export function* pastNeeds(court: Court, { node, part }: Question): Generator<Question> {
  const devices = new Set<DeviceId>(part === 'stand' ? [node.link.body.author] : touchedDevices(node));
  const persons = new Set<PersonId>();
  for (const device of devices) for (const person of court.register.personsOf(device, node.before)) persons.add(person);
  const named = part === 'deed' ? namedPerson(node) : null;
  if (named !== null) {
    persons.add(named);
    for (const paper of court.register.person(named).papers) devices.add(paper);
  }
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

/** The devices whose standing decides what the operation may do. */
export function touchedDevices(node: Node): readonly DeviceId[] {
  const op = operationOf(node);
  if (op.type === 'remove-device' || op.type === 'grant') return [op.device];
  return op.type === 'succeed' ? [op.previous, op.next] : addedCards(op).map((card) => card.device);
}

const NOTHING: readonly Question[] = [];

function openIn(court: Court, list: OpList, node: Node): readonly Question[] {
  if (list.size === 0) return NOTHING;
  return newest(court, list, node.before, (one) => {
    const verdict = verdictOf(court, one);
    return verdict === VALID || verdict === UNDECIDED ? 'stop' : 'skip';
  })
    .filter((one) => one !== node && verdictOf(court, one) === UNDECIDED)
    .map(deed);
}

/** As few as will do, one at a time: it looks at each answer before it asks for the next. */
export function* needsOf(court: Court, question: Question, pastIsDone: boolean): Generator<Question> {
  if (!pastIsDone) yield* pastNeeds(court, question);
  const { node } = question;
  if (question.part === 'deed') {
    yield standing(node);
    return;
  }
  for (const attacker of attackersOf(court, node)) {
    if (attacker !== null) yield deed(attacker);
    if (attacker !== null && verdictOf(court, attacker) > VALID) continue;
    for (const witness of witnessesOf(court, node, attacker)) {
      yield standing(witness);
      if (saves(court, witness)) break;
    }
  }
}

export interface Waits {
  /** The past, the attackers, and for a deed its author's standing. */
  readonly firm: readonly Question[];
  readonly witnesses: readonly Question[];
}

/** Every open question whose answer can still change this one's. */
export function allNeeds(court: Court, question: Question): Waits {
  const { node } = question;
  const firm = [...pastNeeds(court, question)];
  if (question.part === 'deed') return { firm: [...firm, ...[standing(node)].filter((one) => !isAnswered(court, one))], witnesses: [] };
  const witnesses: Question[] = [];
  for (const attacker of attackersOf(court, node)) {
    if (isSaved(court, node, attacker)) continue;
    if (attacker !== null && verdictOf(court, attacker) === UNDECIDED) firm.push(deed(attacker));
    for (const witness of witnessesOf(court, node, attacker)) witnesses.push(standing(witness));
  }
  return { firm, witnesses: witnesses.filter((one) => !isAnswered(court, one)) };
}
