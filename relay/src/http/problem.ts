/** How the relay says no over HTTP: RFC 9457 problem documents with a fixed word, and nothing from the inside. */
import { PROBLEM_TYPE, PROBLEM_URN, type Problem } from '@leanvibe/protocol/http/base';

export const PROBLEMS = {
  'bad-request': [400, 'The request was not understood'],
  invalid: [422, 'A field is wrong'],
  unauthorised: [401, 'Sign in first'],
  'code-needed': [401, 'A code is needed'],
  forbidden: [403, 'This may not be done'],
  'insufficient-scope': [403, 'This token may not do that'],
  'forbidden-origin': [403, 'This site may not ask'],
  'consent-needed': [403, 'Consent was not given'],
  'not-found': [404, 'There is nothing here'],
  'method-not-allowed': [405, 'There is no such method here'],
  conflict: [409, 'It is no longer so'],
  gone: [410, 'It is gone'],
  'too-large': [413, 'The request is too large'],
  'wrong-type': [415, 'The body is of another type than asked for'],
  'quota-reached': [403, 'The quota is used up'],
  'too-many': [429, 'Too many requests'],
  failed: [500, 'The relay failed'],
  unavailable: [503, 'The relay cannot do this now'],
} as const satisfies Readonly<Record<string, readonly [number, string]>>;

export type ProblemCode = keyof typeof PROBLEMS;

/** Thrown by routes, answered as a problem document. `detail` is one or two plain sentences: what, why, the next thing to try. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: ProblemCode;
  readonly headers: Readonly<Record<string, string>>;
  constructor(code: ProblemCode, detail: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail);
    this.code = code;
    this.headers = headers;
  }
}

export function problemResponse({ code, message, headers }: Refusal, requestId: string): Response {
  const [status, title] = PROBLEMS[code];
  const body: Problem = { type: `${PROBLEM_URN}${code}`, title, status, detail: message, requestId };
  return new Response(`${JSON.stringify(body)}\n`, { status, headers: { ...headers, 'content-type': PROBLEM_TYPE } });
}
