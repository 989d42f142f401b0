/** The OpenAPI 3.1 document, made of the same schemas that judge requests. */
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { PROBLEM_TYPE, problem } from '@leanvibe/protocol/http/base';
import type { HttpEnv } from './deps.js';
import { PROBLEMS, type ProblemCode } from './problem.js';
import type { Route, RouteShape } from './route.js';
import type { Auth } from './who.js';

const SECURITY: Readonly<Record<Auth, readonly string[]>> = {
  none: [],
  access: ['access'],
  device: ['device'],
  'access-or-device': ['access', 'device'],
};

export function register(app: OpenAPIHono<HttpEnv>, { shape }: Route): void {
  const { method, path, tag, summary, auth, scope, limit, params, query, headers, body } = shape;
  const scopes = scope === undefined ? [] : [scope];
  app.openAPIRegistry.registerPath(
    createRoute({
      method,
      path,
      summary,
      tags: [tag],
      operationId: `${method}${path.replace(/[^A-Za-z0-9]+(.?)/g, (_, next: string) => next.toUpperCase())}`,
      security: SECURITY[auth].map((scheme) => ({ [scheme]: scopes })),
      'x-auth': auth,
      'x-scope': scope ?? null,
      'x-limit': limit,
      request: {
        ...(params === undefined ? {} : { params }),
        ...(query === undefined ? {} : { query }),
        ...(headers === undefined ? {} : { headers }),
        ...(body === undefined ? {} : { body: { required: true, content: bodyContent(body) } }),
      },
      responses: responses(shape),
    }),
  );
}

export function registerSecurity(app: OpenAPIHono<HttpEnv>): void {
  const bearer = { type: 'http', scheme: 'bearer' } as const;
  app.openAPIRegistry.registerComponent('securitySchemes', 'access', { ...bearer, description: 'Of a person who signed in; 30 minutes.' });
  app.openAPIRegistry.registerComponent('securitySchemes', 'device', { ...bearer, description: 'Of a paired device; begins with lvd_.' });
}

export function describeApi(app: OpenAPIHono<HttpEnv>, version: string): ReturnType<OpenAPIHono['getOpenAPI31Document']> {
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'LeanVibe relay',
      version,
      description: 'A blind post office: accounts, devices, counters. What is synced never passes here in the clear.',
    },
  });
}

function bodyContent(body: NonNullable<RouteShape['body']>): Record<string, object> {
  return body === 'bytes' ? { 'application/octet-stream': {} } : { 'application/json': { schema: body } };
}

function responses({
  answer,
  auth,
  scope,
  limit,
  body,
  params,
  query,
  refusals = [],
}: RouteShape): Record<string, { description: string }> {
  const { status, schema, type, description = 'Done' } = answer;
  const content = schema !== undefined ? { [type ?? 'application/json']: { schema } } : type !== undefined ? { [type]: {} } : undefined;
  const codes: ProblemCode[] = [...refusals];
  if (auth !== 'none') codes.push('unauthorised');
  if (scope !== undefined) codes.push('insufficient-scope');
  if (limit !== 'none') codes.push('too-many');
  if (body !== undefined) codes.push('bad-request', 'too-large', 'wrong-type');
  if (body !== undefined || params !== undefined || query !== undefined) codes.push('invalid');
  const problems = new Map<number, string[]>();
  for (const code of [...codes, 'failed' as const, 'unavailable' as const]) {
    const [at, title] = PROBLEMS[code];
    problems.set(at, [...(problems.get(at) ?? []).filter((known) => known !== title), title]);
  }
  const answered = { description, ...(content === undefined ? {} : { content }) };
  return {
    [String(status)]: answered,
    ...Object.fromEntries(
      [...problems].map(([at, titles]) => [
        String(at),
        { description: titles.join(' · '), content: { [PROBLEM_TYPE]: { schema: problem } } },
      ]),
    ),
  };
}
