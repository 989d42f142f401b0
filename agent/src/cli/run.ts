/** One run of the command line: parse, do, and answer with an exit code; whatever fails is told in one or two lines. */
import { VERSION } from '../daemon/version.js';
import type { Cli } from './base/cli.js';
import { codeOf, CommandFailure, EXIT_DONE, EXIT_FAILED, systemWords } from './base/failure.js';
import { runProgram } from './base/program.js';
import { withSelf } from './base/self.js';
import { COMMANDS } from './commands/all.js';
import { createStyle, wantsColour } from './term/style.js';
import { cutMiddle } from './term/width.js';
import { safe } from './term/safe.js';

const FOOTER = `  every flag has a variable, named in its help; exit codes: 0 done, 1 failed, 2 wrong use
  begin with: leanvibe start`;

export async function runCli(cli: Cli, argv: readonly string[]): Promise<number> {
  try {
    await runProgram(cli, { version: VERSION, specs: COMMANDS, footer: withSelf(FOOTER, cli.self) }, argv);
    return EXIT_DONE;
  } catch (error) {
    return tellFailure(cli, error);
  }
}

const LINE_MAX = 600;

/** Says what failed on stderr and answers the exit code; never more than two lines, never a stack. */
export function tellFailure(cli: Pick<Cli, 'stderr' | 'env' | 'self'>, error: unknown): number {
  const style = createStyle(wantsColour('isTTY' in cli.stderr && cli.stderr.isTTY === true, cli.env));
  const line = (text: string): string => cutMiddle(safe(text), LINE_MAX);
  if (!(error instanceof CommandFailure)) {
    const words = codeOf(error) === '' ? `LeanVibe met something it did not expect: ${systemWords(error)}` : systemWords(error);
    cli.stderr.write(`  ${style.failed} ${line(words)}\n    try: ${cli.self} doctor\n`);
    return EXIT_FAILED;
  }
  cli.stderr.write(`  ${style.failed} ${line(error.message)}\n`);
  const fix = error.fix.replace(/^run: /, '');
  if (fix !== '') cli.stderr.write(`    ${/^leanvibe\b/.test(fix) ? 'try: ' : ''}${line(withSelf(fix, cli.self))}\n`);
  return error.exit;
}
