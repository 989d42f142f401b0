/** Machines on a test's network: each a network namespace with a person's home, a project folder and the real agent, driven by its command line and its control API. */
import { mkdir, readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MethodName, ParamsOf, ResultOf } from '@leanvibe/agent/internal/control/methods';
import type { LanHost } from './lan.js';
import { type Ended, type Program, type ProgramOptions, run, start } from './program.js';
import { ROOT } from './root.js';
import { tempFolder } from './temp.js';
import { until } from './wait.js';

export const LEANVIBE = join(ROOT, 'agent/bin/leanvibe.js');
const BRIDGE = fileURLToPath(new URL('netns-bridge.mjs', import.meta.url));
/** Every machine has a loopback of its own, so all use the same control port. */
const PORT = 8765;
/** Far above the acceptance bound, which the tests that are about it check themselves. */
const READY_LIMIT_MS = 20_000;

export interface MachineOptions {
  /** What the agent is called; default: what the machine is called. */
  readonly name?: string;
  /** The machine's host name, in a UTS namespace of its own. */
  readonly hostName?: string;
  /** The project folder's name. */
  readonly folder?: string;
  /** Use this folder instead of a new one: `home`, `person` and the project folder are looked for in it. */
  readonly at?: string;
  /** A socket's path may be 107 bytes long, so this folder's path is short and holds nothing of the machine. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Machine {
  readonly host: LanHost;
  readonly home: string;
  /** A project folder; the command line is typed here. */
  readonly folder: string;
  /** Everything of this machine on the disk. */
  readonly disk: string;
  readonly pid: () => number;
  /** Milliseconds from spawning the agent until it answers. `flags` stay until others are given. */
  up(...flags: readonly string[]): Promise<number>;
  /** Starts the agent without waiting for it, for starts that are to fail. */
  launch(...flags: readonly string[]): Program;
  /** Ends the agent as `leanvibe stop` does. */
  down(): Promise<void>;
  /** kill -9. */
  kill(): Promise<void>;
  cli(...args: readonly string[]): Promise<Ended>;
  /** With this piped in. */
  piped(input: string, ...args: readonly string[]): Promise<Ended>;
  /** The command with --json; throws when it fails. */
  json<T>(...args: readonly string[]): Promise<T>;
  /** The control API, without the time a new process takes. Throws `code: message` when the agent refuses. */
  ask<M extends MethodName>(method: M, params: ParamsOf<M>): Promise<ResultOf<M>>;
}

export async function machine(host: LanHost, options: MachineOptions = {}): Promise<Machine> {
  const disk = options.at ?? (await tempFolder('m'));
  const socket = join(await tempFolder('s'), 'control');
  const [person, home, folder] = [join(disk, 'person'), join(disk, 'person/.leanvibe'), join(disk, options.folder ?? 'project')];
  await mkdir(person, { recursive: true });
  await mkdir(folder, { recursive: true });
  await start(process.execPath, [BRIDGE, socket, String(PORT)], { netns: host.netns }).says('listening');
  const inside: ProgramOptions = {
    cwd: folder,
    netns: host.netns,
    env: { ...cleared(), HOME: person, LEANVIBE_SECRETS: 'file', ...options.env },
  };
  let program: Program | null = null;
  let flags: readonly string[] = [];

  const ask = async <M extends MethodName>(method: M, params: ParamsOf<M>): Promise<ResultOf<M>> => {
    const token = (await readFile(join(home, 'control.token'), 'utf8')).trim();
    const text = await post(socket, token, method, params);
    const last = JSON.parse(text.trim().split('\n').at(-1) ?? '') as {
      readonly result?: ResultOf<M>;
      readonly error?: { readonly code: string; readonly message: string };
    };
    if (last.error !== undefined || last.result === undefined)
      throw new Error(`${method}: ${last.error?.code ?? 'no answer'}: ${last.error?.message ?? text}`);
    return last.result;
  };

  const launch = (...more: readonly string[]): Program => {
    const line = [
      process.execPath,
      LEANVIBE,
      'start',
      '--headless',
      ...(options.name === undefined ? [] : ['--name', options.name]),
      ...more,
    ];
    const named = ['unshare', '--uts', 'sh', '-c', 'hostname "$1"; shift; exec "$@"', 'sh', options.hostName ?? '', ...line];
    const [command = '', ...args] = options.hostName === undefined ? line : named;
    program = start(command, args, inside);
    return program;
  };

  return {
    host,
    home,
    folder,
    disk,
    pid: () => program?.pid ?? -1,
    launch,
    async up(...given) {
      if (given.length > 0) flags = given;
      const startedMs = performance.now();
      const running = launch(...flags);
      let over = false;
      void running.ended.then(() => (over = true));
      await until(
        'the agent to answer',
        async () => {
          if (over) throw new Error(`the agent ended: ${running.stdout()}${running.stderr()}`);
          return ask('id', {}).then(
            () => true,
            () => false,
          );
        },
        READY_LIMIT_MS,
        5,
      );
      return performance.now() - startedMs;
    },
    async down() {
      await program?.stop('SIGTERM');
    },
    async kill() {
      await program?.stop('SIGKILL');
    },
    cli: (...args) => run(process.execPath, [LEANVIBE, ...args], inside),
    piped: (input, ...args) => run(process.execPath, [LEANVIBE, ...args], { ...inside, input }),
    async json<T>(...args: readonly string[]) {
      const { code, stdout, stderr } = await run(process.execPath, [LEANVIBE, ...args, '--json'], inside);
      if (code !== 0) throw new Error(`leanvibe ${args.join(' ')} ended with ${String(code)}: ${stderr}`);
      return JSON.parse(stdout) as T;
    },
    ask,
  };
}

/** Nothing of the settings of whoever runs the tests. */
function cleared(): Readonly<Record<string, undefined>> {
  const names = Object.keys(process.env).filter((name) => /^(LEANVIBE_|XDG_|DBUS_)/.test(name));
  return Object.fromEntries(names.map((name) => [name, undefined]));
}

function post(socketPath: string, token: string, method: string, params: unknown): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { host: `127.0.0.1:${PORT}`, authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const asked = request({ socketPath, path: `/api/v1/${method}`, method: 'POST', headers, agent: false }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      answer.on('end', () => (answer.complete ? resolve(text) : reject(new Error('the answer was cut'))));
      answer.on('error', reject);
    });
    asked.on('error', reject);
    asked.setTimeout(15_000, () => asked.destroy(new Error(`${method}: no answer within 15 s`)));
    asked.end(JSON.stringify(params));
  });
}
