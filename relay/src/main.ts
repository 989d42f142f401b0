/** The program: gives the command line this process's own streams, clock and randomness, and sees that nothing ends with a stack trace. */
import { randomFillSync } from 'node:crypto';
import { createCli } from './cli/cli.js';
import { runCli, tellFailure } from './cli/run.js';
import { systemClock } from './serve/clock.js';

/** An error is reported so long before the program ends with it. */
const TELL_MS_MAX = 3_000;

/** Resolves to the exit code once everything is done and written; `argv` without the program's own name. */
export async function main(argv: readonly string[]): Promise<number> {
  const { env, stdout, stderr } = process;
  // `leanvibe-relay … | head`: whoever read has seen enough.
  for (const stream of [stdout, stderr]) stream.on('error', (error) => endQuietly(error));
  let tell: (error: unknown) => Promise<void> = () => Promise.resolve();
  const cli = createCli({
    env,
    cwd: process.cwd(),
    stdout,
    stderr,
    clock: systemClock,
    random: { bytes: (count) => randomFillSync(new Uint8Array(count)) },
    elapsedMs: () => performance.now(),
    fetch,
    onCrash: (told) => void (tell = told),
  });
  let ending = false;
  const onUnexpected = (error: unknown): void => {
    const exit = tellFailure(cli, error);
    // A second one while the first is being told.
    if (ending) process.exit(exit);
    ending = true;
    void Promise.race([tell(error), new Promise<void>((resolve) => setTimeout(resolve, TELL_MS_MAX))]).finally(() => process.exit(exit));
  };
  process.on('uncaughtException', onUnexpected);
  process.on('unhandledRejection', onUnexpected);
  // Timers of the relay keep nothing alive, and a command that waits by one must still come to its end.
  const alive = setInterval(() => undefined, 60_000);
  return runCli(cli, argv).finally(() => clearInterval(alive));
}

function endQuietly(error: Error): void {
  if (!('code' in error) || error.code !== 'EPIPE') throw error;
  if (process.listenerCount('SIGTERM') > 0) process.kill(process.pid, 'SIGTERM');
  else process.exit(0);
}
