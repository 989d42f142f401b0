/** Stories of a lost laptop, revoked from another device of the same person: shut out of every space at once (A6, C2, C12, C13). */
import { describe, expect, test } from 'vitest';
import { createTeam, type Seat, type Team } from '../help/team.js';
import { secretsHeld } from '../help/team-disk.js';
import { eachMeeting, meetings, together } from '../help/team-meet.js';
import { agreed, quarantinedAt, quiet, viewOf, wordsAt } from '../help/team-picture.js';
import type { Role } from '@leanvibe/protocol/link';

const SEEDS = process.env['LEANVIBE_LONG'] === '1' ? ['one', 'two', 'three', 'four', 'five', 'six'] : ['one', 'two'];

async function withLaptop(
  seed: string,
  role: Role,
): Promise<{ readonly team: Team; readonly ana: Seat; readonly cyd: Seat; readonly laptop: Seat; readonly phone: Seat }> {
  const team = await createTeam(seed, 'ana', { cyd: 'editor' });
  const [ana, cyd] = team.four();
  const laptop = await team.newcomer('laptop');
  const phone = await team.pairedWith(laptop, 'phone');
  await team.bring(ana, role, laptop);
  // The phone follows its person into the space by itself.
  team.join(ana, cyd, laptop, phone);
  await team.world.run(20_000);
  await quiet(team, team.seats);
  return { team, ana, cyd, laptop, phone };
}

const homeOf = ({ now }: Seat): ReturnType<Seat['now']['engine']['spaces']>[number] | undefined =>
  now.engine.spaces().find(({ home }) => home);

describe('a lost laptop', { timeout: 180_000 }, () => {
  test.each(SEEDS)(
    'A6 P4 P5 C13 revoked by the phone: out of home and team at once, the keys renewed, its late words kept aside (seed %s)',
    async (seed) => {
      const { team, ana, cyd, laptop, phone } = await withLaptop(`laptop ${seed}`, 'editor');
      const [built, left] = [team.document(), team.document()];
      for (const document of [built, left]) await team.write(laptop, document, 'start');
      await quiet(team, team.seats);
      await team.cutAll();
      await team.must(phone.now.engine.revoke(laptop.now.engine.device));
      for (const view of [homeOf(phone), viewOf(team, phone)])
        expect(view).toMatchObject({
          debts: [],
          devices: expect.arrayContaining([expect.objectContaining({ device: laptop.now.engine.device, revoked: true })]),
        });
      // Whoever found it writes on with it, and meets Cyd before anybody hears.
      team.cable(laptop, cyd);
      await quiet(team, [laptop, cyd]);
      for (const document of [built, left]) await team.write(laptop, document, 'laptop-late');
      await quiet(team, [laptop, cyd]);
      await team.write(cyd, built, 'cyd-on-top');
      await team.cutAll();
      const live = [ana, cyd, phone];
      await eachMeeting(team, meetings(live, [laptop]), async () => {
        const picture = await agreed(team, live);
        expect(picture).toMatchObject({ members: ['ana owner ana', 'cyd editor cyd', 'laptop editor phone'], debts: [], readOnly: false });
        for (const seat of live) {
          expect(await wordsAt(team, seat, built), seat.name).toEqual(['cyd-on-top', 'laptop-late', 'start']);
          expect(await wordsAt(team, seat, left), seat.name).toEqual(['start']);
          expect(await quarantinedAt(team, seat, left), seat.name).toEqual(['laptop-late']);
        }
        // Its home is nobody's but the phone's to tell.
        await together(team, team.seats);
        for (const view of [homeOf(laptop), viewOf(team, laptop)]) expect(view?.standing).toBe('removed');
        const held = (await secretsHeld(laptop.now, team.space)).map(({ epoch }) => epoch as string);
        expect(picture.usable.filter((epoch) => held.includes(epoch))).toEqual([]);
      });
    },
  );

  test.each(SEEDS)(
    'C12 P5 a viewer revokes it, who may not renew keys: the debt is shown with whom it waits for, and the next writer pays it (seed %s)',
    async (seed) => {
      const { team, ana, cyd, laptop, phone } = await withLaptop(`viewer ${seed}`, 'viewer');
      const note = team.document();
      await team.write(ana, note, 'start');
      await quiet(team, team.seats);
      await team.cutAll();
      await team.must(phone.now.engine.revoke(laptop.now.engine.device));
      expect(viewOf(team, phone).debts).toMatchObject([
        {
          device: laptop.now.engine.device,
          reason: 'removed',
          waitingFor: expect.arrayContaining([ana.now.engine.device, cyd.now.engine.device]),
        },
      ]);
      const live = [ana, cyd, phone];
      await eachMeeting(team, meetings(live, [laptop]), async () => {
        await team.write(cyd, note, 'cyd-after');
        await together(team, team.seats);
        const picture = await agreed(team, live);
        expect(picture).toMatchObject({ members: ['ana owner ana', 'cyd editor cyd', 'laptop viewer phone'], debts: [] });
        const held = (await secretsHeld(laptop.now, team.space)).map(({ epoch }) => epoch as string);
        expect(picture.usable.filter((epoch) => held.includes(epoch))).toEqual([]);
        expect(await wordsAt(team, phone, note)).toEqual(['cyd-after', 'start']);
        expect(await wordsAt(team, laptop, note)).not.toContain('cyd-after');
      });
    },
  );
});
