/** A8: a disk that fills up under a running agent: it says so, keeps answering, loses nothing it answered for, and goes on once there is room. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { makeLan } from '../help/lan.js';
import { inStep, pairByLink, titles } from '../help/lan-stories.js';
import { type Machine, machine } from '../help/machine.js';
import { leftOut } from '../help/needs.js';
import { run } from '../help/program.js';
import { tempFolder } from '../help/temp.js';
import { until } from '../help/wait.js';

const DISK_BYTES = 24 * 1024 * 1024;

/** A machine whose home stands on a small disk of its own. */
async function onSmallDisk(): Promise<{ readonly ana: Machine; readonly bea: Machine; readonly project: string }> {
  const [host, other] = await makeLan(2);
  if (host === undefined || other === undefined) throw new Error('no hosts');
  const disk = join(await tempFolder('small'), 'disk');
  await mkdir(disk);
  const mounted = await run('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', disk]);
  if (mounted.code !== 0) throw new Error(`mount: ${mounted.stderr}`);
  onTestFinished(async () => void (await run('umount', ['-l', disk])));
  const [ana, bea] = [await machine(host, { name: 'ana', at: disk }), await machine(other, { name: 'bea' })];
  await Promise.all([ana.up(), bea.up()]);
  const { project } = await ana.ask('project.add', { path: ana.folder });
  await pairByLink(ana, bea);
  return { ana, bea, project: project.id };
}

/** Takes all room there is; the file whose removal gives it back. */
async function fill(disk: string): Promise<string> {
  const file = join(disk, 'filler');
  await writeFile(file, '');
  for (const block of ['1M', '64K', '4K', '1'])
    await run('dd', ['if=/dev/zero', `of=${file}`, `bs=${block}`, 'oflag=append', 'conv=notrunc', 'status=none']);
  return file;
}

describe.skipIf(leftOut('lan'))('a full disk', () => {
  test('A8: the agent says the disk is full, goes on reading, and goes on writing once there is room', async () => {
    const { ana, bea, project } = await onSmallDisk();
    const kept: string[] = [];
    for (let n = 0; n < 5; n++) kept.push((await ana.ask('task.add', { project, title: `before ${n}` })).title);
    await inStep(ana, bea);
    const filler = await fill(ana.disk);

    // What still fits into pages the store has is kept; then it must say no, and say why.
    let refusal = '';
    for (let n = 0; refusal === '' && n < 400; n++) {
      const said = await ana.ask('task.add', { project, title: `full ${n} ${'x'.repeat(1_500)}` }).then(
        ({ title }) => kept.push(title),
        (error: unknown) => (refusal = String(error)),
      );
      if (typeof said === 'string') break;
    }
    expect(refusal).toMatch(/the disk is full/);
    const typed = await ana.cli('task', 'add', '-p', 'project', 'y'.repeat(1_500));
    expect([typed.code, typed.stderr]).toEqual([1, expect.stringMatching(/the disk is full/) as string]);
    expect(typed.stderr.trim().split('\n').length).toBeLessThanOrEqual(2);

    // Reading, telling and the other machine go on.
    expect((await titles(ana, project)).toSorted()).toEqual(kept.toSorted());
    expect((await ana.cli('doctor')).stdout).toMatch(/free some space/);
    await bea.ask('task.add', { project, title: 'by bea' });
    expect((await ana.ask('status', {})).pid).toBe(ana.pid());

    await rm(filler);
    await until(
      'room again',
      () =>
        ana.ask('task.add', { project, title: 'after' }).then(
          () => true,
          () => false,
        ),
      15_000,
    );
    await until(
      'both to hold all',
      async () => {
        const [left, right] = (await Promise.all([ana, bea].map((one) => titles(one, project)))).map((list) => list.toSorted().join('\n'));
        return left === right && left === [...kept, 'by bea', 'after'].toSorted().join('\n');
      },
      90_000,
    );
    await ana.kill();
    await ana.up();
    expect((await titles(ana, project)).length).toBe(kept.length + 2);
    expect((await ana.json<{ readonly damaged: readonly string[] }>('verify')).damaged).toEqual([]);
  }, 180_000);

  test('A8: an agent that is killed while the disk is full starts again once there is room, with all it answered for', async () => {
    const { ana, project } = await onSmallDisk();
    const kept: string[] = [];
    const filler = await fill(ana.disk);
    let full = false;
    for (let n = 0; !full && n < 400; n++)
      await ana.ask('task.add', { project, title: `t${n} ${'x'.repeat(1_500)}` }).then(
        ({ title }) => kept.push(title),
        () => (full = true),
      );
    expect(full).toBe(true);
    await ana.kill();
    const start = ana.launch();
    const outcome = await Promise.race([
      start.ended,
      until(
        'it to run all the same',
        () =>
          ana.ask('id', {}).then(
            () => true,
            () => false,
          ),
        15_000,
      ).then(() => null),
    ]);
    if (outcome !== null) {
      expect([outcome.code, outcome.stderr]).toEqual([1, expect.stringMatching(/no room|full/) as string]);
      expect(outcome.stderr.trim().split('\n').length).toBeLessThanOrEqual(2);
    }
    await ana.kill();
    await rm(filler);
    await ana.up();
    expect((await titles(ana, project)).toSorted()).toEqual(kept.toSorted());
  }, 120_000);
});
