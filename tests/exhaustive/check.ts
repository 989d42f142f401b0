/**
 * Gives a small graph to the resolver in every order of delivery, and to the slow program once: all must say the same.
 *
 * A device that applies what comes looks after each link, and what it found then it grows. Graphs of up to three links are heard
 * like that, and not only verdicts but everything a judgement is made of must come out as it does for a device that looks once, at
 * the end. So where `looks` is `last two`, nothing is lost: what three links come to is the same whether grown or judged afresh, in
 * every order, and the growth by the fourth starts from it.
 */
import type { Link } from '@leanvibe/core/internal/group/link';
import { createGraph } from '@leanvibe/core/internal/group/graph';
import { codeOf, type Court, STANDS, STRUCK, VALID } from '@leanvibe/core/internal/group/judgement';
import type { Membership } from '@leanvibe/core/internal/group/membership';
import type { Node } from '@leanvibe/core/internal/group/node';
import { createRecall } from '@leanvibe/core/internal/group/recall';
import { createRegister } from '@leanvibe/core/internal/group/register';
import { decidingRole, seatOf } from '@leanvibe/core/internal/group/standing';
import { summarise } from '@leanvibe/core/internal/group/summary';
import { ROLES } from '@leanvibe/protocol/link';
import { naive } from '../unit/core/group/naive.js';
import { snapshot } from '../unit/core/group/world.js';
import { likeOf, saidVoidIn } from './alike.js';
import { ADMIN, type Dag } from './dags.js';
import { deviceAt, genesis, type Ids, linksOf, personAt, space } from './links.js';
import { ordersOf } from './orders.js';

export interface Manner {
  /** Links that came before, in one order. */
  readonly fixed: number;
  readonly scrambled: boolean;
  readonly looks: 'each' | 'last two';
  /** Every word a membership says must be alike too. */
  readonly whole: boolean;
  /** The graph that stands for this one must come to the same (alike.ts). */
  readonly beside: boolean;
}

export interface Checked {
  readonly orders: number;
  /** Some link is void by what was done beside it. */
  readonly struck: boolean;
  /** Another graph stands for it. */
  readonly stoodFor: boolean;
  /** What differs, in words; null when all say the same. */
  readonly fault: string | null;
}

/** The court after the last of these links. `from`: the first of them after which it looks. */
function hear(links: readonly Link[], order: readonly number[], fixed: number, from: number): Court {
  const graph = createGraph(space);
  const recall = createRecall({ graph, register: createRegister(graph.nodes) });
  graph.add(genesis);
  for (let at = 0; at < links.length; at++) {
    if (at >= from) recall.now();
    graph.add(links[at < fixed ? at : (order[at - fixed] as number) + fixed] as Link);
  }
  return recall.now().court;
}

/**
 * What became of each link, who is in and by which link, who is live by which, in numbers that do not tell the order of arrival.
 * Of a judgement it leaves out what nothing reads: why a link's author does not stand, and what rank a void link had.
 */
interface Outcome {
  readonly verdicts: readonly number[];
  readonly stands: readonly number[];
  readonly ranks: readonly number[];
  readonly roots: readonly number[];
  readonly contested: number;
  readonly roles: readonly number[];
  readonly seats: readonly number[];
}

function outcomeOf(court: Court, dag: Dag, links: readonly Link[]): Outcome {
  const places = new Map<Link, number>(links.map((link, at) => [link, at]));
  const placeOf = (node: Node | null): number => (node === null ? -1 : (places.get(node.link) ?? links.length));
  const ordinals = links.map((link) => (court.graph.node(link.id) as Node).ordinal);
  const at = (row: ArrayLike<number>): readonly number[] => ordinals.map((ordinal) => row[ordinal] as number);
  const verdicts = at(court.verdicts);
  return {
    verdicts,
    stands: at(court.stands).map((stand) => Math.max(stand, STRUCK)),
    ranks: at(court.ranks).map((rank, one) => (verdicts[one] === VALID ? rank : 0)),
    roots: at(court.roots).map((root) => placeOf(court.nodes[root] ?? null)),
    contested: court.contested.reduce((set, ordinal) => set | (1 << placeOf(court.nodes[ordinal] as Node)), 0),
    roles: Array.from({ length: dag.people }, (_, one) => placeOf(decidingRole(court, personAt(one), court.set))),
    seats: dag.devices.map((_, one) => placeOf(seatOf(court, deviceAt(dag, one), court.set, 'high')?.add ?? null)),
  };
}

const same = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((one, at) => one === b[at]);

/** Another link has its author and its index. */
function hasTwin({ body }: Link, links: readonly Link[]): boolean {
  return links.some((other) => other.body !== body && other.body.author === body.author && other.body.index === body.index);
}

function isSame(a: Outcome, b: Outcome): boolean {
  return (
    same(a.verdicts, b.verdicts) &&
    same(a.stands, b.stands) &&
    same(a.ranks, b.ranks) &&
    same(a.roots, b.roots) &&
    a.contested === b.contested &&
    same(a.roles, b.roles) &&
    same(a.seats, b.seats)
  );
}

function brief(membership: Membership, links: readonly Link[]): string {
  let text = '';
  for (const one of membership.persons) text += `${one.person} ${ROLES.indexOf(one.role)} ${one.devices.join()}\n`;
  for (const link of links) text += `${membership.verdict(link.id)}\n`;
  return text;
}

