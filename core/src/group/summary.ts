/** Summary: reads a finished judgement into a Membership. Each part is worked out when first asked for, and only once. */
import type { ChangeId, DeviceId, LinkId } from '@leanvibe/protocol/ids';
import { epochsOf } from './epochs.js';
import { mailboxesIn } from './mailboxes.js';
import { type Court, reasonOf, VALID, verdictOf } from './judgement.js';
import type { DeviceState, Membership, PersonState, Removal, VoidLink } from './membership.js';
import { holds, type Node, operationOf } from './node.js';
import { roleName } from './rank.js';
import { byAge, cardIn, personOf, roleOf, seatOf } from './standing.js';
import { demotionsIn, removalsIn, strikesOn, successionsIn } from './removals.js';

export function summarise(court: Court): Membership {
  const persons = once(() => personsIn(court));
  const epochs = once(() => epochsOf(court));
  const removals = once(() => removalsIn(court));
  const devices = once(() => devicesIn(court, removals()));
  const byChain = once(() => groupBy(removals(), (one) => one.addedBy));
  const demotions = once(() => demotionsIn(court));
  const successions = once(() => successionsIn(court));
  const voids = once(() => voidsIn(court));
  const forkProofs = once(() => court.graph.forks.proofs(court.set));
  const accepted = once(() => new Set(validOf(court, court.register.accepts).flatMap(changesOf)));
  const dropped = once(
    () =>
      new Set(
        validOf(court, court.register.drops)
          .flatMap(changesOf)
          .filter((one) => !accepted().has(one)),
      ),
  );
  const mailboxes = once(() => mailboxesIn(court));
  const readOnly = once(() => persons().every((one) => one.role !== 'owner' || one.devices.length === 0));
  return {
    get persons() {
      return persons();
    },
    get devices() {
      return devices();
    },
    get voids() {
      return voids();
    },
    get epochs() {
      return epochs().states;
    },
    get maximalEpochs() {
      return epochs().maximal;
    },
    get usableEpochs() {
      return epochs().usable;
    },
    get rotationOwed() {
      return epochs().owed;
    },
    get removals() {
      return removals();
    },
    get demotions() {
      return demotions();
    },
    get forkProofs() {
      return forkProofs();
    },
    get accepted() {
      return accepted();
    },
    get dropped() {
      return dropped();
    },
    get successions() {
      return successions();
    },
    get mailboxes() {
      return mailboxes();
    },
    get readOnly() {
      return readOnly();
    },
    verdict(link) {
      const node = court.graph.node(link);
      if (node === null || !holds(court.set, node)) return null;
      return reasonOf(verdictOf(court, node)) ?? 'valid';
    },
    removalsOf: (addedBy) => byChain().get(addedBy) ?? [],
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}

function groupBy<K, T>(items: readonly T[], keyOf: (item: T) => K): ReadonlyMap<K, readonly T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

function validOf(court: Court, nodes: readonly Node[]): Node[] {
  return nodes
    .filter((node) => holds(court.set, node) && verdictOf(court, node) === VALID)
    .sort((a, b) => (a.link.id < b.link.id ? -1 : 1));
}

function changesOf(node: Node): readonly ChangeId[] {
  const op = operationOf(node);
  return op.type === 'accept' || op.type === 'drop' ? op.changes : [];
}

function personsIn(court: Court): readonly PersonState[] {
  const states: PersonState[] = [];
  for (const [person, ops] of court.register.persons) {
    const role = roleOf(court, person, court.set, 'high');
    if (role === null) continue;
    const devices = [...ops.devices].filter((device) => seatOf(court, device, court.set, 'high')?.person === person).sort();
    states.push({ person, role: roleName(role), devices });
  }
  return states.sort((a, b) => (a.person < b.person ? -1 : 1));
}

function devicesIn(court: Court, against: readonly Removal[]): ReadonlyMap<DeviceId, DeviceState> {
  const removals = groupBy(against, (one) => one.device);
  const states: DeviceState[] = [];
  for (const [device, ops] of court.register.devices) {
    const person = personOf(court, device, court.set);
    if (person === null) continue;
    const history = ops.named
      .filter((one) => one.person === person && holds(court.set, one.node) && verdictOf(court, one.node) === VALID)
      .map((one) => one.node);
    if (history.length === 0) continue;
    history.sort(byAge);
    const seat = seatOf(court, device, court.set, 'high');
    const add = seat?.add ?? (history[history.length - 1] as Node);
    const ended = (removals.get(device) ?? [])
      .filter((one) => one.addedBy === add.link.id && one.cause !== 'demoted' && one.cause !== 'void')
      .map((one) => one.by);
    states.push({
      device,
      person,
      card: cardIn(add, device),
      addedBy: add.link.id,
      state: seat === null ? 'removed' : 'live',
      removedBy: seat === null ? [...new Set(ended)].sort() : [],
      history: history.map((node) => node.link.id),
    });
  }
  return new Map(states.sort((a, b) => (a.device < b.device ? -1 : 1)).map((state) => [state.device, state]));
}

function voidsIn(court: Court): readonly VoidLink[] {
  const found: VoidLink[] = [];
  for (const node of court.nodes) {
    if (!holds(court.set, node)) continue;
    const reason = reasonOf(verdictOf(court, node));
    if (reason !== null) found.push({ link: node.link.id, reason, by: causesOf(court, node) });
  }
  return found.sort((a, b) => (a.link < b.link ? -1 : 1));
}

function causesOf(court: Court, node: Node): readonly LinkId[] {
  const root = court.roots[node.ordinal] ?? -1;
  if (root < 0) return [];
  if (root !== node.ordinal) return [(court.nodes[root] as Node).link.id];
  return [...new Set(strikesOn(court, node).map((one) => one.by))].sort();
}
