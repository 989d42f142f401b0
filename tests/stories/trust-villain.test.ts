/** Stories of a hostile admin who dates links back: it does not undo its own removal, and what others stood by stays (P10, G8, G12, G14, G15). */
import { type Hash, type LinkId, makeId } from '@leanvibe/protocol/ids';
import type { Operation } from '@leanvibe/protocol/link';
import { describe, expect, test } from 'vitest';
import { createTeam, type Seat, type Team } from '../help/team.js';
import { linksOnDisk } from '../help/team-disk.js';
import { eachMeeting, meetings, tells, together } from '../help/team-meet.js';
import { agreed, membersAt, quarantinedAt, quiet, viewOf, wordsAt } from '../help/team-picture.js';
import { inLine, plant, turned } from '../help/team-links.js';

const SEEDS = process.env['LEANVIBE_LONG'] === '1' ? ['one', 'two', 'three', 'four', 'five', 'six'] : ['one', 'two'];
const NOWHERE = makeId<Hash>(new Uint8Array(32).fill(7));

const removal = (team: Team, name: string): Operation => ({ type: 'remove-person', person: team.personOf(name), frontier: NOWHERE });

/** A confederate, added by the villain on top of what it forged. */
const crook = (team: Team): Operation => {
  const { person, consent } = team.ghost('crook');
  return { type: 'add-person', person, role: 2, devices: [consent(team.space)] };
};

interface Stage {
  readonly team: Team;
  readonly zoe: Seat;
  readonly ana: Seat;
  readonly mal: Seat;
  readonly dan: Seat;
  readonly note: ReturnType<Team['document']>;
}

/** Zoe owns the space; Mal is an admin longer than Ana is one; Dan edits. */
async function stage(seed: string): Promise<Stage> {
  const team = await createTeam(seed, 'zoe', { mal: 'admin', ana: 'admin', dan: 'editor' });
  const [zoe, mal, ana, dan] = team.four();
  const note = team.document();
  await team.write(ana, note, 'start');
  await quiet(team, team.seats);
  // Whatever a forged removal leaves out of its frontier, Zoe has built on.
  await team.write(zoe, note, 'zoe-start');
  await quiet(team, team.seats);
  return { team, zoe, ana, mal, dan, note };
}

/** Mal forges the counter-removal on what it knew before, and Dan, who has not heard, is the one it tells. */
async function counters({ team, mal, dan }: Stage, target: string): Promise<void> {
  const villain = await turned(team.space, mal);
  await plant(
    team.world,
    villain,
    inLine(villain, { parents: villain.group.cite(), index: villain.group.nextIndex(villain.device) }, removal(team, target), crook(team)),
  );
  await tells(team, mal, dan);
}

