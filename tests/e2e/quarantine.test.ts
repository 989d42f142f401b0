/** Real agents on a network of their own: what a revoked device wrote late is set aside, decided, and what it could not send is carried over by hand. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuditView, QuarantineDetail, QuarantineRow, UnsentApplied, UnsentRow } from '@leanvibe/agent/internal/control/trust-views';
import type { WhyView } from '@leanvibe/agent/internal/control/views';
import { describe, expect, test } from 'vitest';
import { inStep, machines, pairByLink, titles } from '../help/lan-stories.js';
import { leftOut } from '../help/needs.js';
import { until } from '../help/wait.js';

const has = async (one: Parameters<typeof titles>[0], project: string, title: string): Promise<boolean> =>
  (await titles(one, project)).includes(title);

describe.skipIf(leftOut('lan'))('what a revoked device wrote', () => {
  test('C9 C10 G23 P2: late words are set aside alike, shown, accepted; unsent ones travel in a file', async () => {
    const [ana, bea, cat] = await machines('ana', 'bea', 'cat');
    const { project } = await ana.ask('project.add', { path: ana.folder });
    await pairByLink(ana, bea);
    await pairByLink(ana, cat);
    await inStep(ana, bea, cat);
    await ana.ask('task.add', { project: project.id, title: 'from the start' });
    await until(
      'the task everywhere',
      async () => (await has(bea, project.id, 'from the start')) && has(cat, project.id, 'from the start'),
    );

    // Ana revokes Bea while nobody hears of it; Bea goes on, and Cat takes it in.
    await ana.host.cut();
    await ana.json('devices', 'revoke', 'bea', '--yes');
    await bea.ask('task.add', { project: project.id, title: 'too late' });
    await until('cat to have it', () => has(cat, project.id, 'too late'));
    await bea.host.cut();
    await bea.ask('task.add', { project: project.id, title: 'never sent' });
    await ana.host.heal();

    const { value: row } = await until('both to list it', async () => {
      const [here, there] = [
        await ana.json<readonly QuarantineRow[]>('quarantine'),
        await cat.json<readonly QuarantineRow[]>('quarantine', 'list'),
      ];
      return here.length === 1 && there.length === 1 && here[0]?.id === there[0]?.id ? (here[0] ?? null) : null;
    });
    expect(row).toMatchObject({ deviceName: 'bea', document: 'project', projectName: project.name, mayDecide: true, dropped: 0 });
    for (const one of [ana, cat]) expect(await has(one, project.id, 'too late')).toBe(false);
    await until('the alarm', async () => (await cat.ask('status', {})).alarms.some(({ alarm }) => alarm === 'set-aside'));
    expect((await cat.json<readonly WhyView[]>('why', project.name)).map(({ reason }) => reason)).toContain('removed');
    const shown = await cat.json<QuarantineDetail>('quarantine', 'show', row.id.slice(0, 8));
    expect(shown.difference.items).toMatchObject([{ part: 'task', what: 'added', after: '[ ] too late' }]);
    expect((await cat.cli('quarantine', 'show', row.id.slice(0, 8))).stdout).toContain('+ [ ] too late');

    await cat.json('quarantine', 'accept', row.id.slice(0, 8));
    await until('both to show it', async () => (await has(ana, project.id, 'too late')) && has(cat, project.id, 'too late'));
    expect(await ana.json<readonly QuarantineRow[]>('quarantine', '--all')).toEqual([]);
    await until('the alarm to be over', async () => !(await cat.ask('status', {})).alarms.some(({ alarm }) => alarm === 'set-aside'));
    const [audit] = await ana.json<readonly AuditView[]>('audit');
    expect(audit).toMatchObject({ faults: [], verified: audit?.links });
    const told = audit?.lines.map(({ text }) => text) ?? [];
    expect(told).toEqual(expect.arrayContaining(['ana removed bea', `cat accepted 1 set-aside change of bea in ${project.name}`]));

    // Bea is told, and carries the rest over by hand.
    await bea.host.heal();
    const { value: alarm } = await until(
      'bea to hear of it',
      async () => (await bea.ask('status', {})).alarms.find((one) => one.alarm === 'unsent') ?? null,
    );
    expect(alarm?.message).toContain('unsent save');
    const unsent = await bea.json<readonly UnsentRow[]>('unsent');
    expect(unsent.filter(({ stranded }) => stranded).map(({ document }) => document)).toContain('project');
    const file = join(bea.folder, 'words.json');
    await bea.json('unsent', 'save', file);
    expect(await readFile(file, 'utf8')).toContain('never sent');
    const applied = await cat.json<UnsentApplied>('unsent', 'apply', file);
    expect(applied).toMatchObject({ from: 'bea', left: [] });
    await until('ana to have it too', () => has(ana, project.id, 'never sent'));
  }, 180_000);
});
