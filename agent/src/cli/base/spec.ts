/** A command as data: its words, what it takes, and what it does. Help, completion, variables and the wrong-use tests all read this. */
import type { HomePaths } from '../../config/paths.js';
import type { Agent } from './agent.js';
import type { Cli } from './cli.js';

export interface ArgSpec {
  readonly name: string;
  readonly optional?: boolean;
  /** Takes all the words that follow, joined by spaces. */
  readonly rest?: boolean;
  /** May hold line breaks. */
  readonly lines?: boolean;
  readonly choices?: readonly string[];
  readonly kind?: 'path' | 'project';
}

export interface OptionSpec {
  /** Without the dashes; the variable is LEANVIBE_ and this in capitals. */
  readonly long: string;
  readonly short?: string;
  /** What its value is called; absent for a switch. */
  readonly value?: string;
  readonly help: string;
  readonly lines?: boolean;
  readonly choices?: readonly string[];
  readonly kind?: 'path' | 'project';
  /** Not a flag of this one command only: another part reads the variable itself. */
  readonly ownVariable?: boolean;
}

export interface CommandSpec {
  readonly words: readonly [string, ...string[]];
  readonly summary: string;
  readonly args?: readonly ArgSpec[];
  readonly options?: readonly OptionSpec[];
  /** Arguments that must not stand here at all: why, and what to do. */
  readonly refusesArgs?: readonly [message: string, fix: string];
  /** Takes --json. */
  readonly json?: boolean;
  /** Takes -p, and means the project of the current folder without it. */
  readonly project?: boolean;
  /** A robot may run it with its token; so may it every command that takes -p. */
  readonly robots?: boolean;
  /** Left out of help and completion. */
  readonly hidden?: boolean;
  run(call: Call): Promise<void>;
}

/** One command as it was typed, checked. */
export interface Call {
  readonly cli: Cli;
  readonly spec: CommandSpec;
  readonly paths: HomePaths;
  readonly json: boolean;
  /** Typed by a robot, with its token: it sees less than the owner. */
  readonly asRobot: boolean;
  /** The argument, or undefined where an optional one is absent. */
  arg(name: string): string | undefined;
  /** A required argument. */
  need(name: string): string;
  /** A flag's value or its variable's. */
  option(long: string): string | undefined;
  flag(long: string): boolean;
  /** A whole number given by flag or variable; refused when it is none, or out of range. */
  whole(long: string, min: number, max: number): number | undefined;
  /** An absolute path, from what a person typed. */
  path(typed: string): string;
  /** Which project is meant: -p or `named`, else the folder this was typed in. */
  where(named?: string): { readonly project: string } | { readonly folder: string };
  readonly agent: Agent;
}

export const HOME_OPTION: OptionSpec = {
  long: 'home',
  value: 'folder',
  help: 'where LeanVibe keeps its data (default ~/.leanvibe)',
  kind: 'path',
  ownVariable: true,
};
export const TOKEN_FILE_OPTION: OptionSpec = {
  long: 'token-file',
  value: 'file',
  help: 'ask as a robot, with the agent token in this file (or in LEANVIBE_TOKEN)',
  kind: 'path',
};
export const JSON_OPTION: OptionSpec = { long: 'json', help: 'answer as one JSON document' };
export const PROJECT_OPTION: OptionSpec = {
  long: 'project',
  short: 'p',
  value: 'project',
  help: 'a project by name, id or folder (default: the one of this folder)',
  kind: 'project',
};

/** Everything the command takes, the general ones included. */
export function optionsOf(spec: CommandSpec): readonly OptionSpec[] {
  return [
    ...(spec.options ?? []),
    ...(spec.project === true ? [PROJECT_OPTION] : []),
    ...(spec.json === true ? [JSON_OPTION] : []),
    ...(spec.robots === true || spec.project === true ? [TOKEN_FILE_OPTION] : []),
    HOME_OPTION,
  ];
}

export function variableOf(option: OptionSpec): string {
  return `LEANVIBE_${option.long.toUpperCase().replaceAll('-', '_')}`;
}
