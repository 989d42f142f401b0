/** The program: gives the command line this process's own streams, clock and randomness, and sees that nothing ends with a stack trace. */
import { randomFillSync } from 'node:crypto';
import { createCli } from './cli/cli.js';
import { runCli, tellFailure } from './cli/run.js';
import { systemClock } from './serve/clock.js';

/** Resolves to the exit code once everything is done and written; `argv` without the program's own name. */
export async function main(argv: readonly string[]): Promise<number> {
  const { env, stdout, stderr } = process;
  // `leanvibe-relay … | head`: whoever read has seen enough.
  for (const stream of [stdout, stderr]) stream.on('error', (error) => endQuietly(error));
  const cli = createCli({
    env,
    cwd: process.cwd(),
    stdout,
    stderr,
    clock: systemClock,
    random: { bytes: (count) => randomFillSync(new Uint8Array(count)) },
    elapsedMs: () => performance.now(),
    fetch,
  });
  const onUnexpected = (error: unknown): never => process.exit(tellFailure(cli, error));
  process.on('uncaughtException', onUnexpected);
  process.on('unhandledRejection', onUnexpected);
  return runCli(cli, argv);
}

function endQuietly(error: Error): void {
  if (!('code' in error) || error.code !== 'EPIPE') throw error;
  if (process.listenerCount('SIGTERM') > 0) process.kill(process.pid, 'SIGTERM');
  else process.exit(0);
}
