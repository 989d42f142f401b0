/** Starts real programs for tests: collects what they say, waits for words, and ends them when the test ends. */
import { spawn, type ChildProcess } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { until } from './wait.js';

export interface ProgramOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  /** The program is killed when it takes longer; default 60,000. */
  readonly limitMs?: number;
  /** Runs inside this network namespace. */
  readonly netns?: string;
  /** Gives the program a process group of its own, and ends all of it with the test: for programs that start others (npm, bash). */
  readonly group?: boolean;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly tookMs: number;
}

export interface Program {
  readonly pid: number;
  stdout(): string;
  stderr(): string;
  /** Resolves when either stream holds the words; throws when the program ends first or `limitMs` pass. */
  says(words: string | RegExp, limitMs?: number): Promise<void>;
  /** Signals the program itself (inside a namespace too) and waits for its end. */
  stop(signal?: NodeJS.Signals): Promise<Ended>;
  readonly ended: Promise<Ended>;
}

/** Starts a program that keeps running; it is killed when the running test ends. */
export function start(command: string, args: readonly string[], options: ProgramOptions = {}): Program {
  const started = performance.now();
  const child = launch(command, args, options);
  const text = { out: '', err: '' };
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (text.out += chunk));
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (text.err += chunk));
  let over: Ended | null = null;
  const ended = new Promise<Ended>((resolve) => {
    const finish = (code: number | null, signal: NodeJS.Signals | null): void => {
      over = { code, signal, stdout: text.out, stderr: text.err, tookMs: performance.now() - started };
      resolve(over);
    };
    child.once('error', (error) => {
      text.err += error.message;
      finish(null, null);
    });
    child.once('close', finish);
  });
  const stop = (signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> => {
    child.kill(signal);
    return ended;
  };
  onTestFinished(async () => {
    if (over !== null) return;
    if (options.group === true && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    await stop('SIGKILL');
  });
  return {
    pid: child.pid ?? -1,
    stdout: () => text.out,
    stderr: () => text.err,
    says: (words, limitMs) => says(command, words, limitMs),
    stop,
    ended,
  };

  async function says(name: string, words: string | RegExp, limitMs = 15_000): Promise<void> {
    const heard = (): boolean =>
      [text.out, text.err].some((stream) => (typeof words === 'string' ? stream.includes(words) : words.test(stream)));
    await until(
      `${name} says ${String(words)}`,
      () => {
        if (!heard() && over !== null)
          throw new Error(`${name} ended (${over.code ?? over.signal}) before saying ${String(words)}:\n${text.out}\n${text.err}`);
        return heard();
      },
      limitMs,
    );
  }
}

/** Runs a program to its end. */
export async function run(command: string, args: readonly string[], options: ProgramOptions = {}): Promise<Ended> {
  const program = start(command, args, options);
  const timer = setTimeout(() => void program.stop('SIGKILL'), options.limitMs ?? 60_000);
  const ended = await program.ended;
  clearTimeout(timer);
  return ended;
}

function launch(command: string, args: readonly string[], options: ProgramOptions): ChildProcess {
  // `ip netns exec` replaces itself with the program, so the child's pid and signals are the program's own.
  const line = options.netns === undefined ? [command, ...args] : ['ip', 'netns', 'exec', options.netns, command, ...args];
  const env = { ...process.env, NO_COLOR: '1', ...options.env };
  const child = spawn(line[0] ?? command, line.slice(1), {
    cwd: options.cwd,
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: options.group === true,
  });
  child.stdin?.on('error', () => child.stdin?.destroy());
  child.stdin?.end(options.input ?? '');
  return child;
}
