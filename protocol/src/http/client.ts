/** Asks a relay over HTTP, by the same schemas it answers with. `fetch` is a parameter: the agent, the dashboard and tests bring their own. */
import type { z } from 'zod';
import { PROBLEM_TYPE, PROBLEM_URN, problem } from './base.js';

/** As much of fetch as is used. */
export type Fetch = (
  url: string,
  init: { readonly method: string; readonly headers: Readonly<Record<string, string>>; readonly body?: string },
) => Promise<{ readonly status: number; readonly headers: { get(name: string): string | null }; text(): Promise<string> }>;

export interface RelayRefusal {
  /** The relay's word (`unauthorised`, `too-many`, …); `unreachable` when nobody answered, `odd-answer` when it was no relay's answer. */
  readonly code: string;
  /** 0 when nobody answered. */
  readonly status: number;
  /** For a person. */
  readonly detail: string;
  readonly requestId: string | null;
  /** Milliseconds to wait before it is tried again; null when the relay names none. */
  readonly retryMs: number | null;
}

export type Asked<Value> = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly error: RelayRefusal };

export interface Ask<Schema extends z.ZodType | null> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** From `/` on; ids are put in by `encodeURIComponent`. */
  readonly path: string;
  /** Access or device token. */
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** What the answer must be; null: nothing is answered. */
  readonly answer: Schema;
}

export type RelayClient = <Schema extends z.ZodType | null>(
  ask: Ask<Schema>,
) => Promise<Asked<Schema extends z.ZodType ? z.output<Schema> : null>>;

/** `origin`: `https://relay.example.org`. Never throws: whatever goes wrong is answered. */
export function createRelayClient({ origin, fetch }: { readonly origin: string; readonly fetch: Fetch }): RelayClient {
  return async ({ method, path, token, body, headers = {}, answer }) => {
    const sent = {
      accept: 'application/json',
      ...headers,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    try {
      const response = await fetch(`${origin}${path}`, {
        method,
        headers: sent,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (response.status < 200 || response.status > 299) return { ok: false, error: refusalOf(response.status, response.headers, text) };
      if (answer === null) return { ok: true, value: null as never };
      const parsed = answer.safeParse(json(text));
      return parsed.success ? { ok: true, value: parsed.data as never } : { ok: false, error: odd(response.status) };
    } catch {
      return { ok: false, error: { code: 'unreachable', status: 0, detail: 'the relay does not answer', requestId: null, retryMs: null } };
    }
  };
}

function refusalOf(status: number, headers: { get(name: string): string | null }, text: string): RelayRefusal {
  const parsed = headers.get('content-type')?.startsWith(PROBLEM_TYPE) === true ? problem.safeParse(json(text)) : null;
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  const retryMs = Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : null;
  if (parsed?.success !== true || !parsed.data.type.startsWith(PROBLEM_URN)) return { ...odd(status), retryMs };
  const { type, detail, requestId } = parsed.data;
  return { code: type.slice(PROBLEM_URN.length), status, detail, requestId, retryMs };
}

function odd(status: number): RelayRefusal {
  return { code: 'odd-answer', status, detail: 'what answered is no relay, or another version of one', requestId: null, retryMs: null };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
