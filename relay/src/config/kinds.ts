/** What the value of a setting may look like; each answers with what it must be instead. */
import { err, ok, type Result } from '@leanvibe/core/base/result';

type Parse<Value> = (typed: string) => Result<Value, string>;

export const SECRET_CHARS_MIN = 32;

/** Node 20.19 has no URL.parse. */
export function urlOf(typed: string): URL | null {
  return URL.canParse(typed) ? new URL(typed) : null;
}

export function oneOf<const Choice extends string>(choices: readonly Choice[]): Parse<Choice> {
  return (typed) => {
    const found = choices.find((choice) => choice === typed);
    return found === undefined ? err(`must be one of: ${choices.join(', ')}`) : ok(found);
  };
}

export function whole(min: number, max: number): Parse<number> {
  return (typed) => {
    const value = /^\d{1,9}$/.test(typed) ? Number(typed) : Number.NaN;
    return value >= min && value <= max ? ok(value) : err(`must be a whole number from ${min} to ${max}`);
  };
}

export function text(charsMax: number): Parse<string> {
  return (typed) =>
    typed.length <= charsMax && !/\p{Cc}/u.test(typed) ? ok(typed) : err(`must be plain text of at most ${charsMax} characters`);
}

/** How long and how random it must be is judged in production.ts; here only that it is one line. */
export const secretText: Parse<string> = (typed) =>
  typed.length <= 4096 && !/\p{Cc}/u.test(typed) ? ok(typed) : err('must be one line of at most 4096 characters');

export function url(protocols: readonly string[]): Parse<string> {
  return (typed) => {
    const parsed = urlOf(typed);
    return parsed !== null && protocols.includes(parsed.protocol) && (parsed.hostname !== '' || parsed.searchParams.has('host'))
      ? ok(typed)
      : err(`must be an address that begins with ${protocols.map((one) => `${one}//`).join(' or ')}`);
  };
}

export const httpOrigin: Parse<string> = (typed) => {
  const parsed = urlOf(typed);
  return parsed !== null && /^https?:$/.test(parsed.protocol) && typed.replace(/\/$/, '') === parsed.origin
    ? ok(parsed.origin)
    : err('must be scheme, host and port alone, like https://relay.example.org');
};

export const originList: Parse<readonly string[]> = (typed) => {
  const all = typed
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
  const origins: string[] = [];
  for (const one of all) {
    const parsed = httpOrigin(one);
    if (!parsed.ok) return err('must be origins like https://app.example.org with commas between them');
    origins.push(parsed.value);
  }
  return ok(origins);
};

export function loopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
