/** One run of the command line: parse, do, and answer with an exit code; whatever fails is told in two lines. */
import { Command, CommanderError } from 'commander';
import { VERSION } from '../version.js';
import type { Cli } from './cli.js';
import { plain } from '../observe/plain.js';
import { addCommands } from './commands.js';
import { CommandFailure, EXIT_DONE, EXIT_FAILED, EXIT_USAGE, systemWords, wrongUse } from './failure.js';

const FOOTER = `
exit codes: 0 done, 1 failed, 2 wrong use; settings: leanvibe-relay serve --print-config
begin with: leanvibe-relay serve`;
const LINE_MAX = 600;

export async function runCli(cli: Cli, argv: readonly string[]): Promise<number> {
  const root = new Command('leanvibe-relay')
    .description('the blind post office: devices that are not on one network meet here')
    .version(VERSION, '-V, --version', 'the version')
    .addHelpText('after', FOOTER)
    .helpCommand(false);
  addCommands(root, cli);
  for (const command of everyCommand(root)) quiet(command, cli);
  try {
    if (argv.length === 0) root.outputHelp();
    else await root.parseAsync([...argv], { from: 'user' });
    return EXIT_DONE;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_DONE : tellFailure(cli, usageFailure(error));
    return tellFailure(cli, error);
  }
}

/** Says what failed on stderr and answers the exit code. */
export function tellFailure(cli: Pick<Cli, 'stderr'>, error: unknown): number {
  const known = error instanceof CommandFailure;
  const fix = known ? error.fix : 'run it again; if it stays so, open an issue with these two lines';
  cli.stderr.write(`  ✗ ${cut(known ? error.message : systemWords(error))}\n${fix === '' ? '' : `    try: ${cut(fix)}\n`}`);
  return known ? error.exit : EXIT_FAILED;
}

/** Several things may be wrong at once: each keeps a line of its own. */
function cut(text: string): string {
  return text
    .split('\n')
    .map((line) => plain(line).slice(0, LINE_MAX))
    .join('\n    ');
}

function usageFailure(error: CommanderError): CommandFailure {
  const words = error.message.replace(/^error: /, '').replace(/\n/g, ' ');
  return error.exitCode === EXIT_USAGE ? wrongUse(words) : wrongUse(words, 'leanvibe-relay --help');
}

function everyCommand(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

function quiet(command: Command, cli: Cli): void {
  command
    .exitOverride()
    .helpCommand(false)
    .configureOutput({ writeOut: (text) => void cli.stdout.write(text), writeErr: () => undefined, getOutHelpWidth: () => 98 });
  // A group by itself is a question, not a mistake that needs a stack.
  if (command.commands.length > 0 && command.parent !== null)
    command.action(() => {
      throw wrongUse(
        `leanvibe-relay ${command.name()} needs one more word`,
        `one of: ${command.commands.map((one) => one.name()).join(', ')}`,
      );
    });
}
