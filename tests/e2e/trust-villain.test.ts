/** A hostile admin with a real agent: its home is taken, forged links are put into its store, and its agent hands them on (P10, G12, G14). */
import { createClosing } from '@leanvibe/agent/internal/daemon/closing';
import { openHome } from '@leanvibe/agent/internal/daemon/home';
import { homePaths } from '@leanvibe/agent/internal/config/paths';
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import { type Hash, type LinkId, makeId, type PersonId, type SpaceId } from '@leanvibe/protocol/ids';
import type { Operation } from '@leanvibe/protocol/link';
import { describe, expect, test } from 'vitest';
import { type Member, takeOver } from '../attacks/member.js';
import { machines } from '../help/lan-stories.js';
import { agree, eventually, foundTeam, letIn, only, people, personOf, words } from '../help/lan-team.js';
import type { Machine } from '../help/machine.js';
import { leftOut } from '../help/needs.js';

const SLOW = { timeout: 300_000 };
const silent = { log: () => undefined };

/** What its owner can do with a home whose agent is stopped: forge a removal at a place of its choice, and put it into the store. */
async function forges(mal: Machine, space: SpaceId, person: PersonId, place: (member: Member) => readonly LinkId[]): Promise<void> {
  await mal.down();
  const closing = createClosing({ logger: silent });
  const home = await openHome({
    logger: silent,
    paths: homePaths(mal.home),
    crypto: nativeCrypto(),
    mode: 'file',
    passphrase: undefined,
    closing,
  });
  const member = await takeOver(home.secrets, home.store, space);
  const frontier = makeId<Hash>(new Uint8Array(32).fill(7));
  const operation: Operation = { type: 'remove-person', person, frontier };
  const link = member.link(operation, { parents: [...place(member)].sort(), index: member.group.nextIndex(member.device) });
  const { entryId, bytes } = member.seal('link', link.plaintext);
  await home.store.commit({ entries: [{ space, lane: 1, entryId, sealed: bytes, from: null }] });
  await closing.run();
  await mal.up();
}

const teamOf = async (one: Machine): Promise<SpaceId> => ((await one.ask('space.list', {})).find(({ home }) => !home)?.id ?? '') as SpaceId;

describe.skipIf(leftOut('lan'))('a hostile admin on a network', () => {
  test(
    'P10 G8 G12 G14: it dates a removal back to the beginning, and nothing comes of it; removed, it dates a counter-removal back, and stays out',
    SLOW,
    async () => {
      const [ana, ben, mal, dan] = await machines('ana', 'ben', 'mal', 'dan');
      const all = [ana, ben, mal, dan];
      const project = await foundTeam(ana);
      for (const [guest, role] of [
        [mal, 'admin'],
        [ben, 'admin'],
        [dan, 'editor'],
      ] as const)
        await letIn(ana, guest, role);
      await add(ana, project, 'start');
      const start = { members: ['ana owner', 'ben admin', 'dan editor', 'mal admin'], tasks: ['start'] };
      await agree(all, project, start);
      const space = await teamOf(ana);
      const [benId, malId, danId] = [await personOf(ben), await personOf(mal), await personOf(dan)];

      // Beside the very first link, when it was nobody; everybody hears of it, and its own agent too.
      const isFirst = ({ body }: Member['links'][number]): boolean => body.operation.type === 'genesis';
      await forges(mal, space, benId as PersonId, ({ links }) => links.filter(isFirst).map(({ id }) => id));
      await add(mal, project, 'mal after that');
      const unmoved = { ...start, tasks: [...start.tasks, 'mal after that'] };
      await agree(all, project, unmoved);

      // Ben removes it, and Ana builds on that; Mal dates its answer back, and Dan is the first to hear.
      await only(all, ana, ben);
      await ben.ask('member.kick', { space: 'Team', person: malId });
      await eventually('ana to hear', async () => !(await people(ana)).includes('mal admin'));
      await ana.ask('member.role', { space: 'Team', person: danId, role: 'admin' });
      await eventually('ben to hear', async () => (await people(ben)).includes('dan admin'));
      await only(all);
      await forges(mal, space, benId as PersonId, ({ group, device }) => group.cite(device));
      await only(all, mal, dan);
      await eventually('dan to believe it', async () => !(await people(dan)).includes('ben admin'));
      await add(dan, project, 'dan apart');
      await only(all, ana, ben, dan);
      const right = { members: ['ana owner', 'ben admin', 'dan admin'], tasks: [...unmoved.tasks, 'dan apart'] };
      await agree([ana, ben, dan], project, right);
      await add(ben, project, 'not for mal');
      await mal.host.heal();
      await agree([ana, ben, dan], project, { ...right, tasks: [...right.tasks, 'not for mal'] });
      expect(await words(mal, project)).not.toContain('not for mal');
    },
  );
});

const add = (one: Machine, project: string, title: string): Promise<unknown> => one.ask('task.add', { project, title });
