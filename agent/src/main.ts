/** The program: wires the command line to this process, and sees that nothing ends with a stack trace. */
import { realpathSync } from 'node:fs';
import { createCli } from './cli/base/cli.js';
import { codeOf } from './cli/base/failure.js';
import { programPath } from './cli/base/program-path.js';
import { nameOfSelf } from './cli/base/self.js';
import { runCli, tellFailure } from './cli/run.js';

/** Resolves to the exit code once everything is done and written; `argv` without the program's own name. */
export async function main(argv: readonly string[]): Promise<number> {
  const { env, stdin, stdout, stderr } = process;
  for (const stream of [stdout, stderr]) stream.on('error', onPipeError);
  const self = nameOfSelf(realPath(programPath()), env);
  const cwd = hereOrNull();
  const cli = createCli({ env, cwd: cwd ?? '/', stdin, stdout, stderr, self, nowMs: Date.now });
  const onUnexpected = (error: unknown): never => process.exit(tellFailure(cli, error));
  process.on('uncaughtException', onUnexpected);
  process.on('unhandledRejection', onUnexpected);
  if (cwd === null) {
    stderr.write('  ✗ the folder you are in is gone\n    try: cd to another folder\n');
    return 1;
  }
  return runCli(cli, argv);
}

/** `leanvibe … | head`: whoever read has seen enough. What runs is told to stop; what only prints just ends. */
function onPipeError(error: Error): void {
  if (codeOf(error) !== 'EPIPE') throw error;
  if (process.listenerCount('SIGTERM') > 0) process.kill(process.pid, 'SIGTERM');
  else process.exit(0);
}

function hereOrNull(): string | null {
  try {
    return process.cwd();
  } catch {
    return null;
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
