/** The relay's HTTP as this agent uses it: signing in, and out. Schemas are the relay's own. */
import { paired } from '@leanvibe/protocol/http/devices';
import { tokens } from '@leanvibe/protocol/http/auth';
import { err, ok, type Result } from '@leanvibe/core/base/result';
import { relayFailure } from './words.js';

export interface ApiFailure {
  /** 0 when no relay could be reached there. */
  readonly status: number;
  /** For people. */
  readonly message: string;
}

export interface SignedIn {
  readonly account: string;
  readonly device: string;
  readonly token: string;
}

export interface Credentials {
  readonly email: string;
  readonly password: string;
  /** Of an authenticator, where the account has one. */
  readonly code: string | null;
  /** The person agreed to be counted: said to the relay too, which takes no counts without. */
  readonly metrics?: boolean;
}

export interface RelayApi {
  register(email: string, password: string, invite: string | null): Promise<Result<null, ApiFailure>>;
  /** Signs in with the person's words and makes a device token; the sign-in itself is ended again. */
  signIn(who: Credentials, label: string): Promise<Result<SignedIn, ApiFailure>>;
  /** Revokes this device's own token. */
  leave(token: string): Promise<Result<null, ApiFailure>>;
  /** A token for another device of the same person. */
  pair(token: string, label: string): Promise<Result<SignedIn, ApiFailure>>;
}

interface Schema<T> {
  safeParse(value: unknown): { readonly success: true; readonly data: T } | { readonly success: false };
}

const ANSWER_MS = 15_000;
const ANSWER_BYTES_MAX = 64 * 1024;
const API = '/api/v1';
const NO_RELAY = 'it does not answer as a relay does: is that its address?';

/** Null for what is no JSON, or more than any answer of a relay; rejects when it breaks off. */
async function bodyOf({ body }: Response): Promise<unknown> {
  if (body === null) return null;
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of body as AsyncIterable<Uint8Array>) {
    pieces.push(piece);
    if ((bytes += piece.length) > ANSWER_BYTES_MAX) return null;
  }
  try {
    return bytes === 0 ? null : JSON.parse(Buffer.concat(pieces).toString());
  } catch {
    return null;
  }
}

/** What a relay says is wrong; null for words of somebody else, who is none. */
function wordsOf(body: unknown): string | null {
  return typeof body === 'object' && body !== null && 'detail' in body && typeof body.detail === 'string' ? body.detail : null;
}

export function createRelayApi(origin: string, fetcher: typeof fetch = fetch): RelayApi {
  const ask = async <T>(path: string, schema: Schema<T> | null, json: unknown, token: string | null): Promise<Result<T, ApiFailure>> => {
    let response: Response;
    let body: unknown;
    try {
      response = await fetcher(`${origin}${API}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
        body: JSON.stringify(json),
        redirect: 'error',
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      body = await bodyOf(response);
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      return err({ status: 0, message: relayFailure(cause) });
    }
    if (!response.ok) {
      const message = wordsOf(body);
      return err(message === null ? { status: 0, message: NO_RELAY } : { status: response.status, message });
    }
    if (schema === null) return ok(null as T);
    const read = schema.safeParse(body);
    return read.success ? ok(read.data) : err({ status: response.status, message: NO_RELAY });
  };
  const pair = async (token: string, label: string): Promise<Result<SignedIn, ApiFailure> & object> => {
    const made = await ask('/devices/pair', paired, { kind: 'mac_agent', label }, token);
    return made.ok ? ok({ account: '', device: made.value.device.device, token: made.value.token }) : made;
  };
  return {
    register: (email, password, invite) => ask('/auth/register', null, { email, password, ...(invite === null ? {} : { invite }) }, null),
    async signIn({ code, email, metrics = false, password }, label) {
      const signed = await ask('/auth/login', tokens, { email, password, ...(code === null ? {} : { code }) }, null);
      if (!signed.ok) return signed;
      const { accessToken, account } = signed.value;
      const made = await pair(accessToken, label);
      if (metrics) await ask('/account/consent', null, { metrics: true }, accessToken);
      // What is kept is the device's token alone.
      await ask('/auth/logout', null, {}, accessToken);
      return made.ok ? ok({ ...made.value, account }) : made;
    },
    leave: (token) => ask('/devices/leave', null, {}, token),
    pair,
  };
}
