/** One request to one route, in the order of suspicion: address rate, token, scope, account rate, size, shape; then the route; then what may leave. */
import { z } from 'zod';
import { addressKey } from './address.js';
import { BODY_BYTES_MAX, parseJson, readBody } from './body.js';
import type { HttpDeps } from './deps.js';
import { takeRate } from './limits.js';
import { Refusal } from './problem.js';
import type { Call, Route, RouteShape } from './route.js';
import { onDevice, type Who } from './who.js';

export interface Asked {
  readonly request: Request;
  readonly params: Readonly<Record<string, string>>;
  readonly requestId: string;
  readonly address: string;
  /** Headers of the answer, whichever answer it becomes. */
  readonly extra: Headers;
  /** Told who asks as soon as that is known. */
  readonly known: (account: string) => void;
}

const TOKEN_MAX = 2_048;
const NO_FIELDS = z.strictObject({});

export async function answer(deps: HttpDeps, { shape, handle }: Route, asked: Asked): Promise<Response> {
  const { request, requestId, address, extra } = asked;
  await takeRate(deps.limiter, shape.limit, `address:${addressKey(address)}`, extra);
  const url = new URL(request.url);
  refuseTokenIn(url, deps.count);
  const who = await identify(deps, shape, request);
  if (who.type !== 'none') {
    asked.known(who.account);
    await takeRate(deps.limiter, shape.limit, `account:${who.account}`, extra);
    if (shape.scope !== undefined && !who.scopes.has(shape.scope))
      throw new Refusal('insufficient-scope', `this token may not do what needs ${shape.scope}`);
  }
  const bytes = shape.body === undefined ? new Uint8Array(0) : await readBody(request, shape.bodyBytesMax ?? BODY_BYTES_MAX);
  const call = {
    who,
    params: parsed(shape.params, asked.params, 'the address'),
    query: parsed(shape.query ?? NO_FIELDS, queryOf(url), 'the query'),
    headers: parsed(shape.headers, headersOf(shape, request), 'the headers'),
    body: shape.body === undefined || shape.body === 'bytes' ? undefined : parsed(shape.body, parseJson(bytes, request), 'the body'),
    bytes,
    address,
    requestId,
    signal: request.signal,
    header: (name: string, value: string) => extra.set(name, value),
  } as Call<RouteShape>;
  return leave(shape, await handle(call));
}

const TOKEN_NAME = /^(access_?|device_?|refresh_?)?token$|^(authorization|bearer|jwt|password)$/i;

/** Addresses end in the logs of every proxy on the way: whoever sends a token so has to be told, even where none is needed. */
function refuseTokenIn({ searchParams }: URL, count: (reason: string) => void): void {
  if (![...searchParams.keys()].some((name) => TOKEN_NAME.test(name))) return;
  count('http-token-in-address');
  throw new Refusal(
    'bad-request',
    'a token never goes in the address, where logs keep it: send it in the Authorization header, and renew this one',
    {
      connection: 'close',
    },
  );
}

/** A token where none is needed is not looked at. */
async function identify({ doorman, accessDoor, count }: HttpDeps, { auth }: RouteShape, request: Request): Promise<Who> {
  if (auth === 'none') return { type: 'none' };
  const given = request.headers.get('authorization') ?? '';
  const token = given.length > TOKEN_MAX ? undefined : /^Bearer ([A-Za-z0-9._~+/-]+=*)$/i.exec(given)?.[1];
  if (token !== undefined) {
    const device = token.startsWith('lvd_');
    if (device && auth !== 'access') {
      const caller = await doorman.admit(token);
      if (caller !== null) return onDevice(caller);
    }
    if (!device && auth !== 'device') {
      const signedIn = await accessDoor.admit(token);
      if (signedIn !== null) return signedIn;
    }
    count('http-token');
  }
  throw new Refusal('unauthorised', NEEDS[auth], { 'www-authenticate': 'Bearer' });
}

const NEEDS = {
  access: 'this needs a valid access token in the Authorization header; sign in again',
  device: 'this needs a valid device token in the Authorization header; pair the device again',
  'access-or-device': 'this needs a valid access or device token in the Authorization header; sign in or pair again',
} as const;

/** A field given twice is a list, which no schema of ours takes where it wants one. */
function queryOf(url: URL): Readonly<Record<string, unknown>> {
  const fields = new Map<string, unknown>();
  for (const name of url.searchParams.keys()) {
    const values = url.searchParams.getAll(name);
    fields.set(name, values.length === 1 ? values[0] : values);
  }
  return Object.fromEntries(fields);
}

function headersOf({ headers }: RouteShape, request: Request): Readonly<Record<string, string>> {
  const names = Object.keys(headers?.shape ?? {});
  return Object.fromEntries(names.flatMap((name) => (request.headers.has(name) ? [[name, request.headers.get(name) ?? '']] : [])));
}

function parsed(schema: z.ZodType | undefined, input: unknown, where: string): unknown {
  if (schema === undefined) return undefined;
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw new Refusal('invalid', `${where}: ${explain(result.error)}`);
}

/** Field names that are not ours are shortened; values are never told. */
function explain({ issues }: z.ZodError): string {
  const told = issues.slice(0, 3).map((issue) => {
    const path = issue.path.map((part) => String(part).slice(0, 40)).join('.');
    const words =
      issue.code === 'unrecognized_keys'
        ? `unknown field ${issue.keys
            .map((key) => key.slice(0, 40))
            .slice(0, 3)
            .join(', ')}`
        : issue.message;
    return path === '' ? words : `${path}: ${words}`;
  });
  return told.join('; ').slice(0, 400);
}

/** An answer that is not what the route promised is a failure of ours: it may hold what was not meant to leave. */
function leave({ answer: promised }: RouteShape, result: unknown): Response {
  if (result instanceof Response) return result;
  if (promised.schema === undefined) return new Response(null, { status: promised.status });
  const body = JSON.stringify(promised.schema.parse(result));
  return new Response(body, { status: promised.status, headers: { 'content-type': 'application/json' } });
}
