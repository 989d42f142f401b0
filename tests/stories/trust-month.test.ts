/** Stories of long absences: everybody offline for a month, and one device away for a year (P1, P8, P10). */
import { describe, expect, test } from 'vitest';
import { createTeam } from '../help/team.js';
import { eachMeeting, meetings, oneByOne, star, together } from '../help/team-meet.js';
import { agreed, agreedButDrafts, membersAt, quiet, viewOf, wordsAt } from '../help/team-picture.js';

const SEEDS = process.env['LEANVIBE_LONG'] === '1' ? ['one', 'two', 'three', 'four'] : ['one'];
const DAY_MS = 86_400_000;

describe('long absences', { timeout: 180_000 }, () => {
  test.each(SEEDS)(
    'P1 P2 P8 P10 everybody is offline for a month and the team changes on two sides: however they meet, one team and one text (seed %s)',
    async (seed) => {
      const team = await createTeam(`month ${seed}`, 'ana', { bob: 'admin', cyd: 'editor', dan: 'editor', eve: 'editor' });
      const [ana, bob, cyd, dan] = team.four();
      const eve = team.seat('eve');
      const notes = [team.document(), team.document()] as const;
      const gil = team.ghost('gil');
      await team.write(dan, notes[0], 'start');
      await quiet(team, team.seats);
      await team.cutAll();
      for (let week = 1; week <= 4; week++) {
        await team.sleep(7 * DAY_MS);
        for (const seat of [ana, bob, dan, eve]) await team.write(seat, notes[week % 2] ?? notes[0], `${seat.name}-${week}`);
        if (week === 1) await team.must(ana.now.engine.teams.kick(team.space, team.personOf('eve')));
        if (week === 2) await team.must(bob.now.engine.teams.setRole(team.space, team.personOf('cyd'), 'viewer'));
        if (week === 3) await team.admit(bob, 'editor', gil);
        if (week === 3) {
          // Two of them meet on the way, once.
          team.cable(bob, dan);
          await quiet(team, [bob, dan]);
        }
      }
      await team.sleep(2 * DAY_MS);
      const live = [ana, bob, cyd, dan];
      const said = (of: number): readonly string[] =>
        [ana, bob, dan].flatMap(({ name }) => [1, 2, 3, 4].filter((week) => week % 2 === of).map((week) => `${name}-${week}`));
      await eachMeeting(team, meetings(live), async () => {
        await together(team, team.seats);
        const picture = await agreed(team, live);
        expect(picture).toMatchObject({
          members: ['ana owner ana', 'bob admin bob', 'cyd viewer cyd', 'dan editor dan', 'gil editor gil'],
          readOnly: false,
          debts: [],
        });
        for (const seat of live) {
          expect(await wordsAt(team, seat, notes[0]), seat.name).toEqual([...said(0), 'start'].sort());
          expect(await wordsAt(team, seat, notes[1]), seat.name).toEqual([...said(1)].sort());
        }
        expect(viewOf(team, eve).standing).toBe('removed');
      });
    },
  );

  test.each(SEEDS)(
    'P8 P10 a device is away for a year of forty rotations, while who invited it was removed and others came: it reads all, and its words arrive (seed %s)',
    async (seed) => {
      const team = await createTeam(`year ${seed}`, 'ana', { bob: 'admin', cyd: 'editor' });
      const [ana, bob, cyd] = team.four();
      const dan = await team.newcomer('dan');
      await team.bring(bob, 'editor', dan);
      team.join(bob, dan);
      const note = team.document();
      await team.write(dan, note, 'dan-before');
      await quiet(team, team.seats);
      await team.cutAll();
      await team.write(dan, note, 'dan-unsent');
      await dan.now.engine.stop();
      team.join(ana, bob, cyd);
      await quiet(team, [ana, bob, cyd]);
      const guest = team.ghost('guest');
      for (let month = 0; month < 40; month++) {
        await team.admit(ana, 'editor', guest);
        await team.must(ana.now.engine.teams.kick(team.space, guest.person));
        if (month % 10 === 0) await team.write(ana, note, `ana-${month}`);
      }
      await team.must(ana.now.engine.teams.kick(team.space, team.personOf('bob')));
      const fay = await team.newcomer('fay');
      await team.bring(ana, 'editor', fay);
      team.cable(fay, ana);
      await quiet(team, [ana, cyd, fay]);
      await team.write(fay, note, 'fay-new');
      await quiet(team, [ana, cyd, fay]);
      await team.sleep(365 * DAY_MS);
      const live = [ana, cyd, dan, fay];
      const right = ['ana-0', 'ana-10', 'ana-20', 'ana-30', 'dan-before', 'dan-unsent', 'fay-new'];
      await eachMeeting(team, [star(dan, live), star(fay, live), oneByOne([fay, dan, cyd, ana])], async () => {
        const picture = await agreedButDrafts(team, live);
        expect(picture).toMatchObject({ members: ['ana owner ana', 'cyd editor cyd', 'dan editor dan', 'fay editor fay'], debts: [] });
        for (const seat of live) expect(await wordsAt(team, seat, note), seat.name).toEqual(right);
        expect(membersAt(team, dan)).toHaveLength(4);
      });
      await team.write(dan, note, 'dan-on');
    },
  );
});
