/** Commander's complaints in our words: what is wrong, and the nearest thing that would work, in two lines. */
import type { Command, CommanderError } from 'commander';
import { cutMiddle } from '../term/width.js';
import { safe } from '../term/safe.js';
import { type CommandFailure, wrongUse } from './failure.js';

const SHOWN_MAX = 48;

/** What a person typed, short and harmless. */
export function shown(typed: string): string {
  return `"${cutMiddle(safe(typed.slice(0, 2000)), SHOWN_MAX)}"`;
}

export function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
}

/** The sub-command a mistyped word is nearest to; null when none is near. */
export function nearest(typed: string, known: readonly string[]): string | null {
  const asked = typed.slice(0, 40).toLowerCase();
  const scored = known.map((word) => ({ word, far: word.startsWith(asked) && asked.length > 1 ? 1 : distance(asked, word) }));
  const best = scored.toSorted((a, b) => a.far - b.far)[0];
  return best !== undefined && best.far <= Math.max(1, Math.floor(best.word.length / 2.5)) ? best.word : null;
}

/** Edits (one letter more, less, other, or two swapped) from `a` to `b`. */
function distance(a: string, b: string): number {
  const rows: number[][] = [[...Array(b.length + 1).keys()]];
  const at = (row: number, column: number): number => rows[row]?.[column] ?? 0;
  for (let i = 1; i <= a.length; i++) {
    rows.push([i]);
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let least = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, at(i - 2, j - 2) + 1);
      rows[i]?.push(least);
    }
  }
  return at(a.length, b.length);
}

export function unknownCommand(parent: Command, typed: string): CommandFailure {
  const known = parent.commands.filter((one) => !one.name().startsWith('_')).map((one) => one.name());
  const near = nearest(typed, known);
  const name = fullName(parent);
  const group = parent.parent === null ? '' : `${parent.name()} `;
  const fix = near === null ? (parent.parent === null ? 'leanvibe help' : `one of: ${known.join(', ')}`) : `${name} ${near}`;
  return wrongUse(`there is no command ${group}${shown(typed)}`, fix);
}

/** `command`: the one that was being parsed. */
export function usageFailure(error: CommanderError, command: Command): CommandFailure {
  const help = `${fullName(command)} --help`;
  const typed = /'([\s\S]*?)'(?:\n\(Did you mean (.+?)\?\))?$/.exec(error.message.slice(0, 5000));
  const word = /'([\s\S]*)'/.exec(error.message)?.[1] ?? '';
  const near = /\(Did you mean (.+?)\?\)$/.exec(error.message)?.[1];
  switch (error.code) {
    case 'commander.unknownCommand':
      return unknownCommand(command, command.args[0] ?? word);
    case 'commander.unknownOption': {
      const dashed = `for words that begin with a dash, put -- before them; or see: ${help}`;
      return wrongUse(
        `${fullName(command)} has no option ${shown(typed?.[1] ?? word)}`,
        near === undefined ? dashed : `did you mean ${near}?`,
      );
    }
    case 'commander.missingArgument':
      return wrongUse(`${fullName(command)} needs ${missing(command)}`, usageLine(command));
    case 'commander.optionMissingArgument':
      return wrongUse(`the option ${word.split(' ')[0]?.replace(/,$/, '') ?? ''} needs a value`.replace('  ', ' '), help);
    case 'commander.excessArguments':
      if (command.commands.length > 0 && command.registeredArguments.length === 0) return unknownCommand(command, command.args[0] ?? '');
      return wrongUse(
        `${fullName(command)} takes ${command.registeredArguments.length === 0 ? 'no arguments' : `${command.registeredArguments.length} at most`}, not ${command.args.length}`,
        usageLine(command),
      );
    case 'commander.conflictingOption':
      return wrongUse(safe(error.message.replace(/^error: /, '')).slice(0, 200), help);
    default:
      return wrongUse(safe(error.message.replace(/^error: /, '')).slice(0, 200), help);
  }
}

function missing(command: Command): string {
  const absent = command.registeredArguments.slice(command.args.length).filter(({ required }) => required);
  return absent.map((one) => `<${one.name()}>`).join(' and ') || 'an argument';
}

/** How the command is written, as one line. */
export function usageLine(command: Command): string {
  const args = command.registeredArguments.map((one) => (one.required ? `<${one.name()}>` : `[${one.name()}]`));
  return [fullName(command), ...args].join(' ');
}
