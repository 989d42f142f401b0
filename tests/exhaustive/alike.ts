/**
 * Which graphs are alike beyond names: where one stands for many, because what sets them apart is read by no other link.
 *
 * A deed is mute when no other link's verdict can depend on it. `accept` is, and stands for the others that are:
 * - `epoch` and `grant`: no rule of membership reads them but the one that judges a grant.
 * - An addition of somebody or of a computer that writes nothing and is not named again: rules read additions by who is added.
 *   A paper device is read through its person's rank too, so nothing may aim at that person.
 * - What its own past makes void however that past is judged (`isVoidAnyhow`), or a fork that no witness can answer (`convictedIn`),
 *   where it binds no device to a person for the first time.
 * The verdict on a mute deed is a function of its author's standing, role and target there, by G8 to G13; so standings are compared,
 * not only verdicts. Roles are read as `admin or above`, `owner`, and by comparison with roles of the same person; viewer and editor
 * differ in epochs and grants alone. So where nothing is sealed they may be swapped for each other if order is kept, or, for
 * somebody who writes nothing, whatever the order. What then changes is only which of two reasons is named, `rank` or `no-target`, where
 * somebody below admin gives a role to somebody who is not there.
 *
 * None of this is taken on trust: each run puts every graph of genesis and 3 links, and a share of those of genesis and 4, beside the
 * one that stands for it, and wants the same standing, rank and verdict of every link and the same members; the long run does so for
 * all of genesis and 4.
 */
import { type Act, ADMIN, type Dag, type Deed, EDITOR, OWNER, roleGiven, VIEWER } from './dags.js';

const ACCEPT: Deed = { type: 'accept' };

export function saysNothing(deed: Deed): boolean {
  return deed.type === 'epoch' || deed.type === 'grant';
}

const aimsAt = (dag: Dag, person: number, { deed }: Act): boolean => {
  if (deed.type === 'remove-device') return dag.devices[deed.device]?.person === person;
  if (deed.type === 'succeed') return dag.devices[deed.previous]?.person === person;
  return (deed.type === 'remove-person' || deed.type === 'set-role') && deed.person === person;
};

const ends = (dag: Dag, device: number, { deed }: Act): boolean =>
  (deed.type === 'remove-device' && deed.device === device) ||
  (deed.type === 'succeed' && deed.previous === device) ||
  (deed.type === 'remove-person' && deed.person === dag.devices[device]?.person);

/**
 * True when the link is void whichever links of its past turn out to be valid: who is there already is added again, or who was never
 * anything but an owner is acted on with less.
 */
export function isVoidAnyhow(dag: Dag, act: Act): boolean {
  const past = dag.acts.filter((_, at) => (act.past >> at) & 1);
  const { deed, author } = act;
  const own = dag.devices[author]?.person as number;
  switch (deed.type) {
    case 'add-person':
      // Its author is a member, or it is void for that; the founder is one until removed; and whom it added itself it added.
      if (deed.person === own) return true;
      return (
        !past.some((one) => one.deed.type === 'remove-person' && one.deed.person === deed.person) &&
        (deed.person === 0 || repeats(dag, act, past))
      );
    case 'add-device':
      if (deed.device === author) return true;
      return !past.some((one) => ends(dag, deed.device, one)) && (deed.device === 0 || repeats(dag, act, past));
    case 'remove-person':
    case 'set-role':
      return deed.person !== own && roleGiven(dag, act.past, own) < OWNER && isOwnerOnly(past, deed.person);
    case 'remove-device':
      return isAbove(dag, act, past, deed.device);
    case 'succeed':
      return isAbove(dag, act, past, deed.previous);
    default:
      return false;
  }
}

/** The founding device adds again what it added before, and nobody in between aimed at it: whatever voids the first voids the second. */
function repeats(dag: Dag, { author, deed }: Act, past: readonly Act[]): boolean {
  if (author !== 0 || past.some((one) => aimsAt(dag, 0, one))) return false;
  return past.some(
    (one) =>
      one.author === 0 &&
      ((deed.type === 'add-person' && one.deed.type === 'add-person' && one.deed.person === deed.person) ||
        (deed.type === 'add-device' && one.deed.type === 'add-device' && one.deed.device === deed.device)),
  );
}

/** No link of the past gives the person less than an owner's role. */
function isOwnerOnly(past: readonly Act[], person: number): boolean {
  return past.every(
    ({ deed }) => !((deed.type === 'add-person' || deed.type === 'set-role') && deed.person === person) || deed.role === OWNER,
  );
}

/** The device is an owner's, if anybody's, and outranks the author: as paper, or because the author never was an owner. */
function isAbove(dag: Dag, { past: set, author }: Act, past: readonly Act[], device: number): boolean {
  const { person, paper } = dag.devices[device] as Dag['devices'][number];
  const by = dag.devices[author] as Dag['devices'][number];
  if (!isOwnerOnly(past, person) || past.some(({ deed }) => deed.type === 'remove-person' && deed.person === person)) return false;
  return (paper && !by.paper) || (by.person !== person && roleGiven(dag, set, by.person) < OWNER);
}

