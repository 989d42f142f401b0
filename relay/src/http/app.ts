/** The relay's HTTP API: rooms bring routes (see route.ts), this makes one application of them, and the document that describes it. */
import { OpenAPIHono } from '@hono/zod-openapi';
import { DatabaseGone, isDiskFull } from '../db/errors.js';
import { whatAndWhere } from '../observe/failure.js';
import { addressKey } from './address.js';
import { around } from './around.js';
import type { HttpDeps, HttpEnv } from './deps.js';
import { docsRoutes } from './docs.js';
import { takeRate } from './limits.js';
import { describeApi, register, registerSecurity } from './openapi.js';
import { answer } from './pipeline.js';
import { problemResponse, Refusal } from './problem.js';
import type { Route } from './route.js';

const RETRY_AFTER_S = '5';

export type App = OpenAPIHono<HttpEnv>;

/** Throws for two routes of one method and path, and for settings that mean nothing. The peer's address is given as `app.fetch(request, { peer })`. */
export function createApp(deps: HttpDeps): App {
  const app: App = new OpenAPIHono<HttpEnv>();
  const routes = [...deps.routes, ...docsRoutes(() => describeApi(app, deps.settings.version))];
  app.use('*', around(deps));
  registerSecurity(app);
  for (const route of routes) {
    register(app, route);
    app.on(route.shape.method.toUpperCase(), honoPath(route.shape.path), (c) => {
      c.set('route', route.shape.path);
      const { requestId, address, extra } = c.var;
      const known = (account: string): void => c.set('account', account);
      return answer(deps, route, {
        request: c.req.raw,
        params: c.req.param() as Readonly<Record<string, string>>,
        requestId,
        address,
        extra,
        known,
      });
    });
  }
  for (const [path, methods] of methodsByPath(routes)) {
    app.all(honoPath(path), (c) => {
      c.set('route', path);
      throw new Refusal('method-not-allowed', `here there is ${methods.join(', ')}`, { allow: methods.join(', ') });
    });
  }
  // Not thrown: what is thrown here would end the log line and the headers around it too.
  app.notFound(async (c) => {
    const nothing = new Refusal('not-found', 'there is nothing at this address; /docs says what there is');
    const refusal = await takeRate(deps.limiter, 'default', `address:${addressKey(c.var.address)}`, c.var.extra).then(
      () => nothing,
      (error: Error) => error,
    );
    return problemResponse(asRefusal(deps, refusal, c.var.requestId), c.var.requestId);
  });
  app.onError((error, c) => problemResponse(asRefusal(deps, error, c.var.requestId), c.var.requestId));
  return app;
}

/** Whatever went wrong inside stays inside; the request id leads from the answer to the log. */
function asRefusal({ logger, count }: HttpDeps, error: Error, requestId: string): Refusal {
  if (error instanceof Refusal) {
    count(`http-${error.code}`);
    return error;
  }
  if (error instanceof DatabaseGone || isDiskFull(error)) {
    const [reason, what] =
      error instanceof DatabaseGone
        ? (['http-database-gone', 'its database does not answer'] as const)
        : (['http-disk-full', 'its disk is full'] as const);
    count(reason);
    logger.log('warn', 'http-unavailable', { requestId, reason });
    return new Refusal('unavailable', `the relay cannot do this now: ${what}. Nothing is wrong with the request; try again in a moment`, {
      'retry-after': RETRY_AFTER_S,
    });
  }
  count('http-failed');
  const { why, where } = whatAndWhere(error);
  logger.log('error', 'http-failed', { requestId, why, where });
  return new Refusal(
    'failed',
    'something failed inside the relay; nothing is wrong with the request. Try again, and tell the operator the request id',
  );
}

function honoPath(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1');
}

function methodsByPath(routes: readonly Route[]): ReadonlyMap<string, readonly string[]> {
  const methods = new Map<string, string[]>();
  for (const { shape } of routes) {
    const method = shape.method.toUpperCase();
    const known = methods.get(shape.path) ?? [];
    if (known.includes(method)) throw new Error(`two routes for ${method} ${shape.path}`);
    methods.set(shape.path, [...known, method]);
  }
  return methods;
}
