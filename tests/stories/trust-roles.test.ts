/** Stories of roles that change while people are apart: demotions that cross, ownership handed on, a viewer who starts to write (P10, G7, G13, G15). */
import { describe, expect, test } from 'vitest';
import { createTeam } from '../help/team.js';
import { eachMeeting, meetings, together } from '../help/team-meet.js';
import { agreed, agreedButDrafts, membersAt, quarantinedAt, quiet, viewOf, wordsAt } from '../help/team-picture.js';

const SEEDS = process.env['LEANVIBE_LONG'] === '1' ? ['one', 'two', 'three', 'four', 'five', 'six'] : ['one', 'two'];

describe('roles that change apart', { timeout: 180_000 }, () => {
  test.each(SEEDS)(
    'P10 G15 two owners demote each other: both are editors then, and the third owner runs the space (seed %s)',
    async (seed) => {
      const team = await createTeam(`mutual demotion ${seed}`, 'ana', { bob: 'owner', cyd: 'owner', dan: 'editor' });
      const [ana, bob, cyd, dan] = team.four();
      const note = team.document();
      await team.write(dan, note, 'start');
      await team.world.run();
      await team.cutAll();
      await team.must(ana.now.engine.teams.setRole(team.space, team.personOf('bob'), 'editor'));
      await team.must(bob.now.engine.teams.setRole(team.space, team.personOf('ana'), 'editor'));
      for (const seat of team.seats) await team.write(seat, note, `${seat.name}-apart`);
      await eachMeeting(team, meetings(team.seats), async () => {
        const picture = await agreed(team, team.seats);
        expect(picture).toMatchObject({ readOnly: false, debts: [] });
        expect(membersAt(team, ana)).toEqual(['ana editor', 'bob editor', 'cyd owner', 'dan editor']);
        expect(await wordsAt(team, ana, note)).toEqual(['ana-apart', 'bob-apart', 'cyd-apart', 'dan-apart', 'start']);
      });
      await team.must(cyd.now.engine.teams.setRole(team.space, team.personOf('ana'), 'owner'));
    },
  );

  test.each(SEEDS)(
    'P10 C4 the only two owners demote each other: nobody owns the space, and it can only be read (seed %s)',
    async (seed) => {
      const team = await createTeam(`no owner ${seed}`, 'ana', { bob: 'owner', dan: 'editor' });
      const [ana, bob, dan] = team.four();
      const note = team.document();
      await team.write(dan, note, 'start');
      await team.world.run();
      await team.cutAll();
      await team.must(ana.now.engine.teams.setRole(team.space, team.personOf('bob'), 'admin'));
      await team.must(bob.now.engine.teams.setRole(team.space, team.personOf('ana'), 'admin'));
      for (const seat of team.seats) await team.write(seat, note, `${seat.name}-apart`);
      await eachMeeting(team, meetings(team.seats), async () => {
        // Who heard of it before the word was said keeps it as a draft, until an owner is back.
        await agreedButDrafts(team, team.seats);
        expect(membersAt(team, dan)).toEqual(['ana admin', 'bob admin', 'dan editor']);
        for (const seat of team.seats)
          expect(await wordsAt(team, seat, note)).toEqual(expect.arrayContaining([`${seat.name}-apart`, 'start']));
        for (const seat of team.seats) {
          expect(viewOf(team, seat).readOnly).toBe(true);
          await expect(team.write(seat, note, 'no')).rejects.toThrow('not-editor');
          expect(await seat.now.engine.teams.setRole(team.space, team.personOf('dan'), 'viewer')).toMatchObject({ ok: false });
        }
      });
    },
  );

  test.each(SEEDS)(
    'P10 G5 ownership is given to somebody whom another admin kicks meanwhile: the removal stands, the giver is still owner (seed %s)',
    async (seed) => {
      const team = await createTeam(`transfer ${seed}`, 'ana', { bob: 'admin', cyd: 'admin', dan: 'editor' });
      const [ana, bob, cyd, dan] = team.four();
      const note = team.document();
      await team.write(bob, note, 'start');
      await team.world.run();
      await team.cutAll();
      await team.must(ana.now.engine.teams.setRole(team.space, team.personOf('bob'), 'owner'));
      await team.must(cyd.now.engine.teams.kick(team.space, team.personOf('bob')));
      await team.write(bob, note, 'bob-late');
      await team.write(dan, note, 'dan-apart');
      await eachMeeting(team, meetings([ana, cyd, dan], [bob]), async () => {
        const live = [ana, cyd, dan];
        expect(await agreed(team, live)).toMatchObject({ readOnly: false, debts: [] });
        expect(membersAt(team, dan)).toEqual(['ana owner', 'cyd admin', 'dan editor']);
        expect(viewOf(team, bob).standing).toBe('removed');
        expect(await wordsAt(team, dan, note)).toEqual(['dan-apart', 'start']);
        // What the new owner wrote too late is kept aside wherever it came through somebody who had not heard.
        for (const seat of live) expect(['', 'bob-late']).toContain((await quarantinedAt(team, seat, note)).join());
      });
    },
  );

  test.each(SEEDS)(
    'P10 C4 who gave ownership away and stepped down, while it was kicked, leaves a space without owner (seed %s)',
    async (seed) => {
      const team = await createTeam(`given away ${seed}`, 'ana', { bob: 'admin', cyd: 'admin' });
      const [ana, bob, cyd] = team.four();
      await team.cutAll();
      await team.must(ana.now.engine.teams.setRole(team.space, team.personOf('bob'), 'owner'));
      await team.must(ana.now.engine.teams.setRole(team.space, team.personOf('ana'), 'editor'));
      await team.must(cyd.now.engine.teams.kick(team.space, team.personOf('bob')));
      await eachMeeting(team, meetings([ana, cyd], [bob]), async () => {
        expect(await agreed(team, [ana, cyd])).toMatchObject({ readOnly: true });
        expect(membersAt(team, ana)).toEqual(['ana editor', 'cyd admin']);
        expect(viewOf(team, bob).standing).toBe('removed');
      });
    },
  );

  test.each(SEEDS)(
    'P4 C9 G19 a viewer made editor writes at once while the demotion is on its way: what a live editor built on stays, the rest is kept aside (seed %s)',
    async (seed) => {
      const team = await createTeam(`made editor ${seed}`, 'ana', { bob: 'admin', cyd: 'editor', dan: 'viewer' });
      const [ana, bob, cyd, dan] = team.four();
      const [built, left] = [team.document(), team.document()];
      for (const document of [built, left]) await team.write(ana, document, 'start');
      await team.world.run();
      await expect(team.write(dan, built, 'no')).rejects.toThrow('not-editor');
      await team.must(ana.now.engine.teams.setRole(team.space, team.personOf('dan'), 'editor'));
      await team.world.run();
      await team.write(dan, built, 'dan-known');
      await team.world.run();
      await team.cutAll();
      // Bob takes the role back; Dan, who has not heard, writes on and meets Cyd.
      await team.must(bob.now.engine.teams.setRole(team.space, team.personOf('dan'), 'viewer'));
      team.cable(dan, cyd);
      await team.world.run();
      for (const document of [built, left]) await team.write(dan, document, 'dan-late');
      await team.world.run();
      await team.write(cyd, built, 'cyd-on-top');
      await team.cutAll();
      await eachMeeting(team, meetings(team.seats), async () => {
        expect(await agreed(team, team.seats)).toMatchObject({ readOnly: false, debts: [] });
        expect(membersAt(team, dan)).toEqual(['ana owner', 'bob admin', 'cyd editor', 'dan viewer']);
        for (const seat of team.seats) {
          expect(await wordsAt(team, seat, built), seat.name).toEqual(['cyd-on-top', 'dan-known', 'dan-late', 'start']);
          expect(await wordsAt(team, seat, left), seat.name).toEqual(['start']);
          expect(await quarantinedAt(team, seat, left), seat.name).toEqual(['dan-late']);
        }
        await expect(team.write(dan, built, 'no')).rejects.toThrow('not-editor');
      });
    },
  );

  test.each(SEEDS)(
    'P10 G7 an owner raises whom an admin demotes meanwhile: the owner’s word stands and nothing is kept aside (seed %s)',
    async (seed) => {
      const team = await createTeam(`raised ${seed}`, 'ana', { bob: 'admin', cyd: 'editor', dan: 'editor' });
      const [ana, bob, cyd, dan] = team.four();
      const note = team.document();
      await team.write(cyd, note, 'start');
      await team.world.run();
      await team.cutAll();
      await team.must(ana.now.engine.teams.setRole(team.space, team.personOf('dan'), 'admin'));
      await team.must(bob.now.engine.teams.setRole(team.space, team.personOf('dan'), 'viewer'));
      for (const seat of team.seats) await team.write(seat, note, `${seat.name}-apart`);
      await eachMeeting(team, meetings(team.seats), async () => {
        expect(await agreed(team, team.seats)).toMatchObject({ readOnly: false, debts: [] });
        expect(membersAt(team, dan)).toEqual(['ana owner', 'bob admin', 'cyd editor', 'dan admin']);
        expect(await wordsAt(team, dan, note)).toEqual(['ana-apart', 'bob-apart', 'cyd-apart', 'dan-apart', 'start']);
        await team.write(dan, note, 'dan-on');
      });
    },
  );

  test.each(SEEDS)('C3 G21 whose act fell to a demotion goes on in one line when the role comes back (seed %s)', async (seed) => {
    const team = await createTeam(`act fell ${seed}`, 'ana', { bob: 'admin', dan: 'editor' });
    const [ana, bob, dan] = team.four();
    const [gil, hal] = [team.ghost('gil'), team.ghost('hal')];
    await team.cutAll();
    await team.must(ana.now.engine.teams.setRole(team.space, team.personOf('bob'), 'viewer'));
    await team.admit(bob, 'editor', gil);
    await eachMeeting(team, meetings([ana, dan], [bob]), async () => {
      expect((await agreed(team, team.seats)).members).toEqual(['ana owner ana', 'bob viewer bob', 'dan editor dan']);
      await together(team, team.seats);
      await team.must(ana.now.engine.teams.setRole(team.space, team.personOf('bob'), 'admin'));
      await quiet(team, team.seats);
      await team.admit(bob, 'editor', hal);
      await team.must(bob.now.engine.teams.kick(team.space, team.personOf('dan')));
      await quiet(team, team.seats);
      expect((await agreed(team, [ana, bob])).members).toEqual(['ana owner ana', 'bob admin bob', 'hal editor hal']);
    });
  });
});
