/**
 * Every small membership graph there is, by numbers: each link any deed of any known device after any antichain of earlier links.
 * Graphs that differ only in the names of people and devices, or in which of two links is thought of first, come once.
 */
import { isAlike, isVoidAnyhow, saysNothing } from './alike.js';
import { basisOf, isFirst, keyOf, type Names, namesOf } from './dag-order.js';

/** People and devices are numbered in the order in which they are first named; the founder and the founding device are 0. */
export type Deed =
  | { readonly type: 'add-person'; readonly person: number; readonly role: number; readonly device: number }
  | { readonly type: 'add-device'; readonly device: number; readonly paper: boolean }
  | { readonly type: 'remove-device'; readonly device: number }
  | { readonly type: 'remove-person'; readonly person: number }
  | { readonly type: 'set-role'; readonly person: number; readonly role: number }
  | { readonly type: 'succeed'; readonly previous: number; readonly next: number }
  | { readonly type: 'accept' }
  /** `parents` and `epoch` number links. Parents need not lie in the past: their secrets may be known without their link. */
  | { readonly type: 'epoch'; readonly parents: number }
  | { readonly type: 'grant'; readonly epoch: number; readonly device: number };

/** Sets of links are bit sets of their numbers. */
export interface Act {
  readonly parents: number;
  readonly past: number;
  readonly author: number;
  readonly deed: Deed;
}

export interface Device {
  readonly person: number;
  readonly paper: boolean;
}

export interface Dag {
  readonly acts: readonly Act[];
  readonly devices: readonly Device[];
  readonly people: number;
}

export const FOUNDED: Dag = { acts: [], devices: [{ person: 0, paper: false }], people: 1 };
const PEOPLE_MAX = 3;
export const [VIEWER, EDITOR, ADMIN, OWNER] = [0, 1, 2, 3] as const;
const ROLES = [VIEWER, EDITOR, ADMIN, OWNER];

/** Which deeds a family of graphs is made of. `own`: by the person it is about. */
export type Family = (deed: Deed, own: boolean) => boolean;

interface Known {
  readonly people: ReadonlySet<number>;
  readonly devices: ReadonlySet<number>;
  readonly epochs: readonly number[];
}

/** The highest role any link of the past gives the person, valid or not; -1 for none. */
export function roleGiven(dag: Dag, past: number, person: number): number {
  return dag.acts.reduce(
    (role, { deed }, at) =>
      (past >> at) & 1 && (deed.type === 'add-person' || deed.type === 'set-role') && deed.person === person
        ? Math.max(role, deed.role)
        : role,
    person === 0 ? OWNER : -1,
  );
}

function knownIn(dag: Dag, past: number): Known {
  const known = { people: new Set([0]), devices: new Set([0]), epochs: [] as number[] };
  dag.acts.forEach(({ deed }, at) => {
    if (((past >> at) & 1) === 0) return;
    if (deed.type === 'add-person') known.people.add(deed.person);
    if (deed.type === 'add-person' || deed.type === 'add-device') known.devices.add(deed.device);
    if (deed.type === 'epoch') known.epochs.push(at);
  });
  return known;
}

/**
 * What the device may say there. Left out is only what its past alone makes void however the rest is judged (a target or epoch never
 * named there, a role nobody ever gave): that counts for nothing but as a link of its line, and `accept` stands for it.
 */
function* deedsOf(dag: Dag, author: number, past: number, known: Known): Generator<Deed> {
  const { person } = dag.devices[author] as Device;
  const highest = roleGiven(dag, past, person);
  const fresh = dag.devices.length;
  const owned = (device: number): boolean => dag.devices[device]?.person === person;
  if (highest >= ADMIN)
    for (let other = 0; other < Math.min(dag.people + 1, PEOPLE_MAX); other++)
      for (const role of ROLES)
        if (role <= highest) {
          const first = dag.devices.findIndex((one) => one.person === other);
          yield { type: 'add-person', person: other, role, device: first < 0 ? fresh : first };
        }
  for (const paper of [false, true]) yield { type: 'add-device', device: fresh, paper };
  for (const [device, { paper }] of dag.devices.entries()) if (owned(device)) yield { type: 'add-device', device, paper };
  for (const device of known.devices) if (highest >= ADMIN || owned(device)) yield { type: 'remove-device', device };
  for (const other of known.people)
    if (highest >= ADMIN || other === person) {
      yield { type: 'remove-person', person: other };
      for (const role of ROLES) if (role <= highest) yield { type: 'set-role', person: other, role };
    }
  for (const previous of known.devices)
    for (const next of known.devices) if (previous !== next && owned(previous) && owned(next)) yield { type: 'succeed', previous, next };
  yield { type: 'accept' };
  if (highest < EDITOR) return;
  const within = known.epochs.reduce((set, at) => set | (1 << at), 0);
  const outside = dag.acts.reduce((set, act, at) => (act.deed.type === 'epoch' && ((past >> at) & 1) === 0 ? set | (1 << at) : set), 0);
  yield { type: 'epoch', parents: within };
  if (outside !== 0) yield { type: 'epoch', parents: within | outside };
  for (const epoch of known.epochs.slice(-1)) for (const device of known.devices) yield { type: 'grant', epoch, device };
}

