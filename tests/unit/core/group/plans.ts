/** Which small graphs are looked at: all of them up to three links, four by families of deeds, and more of both in the long run. */
import { type Dag, type Family, FOUNDED, after } from './dags.js';

export interface Plan {
  readonly name: string;
  readonly base: Dag;
  readonly family: Family;
  /** Links after the base. */
  readonly length: number;
  /** Also orders that bring children before their parents. */
  readonly scrambled: boolean;
  /** Every word a membership says, not only who is in and what each link is worth. */
  readonly whole: boolean;
  readonly long: boolean;
}

const [VIEWER, EDITOR, ADMIN, OWNER] = [0, 1, 2, 3] as const;

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

/** Devices of owners: added, removed, copied, added again. */
const computers: Family = (deed) =>
  (deed.type === 'add-device' && !deed.paper) || deed.type === 'remove-device' || (deed.type === 'add-person' && deed.role === OWNER);

function team(bob: number, cat: number): Dag {
  const two = after(FOUNDED, 0, { type: 'add-person', person: 1, role: bob, device: 1 });
  return after(two, 0, { type: 'add-person', person: 2, role: cat, device: 2 });
}

const plan = (name: string, base: Dag, family: Family, length: number, more: Partial<Plan> = {}): Plan => ({
  name,
  base,
  family,
  length,
  scrambled: false,
  whole: false,
  long: false,
  ...more,
});

export const PLANS: readonly Plan[] = [
  plan('genesis and 2, everything', FOUNDED, everything, 2, { scrambled: true, whole: true }),
  plan('genesis and 3, everything', FOUNDED, everything, 3, { whole: true }),
  plan('genesis and 4, people', FOUNDED, people, 4),
  plan('genesis and 4, computers', FOUNDED, computers, 4),
  plan('genesis and 4, keys', FOUNDED, keys, 4, { whole: true }),
  plan('owner, admin, editor and 2, everything', team(ADMIN, EDITOR), everything, 2, { whole: true }),
  plan('three owners and 3, rivals', team(OWNER, OWNER), rivals, 3),
  plan('three owners and 2, everything', team(OWNER, OWNER), everything, 2, { whole: true, long: true }),
  plan('owner, two admins and 3, people', team(ADMIN, ADMIN), people, 3, { long: true }),
  plan('genesis and 4, everything', FOUNDED, everything, 4, { long: true }),
  plan('genesis and 5, rivals', FOUNDED, rivals, 5, { whole: true, long: true }),
  plan('genesis and 5, computers', FOUNDED, computers, 5, { long: true }),
  plan('genesis and 5, keys', FOUNDED, keys, 5, { whole: true, long: true }),
];
