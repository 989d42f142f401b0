/** Pairing between machines: found by mDNS, by link and by short code, with agents and command lines as people run them. */
import { describe, expect, test } from 'vitest';
import type { DeviceRow, PairOffer, PairStatus } from '@leanvibe/agent/internal/control/views';
import { makeLan } from '../help/lan.js';
import { asked, figure, inStep, machines, pairByLink, titles } from '../help/lan-stories.js';
import { type Machine, machine } from '../help/machine.js';
import { leftOut } from '../help/needs.js';
import { until } from '../help/wait.js';

const FOUND_MS_MAX = 3_000;

/** Milliseconds from now until `one` is connected to `other` as a device of the same person. */
async function connected(one: Machine, other: string): Promise<number> {
  const sees = async (): Promise<boolean> =>
    (await one.ask('status', {})).peers.some(({ deviceId, state }) => deviceId === other && state !== 'offline' && state !== 'connecting');
  return (await until('the other device to be connected', sees)).tookMs;
}

describe.skipIf(leftOut('lan'))('pairing between machines', () => {
  test('A3, C40: by link, with the command line alone; both list both devices by name', async () => {
    const [ana, bea] = await machines('ana', 'bea');
    await ana.json('add', ana.folder);
    await ana.json('task', 'add', 'from before');
    await pairByLink(ana, bea);
    const rows = await Promise.all([ana, bea].map((one) => one.json<readonly DeviceRow[]>('devices')));
    for (const row of rows)
      expect(row.map(({ name, revoked }) => [name, revoked]).sort()).toEqual([
        ['ana', false],
        ['bea', false],
      ]);
    expect((await bea.json<readonly { title: string }[]>('task', 'list', '-p', 'project')).map(({ title }) => title)).toEqual([
      'from before',
    ]);
  }, 60_000);

  test('A3, C41: found by mDNS within 3 s, and joined by short code once the six digits of both screens are typed', async () => {
    const [host, guest] = await makeLan(2);
    if (host === undefined || guest === undefined) throw new Error('no hosts');
    const [ana, bea] = [await machine(host, { name: 'ana' }), await machine(guest, { name: 'bea' })];
    await Promise.all([ana.up().then(() => (readyMs.ana = performance.now())), bea.up().then(() => (readyMs.bea = performance.now()))]);
    const { code } = await ana.json<PairOffer>('pair');
    const digits = await until('six digits on the joining side', async () => {
      await bea.ask('join.start', { target: code }).catch((error: unknown) => {
        if (!/unreachable|busy/.test(String(error))) throw error;
      });
      const { state, digits: shown, message } = await bea.ask('join.status', {});
      if (state === 'failed' && !/no LeanVibe agent|unreachable/.test(message ?? '')) throw new Error(message ?? state);
      return state === 'digits' ? shown : null;
    });
    const foundMs = performance.now() - Math.max(readyMs.ana, readyMs.bea);
    figure('both ready → found by mDNS and digits shown', foundMs, 'at most 3000');
    expect(foundMs).toBeLessThanOrEqual(FOUND_MS_MAX);
    expect(digits.value).toMatch(/^\d{6}$/);
    expect((await asked(ana)).digits).toBe(digits.value);
    expect((await ana.ask('device.list', {})).length).toBe(1);
    await ana.json<PairStatus>('pair', 'confirm', digits.value);
    await bea.ask('join.confirm', { accept: true, digits: digits.value });
    await inStep(ana, bea);
  }, 60_000);

  const readyMs = { ana: 0, bea: 0 };

  test('C41: `join <code>` shows the digits; wrong ones typed on the other side let nobody in', async () => {
    const [ana, bea] = await machines('ana', 'bea');
    await until('bea to find ana', async () => {
      const { code } = await ana.json<PairOffer>('pair');
      const joining = bea.cli('join', code, '--json');
      const shown = await Promise.race([asked(ana), joining.then(() => null)]);
      if (shown === null) return false;
      const wrong = shown.digits === '000000' ? '000001' : '000000';
      const confirmed = await ana.cli('pair', 'confirm', wrong);
      const joined = await joining;
      expect(joined.stderr).toContain(`${shown.digits?.slice(0, 3)} ${shown.digits?.slice(3)}`);
      expect([confirmed.code, joined.code]).toEqual([1, 1]);
      expect(`${confirmed.stderr}${joined.stderr}`).not.toMatch(/ at |Error:/);
      return true;
    });
    for (const one of [ana, bea]) expect((await one.ask('device.list', {})).length).toBe(1);
  }, 60_000);

  test('C40: a link is good once; whoever uses it again is refused and the first side is warned', async () => {
    const [ana, bea, cat] = await machines('ana', 'bea', 'cat');
    const { link } = await ana.json<PairOffer>('pair');
    expect((await bea.cli('join', link)).code).toBe(0);
    const again = await cat.cli('join', link);
    expect(again.code).toBe(1);
    expect((await ana.ask('device.list', {})).length).toBe(2);
    const { value } = await until('the alarm', async () => (await ana.ask('pair.status', {})).alarm);
    expect(value).toMatch(/./);
  }, 60_000);

  test('A3, C39: devices that come back at other ports find each other again by mDNS within 3 s', async () => {
    const [ana, bea] = await machines('ana', 'bea');
    const { project } = await ana.ask('project.add', { path: ana.folder });
    await pairByLink(ana, bea);
    const ids = { ana: (await ana.ask('id', {})).deviceId, bea: (await bea.ask('id', {})).deviceId };
    for (let round = 1; round <= 3; round++) {
      await Promise.all([ana.down(), bea.down()]);
      const ports = (base: number): readonly string[] => ['--tcp-port', String(base + round), '--ws-port', String(base + 100 + round)];
      await Promise.all([ana.up(...ports(21_000)), bea.up(...ports(22_000))]);
      const took = await Promise.all([connected(ana, ids.bea), connected(bea, ids.ana)]);
      figure('both ready → connected again, known addresses being wrong', Math.max(...took), 'at most 3000');
      expect(Math.max(...took)).toBeLessThanOrEqual(FOUND_MS_MAX);
      await ana.ask('task.add', { project: project.id, title: `round ${round}` });
      await until('the task', async () => (await titles(bea, project.id)).includes(`round ${round}`));
    }
  }, 90_000);
});