function withAct(dag: Dag, act: Act): Dag {
  const { deed } = act;
  const acts = [...dag.acts, act];
  if (deed.type === 'add-person' && deed.device === dag.devices.length)
    return { acts, devices: [...dag.devices, { person: deed.person, paper: false }], people: Math.max(dag.people, deed.person + 1) };
  if (deed.type === 'add-device' && deed.device === dag.devices.length)
    return {
      acts,
      devices: [...dag.devices, { person: (dag.devices[act.author] as Device).person, paper: deed.paper }],
      people: dag.people,
    };
  return { ...dag, acts };
}

/** The graph with one more link after everything: how a team is made that graphs then start from. */
export function after(dag: Dag, author: number, deed: Deed): Dag {
  const past = (1 << dag.acts.length) - 1;
  return withAct(dag, { parents: past & ~(past >> 1), past, author, deed });
}

export interface Wanted {
  readonly base: Dag;
  readonly family: Family;
  /** Links after the base. */
  readonly length: number;
  /** One graph for all that are alike (alike.ts). */
  readonly alike: boolean;
}

/** Of the graphs one link short of their length, by number, those grown on: every `of`th from `from` on. */
export interface Share {
  readonly from: number;
  readonly of: number;
}

/** A graph in the making: what must be written before each of its links, their keys and the names these gave. */
interface Sprout {
  readonly dag: Dag;
  readonly basis: readonly number[];
  readonly keys: readonly number[];
  readonly names: Names;
}

/** All graphs of `length` more links than `base`, each once. */
export function* dags({ base, family, length, alike }: Wanted, { from, of }: Share = { from: 0, of: 1 }): Generator<Dag> {
  const fixed = base.acts.length;
  const everything = (1 << fixed) - 1;
  let counted = 0;
  function* grow(sprout: Sprout): Generator<Dag> {
    const { dag, keys } = sprout;
    const size = dag.acts.length;
    const last = size === fixed + length - 1;
    if (last && counted++ % of !== from) return;
    for (let past = everything; past < 1 << size; past++) {
      if ((past & everything) !== everything || dag.acts.some((act, at) => (past >> at) & 1 && act.past & ~past)) continue;
      const parents = dag.acts.reduce((set, act, at) => ((past >> at) & 1 ? set & ~act.past : set), past);
      const known = knownIn(dag, past);
      for (const author of known.devices)
        for (const deed of deedsOf(dag, author, past, known)) {
          if (!family(deed, 'person' in deed && deed.person === dag.devices[author]?.person)) continue;
          const act = { parents, past, author, deed };
          if (alike && (saysNothing(deed) || isVoidAnyhow(dag, act))) continue;
          const names = { people: [...sprout.names.people], devices: [...sprout.names.devices] };
          const key = keyOf(act, null, names);
          if (keys.includes(key)) continue;
          const acts = [...dag.acts, act];
          const basis = [...sprout.basis, basisOf(dag.acts, act)];
          const grownKeys = [...keys, key];
          if (!isFirst(acts, basis, grownKeys, fixed)) continue;
          const grown = withAct(dag, act);
          if (!last) yield* grow({ dag: grown, basis, keys: grownKeys, names });
          else if (!alike || isAlike(grown)) yield grown;
        }
    }
  }
  const names = namesOf();
  const keys = base.acts.map((act) => keyOf(act, null, names));
  yield* grow({ dag: base, basis: base.acts.map((act) => act.past), keys, names });
}
