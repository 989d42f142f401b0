/** `logs`: the last lines, then new ones until the caller hangs up. */
import type { CallContext } from '../control/call.js';
import { tailLog } from '../log/tail.js';
import type { Agent } from './agent.js';

export async function followLogs(
  { log, paths }: Pick<Agent, 'log' | 'paths'>,
  { lines, follow }: { readonly lines: number; readonly follow: boolean },
  { signal, progress }: CallContext<{ readonly line: string }>,
): Promise<{ readonly lines: number }> {
  const early: string[] = [];
  let tell = (line: string): void => void early.push(line);
  const end = follow ? log.subscribe((line) => tell(line)) : (): void => undefined;
  try {
    const last = await tailLog(paths.log, lines);
    for (const line of last) progress({ line });
    if (!follow) return { lines: last.length };
    let count = last.length;
    // What was written while the file was read may be in both.
    const known = new Set(last);
    tell = (line) => {
      count += 1;
      progress({ line });
    };
    for (const line of early) if (!known.has(line)) tell(line);
    await new Promise<void>((resolve) => {
      if (signal.aborted) return resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    return { lines: count };
  } finally {
    end();
  }
}
