/** What may never stand in a log line, whoever wrote it there: passwords, tokens, keys, addresses with credentials. */

const SECRET_NAME = /pass(word|phrase)?|secret|token|authorization|cookie|credential|dsn|api.?key|private|otp|email|^ip$|address/i;
/** JWTs, prefixed tokens, long random texts after `Bearer`, and credentials inside an address. */
const SECRET_TEXT = [
  /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g,
  /\bBearer\s+\S+/gi,
  /\b(lv[a-z]{0,4}|sk|rk|pk|whsec|ghp)_\w{8,}/g,
  /(?<=[a-z][a-z0-9+.-]{1,12}:\/\/)[^\s/@]+(?=@)/gi,
  /[\w.+-]{1,64}@[\w-]{1,63}(\.[\w-]{1,63})+/g,
];
const FIELD_CHARS_MAX = 2000;
export const REDACTED = '[redacted]';

export type Fields = Readonly<Record<string, string | number | boolean | null>>;

/** The same fields; numbers and truth values are never secret, texts under a telling name or of a telling shape are. */
export function redactFields(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      if (typeof value !== 'string') return [name, value];
      return [name, SECRET_NAME.test(name) ? REDACTED : redactText(value)];
    }),
  );
}

export function redactText(text: string): string {
  return SECRET_TEXT.reduce((rest, pattern) => rest.replace(pattern, REDACTED), text.slice(0, FIELD_CHARS_MAX));
}