describe('a removed admin dates a counter-removal back', { timeout: 180_000 }, () => {
  test.each(SEEDS)('P10 G12 against the owner who removed it: nothing comes of it (seed %s)', async (seed) => {
    const set = await stage(`owner ${seed}`);
    const { team, zoe, ana, mal, dan, note } = set;
    await team.cutAll();
    await team.must(zoe.now.engine.teams.kick(team.space, team.personOf('mal')));
    await counters(set, 'zoe');
    await team.write(dan, note, 'dan-apart');
    const live = [zoe, ana, dan];
    await eachMeeting(team, meetings(live, [mal]), async () => {
      const picture = await agreed(team, live);
      expect(picture).toMatchObject({ members: ['ana admin ana', 'dan editor dan', 'zoe owner zoe'], readOnly: false, debts: [] });
      expect(viewOf(team, mal).standing).toBe('removed');
      expect(await wordsAt(team, dan, note)).toEqual(['dan-apart', 'start', 'zoe-start']);
    });
  });

  test.each(SEEDS)(
    'P10 G15 against an admin of its own rank whom nobody stood by: both are out, and its friend stays out (seed %s)',
    async (seed) => {
      const set = await stage(`equals ${seed}`);
      const { team, zoe, ana, mal, dan, note } = set;
      await team.cutAll();
      await team.must(ana.now.engine.teams.kick(team.space, team.personOf('mal')));
      await tells(team, ana, zoe);
      await team.write(ana, note, 'ana-apart');
      await counters(set, 'ana');
      const live = [zoe, dan];
      await eachMeeting(team, meetings(live, [mal, ana]), async () => {
        await team.write(zoe, note, 'zoe-on');
        await together(team, live);
        const picture = await agreed(team, live);
        expect(picture).toMatchObject({ members: ['dan editor dan', 'zoe owner zoe'], readOnly: false, debts: [] });
        expect(await wordsAt(team, dan, note)).toEqual(['start', 'zoe-on', 'zoe-start']);
      });
    },
  );

  test.each(SEEDS)('P10 G14 against an admin whose removal the owner had built on: only the removed one is out (seed %s)', async (seed) => {
    const set = await stage(`stood by ${seed}`);
    const { team, zoe, ana, mal, dan, note } = set;
    await team.cutAll();
    await team.must(ana.now.engine.teams.kick(team.space, team.personOf('mal')));
    await tells(team, ana, zoe);
    await team.admit(zoe, 'viewer', team.ghost('gil'));
    await team.cutAll();
    await team.write(ana, note, 'ana-apart');
    await counters(set, 'ana');
    const live = [zoe, ana, dan];
    await eachMeeting(team, meetings([zoe, dan], [ana, mal]), async () => {
      const picture = await agreed(team, live);
      expect(picture).toMatchObject({
        members: ['ana admin ana', 'dan editor dan', 'gil viewer gil', 'zoe owner zoe'],
        readOnly: false,
        debts: [],
      });
      expect(await wordsAt(team, dan, note)).toEqual(['ana-apart', 'start', 'zoe-start']);
    });
  });

  test.each(SEEDS)(
    'P10 C3 C5 on a second line of its own: the fork convicts it, whoever heard of the removal, and the forged link falls (seed %s)',
    async (seed) => {
      const set = await stage(`forked ${seed}`);
      const { team, zoe, ana, mal, dan, note } = set;
      const before = await turned(team.space, mal);
      const place = { parents: before.group.cite(), index: before.group.nextIndex(before.device) };
      // An honest link at the same place, which everybody heard of and the owner built on.
      await team.admit(mal, 'viewer', team.ghost('gil'));
      await quiet(team, team.seats);
      await team.admit(zoe, 'viewer', team.ghost('hal'));
      await quiet(team, team.seats);
      await team.cutAll();
      await team.must(ana.now.engine.teams.kick(team.space, team.personOf('mal')));
      const villain = await turned(team.space, mal);
      await plant(team.world, villain, inLine(villain, place, removal(team, 'ana'), crook(team)));
      team.cable(mal, dan);
      await quiet(team, [mal, dan]);
      await team.cutAll();
      await team.write(dan, note, 'dan-apart');
      const live = [zoe, ana, dan];
      await eachMeeting(team, meetings(live, [mal]), async () => {
        const picture = await agreed(team, live);
        expect(picture).toMatchObject({
          members: ['ana admin ana', 'dan editor dan', 'gil viewer gil', 'hal viewer hal', 'zoe owner zoe'],
          readOnly: false,
          debts: [],
        });
        expect(viewOf(team, dan).devices.find(({ device }) => device === villain.device)?.revoked).toBe(true);
        expect(await wordsAt(team, dan, note)).toEqual(['dan-apart', 'start', 'zoe-start']);
      });
    },
  );
});