/** Two devices that do not know of each other give one person different roles: ids may decide. */
function isTied({ acts }: Dag): boolean {
  return acts.some(({ author, deed, past }, at) =>
    acts.some(
      (other, earlier) =>
        earlier < at &&
        ((past >> earlier) & 1) === 0 &&
        author !== other.author &&
        'role' in deed &&
        'role' in other.deed &&
        deed.person === other.deed.person &&
        deed.role !== other.deed.role,
    ),
  );
}

/** With ids that ascend, and where they may decide with ids that descend. */
export function check(dag: Dag, manner: Manner): Checked {
  // Told in one order only: nothing to compare, and what grows link by link was compared in shorter graphs.
  if (manner.looks === 'last two' && ordersOf(dag.acts, manner.fixed, manner.scrambled).length === 1)
    return { orders: 1, struck: false, stoodFor: false, fault: null };
  const up = checkWith(dag, manner, 'up');
  if (!isTied(dag)) return up;
  const down = checkWith(dag, manner, 'down');
  return { ...up, orders: up.orders + down.orders, struck: up.struck || down.struck, fault: up.fault ?? down.fault };
}

function checkWith(dag: Dag, manner: Manner, ids: Ids): Checked {
  const { fixed, scrambled, looks, whole, beside } = manner;
  const links = linksOf(dag, ids);
  const result = naive([genesis, ...links]);
  const right = `${result.members.map((one) => `${one}\n`).join('')}${links.map((link) => `${result.verdicts.get(link.id)}\n`).join('')}`;
  const orders = ordersOf(dag.acts, fixed, scrambled);
  const from = looks === 'each' ? fixed : links.length - 1;
  const once = hear(links, orders[0] as readonly number[], fixed, links.length);
  const outcome = outcomeOf(once, dag, links);
  const said = summarise(once);
  const words = whole ? snapshot(said) : '';
  const faults: string[] = [];
  if (brief(said, links) !== right) faults.push(`it says:\n${brief(said, links)}but the slow program:\n${right}`);
  const forked = links.map((link, at) => dag.devices[dag.acts[at]?.author as number]?.paper === false && hasTwin(link, links));
  for (const order of orders) {
    // Nothing is grown by a link whose author forked (judge.ts), so a look before it shows nowhere.
    const idle = looks === 'last two' && forked[(order[order.length - 1] as number) + fixed];
    const court = hear(links, order, fixed, idle ? links.length : from);
    const got = outcomeOf(court, dag, links);
    if (!isSame(got, outcome))
      faults.push(`in the order ${order.join()}:\n${JSON.stringify(got)}\nbut looking once:\n${JSON.stringify(outcome)}`);
    else if (whole && snapshot(summarise(court)) !== words)
      faults.push(`in the order ${order.join()}:\n${snapshot(summarise(court))}\nbut looking once:\n${words}`);
  }
  const like = beside ? likeOf(dag) : dag;
  const stoodFor = like.acts !== dag.acts;
  if (stoodFor) faults.push(...unlike(dag, like, outcome, ids));
  const fault = faults[0] === undefined ? null : `${JSON.stringify(dag.acts)}, ids ${ids}\n${faults[0]}`;
  return { orders: orders.length, struck: right.includes('struck') || right.includes('demoted'), stoodFor, fault };
}

/** What the graph that stands for this one has otherwise, where it must not. */
function unlike(dag: Dag, like: Dag, outcome: Outcome, ids: Ids): string[] {
  const links = linksOf(like, ids);
  const other = outcomeOf(hear(links, ordersOf(like.acts, 0, false)[0] as readonly number[], 0, links.length), like, links);
  const differ: string[] = [];
  // Somebody below admin who gives another a role fails for that or for there being nobody, as the roles of the two compare.
  const worth = (verdict: number): number => (verdict === codeOf('no-target') ? codeOf('rank') : verdict);
  const low = (stand: number): number => (stand >= STANDS && stand < STANDS + ADMIN ? STANDS : stand);
  dag.acts.forEach((act, at) => {
    const kept = act.deed.type === like.acts[at]?.deed.type;
    if (kept && worth(outcome.verdicts[at] as number) !== worth(other.verdicts[at] as number)) differ.push(`the verdict on link ${at}`);
    if (low(outcome.stands[at] as number) !== low(other.stands[at] as number)) differ.push(`the standing of link ${at}`);
    if (kept && outcome.ranks[at] !== other.ranks[at]) differ.push(`the rank of link ${at}`);
  });
  for (const at of saidVoidIn(dag)) if (outcome.verdicts[at] === VALID) differ.push(`link ${at}, which is said to be void, is valid`);
  const names = namedIn(like);
  for (const one of names.people) if (outcome.roles[one] !== other.roles[one]) differ.push(`what decides the role of person ${one}`);
  for (const one of names.devices) if (outcome.seats[one] !== other.seats[one]) differ.push(`the seat of device ${one}`);
  return differ.map((one) => `${JSON.stringify(like.acts)} has otherwise: ${one}`);
}

function namedIn({ acts }: Dag): { readonly people: ReadonlySet<number>; readonly devices: ReadonlySet<number> } {
  const adds = acts.map(({ deed }) => deed).filter((deed) => deed.type === 'add-person' || deed.type === 'add-device');
  return {
    people: new Set([0, ...adds.flatMap((deed) => (deed.type === 'add-person' ? [deed.person] : []))]),
    devices: new Set([0, ...adds.map((deed) => deed.device)]),
  };
}
