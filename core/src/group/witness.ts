/** Witnesses: admins of other persons who had built on a link before they knew what strikes it (C4, G13, G14). */
import type { DeviceId, PersonId } from '@leanvibe/protocol/ids';
import { countOf } from './clock.js';
import { type Court, type Gallery, type Heirs, STANDS, standOf, UNDECIDED } from './judgement.js';
import { firstWhere, holds, isBefore, type Node, operationOf } from './node.js';
import { ADMIN } from './rank.js';

/** Links that stand on this one and did not know the attacker, by devices that may yet be found to have been admins. `null` is a fork proof. */
export function* witnessesOf(court: Court, node: Node, attacker: Node | null): Generator<Node> {
  const { author } = node.link.body;
  const knows = (one: Node): boolean =>
    attacker === null ? court.graph.forks.knownIn(author, one.before) : one === attacker || isBefore(attacker, one);
  for (const { row, from, count } of heirsOf(court, node)) {
    const first = nextToStand(court, row, from);
    if (first >= count) continue;
    const to = firstWhere(row, from, count, (one) => knows(court.nodes[one] as Node));
    for (let at = first; at < to; at = nextToStand(court, row, at + 1)) yield court.nodes[row[at] as number] as Node;
  }
}

/** The lines of other persons' devices that go on after the link. */
function heirsOf(court: Court, node: Node): readonly Heirs[] {
  const known = court.heirs.get(node.ordinal);
  if (known !== undefined) return known;
  const own = court.register.personsOf(node.link.body.author, node.before);
  const found: Heirs[] = [];
  const after = (one: number): boolean => holds((court.nodes[one] as Node).before, node);
  for (const { persons, lines } of galleriesOf(court)) {
    if (persons.some((person) => own.includes(person))) continue;
    for (const line of lines) {
      const row = court.graph.lines[line] as readonly number[];
      const count = countOf(court.set, line);
      if (after(row[count - 1] as number)) found.push({ row, from: firstWhere(row, 0, count, after), count });
    }
  }
  court.heirs.set(node.ordinal, found);
  return found;
}

/** A witness need only have been an admin there, unstruck: what it did may itself rest on the link it saves. */
export function saves(court: Court, witness: Node): boolean {
  return standOf(court, witness) >= STANDS + ADMIN;
}

/** The next place whose link may stand. Those that do not never will, so the way past them is remembered. */
function nextToStand(court: Court, row: readonly number[], from: number): number {
  const steps = court.steps.get(row) ?? new Int32Array(row.length);
  court.steps.set(row, steps);
  let at = from;
  while (at < row.length) {
    const stand = court.stands[row[at] as number] ?? UNDECIDED;
    if (stand === UNDECIDED || stand >= STANDS + ADMIN) break;
    at = Math.max(at + 1, steps[at] ?? 0);
  }
  for (let back = from; back < at; ) {
    const next = Math.max(back + 1, steps[back] ?? 0);
    steps[back] = at;
    back = next;
  }
  return at;
}

function galleriesOf(court: Court): readonly Gallery[] {
  if (court.galleries.length > 0) return court.galleries;
  const found = new Map<string, Gallery>();
  const admins = new Map<PersonId, boolean>();
  court.graph.lines.forEach((row, line) => {
    if (countOf(court.set, line) === 0) return;
    const device: DeviceId = (court.nodes[row[0] as number] as Node).link.body.author;
    const persons = court.register.personsOf(device, court.set);
    if (!persons.some((person) => everAdmin(court, person, admins))) return;
    const key = [...persons].sort().join();
    const gallery = found.get(key);
    if (gallery === undefined) found.set(key, { persons, lines: [line] });
    else gallery.lines.push(line);
  });
  court.galleries.push(...found.values());
  return court.galleries;
}

/** Whether any link, valid or not, gives the person that much. */
function everAdmin(court: Court, person: PersonId, known: Map<PersonId, boolean>): boolean {
  const answer = known.get(person);
  if (answer !== undefined) return answer;
  const found = [...court.register.person(person).roles.values()].some((row) =>
    row.some((ordinal) => {
      const node = court.nodes[ordinal] as Node;
      const op = operationOf(node);
      return (
        holds(court.set, node) && (op.type === 'genesis' || ((op.type === 'add-person' || op.type === 'set-role') && op.role >= ADMIN))
      );
    }),
  );
  known.set(person, found);
  return found;
}
