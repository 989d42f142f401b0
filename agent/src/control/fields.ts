/** What a request's parameters may be: small readers that check every field, refuse every unknown one, and say in words what is wrong. */
import { err, ok, type Result } from '@leanvibe/core/base/result';

/** Reads one value; the error is a sentence part that follows the field's name: `must be …`. */
export interface Field<T> {
  readonly read: (value: unknown) => Result<T, string>;
  readonly optional: boolean;
}

export interface OptionalField<T> extends Field<T> {
  readonly optional: true;
}

export interface RequiredField<T> extends Field<T> {
  readonly optional: false;
}

function required<T>(read: (value: unknown) => Result<T, string>): RequiredField<T> {
  return { read, optional: false };
}

/** Text of `min` to `max` UTF-16 units without NUL or other control characters, except tab and line breaks where `lines` is true. */
export function text(options: { readonly min?: number; readonly max: number; readonly lines?: boolean }): RequiredField<string> {
  const { min = 1, max, lines = false } = options;
  return required((value) => {
    if (typeof value !== 'string') return err('must be text');
    if (value.length > max) return err(`must be at most ${max.toLocaleString('en')} characters long`);
    if (value.length < min || (min > 0 && value.trim() === '')) return err('must not be empty');
    if (hasControl(value, lines)) return err('must not hold control characters');
    return ok(value);
  });
}

/** Characters that turn text around, hide, or end a line; the one that joins pictures may stay. */
const DISGUISE = /[\p{Cs}\p{Zl}\p{Zp}\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/u;

/** What others are to read as a name: one line of plain text, without blanks at its ends. */
export function name({ max }: { readonly max: number }): RequiredField<string> {
  const plain = text({ max });
  return required((value) => {
    const read = plain.read(value);
    if (!read.ok) return read;
    return DISGUISE.test(read.value) ? err('must not hold characters that hide or turn text around') : ok(read.value.trim());
  });
}

function hasControl(value: string, lines: boolean): boolean {
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (code >= 32 && code !== 127) continue;
    if (!(lines && (code === 9 || code === 10 || code === 13))) return true;
  }
  return false;
}

export function pattern(shape: RegExp, says: string): RequiredField<string> {
  return required((value) => (typeof value === 'string' && shape.test(value) ? ok(value) : err(`must be ${says}`)));
}

export const flag: RequiredField<boolean> = required((value) => (typeof value === 'boolean' ? ok(value) : err('must be true or false')));

export function whole(min: number, max: number): RequiredField<number> {
  return required((value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
      ? ok(value)
      : err(`must be a whole number from ${min} to ${max}`),
  );
}

export function real(min: number, max: number): RequiredField<number> {
  return required((value) =>
    typeof value === 'number' && Number.isFinite(value) && value >= min && value <= max
      ? ok(value)
      : err(`must be a number from ${min} to ${max}`),
  );
}

export function oneOf<const Words extends readonly string[]>(...words: Words): RequiredField<Words[number]> {
  return required((value) => {
    const found = words.find((word) => word === value);
    return found === undefined ? err(`must be one of: ${words.join(', ')}`) : ok(found);
  });
}

export function list<T>(of: Field<T>, max: number): RequiredField<readonly T[]> {
  return required((value) => {
    if (!Array.isArray(value)) return err('must be a list');
    if (value.length > max) return err(`must hold at most ${max} items`);
    const items: T[] = [];
    for (const item of value as readonly unknown[]) {
      const read = of.read(item);
      if (!read.ok) return err(`holds an item that ${read.error}`);
      items.push(read.value);
    }
    return ok(items);
  });
}

export function optional<T>(field: Field<T>): OptionalField<T> {
  return { read: field.read, optional: true };
}

export type Fields = Readonly<Record<string, Field<unknown>>>;
type OptionalNames<F extends Fields> = { [K in keyof F]: F[K] extends OptionalField<unknown> ? K : never }[keyof F];
type ValueOf<F> = F extends Field<infer T> ? T : never;

export type Params<F extends Fields> = { readonly [K in Exclude<keyof F, OptionalNames<F>>]: ValueOf<F[K]> } & {
  readonly [K in OptionalNames<F>]?: ValueOf<F[K]>;
};

/** Checks a whole parameter object; the error is a full sentence without an end mark. */
export function readParams<F extends Fields>(fields: F, value: unknown): Result<Params<F>, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return err('the request must be a JSON object');
  const given = value as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(fields, name));
  if (unknown !== undefined) return err(`there is no parameter ${JSON.stringify(unknown.slice(0, 40))}`);
  const read: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    if (!Object.hasOwn(given, name)) {
      if (!field.optional) return err(`${name} is missing`);
      continue;
    }
    const one = field.read(given[name]);
    if (!one.ok) return err(`${name} ${one.error}`);
    read[name] = one.value;
  }
  return ok(read as Params<F>);
}
