/** Two machines that reach different copies of one relay, and each other not at all, pair through it (C41). */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeLan } from '../help/lan.js';
import { tasks } from '../help/lan-stories.js';
import { eventually } from '../help/lan-team.js';
import { machine } from '../help/machine.js';
import { leftOut } from '../help/needs.js';
import { postgresOfFile } from '../help/postgres.js';
import { start } from '../help/program.js';
import { redisOfFile } from '../help/redis.js';
import { runRelay } from '../help/relay-cluster.js';
import { type RelayHost, signIn } from '../help/relay-host.js';
import { ROOT } from '../help/root.js';

const postgres = postgresOfFile();
const redis = redisOfFile();
const PORT = 8787;
const SECRET = 'a secret of the cluster of these tests, long enough';

describe.skipIf(leftOut('lan') || leftOut('postgres') || leftOut('redis'))('two copies of a relay between machines', () => {
  test('C41 host and guest of a pairing reach different copies, and the session goes on over the pipe between them', async () => {
    const [post, first, second] = await makeLan(3);
    if (post === undefined || first === undefined || second === undefined) throw new Error('no hosts');
    await Promise.all([first.isolate(), second.isolate()]);
    const origin = `http://${post.address}:${PORT}`;
    const env = {
      RELAY_ORIGIN: origin,
      RELAY_SECRET: SECRET,
      RELAY_HOST: post.address,
      DATABASE_URL: await (await postgres()).database(),
      REDIS_URL: `redis://localhost/?path=${encodeURIComponent((await redis()).url)}`,
    };
    const copies = [await runRelay(env, post.netns), await runRelay(env, post.netns)];
    const places = [first, second].map(({ address }, at) => `${address}=${copies[at]?.port}`);
    const front = [join(ROOT, 'tests/help/relay-cluster-front.mjs'), post.address, String(PORT), ...places];
    await start(process.execPath, front, { netns: post.netns }).says('listening');
    const relay: Pick<RelayHost, 'origin'> = { origin };

    const [mac, laptop] = await Promise.all([machine(first, { name: 'mac' }), machine(second, { name: 'laptop' })]);
    await Promise.all([mac.up(), laptop.up()]);
    await signIn(mac, relay, 'ana@example.org', true);
    const { project } = await mac.ask('project.add', { path: mac.folder });
    for (let at = 0; at < 30; at++) await mac.ask('task.add', { project: project.id, title: `task ${at}` });
    const { link } = await mac.ask('pair.start', { autoConfirm: true });
    await laptop.json('join', link, '--yes');
    // The laptop is signed in nowhere: all it has came over the pipe.
    await eventually('the laptop to show the tasks', async () => {
      const known = (await laptop.ask('project.list', {})).some(({ id }) => id === project.id);
      return known && (await tasks(laptop, project.id)).length === 30;
    });
    expect(await laptop.ask('relay.list', {})).toEqual([]);
    await laptop.ask('task.add', { project: project.id, title: 'from the laptop' });
    await eventually('the mac to show it', async () => (await tasks(mac, project.id)).some(({ title }) => title === 'from the laptop'));
  }, 120_000);
});
