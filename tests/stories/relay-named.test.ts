/** Whole agents at a relay that lies: what a person is told of it, and where (P7, W31). */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startAgent, type TestAgent } from '../help/agent.js';
import { lyingRelay } from '../help/lying-relay.js';
import { liveRelay, PASSWORD } from '../help/relay-live.js';
import { makeRepo } from '../help/repo.js';
import { tempFolder } from '../help/temp.js';
import { until } from '../help/wait.js';

const LONG_MS = 60_000;
const EMAIL = 'ana@example.org';

const titles = async (agent: TestAgent): Promise<readonly string[]> =>
  (await agent.ask('task.list', { project: 'far' }).catch(() => [])).map(({ title }) => title);

async function joined(guest: TestAgent): Promise<void> {
  await until('joined', async () => (await guest.ask('join.status', {})).state === 'joined', LONG_MS);
}

test('P7 W31 entries left out are told in status, relay status, doctor and why, by the relay’s name, and come at the next meeting', async () => {
  const liar = await lyingRelay();
  const relay = await liveRelay(await tempFolder('relay'), { RELAY_ORIGIN: liar.origin, RELAY_REGISTRATION: 'open' });
  liar.behind(relay.port);
  const mac = await startAgent({ name: 'Mac' });
  await mac.ask('project.add', { path: makeRepo(join(await tempFolder('far'), 'far')) });
  await mac.ask('relay.login', { relay: liar.origin, email: EMAIL, password: PASSWORD, register: true });
  const phone = await startAgent({ name: 'Phone' });
  const { link } = await mac.ask('pair.start', { autoConfirm: true });
  await phone.ask('join.start', { target: link });
  await joined(phone);
  await phone.ask('relay.login', { relay: liar.origin, email: EMAIL, password: PASSWORD });
  await until('the project', async () => (await phone.ask('project.list', {})).length === 1, LONG_MS);
  expect((await phone.ask('relay.list', {}))[0]).toMatchObject({ origin: liar.origin, doubts: [] });
  // From here on they have the relay alone.
  await mac.agent.stop();
  liar.lie(1, {
    down: (message) =>
      message.type === 'entries' ? [{ ...message, items: [] }] : message.type === 'loose' && message.items.length > 0 ? [] : [message],
    up(message, answer) {
      if (message.type !== 'get') return [message];
      answer({ type: 'loose', slot: message.slot, lane: message.lane, items: [], missing: [...message.ids] });
      return [];
    },
  });
  // At another address, which the phone does not know.
  const again = await startAgent({ name: 'Mac', home: mac.home, env: { LEANVIBE_LISTEN: '127.0.0.2' } });
  await again.ask('task.add', { project: 'far', title: 'mend the lighthouse' });
  const doubts = async () => (await phone.ask('relay.list', {}))[0]?.doubts ?? [];
  await until('a doubt', async () => (await doubts()).length > 0, LONG_MS);
  expect(await titles(phone)).toEqual([]);
  const [doubt] = await doubts();
  expect(doubt?.alarm).toBe('relay-withheld');
  expect(doubt?.message).toContain(liar.origin);
  expect((await phone.ask('status', {})).alarms).toContainEqual(expect.objectContaining({ alarm: 'relay-withheld', relay: liar.origin }));
  expect(await phone.ask('doctor', {})).toContainEqual(
    expect.objectContaining({ check: 'alarm: relay-withheld', ok: false, fix: expect.stringContaining('ask whoever runs the relay') }),
  );
  expect(await phone.ask('why', { project: 'far' })).toContainEqual(
    expect.objectContaining({
      document: 'relay',
      state: 'blocked',
      reason: 'relay-withheld',
      detail: expect.stringContaining(liar.origin),
    }),
  );
  // What was left out is remembered, and asked for at the next meeting with anybody.
  liar.lie(null, {});
  await phone.agent.stop();
  const later = await startAgent({ name: 'Phone', home: phone.home });
  await until('it to arrive', async () => (await titles(later)).includes('mend the lighthouse'), LONG_MS);
}, 180_000);
