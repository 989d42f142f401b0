/** What every live device of a team must show alike: members, roles, keys in use, verdicts, words; and that no kept word is lost (P1, P2). */
import type { SpaceView } from '@leanvibe/core/internal/engine/api';
import { ROLES } from '@leanvibe/protocol/link';
import { toHex, type DocumentId } from '@leanvibe/protocol/ids';
import { expect } from 'vitest';
import type { Seat, Team } from './team.js';
import { naive } from '../unit/core/group/naive.js';
import { groupOf, inOrder, linksOnDisk, quarantinedText } from './team-disk.js';

export interface Picture {
  /** `name role devices`, by name. */
  readonly members: readonly string[];
  readonly readOnly: boolean;
  /** Epochs a writer may use, lowest first. */
  readonly usable: readonly string[];
  readonly debts: readonly string[];
  /** `document change verdict` of everything that was not refused. */
  readonly verdicts: readonly string[];
  /** Of documents without drafts: what one device alone knows is not for comparing. */
  readonly states: readonly string[];
}

/** Documents this device has drafts of: kept here, and told to nobody yet. */
export async function drafted({ space }: Team, { now }: Seat): Promise<readonly DocumentId[]> {
  const audit = await now.engine.audit(space);
  return (audit?.documents ?? []).filter(({ drafts }) => drafts > 0).map(({ document }) => document);
}

export function viewOf({ space }: Team, { now }: Seat): SpaceView {
  const view = now.engine.spaces().find((one) => one.space === space);
  if (view === undefined) throw new Error(`${now.name} is not in the space`);
  return view;
}

/** Members as a story tells them: `ana owner`. */
export const membersAt = (team: Team, seat: Seat): readonly string[] =>
  viewOf(team, seat)
    .persons.map(({ person, role }) => `${team.nameOf(person)} ${role}`)
    .sort();

export async function textAt({ space }: Team, { now }: Seat, document: DocumentId): Promise<string> {
  return ((await now.view(document, { type: 'note' }, 'yjs', space)) as { readonly text: string }).text;
}

/** Words in no order: concurrent ones stand in an order of their own, which `states` compares. */
export const wordsAt = async (team: Team, seat: Seat, document: DocumentId): Promise<readonly string[]> =>
  (await textAt(team, seat, document)).split(' ').filter(Boolean).sort();

export async function quarantinedAt(team: Team, seat: Seat, document: DocumentId): Promise<readonly string[]> {
  const text = await quarantinedText(seat.now, team.space, document);
  return team.kept
    .filter((one) => one.document === document && text.includes(`${one.word} `))
    .map(({ word }) => word)
    .sort();
}

export async function pictureOf(team: Team, seat: Seat): Promise<Picture> {
  const { engine } = seat.now;
  await engine.settled();
  const view = viewOf(team, seat);
  const audit = await engine.audit(team.space);
  if (audit === null) throw new Error('no audit');
  // Another road to the same answer: the links on the disk, judged afresh.
  const group = groupOf(team.space, await linksOnDisk(seat.now, team.space));
  const member = ({ person, role, devices }: SpaceView['persons'][number]): string =>
    `${team.nameOf(person)} ${role} ${devices.map(team.nameOf).sort().join('+')}`;
  const members = view.persons.map(member).sort();
  expect(
    group
      .persons()
      .map((one) => member({ ...one, self: false }))
      .sort(),
    `${seat.name}: members anew`,
  ).toEqual(members);
  expect(audit.leakedEpochs, `${seat.name}: no key to whom its author knew removed`).toEqual([]);
  const unsound = audit.documents.filter((one) => !one.sound || one.wrongVerdicts.length > 0);
  expect(unsound, `${seat.name}: sound`).toEqual([]);
  const states: string[] = [];
  for (const { document, drafts } of audit.documents)
    if (drafts === 0) states.push(`${document} ${toHex((await engine.canonical(team.space, document)) ?? new Uint8Array(0))}`);
  return {
    members,
    readOnly: view.readOnly,
    usable: group.usableEpochs(),
    debts: view.debts.map(({ device, reason }) => `${team.nameOf(device)} ${reason}`).sort(),
    verdicts: audit.documents
      .flatMap(({ document, changes }) => changes.map(({ change, verdict }) => `${document.slice(0, 8)} ${change.slice(0, 12)} ${verdict}`))
      .filter((line) => !/ (refused|waiting)/.test(line))
      .sort(),
    states: states.sort(),
  };
}

