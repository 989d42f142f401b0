/** A contender in a process of its own: what the benchmark asks of it travels over Node's own pipe, never over a socket that is counted. */
import { fork } from 'node:child_process';

type Asked = { readonly id: number; readonly name: string; readonly args: readonly unknown[] };
type Answered = { readonly id: number; readonly value?: unknown; readonly error?: string };

type Args<Call> = Call extends (...args: infer Given) => unknown ? Given : never;
type Value<Call> = Call extends (...args: never) => infer Given ? Awaited<Given> : never;

export interface Child<Calls> {
  call<Name extends keyof Calls & string>(name: Name, ...args: Args<Calls[Name]>): Promise<Value<Calls[Name]>>;
  /** Lets the process exit; kills it when it does not. */
  end(): Promise<void>;
}

/** `program`: a file beside this folder. `env` is added to this process's own; LEANVIBE_BENCH_NODE adds arguments for Node, to profile with. */
export function startChild<Calls>(program: string, env: Readonly<Record<string, string>> = {}): Child<Calls> {
  const child = fork(new URL(`../${program}`, import.meta.url), [], {
    serialization: 'advanced',
    execArgv: (process.env['LEANVIBE_BENCH_NODE'] ?? '').split(' ').filter((arg) => arg !== ''),
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const waiting = new Map<number, { readonly settle: (value: unknown) => void; readonly fail: (error: Error) => void }>();
  let nextId = 1;
  let gone = false;
  child.on('message', (message) => {
    const { id, value, error } = message as Answered;
    const one = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) one?.settle(value);
    else one?.fail(new Error(`${program}: ${error}`));
  });
  child.on('exit', (code) => {
    gone = true;
    for (const one of waiting.values()) one.fail(new Error(`${program} ended with code ${code}`));
  });
  return {
    call: (name, ...args) =>
      new Promise((settle, fail) => {
        if (gone) return fail(new Error(`${program} has ended`));
        const id = nextId++;
        waiting.set(id, { settle: settle as (value: unknown) => void, fail });
        child.send({ id, name, args } satisfies Asked);
      }),
    end: () =>
      new Promise((settle) => {
        if (gone) return settle();
        const kill = setTimeout(() => child.kill('SIGKILL'), 5_000);
        child.once('exit', () => {
          clearTimeout(kill);
          settle();
        });
        child.disconnect();
      }),
  };
}

/** The child's side. */
export function answerCalls<Calls extends { readonly [Name in keyof Calls]: (...args: never) => unknown }>(calls: Calls): void {
  process.on('message', (message) => {
    const { id, name, args } = message as Asked;
    const call = calls[name as keyof Calls] as unknown as (...args: readonly unknown[]) => unknown;
    Promise.resolve()
      .then(() => call(...args))
      .then(
        (value) => process.send?.({ id, value } satisfies Answered),
        (error: unknown) =>
          process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) } satisfies Answered),
      );
  });
  process.on('disconnect', () => process.exit(0));
}
