/** kill -9 of the whole agent at random moments while tasks are added: what was answered is there afterwards, and the agent is back within two seconds. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { makeLan } from '../help/lan.js';
import { figure, pairByLink, titles } from '../help/lan-stories.js';
import { type Machine, machine } from '../help/machine.js';
import { leftOut, rounds } from '../help/needs.js';
import { until } from '../help/wait.js';

const CYCLES = rounds(20, 200);
const READY_MS_MAX = 2_000;
const CLIENTS = 4;

/** Adds tasks until it is refused or cut off; titles the agent answered for go to `kept`. */
async function addTasks(one: Machine, project: string, from: string, kept: Set<string>): Promise<void> {
  for (let n = 0; ; n++) {
    const title = `${from}.${n}`;
    try {
      await one.ask('task.add', { project, title });
    } catch (error) {
      if (/ECONN|EPIPE|hang up|aborted|cut|JSON/.test(String(error))) return;
      throw error;
    }
    kept.add(title);
  }
}

/** The same by the command line, one program for each task. */
async function typeTasks(one: Machine, from: string, kept: Set<string>, enough: () => boolean): Promise<void> {
  for (let n = 0; !enough(); n++) {
    const title = `${from}.typed.${n}`;
    if ((await one.cli('task', 'add', '-p', 'project', title)).code === 0) kept.add(title);
  }
}

describe.skipIf(leftOut('lan'))('kill -9 of the agent', () => {
  test(`A4: ${CYCLES} times while tasks are added: no answered task is lost, and it is ready again within 2 s`, async () => {
    const [host, other] = await makeLan(2);
    if (host === undefined || other === undefined) throw new Error('no hosts');
    const [ana, bea] = [await machine(host, { name: 'ana' }), await machine(other, { name: 'bea' })];
    await Promise.all([ana.up(), bea.up()]);
    const { project } = await ana.ask('project.add', { path: ana.folder });
    await pairByLink(ana, bea);
    const kept = new Set<string>();
    const readyMs: number[] = [];
    const killedAfterMs: number[] = [];
    for (let cycle = 0; cycle < CYCLES; cycle++) {
      let over = false;
      const clients = Array.from({ length: CLIENTS }, (_, client) => addTasks(ana, project.id, `${cycle}.${client}`, kept));
      const typed = cycle % 5 === 0 ? typeTasks(ana, String(cycle), kept, () => over) : Promise.resolve();
      const afterMs = 20 + Math.random() * 600;
      await sleep(afterMs);
      await ana.kill();
      over = true;
      await Promise.all([...clients, typed]);
      killedAfterMs.push(afterMs);
      readyMs.push(await ana.up());
      const there = new Set(await titles(ana, project.id));
      expect(
        [...kept].filter((title) => !there.has(title)),
        `cycle ${cycle}`,
      ).toEqual([]);
    }
    expect(kept.size).toBeGreaterThan(CYCLES);
    readyMs.sort((a, b) => a - b);
    figure(
      `killed ${CYCLES} times, ${kept.size} tasks kept: started → answering again, median`,
      readyMs[Math.floor(CYCLES / 2)] ?? Infinity,
    );
    figure('started → answering again, slowest', readyMs.at(-1) ?? Infinity, 'at most 2000');
    const verified = await ana.json<{ readonly damaged: readonly string[] }>('verify');
    expect(verified.damaged).toEqual([]);
    const { tookMs } = await until(
      'the other machine to hold every task',
      async () => {
        const there = new Set(await titles(bea, project.id));
        return [...kept].every((title) => there.has(title));
      },
      30_000,
    );
    figure('after the last kill → everything on the other machine', tookMs);
    expect((await ana.ask('status', {})).alarms).toEqual([]);
    expect(readyMs.at(-1)).toBeLessThan(READY_MS_MAX);
  }, 300_000);
});