async function sizes(team: Team, live: readonly Seat[]): Promise<string> {
  const all: string[] = [];
  for (const { now } of live) {
    await now.engine.settled();
    for (const lane of [0, 1, 2] as const) all.push(`${(await now.store.ids(team.space, lane)).length}`);
  }
  return all.join();
}

/** Time passes until nothing moves any more between those who are joined. */
export async function quiet(team: Team, seats: readonly Seat[]): Promise<void> {
  let before = '';
  for (let tries = 0; tries < 40; tries++) {
    await team.world.run(2_500);
    const now = await sizes(team, seats);
    // Who was removed is in step with nobody, and need not be.
    const live = seats.filter((seat) => viewOf(team, seat).standing === 'live');
    // Where one of two holds the other for removed, what one offers the other never takes.
    const busy = live.some((seat) => seat.now.engine.peers().some(({ state }) => state === 'syncing' || state === 'connecting'));
    if (now === before && !busy) return;
    before = now;
  }
  const steps = seats.map(
    ({ name, now }) =>
      `${name}: ${now.engine
        .peers()
        .map((peer) => `${team.nameOf(peer.device)} ${peer.state} ${peer.pendingIn} ${peer.pendingOut}`)
        .join(', ')}`,
  );
  throw new Error(`never quiet: ${before}; ${steps.join('; ')}`);
}

/** Everything is said: all of `live` show one picture, and no word kept by anybody is lost. */
export async function agreed(team: Team, live: readonly Seat[]): Promise<Picture> {
  for (const seat of live) expect(await drafted(team, seat), `${seat.name}: nothing is left unsaid`).toEqual([]);
  return agreedButDrafts(team, live);
}

/** The same where nobody may write, so that drafts wait with their authors. */
export async function agreedButDrafts(team: Team, live: readonly Seat[]): Promise<Picture> {
  const pictures: Picture[] = [];
  for (const seat of live) pictures.push(await pictureOf(team, seat));
  const first = pictures.find(({ states }) => states.length === Math.max(...pictures.map((one) => one.states.length))) as Picture;
  for (const [at, picture] of pictures.entries()) {
    const states = first.states.filter((state) => picture.states.includes(state) || picture.states.length === first.states.length);
    expect(picture, live[at]?.name).toEqual({ ...first, states });
  }
  await nothingLost(team, live);
  await asNaive(team, live[0] as Seat);
  return first;
}

/** The members by the rules written a second time, on the links that are really there. */
async function asNaive(team: Team, seat: Seat): Promise<void> {
  const links = inOrder(await linksOnDisk(seat.now, team.space));
  const anew = naive(links).members.map((line) => line.split(' '));
  const live = groupOf(team.space, links).persons();
  expect(live.map(({ person, role, devices }) => [person, role, [...devices].sort().join()]).sort()).toEqual(
    anew.map(([person, role, devices]) => [person, ROLES[Number(role)], devices]).sort(),
  );
}

/** P2: visible, or quarantined, at every live device; what its author never got out, at least with its author. */
export async function nothingLost(team: Team, live: readonly Seat[]): Promise<void> {
  const documents = [...new Set(team.kept.map(({ document }) => document))];
  for (const document of documents) {
    const everywhere = await Promise.all(live.map(async (seat) => [seat.name, await heldAt(team, seat, document)] as const));
    for (const { word, by } of team.kept.filter((one) => one.document === document)) {
      const lacking = everywhere.filter(([, held]) => !held.includes(word)).map(([name]) => name);
      if (lacking.length === 0) continue;
      const unsaid = !live.includes(by) || (await drafted(team, by)).includes(document);
      const withAuthor = unsaid && (await heldAt(team, by, document)).includes(word);
      expect(withAuthor, `${word} of ${by.name} is missing at ${lacking.join()}`).toBe(true);
    }
  }
}

async function heldAt(team: Team, seat: Seat, document: DocumentId): Promise<readonly string[]> {
  return [...(await wordsAt(team, seat, document)), ...(await quarantinedAt(team, seat, document))];
}
