/** What happens around every request, whatever it asks: a request id, the client's address, CORS, security headers, one line in the log. */
import type { Context, MiddlewareHandler } from 'hono';
import { clientAddress } from './address.js';
import type { HttpDeps, HttpEnv } from './deps.js';
import { allowOrigin, preflight, secure } from './headers.js';
import { problemResponse, Refusal } from './problem.js';

const REQUEST_ID = /^[A-Za-z0-9_-]{8,64}$/;

export function around(deps: HttpDeps): MiddlewareHandler<HttpEnv> {
  const origins: ReadonlySet<string> = new Set(deps.settings.origins);
  return async (c, next) => {
    const began = deps.clock.nowMs();
    const given = c.req.header('x-request-id');
    const requestId = given !== undefined && REQUEST_ID.test(given) ? given : Buffer.from(deps.random.bytes(16)).toString('hex');
    c.set('requestId', requestId);
    c.set('address', clientAddress(c.env?.peer ?? '', c.req.header('x-forwarded-for') ?? null, deps.settings.proxies));
    c.set('route', 'unmatched');
    c.set('account', null);
    c.set('extra', new Headers());
    const allowed = allowOrigin(c.var.extra, c.req.header('origin') ?? null, origins);
    if (isPreflight(c)) c.res = answerPreflight(c, allowed);
    else await next();
    const response = new Response(c.res.body, c.res);
    for (const [name, value] of c.var.extra) if (!response.headers.has(name)) response.headers.set(name, value);
    response.headers.set('x-request-id', requestId);
    secure(response.headers);
    c.res = undefined;
    c.res = response;
    tell(deps, c, Math.max(0, deps.clock.nowMs() - began));
  };
}

function isPreflight(c: Context<HttpEnv>): boolean {
  return c.req.method === 'OPTIONS' && c.req.header('origin') !== undefined && c.req.header('access-control-request-method') !== undefined;
}

function answerPreflight(c: Context<HttpEnv>, allowed: boolean): Response {
  c.set('route', 'preflight');
  if (!allowed) return problemResponse(new Refusal('forbidden-origin', 'this origin is not on the list of the relay'), c.var.requestId);
  preflight(c.var.extra);
  return new Response(null, { status: 204 });
}

/** The path as declared, never as asked: what a person typed may hold a token. */
function tell({ logger, observe }: HttpDeps, c: Context<HttpEnv>, ms: number): void {
  const { requestId, route, account } = c.var;
  const { status } = c.res;
  const method = /^[A-Z]{1,10}$/.test(c.req.method) ? c.req.method : 'OTHER';
  observe({ method, route, status, ms });
  // 503 is no failure of ours: what is away tells of itself, and is not reported again for everybody who asks.
  const level = status === 503 ? 'warn' : status >= 500 ? 'error' : 'info';
  logger.log(level, 'http', { requestId, method, route, status, ms, account });
}