/** Each link's place in its author's line; the founding device wrote the genesis. */
function indicesOf({ acts }: Dag): readonly number[] {
  const indices: number[] = [];
  for (const { author, past } of acts) {
    const own = acts
      .slice(0, indices.length)
      .flatMap((one, at) => ((past >> at) & 1 && one.author === author ? [(indices[at] as number) + 1] : []));
    indices.push(Math.max(author === 0 ? 1 : 0, ...own));
  }
  return indices;
}

/**
 * The links that are void whatever the rest is worth: those of a computer from the index on that two of its links share, where no link
 * of another person who ever was an admin stands on them; and those of devices that only such links add.
 */
function convictedIn(dag: Dag): number {
  const { acts, devices } = dag;
  const indices = indicesOf(dag);
  const all = (1 << acts.length) - 1;
  const everAdmin = devices.map(({ person }) => roleGiven(dag, all, person) >= ADMIN);
  let convicted = 0;
  acts.forEach(({ author }, at) => {
    const { person, paper } = devices[author] as Dag['devices'][number];
    const shared = acts.filter(
      (one, other) =>
        one.author === author &&
        acts.some(
          (twin, beside) =>
            beside !== other &&
            twin.author === author &&
            indices[beside] === indices[other] &&
            (indices[other] as number) <= (indices[at] as number),
        ),
    );
    const saved = acts.some((one) => (one.past >> at) & 1 && everAdmin[one.author] && devices[one.author]?.person !== person);
    const adds = acts.flatMap(({ deed }, add) =>
      (deed.type === 'add-person' || deed.type === 'add-device') && deed.device === author ? [add] : [],
    );
    if ((shared.length > 0 && !paper && !saved) || (author !== 0 && adds.every((add) => (convicted >> add) & 1))) convicted |= 1 << at;
  });
  return convicted;
}

/** It adds, or may add, somebody to whom no link before it bound the device. */
function binds({ acts }: Dag, { past, deed }: Act): boolean {
  if (deed.type !== 'add-person' && deed.type !== 'add-device') return false;
  return (
    deed.device !== 0 &&
    !acts.some(
      (one, at) =>
        (past >> at) & 1 && (one.deed.type === 'add-person' || one.deed.type === 'add-device') && one.deed.device === deed.device,
    )
  );
}

/** How often links write by, add or name the device or person, whichever `of` says. */
function mentions(dag: Dag, of: (act: Act) => readonly number[], wanted: number): number {
  return dag.acts.reduce((count, act) => count + of(act).filter((one) => one === wanted).length, 0);
}

const devicesOf = ({ author, deed }: Act): readonly number[] => {
  if (deed.type === 'succeed') return [author, deed.previous, deed.next];
  return 'device' in deed ? [author, deed.device] : [author];
};
const peopleOf = ({ deed }: Act): readonly number[] => ('person' in deed ? [deed.person] : []);

function isMute(dag: Dag, at: number, convicted: number): boolean {
  const act = dag.acts[at] as Act;
  const { deed } = act;
  if (deed.type === 'accept') return false;
  if (saysNothing(deed) || isVoidAnyhow(dag, act) || ((convicted >> at) & 1 && !binds(dag, act))) return true;
  if (deed.type === 'add-person') return mentions(dag, devicesOf, deed.device) === 1 && mentions(dag, peopleOf, deed.person) === 1;
  if (deed.type !== 'add-device' || mentions(dag, devicesOf, deed.device) > 1) return false;
  const person = dag.devices[deed.device]?.person;
  return (
    !deed.paper ||
    !dag.acts.some((one) => (one.deed.type === 'remove-person' || one.deed.type === 'set-role') && one.deed.person === person)
  );
}

/** The low roles the person is given, as a graph that stands for others has them. */
function rolesStand(dag: Dag, person: number): boolean {
  const given = new Set(dag.acts.flatMap(({ deed }) => ('role' in deed && deed.person === person ? [deed.role] : [])));
  return !given.has(VIEWER) || (given.has(EDITOR) && dag.acts.some(({ author }) => dag.devices[author]?.person === person));
}

/** True when the graph stands for those that are alike. */
export function isAlike(dag: Dag): boolean {
  for (let person = 0; person < dag.people; person++) if (!rolesStand(dag, person)) return false;
  const convicted = convictedIn(dag);
  return !dag.acts.some((_, at) => isMute(dag, at, convicted));
}

/** The links of which alike.ts says that they are void. */
export function saidVoidIn(dag: Dag): readonly number[] {
  const convicted = convictedIn(dag);
  return dag.acts.flatMap((act, at) => ((convicted >> at) & 1 || isVoidAnyhow(dag, act) ? [at] : []));
}

/** The graph that stands for this one; links keep their numbers, people and devices too. */
export function likeOf(dag: Dag): Dag {
  let acts = dag.acts;
  const nextMute = (): number => {
    const convicted = convictedIn({ ...dag, acts });
    return acts.findIndex((_, at) => isMute({ ...dag, acts }, at, convicted));
  };
  for (let at = nextMute(); at >= 0; at = nextMute()) acts = acts.with(at, { ...(acts[at] as Act), deed: ACCEPT });
  for (let person = 0; person < dag.people; person++)
    if (!rolesStand({ ...dag, acts }, person))
      acts = acts.map((act) =>
        'role' in act.deed && act.deed.person === person && act.deed.role < ADMIN ? { ...act, deed: { ...act.deed, role: EDITOR } } : act,
      );
  return { ...dag, acts };
}
