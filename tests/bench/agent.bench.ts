/** The agent as a program: start to ready, and what it costs while nothing happens. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { homePaths } from '@leanvibe/agent/internal/config/paths';
import { ROOT } from '../help/root.js';
import { kilobytes, median, ms } from './kit/figures.js';
import { inFolder } from './kit/folders.js';
import type { Report } from './kit/report.js';

interface Started {
  readonly readyMs: number;
  readonly child: ChildProcess;
}

const PROGRAM = join(ROOT, 'agent/bin/leanvibe.js');
const OPTIONS = ['--port', '0', '--tcp-port', '0', '--ws-port', '0', '--listen', '127.0.0.1', '--discovery', 'off', '--secrets', 'file'];

/** Ready is when the agent has written where it answers, which is its last act. */
async function start(home: string, folder: string, more: readonly string[]): Promise<Started> {
  const endpoint = homePaths(home).endpoint;
  rmSync(endpoint, { force: true });
  const from = performance.now();
  const child = spawn(process.execPath, [PROGRAM, 'start', '--home', home, ...OPTIONS, ...more], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
  while (!existsSync(endpoint)) {
    if (child.exitCode !== null || performance.now() - from > 60_000) throw new Error(`the agent did not start: ${said}`);
    await new Promise((go) => setTimeout(go, 2));
  }
  return { readyMs: performance.now() - from, child };
}

async function stop({ child }: Started): Promise<void> {
  const gone = new Promise((settle) => child.once('exit', settle));
  child.kill('SIGTERM');
  await gone;
}

function rssBytes(pid: number): number {
  return Number(spawnSync('ps', ['-o', 'rss=', '-p', String(pid)]).stdout.toString('utf8')) * 1024;
}

/** Seconds of processor so far; null where /proc does not say. */
function cpuSeconds(pid: number): number | null {
  const path = `/proc/${pid}/stat`;
  if (!existsSync(path)) return null;
  const fields = readFileSync(path, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

interface Idle {
  readonly rss: number;
  /** Of one core. */
  readonly cpuPart: number | null;
}

async function idle({ child }: Started, seconds: number): Promise<Idle> {
  const pid = child.pid ?? 0;
  await new Promise((go) => setTimeout(go, 10_000));
  const before = cpuSeconds(pid);
  await new Promise((go) => setTimeout(go, seconds * 1000));
  const after = cpuSeconds(pid);
  return { rss: rssBytes(pid), cpuPart: before === null || after === null ? null : (after - before) / seconds };
}

function floorMs(): number {
  const from = performance.now();
  spawnSync(process.execPath, ['-e', '0']);
  return performance.now() - from;
}

export async function benchAgent(quick: boolean): Promise<Report> {
  const rounds = quick ? 3 : 7;
  const idleSeconds = quick ? 5 : 30;
  const measured = await inFolder(async (folder) => {
    const [firsts, laters, floors] = [[], [], []] as [number[], number[], number[]];
    for (let round = 0; round < rounds; round++) {
      const home = join(folder('homes'), String(round));
      for (const times of [firsts, laters]) {
        floors.push(floorMs());
        const started = await start(home, folder('nothing'), ['--headless']);
        times.push(started.readyMs);
        await stop(started);
      }
    }
    const alone = await start(join(folder('homes'), '0'), folder('nothing'), ['--headless']);
    const bare = await idle(alone, idleSeconds);
    await stop(alone);
    const watching = await start(join(folder('homes'), 'project'), ROOT, []);
    const project = await idle(watching, idleSeconds);
    await stop(watching);
    return { firstMs: median(firsts), laterMs: median(laters), floorMs: median(floors), bare, project };
  });
  const { bare, project } = measured;
  const percent = (part: number | null): string => (part === null ? '-' : `${(part * 100).toFixed(2)} %`);
  return {
    id: 'agent',
    work: 'the agent: start to ready, and idle',
    columns: ['', 'new home ms', 'later ms', 'node itself ms', 'RSS', 'CPU of one core'],
    rows: [
      ['no project', ms(measured.firstMs), ms(measured.laterMs), ms(measured.floorMs), kilobytes(bare.rss), percent(bare.cpuPart)],
      ['watching this repository', '-', '-', '-', kilobytes(project.rss), percent(project.cpuPart)],
    ],
    judged: [
      {
        goal: 'start to ready < 1 s',
        measured: `${ms(measured.laterMs)} ms; in a new home ${ms(measured.firstMs)} ms`,
        met: Math.max(measured.laterMs, measured.firstMs) < 1000,
      },
      {
        goal: 'idle RSS < 150 MB',
        measured: `${kilobytes(bare.rss)}; watching ${kilobytes(project.rss)}`,
        met: Math.max(bare.rss, project.rss) < 150e6,
      },
      ...(bare.cpuPart === null || project.cpuPart === null
        ? []
        : [
            {
              goal: 'idle CPU < 0.5 %',
              measured: `${percent(bare.cpuPart)}; watching ${percent(project.cpuPart)}`,
              met: Math.max(bare.cpuPart, project.cpuPart) < 0.005,
            },
          ]),
    ],
    notes: [
      'From starting `node agent/bin/leanvibe.js start` to the endpoint being written, the last thing a start does. Discovery off, plain key file, loopback only.',
    ],
    data: measured,
  };
}
