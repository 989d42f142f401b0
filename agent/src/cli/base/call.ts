/** One command as it was typed: arguments and flags checked for what nobody means, variables read, the home chosen. */
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { chooseHome, homePaths } from '../../config/paths.js';
import { SETTINGS } from '../../config/settings.js';
import { hostileIn } from '../term/safe.js';
import { createAgent } from './agent.js';
import type { Cli, Env } from './cli.js';
import { failed, wrongUse } from './failure.js';
import {
  type ArgSpec,
  type Call,
  type CommandSpec,
  HOME_OPTION,
  type OptionSpec,
  optionsOf,
  TOKEN_FILE_OPTION,
  variableOf,
} from './spec.js';
import { robotSecret, TOKEN_VARIABLE } from './robot.js';
import { shown } from './usage.js';

/** As commander found them: values by the flag's camelCase name. */
export type Typed = Readonly<Record<string, unknown>>;

const PATH_CHARS_MAX = 4096;

export function createCall(cli: Cli, spec: CommandSpec, typedArgs: readonly unknown[], typed: Typed): Call {
  const args = new Map((spec.args ?? []).map((arg, at) => [arg.name, readArg(arg, typedArgs[at])]));
  const options = new Map(
    optionsOf(spec).map((option) => [option.long, readOption(option, typedValue(option.long, typed), cli.env, spec)]),
  );
  const text = (long: string): string | undefined => {
    const value = options.get(long);
    return typeof value === 'string' ? value : undefined;
  };
  const flag = (long: string): boolean => options.get(long) === true;
  const path = (given: string): string => resolve(cli.cwd, /^~(\/|$)/.test(given) ? homedir() + given.slice(1) : given);
  const paths = homePaths(resolve(cli.cwd, chooseHome(text(HOME_OPTION.long), cli.env)));
  return {
    cli,
    spec,
    paths,
    json: flag('json'),
    asRobot: cli.env[TOKEN_VARIABLE] !== undefined || text(TOKEN_FILE_OPTION.long) !== undefined,
    arg: (name) => args.get(name),
    need(name) {
      const value = args.get(name);
      if (value === undefined) throw wrongUse(`<${name}> is missing`);
      return value;
    },
    option: text,
    flag,
    whole(long, min, max) {
      const value = text(long);
      if (value === undefined) return undefined;
      const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
      if (number >= min && number <= max) return number;
      throw wrongUse(`--${long} must be a whole number from ${min} to ${max}, not ${shown(value)}`);
    },
    path,
    where(named) {
      const project = named ?? text('project');
      if (project === undefined) return { folder: cli.cwd };
      return { project: /^(\.{0,2}\/|\.{1,2}$|~(\/|$))/.test(project) ? path(project) : project };
    },
    agent: createAgent(paths, async () => {
      const file = text(TOKEN_FILE_OPTION.long);
      const secret = await robotSecret(cli.env, file === undefined ? undefined : path(file));
      return secret === null ? null : { secret, port: portIn(cli.env) };
    }),
  };
}

/** A robot may see no home that says where the agent answers. */
function portIn(env: Env): number | null {
  const typed = env[SETTINGS.port.variable];
  if (typed === undefined || typed === '') return null;
  const port = SETTINGS.port.parse(typed);
  if (!port.ok || port.value === 0) throw wrongUse(`${SETTINGS.port.variable} must be the port of the agent, not ${shown(typed)}`);
  return port.value;
}

function camel(long: string): string {
  return long.replace(/-([a-z])/g, (_all, letter: string) => letter.toUpperCase());
}

/** Commander takes `--no-x` as `x` being false. */
function typedValue(long: string, typed: Typed): unknown {
  return long.startsWith('no-') ? typed[camel(long.slice(3))] === false : typed[camel(long)];
}

function readArg(arg: ArgSpec, typed: unknown): string | undefined {
  const value = Array.isArray(typed) ? (typed.length === 0 ? undefined : typed.join(' ')) : typed;
  if (typeof value !== 'string') return undefined;
  check(`<${arg.name}>`, value, arg);
  return value;
}

function readOption(option: OptionSpec, typed: unknown, env: Env, spec: CommandSpec): string | boolean | undefined {
  const variable = variableOf(option);
  const set = option.ownVariable === true ? undefined : env[variable];
  if (option.value === undefined) return typed === true || (set !== undefined && set !== '' && isOn(variable, set));
  const value = typeof typed === 'string' ? typed : set === '' ? undefined : set;
  if (value === undefined) return undefined;
  const name = typeof typed === 'string' ? `--${option.long}` : variable;
  if (typeof typed === 'string' && eatsAFlag(option, value, spec))
    throw wrongUse(`${name} needs a value, and got the option ${shown(value)}`);
  check(name, value, option);
  return value;
}

/** `--home --json` is a forgotten value, not a folder called --json; free text may begin with a dash. */
function eatsAFlag(option: OptionSpec, value: string, spec: CommandSpec): boolean {
  if (option.lines !== true && /^--?[a-z]/.test(value)) return true;
  return optionsOf(spec).some(({ long, short }) => value === `--${long}` || (short !== undefined && value === `-${short}`));
}

function isOn(variable: string, value: string): boolean {
  if (/^(on|true|yes|1)$/i.test(value)) return true;
  if (/^(off|false|no|0)$/i.test(value)) return false;
  throw wrongUse(`${variable} must be on or off, not ${shown(value)}`, `unset ${variable}`);
}

function check(name: string, value: string, { lines = false, choices, kind }: Pick<ArgSpec, 'lines' | 'choices' | 'kind'>): void {
  if (value.trim() === '') throw wrongUse(`${name} must not be empty`);
  const hostile = hostileIn(value, lines);
  if (hostile !== null) throw wrongUse(`${name} ${hostile}`, 'type plain text');
  if (choices !== undefined && !choices.includes(value)) throw wrongUse(`${name} must be one of: ${choices.join(', ')}`);
  if (kind !== undefined && value.length > PATH_CHARS_MAX)
    throw wrongUse(`${name} is longer than any ${kind === 'path' ? 'path' : 'name'}`);
}

/** For what only a running agent can do although nothing is asked of it yet. */
export async function mustRun(call: Call): Promise<void> {
  if (!(await call.agent.runs())) throw failed('no agent is running for this home', 'leanvibe start');
}