describe('an admin dates a removal back to the beginning', { timeout: 180_000 }, () => {
  /** Zoe owns the space and admits Ana, then Mal; Ana adds Gil, which Zoe builds on, and then Hal and some words, which only Dan has heard of. */
  async function grown(seed: string): Promise<Stage & { readonly left: Stage['note'] }> {
    const team = await createTeam(seed, 'zoe', { ana: 'admin', mal: 'admin', dan: 'editor' });
    const [zoe, ana, mal, dan] = team.four();
    const [note, left] = [team.document(), team.document()];
    await team.admit(ana, 'editor', team.ghost('gil'));
    await quiet(team, team.seats);
    await team.must(zoe.now.engine.teams.setRole(team.space, team.ghost('gil').person, 'viewer'));
    await quiet(team, team.seats);
    await team.cutAll();
    team.cable(ana, dan);
    await quiet(team, [ana, dan]);
    await team.admit(ana, 'editor', team.ghost('hal'));
    for (const document of [note, left]) await team.write(ana, document, 'ana-words');
    await quiet(team, [ana, dan]);
    await team.write(dan, note, 'dan-on-top');
    await quiet(team, [ana, dan]);
    await team.cutAll();
    return { team, zoe, ana, mal, dan, note, left };
  }

  async function dated(set: Stage, parents: readonly LinkId[]): Promise<void> {
    const villain = await turned(set.team.space, set.mal);
    await plant(set.team.world, villain, inLine(villain, { parents, index: 0 }, removal(set.team, 'ana'), crook(set.team)));
  }

  const gone = (name: string): string => `${name} viewer ${name}`;

  test.each(SEEDS)('P10 G8 beside the very first link: it was nobody then, so nothing falls (seed %s)', async (seed) => {
    const set = await grown(`genesis ${seed}`);
    const { team, zoe, ana, mal, dan, note, left } = set;
    const genesis = (await linksOnDisk(zoe.now, team.space)).find(({ body }) => body.operation.type === 'genesis');
    await dated(set, [genesis?.id as LinkId]);
    const live = [zoe, ana, mal, dan];
    await eachMeeting(team, meetings(live), async () => {
      const picture = await agreed(team, live);
      expect(picture.members).toEqual(['ana admin ana', 'dan editor dan', gone('gil'), 'hal editor hal', 'mal admin mal', 'zoe owner zoe']);
      expect(await wordsAt(team, zoe, note)).toEqual(['ana-words', 'dan-on-top']);
      expect(await wordsAt(team, zoe, left)).toEqual(['ana-words']);
    });
  });

  test.each(SEEDS)(
    'P10 P2 G14 beside the link that made it admin: what the owner stood by stays, what nobody knew falls, and no word is lost (seed %s)',
    async (seed) => {
      const set = await grown(`admission ${seed}`);
      const { team, zoe, ana, mal, dan, note, left } = set;
      const { personOf } = team;
      const admission = (await linksOnDisk(zoe.now, team.space)).find(
        ({ body }) => body.operation.type === 'add-person' && body.operation.person === personOf('mal'),
      );
      await dated(set, [admission?.id as LinkId]);
      const live = [zoe, mal, dan];
      await eachMeeting(team, meetings(live, [ana]), async () => {
        const picture = await agreed(team, live);
        const added = picture.members.filter((line) => !line.startsWith('crook'));
        expect(added).toEqual(['dan editor dan', gone('gil'), 'mal admin mal', 'zoe owner zoe']);
        expect(viewOf(team, ana).standing).toBe('removed');
        for (const seat of live) {
          expect(await wordsAt(team, seat, note), seat.name).toEqual(['ana-words', 'dan-on-top']);
          expect(await wordsAt(team, seat, left), seat.name).toEqual([]);
          expect(await quarantinedAt(team, seat, left), seat.name).toEqual(['ana-words']);
        }
        // The owner looks, takes the words back, and ends it.
        await team.must(zoe.now.engine.teams.kick(team.space, personOf('mal')));
        const set = (await zoe.now.engine.quarantine.list(team.space)).find(({ document }) => document === left);
        await team.must(zoe.now.engine.quarantine.accept(team.space, [set?.id ?? '']));
        await team.bring(zoe, 'admin', ana);
        team.join(zoe, dan, ana);
        await quiet(team, [zoe, dan, ana]);
        await agreed(team, [zoe, dan, ana]);
        expect(membersAt(team, dan)).toEqual(expect.arrayContaining(['ana admin', 'zoe owner']));
        for (const seat of [zoe, dan, ana]) expect(await wordsAt(team, seat, left), seat.name).toEqual(['ana-words']);
      });
    },
  );
});
