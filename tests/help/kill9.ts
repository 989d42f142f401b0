/** Starts the writing process, reads what it says line by line, and kills it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface Ready {
  readonly id: string;
  readonly openMs: number;
  readonly head: number;
  readonly wrong: readonly number[];
  readonly records: number;
  readonly salvaged: unknown;
}

export interface Victim {
  /** Null when it died before it was ready. */
  readonly ready: Promise<Ready | null>;
  /** The highest position acknowledged so far. */
  kept(): number;
  /** kill -9; resolves when everything it said has been read. */
  kill(): Promise<void>;
}

export function startVictim(path: string, checkFrom: number, name = 'kill9-store.mjs'): Victim {
  const program = fileURLToPath(new URL(`./${name}`, import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [program, path, String(checkFrom)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const { stdout } = child;
  if (stdout === null) throw new Error('impossible: no stdout');
  const lines = createInterface({ input: stdout });
  let kept = 0;
  let tellReady: (ready: Ready | null) => void = () => undefined;
  const ready = new Promise<Ready | null>((resolve) => {
    tellReady = resolve;
  });
  lines.on('line', (line) => {
    if (!line.endsWith('}')) return; // the kill may cut the last line
    const told = JSON.parse(line) as ({ kind: 'ready' } & Ready) | { kind: 'kept'; position: number };
    if (told.kind === 'ready') tellReady(told);
    else kept = Math.max(kept, told.position);
  });
  const ended = new Promise<void>((resolve) => {
    lines.on('close', () => {
      tellReady(null);
      resolve();
    });
  });
  return {
    ready,
    kept: () => kept,
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
