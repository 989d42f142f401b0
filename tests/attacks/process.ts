/** Agents as separate processes under attack: asked through their control API, their log read from disk. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MethodName, ParamsOf, ResultOf } from '@leanvibe/agent/internal/control/methods';
import { ROOT } from '../help/root.js';
import { start } from '../help/program.js';
import { tempFolder } from '../help/temp.js';
import { until } from '../help/wait.js';

/** Milliseconds by which a 10 ms beat of the main loop came late; `own` leaves out what its thread waited for a processor that ran other programs. */
export interface MainLoopLag {
  readonly ownP99Ms: number;
  readonly ownMaxMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export interface AgentProcess {
  readonly home: string;
  readonly pid: number;
  ask<M extends MethodName>(method: M, params: ParamsOf<M>): Promise<ResultOf<M>>;
  /** Since the last call. */
  lag(): Promise<MainLoopLag>;
  /** Log records of one event, oldest first. */
  logged(event: string): readonly Readonly<Record<string, unknown>>[];
}

/** On loopback, undiscovered; killed when the running test ends. */
export async function spawnAgent(name: string): Promise<AgentProcess> {
  const home = join(await tempFolder(`attacked-${name}`), 'home');
  const program = start(process.execPath, [join(ROOT, 'tests/attacks/victim.mjs'), home, name], {});
  await program.says(/ready \d+/, 20_000);
  const port = /ready (\d+)/.exec(program.stdout())?.[1] ?? '';
  const token = readFileSync(join(home, 'control.token'), 'utf8').trim();
  return {
    home,
    pid: program.pid,
    async ask(method, params) {
      const answer = await fetch(`http://127.0.0.1:${port}/api/v1/${method}`, {
        method: 'POST',
        // A connection kept would be stale whenever this process was busy for longer than the agent keeps one.
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', connection: 'close' },
        body: JSON.stringify(params),
      });
      const last = JSON.parse((await answer.text()).trim().split('\n').at(-1) ?? '{}') as {
        readonly result?: unknown;
        readonly error?: { readonly code: string; readonly message: string };
      };
      if (last.error !== undefined) throw new Error(`${last.error.code}: ${last.error.message}`);
      return last.result as ResultOf<typeof method>;
    },
    async lag() {
      const told = (): readonly string[] => program.stdout().match(/^lag .*$/gm) ?? [];
      const before = told().length;
      process.kill(program.pid, 'SIGUSR2');
      const { value } = await until('it has told how late its main loop ran', () => told()[before] ?? null, 20_000);
      return JSON.parse(value.slice('lag '.length)) as MainLoopLag;
    },
    logged: (event) =>
      readFileSync(join(home, 'logs', 'agent.log'), 'utf8')
        .split('\n')
        .filter((line) => line.includes(`"${event}"`))
        .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>),
  };
}
