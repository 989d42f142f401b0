/**
 * How a room adds routes. It exports one function of its dependencies that answers a list:
 *
 *     export function planRoutes(deps: PlanDeps): readonly Route[] {
 *       return [
 *         defineRoute(
 *           {
 *             method: 'get', path: '/api/v1/plans/{id}', tag: 'plans', summary: 'One plan',
 *             auth: 'access-or-device', scope: 'account', limit: 'default',
 *             params: z.strictObject({ id }),                     // also: query, headers, body; zod schemas of protocol/src/http
 *             answer: { status: 200, schema: plan },              // or { status: 204 }, or { status: 200, type: 'text/html' } with a Response
 *             refusals: ['not-found'],                            // beyond what every route may answer
 *           },
 *           async ({ who, params }) => {                          // all typed from the shape
 *             const found = await deps.plans.find(who.account, params.id);
 *             if (found === null) throw new Refusal('not-found', 'there is no such plan');
 *             return found;                                       // checked against the answer's schema: nothing more can leave
 *           },
 *         ),
 *       ];
 *     }
 *
 * and whoever wires the relay puts the list into `createApp({ routes: [...planRoutes(deps), …] })`. Objects are `z.strictObject`, so that unknown fields
 * are refused. Another account's things are answered like things that do not exist: 404. Each new route must be listed in
 * tests/unit/relay/http/matrix.ts, with who may use it, or the authorisation matrix fails.
 */
import type { z } from 'zod';
import type { ProblemCode } from './problem.js';
import type { Auth, Scope, WhoOf } from './who.js';

/** `default` 100, `metrics` 1,000, `auth` 10 a minute, per account and per address; `none` for probes only. */
export type RouteLimit = 'default' | 'metrics' | 'auth' | 'none';

export interface RouteShape {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** As OpenAPI has it: `/api/v1/devices/{id}`. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly auth: Auth;
  /** What the token must allow; absent when any token of the right kind will do. */
  readonly scope?: Scope;
  readonly limit: RouteLimit;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  /** Only the headers named here are looked at; names in lowercase. */
  readonly headers?: z.ZodObject;
  /** JSON. `bytes` instead of a schema: any type of body, in `call.bytes` as it came. */
  readonly body?: z.ZodType | 'bytes';
  /** 64 KiB when absent. */
  readonly bodyBytesMax?: number;
  readonly answer: {
    readonly status: 200 | 201 | 202 | 204;
    readonly schema?: z.ZodType;
    /** Of an answer that is not JSON by `schema`; the handler then answers a Response. */
    readonly type?: string;
    readonly description?: string;
  };
  readonly refusals?: readonly ProblemCode[];
}

type Parsed<S, Key extends string> = S extends { readonly [K in Key]: infer Schema extends z.ZodType } ? z.output<Schema> : undefined;

export interface Call<S extends RouteShape> {
  readonly who: WhoOf<S['auth']>;
  readonly params: Parsed<S, 'params'>;
  readonly query: Parsed<S, 'query'>;
  readonly headers: Parsed<S, 'headers'>;
  readonly body: Parsed<S, 'body'>;
  /** The body as it came; empty when there was none. */
  readonly bytes: Uint8Array;
  /** The client's address; hash it before it is stored or logged (C32). */
  readonly address: string;
  readonly requestId: string;
  /** Aborted when the client went away. */
  readonly signal: AbortSignal;
  /** Adds a header to the answer. */
  header(name: string, value: string): void;
}

export type Answer<S extends RouteShape> = S['answer'] extends { readonly schema: infer Schema extends z.ZodType }
  ? z.input<Schema> | Response
  : Response | undefined;

export interface Route {
  readonly shape: RouteShape;
  handle(call: Call<RouteShape>): Promise<unknown>;
}

export function defineRoute<const S extends RouteShape>(shape: S, handle: (call: Call<S>) => Promise<Answer<S>>): Route {
  // The pipeline parses by this very shape before it calls, so what it hands over is what the handler's types say.
  return { shape, handle: handle as unknown as Route['handle'] };
}
