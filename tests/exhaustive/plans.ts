/** Which small graphs are looked at. */
import type { Manner } from './check.js';
import { ADMIN, type Dag, EDITOR, type Family, FOUNDED, OWNER, VIEWER, type Wanted, after } from './dags.js';

export interface Plan extends Wanted, Omit<Manner, 'fixed'> {
  readonly name: string;
  /** 1 for all of them; else one in so many of the graphs one link shorter is grown on. */
  readonly oneIn: number;
  readonly long: boolean;
}

const everything: Family = () => true;

/** Who may be here and in which role: what people do to each other. */
const people: Family = (deed, own) =>
  deed.type === 'remove-person' ||
  (deed.type === 'add-person' && deed.role >= ADMIN) ||
  (deed.type === 'set-role' && !own && deed.role === EDITOR);

/** Epochs and grants among people who may write and lose it. */
const keys: Family = (deed, own) =>
  deed.type === 'epoch' ||
  deed.type === 'grant' ||
  (deed.type === 'remove-person' && !own) ||
  (deed.type === 'add-person' && deed.role === EDITOR) ||
  (deed.type === 'set-role' && deed.role === VIEWER && !own);

/** Owners who remove each other and bring others in. */
const rivals: Family = (deed, own) => (deed.type === 'remove-person' && !own) || (deed.type === 'add-person' && deed.role === OWNER);

function team(bob: number, cat: number): Dag {
  const two = after(FOUNDED, 0, { type: 'add-person', person: 1, role: bob, device: 1 });
  return after(two, 0, { type: 'add-person', person: 2, role: cat, device: 2 });
}

const plan = (name: string, base: Dag, family: Family, length: number, more: Partial<Plan> = {}): Plan => ({
  name,
  base,
  family,
  length,
  alike: false,
  scrambled: false,
  looks: 'each',
  whole: false,
  beside: false,
  oneIn: 1,
  long: false,
  ...more,
});

export const PLANS: readonly Plan[] = [
  plan('genesis and 2, everything', FOUNDED, everything, 2, { scrambled: true, whole: true, beside: true }),
  plan('genesis and 3, everything', FOUNDED, everything, 3, { beside: true }),
  plan('genesis and 3, everything, every word', FOUNDED, everything, 3, { alike: true, whole: true }),
  plan('genesis and 3, keys, every word', FOUNDED, keys, 3, { whole: true }),
  plan('genesis and 4, everything', FOUNDED, everything, 4, { alike: true, looks: 'last two' }),
  plan('genesis and 4, one in 2,000, one by one', FOUNDED, everything, 4, { whole: true, beside: true, oneIn: 2_000 }),
  plan('owner, admin, editor and 2, everything', team(ADMIN, EDITOR), everything, 2, { whole: true }),
  plan('three owners and 3, rivals', team(OWNER, OWNER), rivals, 3),
  plan('three owners and 2, everything', team(OWNER, OWNER), everything, 2, { whole: true, long: true }),
  plan('owner, two admins and 3, people', team(ADMIN, ADMIN), people, 3, { long: true }),
  plan('genesis and 3, everything, one by one, every word', FOUNDED, everything, 3, { whole: true, long: true }),
  plan('genesis and 4, keys', FOUNDED, keys, 4, { whole: true, long: true }),
  plan('genesis and 4, everything, one by one', FOUNDED, everything, 4, { beside: true, long: true }),
  plan('genesis and 5, everything', FOUNDED, everything, 5, { alike: true, looks: 'last two', long: true }),
  plan('genesis and 5, keys', FOUNDED, keys, 5, { whole: true, long: true }),
];
