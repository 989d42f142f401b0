/** Stories of owners who remove each other: both are out, and whoever is left, or recovery words, carry the space on (P10, G15, C43). */
import { createMemoryPair } from '@leanvibe/core/internal/memory/channel';
import { describe, expect, test } from 'vitest';
import { createTeam, type Seat, type Team } from '../help/team.js';
import { eachMeeting, meetings, tells, together } from '../help/team-meet.js';
import { agreed, agreedButDrafts, membersAt, quiet, viewOf, wordsAt } from '../help/team-picture.js';

const SEEDS = process.env['LEANVIBE_LONG'] === '1' ? ['one', 'two', 'three', 'four', 'five', 'six'] : ['one', 'two'];

/** Each removes the other and tells one of the rest: what only a removed device knows, nobody takes from it any more (C25). */
async function kickEachOther(team: Team, [a, told]: readonly [Seat, Seat], [b, alsoTold]: readonly [Seat, Seat]): Promise<void> {
  await team.must(a.now.engine.teams.kick(team.space, team.personOf(b.name)));
  await team.must(b.now.engine.teams.kick(team.space, team.personOf(a.name)));
  await tells(team, a, told);
  await tells(team, b, alsoTold);
}

/** Words typed on a fresh device, which asks one surviving peer. */
async function byWords(team: Team, name: string, words: string, helper: Seat): Promise<Seat> {
  const seat = await team.newcomer(name);
  const started = await seat.now.engine.recovery.restore(words);
  if (!started.ok) throw new Error(JSON.stringify(started.error));
  const pair = createMemoryPair({ clock: team.world.clock }, { left: seat.now.engine.device, right: helper.now.engine.device });
  helper.now.engine.recovery.serve(pair.right);
  const asked = started.value.ask(pair.left);
  await team.world.run(1_000);
  await team.must(asked);
  team.cable(seat, helper);
  const entering = started.value.enter(() => undefined);
  await team.world.run(60_000);
  await entering;
  started.value.end();
  return seat;
}

describe('two owners remove each other', { timeout: 180_000 }, () => {
  test.each(SEEDS)('P10 G15 both are out, the keys are renewed, and the third owner goes on (seed %s)', async (seed) => {
    const team = await createTeam(`mutual ${seed}`, 'ana', { bob: 'owner', cyd: 'owner', dan: 'editor', eve: 'editor' });
    const [ana, bob, cyd, dan] = team.four();
    const eve = team.seat('eve');
    const note = team.document();
    await team.write(ana, note, 'start');
    await team.world.run();
    await team.cutAll();
    await kickEachOther(team, [ana, dan], [bob, eve]);
    const live = [cyd, dan, eve];
    for (const seat of [dan, eve]) await team.write(seat, note, `${seat.name}-apart`);
    await eachMeeting(team, meetings(live, [ana, bob]), async () => {
      await together(team, team.seats);
      await team.write(cyd, note, 'cyd-on');
      await quiet(team, team.seats);
      const picture = await agreed(team, live);
      expect(picture).toMatchObject({ members: ['cyd owner cyd', 'dan editor dan', 'eve editor eve'], readOnly: false, debts: [] });
      expect(picture.usable.length).toBeGreaterThan(0);
      expect(await wordsAt(team, dan, note)).toEqual(['cyd-on', 'dan-apart', 'eve-apart', 'start']);
      for (const gone of [ana, bob]) {
        expect(viewOf(team, gone).standing).toBe('removed');
        await expect(team.write(gone, note, 'no')).rejects.toThrow('not-editor');
      }
    });
    await team.bring(cyd, 'owner', ana);
    await together(team, [...live, ana]);
    await agreed(team, [...live, ana]);
    expect(membersAt(team, ana)).toEqual(['ana owner', 'cyd owner', 'dan editor', 'eve editor']);
    expect(await wordsAt(team, ana, note)).toEqual(['cyd-on', 'dan-apart', 'eve-apart', 'start']);
  });

  test.each(SEEDS)(
    'P10 G14 one of them is stood by: the third owner had built on its removal before it heard of the other, which then falls (seed %s)',
    async (seed) => {
      const team = await createTeam(`stood by ${seed}`, 'ana', { bob: 'owner', cyd: 'owner', dan: 'editor' });
      const [ana, bob, cyd, dan] = team.four();
      await team.cutAll();
      await kickEachOther(team, [ana, cyd], [bob, dan]);
      await team.admit(cyd, 'viewer', team.ghost('gil'));
      await eachMeeting(team, meetings([cyd, dan], [ana, bob]), async () => {
        expect((await agreed(team, [cyd, dan, ana])).members).toEqual([
          'ana owner ana',
          'cyd owner cyd',
          'dan editor dan',
          'gil viewer gil',
        ]);
      });
    },
  );

  test.each(SEEDS)(
    'P10 C4 when they were the only owners the space can be read and not written, and nothing kept is lost (seed %s)',
    async (seed) => {
      const team = await createTeam(`only two ${seed}`, 'ana', { bob: 'owner', dan: 'editor', eve: 'editor' });
      const [ana, bob, dan, eve] = team.four();
      const note = team.document();
      await team.write(dan, note, 'start');
      await team.world.run();
      await team.cutAll();
      await kickEachOther(team, [ana, dan], [bob, eve]);
      await eachMeeting(team, meetings([dan, eve], [ana, bob]), async () => {
        expect(await agreedButDrafts(team, [dan, eve])).toMatchObject({ members: ['dan editor dan', 'eve editor eve'], readOnly: true });
        expect(await wordsAt(team, dan, note)).toEqual(['start']);
        for (const seat of [dan, eve]) await expect(team.write(seat, note, 'no')).rejects.toThrow('not-editor');
      });
    },
  );

  test.each(SEEDS)(
    'P10 C43 when only their devices are out, the recovery words of one go on from any surviving peer (seed %s)',
    async (seed) => {
      const team = await createTeam(`words ${seed}`, 'ana', { bob: 'owner', dan: 'editor', eve: 'editor' });
      const [ana, bob, dan, eve] = team.four();
      const note = team.document();
      await team.write(dan, note, 'start');
      const made = await ana.now.engine.recovery.create();
      if (!made.ok) throw new Error(made.error);
      await quiet(team, team.seats);
      await team.cutAll();
      await team.must(ana.now.engine.revoke(bob.now.engine.device));
      await team.must(bob.now.engine.revoke(ana.now.engine.device));
      await tells(team, ana, dan);
      await tells(team, bob, eve);
      await team.write(dan, note, 'dan-apart');
      await together(team, team.seats);
      for (const gone of [ana, bob])
        expect(viewOf(team, dan).devices.find(({ device }) => device === gone.now.engine.device)?.revoked).toBe(true);
      const fresh = await byWords(team, 'ana again', made.value.words.join(' '), dan);
      await quiet(team, [dan, eve, fresh]);
      expect(viewOf(team, fresh)).toMatchObject({ standing: 'live', myRole: 'owner', readOnly: false });
      await team.write(fresh, note, 'ana-again');
      await quiet(team, [dan, eve, fresh]);
      expect((await agreed(team, [dan, eve, fresh])).debts).toEqual([]);
      expect(await wordsAt(team, dan, note)).toEqual(['ana-again', 'dan-apart', 'start']);
      await team.must(fresh.now.engine.teams.setRole(team.space, team.personOf('dan'), 'owner'));
    },
  );
});
