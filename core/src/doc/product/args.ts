/** Reading a command's or query's fields: a wrong one is refused in words its author understands. */
import { CommandRefused, type Json } from '../crdt.js';
import { isList, wellFormed } from '../json.js';
import type { Scalar } from './scalar.js';

/** UTF-8 bytes, counted without encoding. */
export function utf8Length(text: string): number {
  let length = text.length;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    // Each half of a pair counts two, which makes the four bytes of the whole.
    if (code > 0x7f) length += code > 0x7ff && (code < 0xd800 || code > 0xdfff) ? 2 : 1;
  }
  return length;
}

const ID = /^[A-Za-z0-9._:-]{1,128}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/;

export function isId(text: string): boolean {
  return ID.test(text);
}

export function isTime(text: string): boolean {
  return TIME.test(text) && !Number.isNaN(Date.parse(text));
}

export interface Args {
  readonly type: string;
  has(name: string): boolean;
  /** Text of at most `max` UTF-8 bytes, lone surrogates replaced; `least` 1 refuses the empty text. */
  text(name: string, max: number, least?: number): string;
  /** Letters, digits and . _ : - up to 128 characters. */
  id(name: string): string;
  /** ISO 8601 in UTC with a Z. */
  time(name: string): string;
  number(name: string, least: number, most: number): number;
  flag(name: string): boolean;
  scalar(name: string, max: number): Scalar;
  ids(name: string, most: number): readonly string[];
  raw(name: string): Json;
}

/** Throws CommandRefused unless `command` is an object with a `type`. */
export function readArgs(command: Json): Args {
  if (typeof command !== 'object' || command === null || isList(command))
    throw new CommandRefused('A command must be an object with a "type".');
  const source = command;
  const type = own(source, 'type');
  if (typeof type !== 'string') throw new CommandRefused('A command needs a "type".');
  const refuse = (name: string, wanted: string): never => {
    throw new CommandRefused(`${type}: "${name}" must be ${wanted}.`);
  };
  const text = (name: string, max: number, least = 0): string => {
    const value = own(source, name);
    if (typeof value !== 'string') return refuse(name, 'text');
    const kept = wellFormed(value);
    if (kept.length < least) return refuse(name, 'some text, not empty');
    if (utf8Length(kept) > max) return refuse(name, `at most ${max} bytes of text`);
    return kept;
  };
  const checked = (name: string, test: (text: string) => boolean, wanted: string): string => {
    const value = own(source, name);
    return typeof value === 'string' && test(value) ? value : refuse(name, wanted);
  };
  return {
    type,
    has: (name) => own(source, name) !== undefined && own(source, name) !== null,
    text,
    id: (name) => checked(name, isId, 'an id: letters, digits and . _ : - only, at most 128 characters'),
    time: (name) => checked(name, isTime, 'a time such as 2026-01-31T12:00:00Z'),
    number(name, least, most) {
      const value = own(source, name);
      return typeof value === 'number' && value >= least && value <= most ? value : refuse(name, `a number from ${least} to ${most}`);
    },
    flag(name) {
      const value = own(source, name);
      return typeof value === 'boolean' ? value : refuse(name, 'true or false');
    },
    scalar(name, max) {
      const value = own(source, name);
      if (typeof value === 'string') return text(name, max);
      return value === null || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))
        ? value
        : refuse(name, 'text, a number, true, false or null');
    },
    ids(name, most) {
      const value = own(source, name);
      if (value === undefined || !isListOfIds(value) || value.length > most) return refuse(name, `a list of at most ${most} ids`);
      return value;
    },
    raw: (name) => own(source, name) ?? null,
  };
}

function own(source: Readonly<Record<string, Json>>, name: string): Json | undefined {
  return Object.hasOwn(source, name) ? source[name] : undefined;
}

function isListOfIds(value: Json): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string' && isId(one));
}
