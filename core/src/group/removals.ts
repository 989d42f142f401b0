/** Removals: every link that speaks against a chain of changes, for the judge of changes (C5, C9, G18–G20). */
import type { DeviceId, Hash, LinkId, PersonId } from '@leanvibe/protocol/ids';
import { authorOf, demotes } from './authority.js';
import { proofOf, strikersOf } from './conflict.js';
import { type Court, VALID, verdictOf } from './judgement.js';
import type { Demotion, Removal, RemovalCause, Succession } from './membership.js';
import { holds, isBefore, type Node, operationOf } from './node.js';
import type { OpList } from './oplist.js';
import { EDITOR, roleName } from './rank.js';
import { bindingOf, decidingRole, roleOf } from './standing.js';

interface Against {
  readonly by: LinkId;
  readonly cause: RemovalCause;
  readonly frontier: Hash | null;
}

/** Links that struck this one; for a fork proof those that share an index. */
export function strikesOn(court: Court, node: Node): readonly Against[] {
  const found: Against[] = [];
  for (const striker of strikersOf(court, node, authorOf(court, node, 'high')?.rank ?? 0)) {
    if (striker !== null) found.push({ by: striker.link.id, cause: 'void', frontier: frontierOf(striker) });
    else found.push(...forkOf(court, node.link.body.author, 'void'));
  }
  return found;
}

function forkOf(court: Court, device: DeviceId, cause: RemovalCause): readonly Against[] {
  const proof = proofOf(court, device);
  return (proof?.links ?? []).map((by) => ({ by, cause, frontier: null }));
}

function frontierOf(node: Node): Hash | null {
  const op = operationOf(node);
  return 'frontier' in op ? op.frontier : null;
}

function valid(court: Court, list: OpList): Node[] {
  return [...list.values()]
    .flat()
    .map((one) => court.nodes[one] as Node)
    .filter((node) => holds(court.set, node) && verdictOf(court, node) === VALID);
}

/** What speaks against a person as a whole, worked out once for all its devices. */
interface PersonCase {
  readonly leaves: readonly Node[];
  readonly demotions: readonly Node[];
  /** What struck the links that had let the person write, where it no longer may. */
  readonly fallen: readonly Against[];
}

interface Case {
  readonly court: Court;
  readonly persons: Map<PersonId, PersonCase>;
  readonly struck: Map<number, readonly Against[]>;
}

/** Ascending by chain, then by link. */
export function removalsIn(court: Court): readonly Removal[] {
  const found: Removal[] = [];
  const file: Case = { court, persons: new Map(), struck: new Map() };
  for (const [device, ops] of court.register.devices) {
    const forks = court.graph.forks.isForked(device) ? forkOf(court, device, 'forked') : [];
    const removes = valid(court, ops.removes);
    for (const { node: add, person } of ops.named) {
      if (!holds(court.set, add)) continue;
      const rows = [...(verdictOf(court, add) === VALID ? [...endings(file, add, removes, person), ...forks] : fallen(file, add))];
      const binding = bindingOf(court, device, court.set);
      if (binding !== null && binding.person !== person) rows.push({ by: binding.node.link.id, cause: 'void', frontier: null });
      for (const row of distinct(rows)) found.push({ device, addedBy: add.link.id, ...row });
    }
  }
  return found.sort((a, b) => order(a.addedBy, b.addedBy) || order(a.device, b.device) || order(a.by, b.by));
}

function endings(file: Case, add: Node, removes: readonly Node[], person: PersonId): readonly Against[] {
  const { leaves, demotions, fallen: silenced } = personCase(file, person);
  const unaware = (node: Node): boolean => !isBefore(node, add);
  const rows: Against[] = [];
  for (const node of [...removes, ...leaves].filter(unaware)) {
    rows.push({ by: node.link.id, cause: operationOf(node).type === 'succeed' ? 'succeeded' : 'removed', frontier: frontierOf(node) });
  }
  for (const node of demotions.filter(unaware)) rows.push({ by: node.link.id, cause: 'demoted', frontier: frontierOf(node) });
  return [...rows, ...silenced];
}

function personCase(file: Case, person: PersonId): PersonCase {
  const known = file.persons.get(person);
  if (known !== undefined) return known;
  const { court } = file;
  const { leaves, roles } = court.register.person(person);
  const silent = (roleOf(court, person, court.set, 'high') ?? EDITOR) < EDITOR;
  const lost = [...roles.values()].flat().map((one) => court.nodes[one] as Node);
  const fell = lost.filter((node) => holds(court.set, node) && verdictOf(court, node) !== VALID && roleIn(node) >= EDITOR);
  const made = {
    leaves: valid(court, leaves),
    demotions: demotionNodes(court, person).filter((node) => roleIn(node) < EDITOR),
    fallen: silent ? distinct(fell.flatMap((node) => fallen(file, node))) : [],
  };
  file.persons.set(person, made);
  return made;
}

/** What struck the link that this void one rests on; nothing when it never had authority. */
function fallen({ court, struck }: Case, node: Node): readonly Against[] {
  const root = court.roots[node.ordinal] ?? -1;
  if (root < 0) return [];
  const known = struck.get(root) ?? strikesOn(court, court.nodes[root] as Node);
  struck.set(root, known);
  return known;
}

function roleIn(node: Node): number {
  const op = operationOf(node);
  return op.type === 'set-role' || op.type === 'add-person' ? op.role : EDITOR;
}

/** Valid demotions of a member that no concurrent role change overruled. */
function demotionNodes(court: Court, person: PersonId): Node[] {
  const last = decidingRole(court, person, court.set);
  if (last === null) return [];
  return valid(court, court.register.person(person).roles).filter(
    (node) => demotes(court, node) && (node === last || isBefore(node, last)),
  );
}

export function demotionsIn(court: Court): readonly Demotion[] {
  const found: Demotion[] = [];
  for (const person of court.register.persons.keys()) {
    for (const node of demotionNodes(court, person))
      found.push({ person, by: node.link.id, role: roleName(roleIn(node)), frontier: frontierOf(node) });
  }
  return found.sort((a, b) => order(a.person, b.person) || order(a.by, b.by));
}

export function successionsIn(court: Court): readonly Succession[] {
  const found: Succession[] = [];
  for (const node of court.register.successions) {
    const op = operationOf(node);
    if (op.type === 'succeed' && holds(court.set, node) && verdictOf(court, node) === VALID)
      found.push({ previous: op.previous, next: op.next, by: node.link.id });
  }
  return found.sort((a, b) => order(a.previous, b.previous) || order(a.by, b.by));
}

function distinct(rows: readonly Against[]): readonly Against[] {
  return [...new Map(rows.map((row) => [`${row.cause} ${row.by}`, row])).values()];
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
