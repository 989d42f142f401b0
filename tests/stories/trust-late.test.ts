/** Stories of somebody removed who wrote on offline: what others built on stays, the rest is kept aside until it is decided; and of coming back (C9, C10, G23). */
import { describe, expect, test } from 'vitest';
import { createTeam, type Seat, type Team } from '../help/team.js';
import { secretsHeld } from '../help/team-disk.js';
import { eachMeeting, meetings, together } from '../help/team-meet.js';
import { agreed, membersAt, quarantinedAt, quiet, viewOf, wordsAt } from '../help/team-picture.js';

const SEEDS = process.env['LEANVIBE_LONG'] === '1' ? ['one', 'two', 'three', 'four', 'five', 'six'] : ['one', 'two'];

interface Late {
  readonly team: Team;
  readonly live: readonly [Seat, Seat, Seat];
  readonly eve: Seat;
  /** Dan typed on top of Eve's late words here. */
  readonly built: ReturnType<Team['document']>;
  readonly left: ReturnType<Team['document']>;
  readonly other: ReturnType<Team['document']>;
}

/** Ana has kicked Eve, who wrote on and met only Dan, who had not heard; all are apart again. */
async function late(seed: string): Promise<Late> {
  const team = await createTeam(seed, 'ana', { bob: 'admin', dan: 'editor', eve: 'editor' });
  const [ana, bob, dan, eve] = team.four();
  const [built, left, other] = [team.document(), team.document(), team.document()];
  for (const document of [built, left, other]) await team.write(eve, document, 'eve-start');
  await quiet(team, team.seats);
  await team.cutAll();
  await team.must(ana.now.engine.teams.kick(team.space, team.personOf('eve')));
  await team.write(ana, built, 'ana-meanwhile');
  team.cable(eve, dan);
  await quiet(team, [eve, dan]);
  for (const document of [built, left, other]) await team.write(eve, document, 'eve-late');
  await quiet(team, [eve, dan]);
  await team.write(dan, built, 'dan-on-top');
  await team.cutAll();
  return { team, live: [ana, bob, dan], eve, built, left, other };
}

async function keptAside({ team, live, eve, built, left, other }: Late): Promise<void> {
  const picture = await agreed(team, live);
  expect(picture).toMatchObject({ members: ['ana owner ana', 'bob admin bob', 'dan editor dan'], readOnly: false, debts: [] });
  for (const seat of live) {
    expect(await wordsAt(team, seat, built), seat.name).toEqual(['ana-meanwhile', 'dan-on-top', 'eve-late', 'eve-start']);
    for (const document of [left, other]) {
      expect(await wordsAt(team, seat, document), seat.name).toEqual(['eve-start']);
      expect(
        (await quarantinedAt(team, seat, document)).filter((word) => word !== 'eve-unsent'),
        seat.name,
      ).toEqual(['eve-late']);
    }
  }
  expect(viewOf(team, eve).standing).toBe('removed');
  expect(await wordsAt(team, eve, left)).toEqual(['eve-late', 'eve-start', 'eve-unsent']);
  const held = (await secretsHeld(eve.now, team.space)).map(({ epoch }) => epoch as string);
  expect(
    picture.usable.filter((epoch) => held.includes(epoch)),
    'keys in use that she holds',
  ).toEqual([]);
}

const setOf = async (seat: Seat, team: Team, document: string): Promise<string> => {
  const found = (await seat.now.engine.quarantine.list(team.space, true)).find((one) => one.document === document);
  if (found === undefined) throw new Error(`${seat.name} lists nothing of that document`);
  return found.id;
};

describe('words that came too late', { timeout: 180_000 }, () => {
  test.each(SEEDS)(
    'P2 P4 C9 what was typed on is adopted, the rest kept aside alike everywhere, however they meet (seed %s)',
    async (seed) => {
      const set = await late(`late ${seed}`);
      await set.team.write(set.eve, set.left, 'eve-unsent');
      await eachMeeting(set.team, meetings(set.live, [set.eve]), () => keptAside(set));
    },
  );

  test.each(SEEDS)(
    'P2 C10 G23 an admin accepts one and drops another: shown and settled everywhere, and what was dropped can still be taken (seed %s)',
    async (seed) => {
      const set = await late(`decided ${seed}`);
      const { team, live, eve, left, other } = set;
      const [ana, bob, dan] = live;
      team.join(ana, bob, dan, eve);
      await quiet(team, team.seats);
      const ids = { left: await setOf(bob, team, left), other: await setOf(bob, team, other) };
      expect(await dan.now.engine.quarantine.accept(team.space, [ids.left])).toMatchObject({ ok: false });
      await team.cutAll();
      await team.must(bob.now.engine.quarantine.accept(team.space, [ids.left]));
      await team.must(bob.now.engine.quarantine.drop(team.space, [ids.other]));
      await eachMeeting(team, meetings(live), async () => {
        await agreed(team, live);
        for (const seat of live) {
          expect(await wordsAt(team, seat, left), seat.name).toEqual(['eve-late', 'eve-start']);
          expect(await wordsAt(team, seat, other), seat.name).toEqual(['eve-start']);
          expect(await quarantinedAt(team, seat, other), seat.name).toEqual(['eve-late']);
          expect(await seat.now.engine.quarantine.list(team.space), seat.name).toEqual([]);
        }
      });
      await team.must(ana.now.engine.quarantine.accept(team.space, [ids.other]));
      team.join(ana, bob, dan);
      await quiet(team, live);
      await agreed(team, live);
      for (const seat of live) expect(await wordsAt(team, seat, other), seat.name).toEqual(['eve-late', 'eve-start']);
    },
  );

  test.each(SEEDS)(
    'P2 P10 C18 G5 invited again: she reads all there is, writes a chain of her own, and her late words stay aside (seed %s)',
    async (seed) => {
      const { team, live, eve, built, other } = await late(`again ${seed}`);
      const [ana, bob, dan] = live;
      team.join(ana, bob, dan, eve);
      await quiet(team, team.seats);
      await team.write(ana, other, 'ana-while-gone');
      await quiet(team, live);
      await team.cutAll();
      await team.bring(ana, 'editor', eve);
      const all = [...live, eve];
      await eachMeeting(team, meetings(live, [eve]), async () => {
        await agreed(team, all);
        for (const seat of all) {
          expect(membersAt(team, seat)).toEqual(['ana owner', 'bob admin', 'dan editor', 'eve editor']);
          expect(await wordsAt(team, seat, other), seat.name).toEqual(['ana-while-gone', 'eve-start']);
          expect(await quarantinedAt(team, seat, other), seat.name).toEqual(['eve-late']);
          expect(await wordsAt(team, seat, built), seat.name).toEqual(['ana-meanwhile', 'dan-on-top', 'eve-late', 'eve-start']);
        }
        await team.write(eve, other, 'eve-new');
        await team.restart(eve);
        await together(team, all);
        await team.write(eve, built, 'eve-newer');
        await quiet(team, all);
        await agreed(team, all);
        for (const seat of all) {
          expect(await wordsAt(team, seat, other), seat.name).toEqual(['ana-while-gone', 'eve-new', 'eve-start']);
          expect(await wordsAt(team, seat, built), seat.name).toContain('eve-newer');
        }
      });
    },
  );
});
