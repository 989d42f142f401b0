/** All commands as one commander program: parsing and help are its, words for what is wrong are ours. */
import { Command, CommanderError, Help, Option } from 'commander';
import type { Cli } from './cli.js';
import { createCall, type Typed } from './call.js';
import { CommandFailure, wrongUse } from './failure.js';
import { type CommandSpec, HOME_OPTION, type OptionSpec, optionsOf, variableOf } from './spec.js';
import { fullName, unknownCommand, usageFailure } from './usage.js';

export interface ProgramOptions {
  readonly version: string;
  readonly specs: readonly CommandSpec[];
  /** Two or three lines under the general help. */
  readonly footer: string;
}

/** Resolves when the command is done; throws CommandFailure for wrong use and for what failed. */
export async function runProgram(cli: Cli, options: ProgramOptions, argv: readonly string[]): Promise<void> {
  const root = new Command('leanvibe');
  prepare(root, cli);
  root
    .version(options.version, '-V, --version', 'the version')
    .description('your projects, tasks and notes on all your devices, encrypted end to end')
    .addHelpText('after', `\n${options.footer}`);
  root.addOption(optionOf(HOME_OPTION)).helpCommand(false);
  const acting = new Set(options.specs.map((spec) => add(root, cli, spec)));
  for (const group of root.commands.filter((one) => !acting.has(one)))
    group.action(() => {
      throw whichOne(group);
    });
  made(root, cli, 'help')
    .description('how a command is used')
    .argument('[words...]')
    .action((words: readonly string[]) => showHelp(root, words));
  let at: Command = root;
  root.hook('preSubcommand', (_parent, child) => {
    at = child;
  });
  for (const command of everyCommand(root))
    command.hook('preSubcommand', (_parent, child) => {
      at = child;
    });
  if (argv.length === 0) return root.outputHelp();
  try {
    await root.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw withHelp(error, at);
    if (error.exitCode !== 0) throw usageFailure(error, at);
  }
}

function prepare(command: Command, cli: Cli): void {
  command.exitOverride().showSuggestionAfterError(true);
  command.configureOutput({
    writeOut: (text) => void cli.stdout.write(text),
    writeErr: () => undefined,
    getOutHelpWidth: () => cli.columns - 2,
  });
  command.configureHelp({
    helpWidth: cli.columns - 2,
    showGlobalOptions: true,
    subcommandTerm: wordsOf,
    styleTitle: (title) => title.toLowerCase(),
    formatHelp: indented,
  });
}

function wordsOf(command: Command): string {
  const args = command.registeredArguments.map((one) => (one.required ? `<${one.name()}>` : `[${one.name()}]`));
  return [command.name(), ...(command.commands.length > 0 && args.length === 0 ? ['…'] : []), ...args].join(' ');
}

function indented(command: Command, helper: Help): string {
  const lines = Help.prototype.formatHelp.call(helper, command, helper).trimEnd().split('\n');
  return `${lines.map((line) => (line === '' ? '' : `  ${line}`)).join('\n')}\n`;
}

function optionOf(option: OptionSpec): Option {
  const flags = `${option.short === undefined ? '' : `-${option.short}, `}--${option.long}${option.value === undefined ? '' : ` <${option.value}>`}`;
  return new Option(flags, `${option.help} (${variableOf(option)})`);
}

function add(root: Command, cli: Cli, spec: CommandSpec): Command {
  let parent = root;
  for (const word of spec.words.slice(0, -1)) parent = parent.commands.find((one) => one.name() === word) ?? made(parent, cli, word);
  const last = spec.words.at(-1) ?? '';
  const command = parent.commands.find((one) => one.name() === last) ?? made(parent, cli, last, spec.hidden);
  command.description(spec.summary);
  for (const arg of spec.args ?? []) {
    const name = `${arg.name}${arg.rest === true ? '...' : ''}`;
    command.argument(arg.optional === true ? `[${name}]` : `<${name}>`, arg.choices === undefined ? '' : arg.choices.join(', '));
  }
  for (const option of optionsOf(spec)) if (option !== HOME_OPTION) command.addOption(optionOf(option));
  if (spec.refusesArgs !== undefined) command.allowExcessArguments();
  command.action(async (...given: readonly unknown[]) => {
    if (spec.refusesArgs !== undefined && command.args.length > 0) throw wrongUse(...spec.refusesArgs);
    const typed: Typed = command.optsWithGlobals();
    await spec.run(createCall(cli, spec, given.slice(0, spec.args?.length ?? 0), typed));
  });
  return command;
}

const GROUPS: Readonly<Record<string, string>> = {
  config: 'settings',
  note: "a project's notes",
  space: 'what you share with other people',
  recovery: '24 words that bring everything back',
  service: 'start with the computer',
  task: "a project's tasks",
  token: 'robots that may use this agent',
  trash: 'what was deleted in the last 30 days',
};

function made(parent: Command, cli: Cli, word: string, hidden = false): Command {
  const command = parent
    .command(word, { hidden })
    .helpCommand(false)
    .description(GROUPS[word] ?? '');
  prepare(command, cli);
  return command;
}

function whichOne(group: Command): CommandFailure {
  const words = group.commands.map((one) => one.name());
  const typed = group.args[0];
  return typed === undefined
    ? wrongUse(`${fullName(group)} needs one more word`, `one of: ${words.join(', ')}`)
    : unknownCommand(group, typed);
}

function everyCommand(command: Command): readonly Command[] {
  return command.commands.flatMap((one) => [one, ...everyCommand(one)]);
}

function showHelp(root: Command, words: readonly string[]): void {
  let at = root;
  for (const word of words) {
    const next = at.commands.find((one) => one.name() === word);
    if (next === undefined) throw unknownCommand(at, word);
    at = next;
  }
  at.outputHelp();
}

/** Wrong use always says where to read more. */
function withHelp(error: unknown, at: Command): unknown {
  if (!(error instanceof CommandFailure) || error.exit !== 2 || error.fix !== '') return error;
  return wrongUse(error.message, `${fullName(at)} --help`);
}
