/** How people who were apart meet again: all at once, in a ring, around one of them, or two at a time in any order. One right answer whatever the way. */
import type { Seat, Team } from './team.js';
import { quiet } from './team-picture.js';

export interface Meeting {
  readonly name: string;
  readonly meet: (team: Team) => Promise<void>;
}

/** Every order of the items. */
export function permutations<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length < 2) return [items];
  return items.flatMap((first, at) => permutations([...items.slice(0, at), ...items.slice(at + 1)]).map((rest) => [first, ...rest]));
}

const named = (seats: readonly Seat[]): string => seats.map(({ name }) => name).join(' ');

export const allAtOnce = (seats: readonly Seat[]): Meeting => ({
  name: 'all at once',
  async meet(team) {
    team.join(...seats);
    await quiet(team, seats);
  },
});

/** Whoever is joined now, all of these are together afterwards. */
export async function together(team: Team, seats: readonly Seat[]): Promise<void> {
  await team.cutAll();
  await allAtOnce(seats).meet(team);
}

/** `teller` tells `hearer` all it knows, while nobody else hears. */
export async function tells(team: Team, teller: Seat, hearer: Seat): Promise<void> {
  team.cable(teller, hearer);
  await quiet(team, [teller, hearer]);
  await team.cutAll();
}

export const ring = (seats: readonly Seat[]): Meeting => ({
  name: `ring ${named(seats)}`,
  async meet(team) {
    for (const [at, seat] of seats.entries()) team.cable(seat, seats[(at + 1) % seats.length] as Seat);
    await quiet(team, seats);
  },
});

export const star = (hub: Seat, seats: readonly Seat[]): Meeting => ({
  name: `star around ${hub.name}`,
  async meet(team) {
    for (const seat of seats) if (seat !== hub) team.cable(hub, seat);
    await quiet(team, seats);
  },
});

/** A cable is plugged in between each and the next, one after another, and stays. */
export const growing = (seats: readonly Seat[]): Meeting => ({
  name: `growing ${named(seats)}`,
  async meet(team) {
    for (const [at, seat] of seats.slice(1).entries()) {
      team.cable(seats[at] as Seat, seat);
      await quiet(team, seats);
    }
  },
});

/** One after another comes into the room, and is joined to everybody there. */
export const arriving = (seats: readonly Seat[]): Meeting => ({
  name: `arriving ${named(seats)}`,
  async meet(team) {
    for (const [at, seat] of seats.entries()) {
      for (const there of seats.slice(0, at)) team.cable(there, seat);
      await quiet(team, seats);
    }
  },
});

const ROUNDS_MAX = 12;

/** Never more than two meet; a messenger's round is made until a whole one brings nothing new. */
export const oneByOne = (seats: readonly Seat[]): Meeting => ({
  name: `one by one ${named(seats)}`,
  async meet(team) {
    let before = '';
    for (let round = 0; round < ROUNDS_MAX; round++) {
      for (const [at, seat] of seats.entries()) {
        const next = seats[(at + 1) % seats.length] as Seat;
        if (next === seat || (seats.length === 2 && at === 1)) continue;
        team.cable(seat, next);
        await quiet(team, [seat, next]);
        team.cut(seat);
        await team.world.run(500);
      }
      const ids = await Promise.all(
        seats.map(async ({ now }) => (await now.store.ids(team.space, 1)).length + (await now.store.ids(team.space, 2)).length),
      );
      const now = ids.join();
      if (now === before) return;
      before = now;
    }
    throw new Error('the messenger never came to an end');
  },
});

/** All shapes among the live; `gone`, whom some of them hold for removed and do not listen to, hang on to them and never stand between them. */
export function meetings(live: readonly Seat[], gone: readonly Seat[] = []): readonly Meeting[] {
  const all = [...live, ...gone];
  const back = live.toReversed();
  return [
    allAtOnce(all),
    ring(all),
    ...live.map((hub) => star(hub, all)),
    growing(all),
    growing([...back, ...gone]),
    oneByOne(all),
    oneByOne(all.toReversed()),
  ];
}

/** From one and the same moment, each meeting by itself, and then what must hold. */
export async function eachMeeting(team: Team, ways: readonly Meeting[], then: (name: string) => Promise<void>): Promise<void> {
  const moment = team.moment();
  for (const { name, meet } of ways) {
    await team.back(moment);
    try {
      await meet(team);
      await then(name);
    } catch (error) {
      throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }
}
