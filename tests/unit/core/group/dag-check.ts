/** Gives a small graph to the resolver in every order of delivery, and to the slow program once: all must say the same. */
import type { EpochId } from '@leanvibe/protocol/ids';
import { type Operation, type Role, ROLES } from '@leanvibe/protocol/link';
import { createGraph } from '@leanvibe/core/internal/group/graph';
import type { Link } from '@leanvibe/core/internal/group/link';
import type { Membership } from '@leanvibe/core/internal/group/membership';
import { createResolver } from '@leanvibe/core/internal/group/resolve';
import { type Act, type Dag, type Deed, deliveries } from './dags.js';
import { naive } from './naive.js';
import { act, device, foundWorld, linkFrom, snapshot } from './world.js';

const { genesis, space } = foundWorld('ann');
const NO_EPOCH = '' as EpochId;
const NAMES = ['ann', 'bob', 'cat'];

export interface Checked {
  readonly orders: number;
  /** Some link is void by what was done beside it. */
  readonly struck: boolean;
  /** What differs, in words; null when all say the same. */
  readonly fault: string | null;
}

function deviceName(dag: Dag, at: number): string {
  const { person, paper } = dag.devices[at] as Dag['devices'][number];
  return at === 0 ? 'ann.computer' : `${NAMES[person]}.${paper ? 'paper' : 'computer'}.${at}`;
}

function operationFrom(dag: Dag, deed: Deed, links: readonly Link[]): Operation {
  const person = (at: number): string => NAMES[at] as string;
  const role = (at: number): Role => ROLES[at] as Role;
  const named = (at: number): string => deviceName(dag, at);
  switch (deed.type) {
    case 'add-person':
      return act.addPerson(person(deed.person), role(deed.role), named(deed.device));
    case 'add-device':
      return act.addDevice(named(deed.device));
    case 'remove-device':
      return act.removeDevice(named(deed.device));
    case 'remove-person':
      return act.removePerson(person(deed.person));
    case 'set-role':
      return act.setRole(person(deed.person), role(deed.role));
    case 'succeed':
      return act.succeed(named(deed.previous), named(deed.next));
    case 'accept':
      return act.accept('change');
    case 'epoch': {
      const everybody = dag.devices.map((_, at) => named(at)).sort((a, b) => (device(a) < device(b) ? -1 : 1));
      return act.epoch(
        links.filter((_, at) => (deed.parents >> at) & 1),
        ...everybody,
      );
    }
    case 'grant':
      return act.grant(links[deed.epoch] as Link, named(deed.device));
  }
}

const made = new WeakMap<Act, Link>();

/** The links themselves, in the order in which they were written, without the genesis. Graphs that begin alike share their links. */
export function linksOf(dag: Dag): readonly Link[] {
  const links: Link[] = [];
  for (const one of dag.acts) {
    const link = made.get(one) ?? linkOf(dag, one, links);
    made.set(one, link);
    links.push(link);
  }
  return links;
}

function linkOf(dag: Dag, { parents, past, author, deed }: Act, links: readonly Link[]): Link {
  const writer = device(deviceName(dag, author));
  const own = links.filter((one, at) => (past >> at) & 1 && one.body.author === writer).map((one) => one.body.index + 1);
  const after = parents === 0 ? [genesis] : links.filter((_, at) => (parents >> at) & 1);
  return linkFrom({
    space,
    parents: after.map((one) => one.id).sort(),
    author: writer,
    index: Math.max(author === 0 ? 1 : 0, ...own),
    operation: operationFrom(dag, deed, links),
  });
}

function brief(membership: Membership, links: readonly Link[]): string {
  let text = '';
  for (const one of membership.persons) text += `${one.person} ${ROLES.indexOf(one.role)} ${one.devices.join()}\n`;
  for (const link of links) text += `${membership.verdict(link.id)}\n`;
  return text;
}

/** With a look after each link, as a device that applies what comes; `fixed` links came before. */
function receive(first: readonly Link[], rest: readonly Link[]): Membership {
  const graph = createGraph(space);
  const resolver = createResolver(graph);
  graph.add(genesis);
  for (const link of first) graph.add(link);
  // Asked of no epoch, it judges what is here and says nothing.
  resolver.holders(NO_EPOCH);
  for (const link of rest) {
    graph.add(link);
    resolver.holders(NO_EPOCH);
  }
  return resolver.now();
}

function* permutations(size: number, order: readonly number[] = []): Generator<readonly number[]> {
  if (order.length === size) yield order;
  for (let next = 0; next < size; next++) if (!order.includes(next)) yield* permutations(size, [...order, next]);
}

/**
 * Who is in and what each link is worth, by the slow program's word. `scrambled`: children may come before their parents.
 * `whole`: everything else a membership says must be alike in every order too.
 */
export function check(dag: Dag, fixed: number, { scrambled, whole }: { readonly scrambled: boolean; readonly whole: boolean }): Checked {
  const links = linksOf(dag);
  const first = links.slice(0, fixed);
  const rest = links.slice(fixed);
  const result = naive([genesis, ...links]);
  const right = `${result.members.map((one) => `${one}\n`).join('')}${links.map((link) => `${result.verdicts.get(link.id)}\n`).join('')}`;
  const acts = dag.acts.slice(fixed).map((one) => ({ ...one, past: one.past >> fixed }));
  let orders = 0;
  let before: string | null = null;
  let fault: string | null = null;
  for (const order of scrambled ? permutations(rest.length) : deliveries(acts)) {
    orders++;
    const membership = receive(
      first,
      order.map((at) => rest[at] as Link),
    );
    const got = brief(membership, links);
    const said = whole ? snapshot(membership) : '';
    if (got !== right) fault ??= `in the order ${order.join()}:\n${got}but the slow program says:\n${right}`;
    else if (before !== null && said !== before) fault ??= `in the order ${order.join()}:\n${said}\nbut in another:\n${before}`;
    before ??= said;
  }
  return {
    orders,
    struck: right.includes('struck') || right.includes('demoted'),
    fault: fault === null ? null : `${JSON.stringify(dag.acts)}\n${fault}`,
  };
}
