/** The control API's routes behind the gate, in the order of suspicion: token, type, body, method. */
import type { HttpBindings } from '@hono/node-server';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { getCookie, setCookie } from 'hono/cookie';
import { answerError, call, failure, type Handlers } from './call.js';
import type { Feed, NewFeedEvent } from './feed.js';
import { SECURITY_HEADERS } from './headers.js';
import { API_PREFIX, EVENTS_PATH } from './methods.js';
import { type Assets, loadAssets } from './page/assets.js';
import type { PageData } from './page/data.js';
import { renderPage, renderSignIn } from './page/render.js';
import type { Door, Robot } from './robots.js';
import type { Sessions } from './sessions.js';
import { bearer, sameSecret } from './token.js';

export interface ControlDeps extends LoggerDep {
  readonly handlers: Handlers;
  readonly feed: Feed;
  readonly hello: () => NewFeedEvent;
  readonly sessions: Sessions;
  readonly token: string;
  /** Everybody but the owner. */
  readonly robots: Door;
  readonly page: () => Promise<PageData>;
  readonly count: (reason: string) => void;
  readonly stopping: AbortSignal;
}

/** `robot`: absent for the owner of this home. */
type Env = { readonly Bindings: HttpBindings; readonly Variables: { robot?: Robot } };

/** A note of a million characters with its base, in JSON's longest escapes. */
const BODY_BYTES_MAX = 12 * 1024 * 1024;
const COOKIE = 'leanvibe';

export function createApp(deps: ControlDeps): Hono<Env> {
  const app = new Hono<Env>();
  const assets = loadAssets();

  app.use('*', async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) c.res.headers.set(name, value);
  });

  app.use(`${API_PREFIX}*`, async (c, next) => {
    const given = bearer(c.req.header('authorization'));
    if (given !== null && sameSecret(given, deps.token)) return next();
    const entered = deps.robots(given);
    if (entered.ok) {
      c.set('robot', entered.value);
      return next();
    }
    deps.count(entered.error.reason);
    return answerError(entered.error.error);
  });
  app.use(`${API_PREFIX}*`, async (c, next) => {
    if (c.req.method !== 'POST' || isJson(c.req.header('content-type'))) return next();
    deps.count('control-type');
    return failure('wrong-type', 'the request must be application/json');
  });
  app.use(`${API_PREFIX}*`, bodyLimit({ maxSize: BODY_BYTES_MAX, onError: () => failure('too-large', 'the request is too large') }));

  app.get(EVENTS_PATH, (c) => events(deps, c.get('robot')));
  app.post(`${API_PREFIX}:method`, async (c) => {
    const robot = c.get('robot');
    const signal = AbortSignal.any([c.req.raw.signal, deps.stopping, ...(robot === undefined ? [] : [robot.ended])]);
    return call(deps, robot?.handlers ?? deps.handlers, c.req.param('method'), await c.req.text(), signal);
  });
  pageRoutes(app, deps, assets);
  app.notFound(() => failure('not-found', 'there is nothing here'));
  app.onError((error) => {
    deps.logger.log('error', 'control-request-failed', { why: error.name });
    return failure('failed', 'the request failed inside the agent', 'see: leanvibe logs');
  });
  return app;
}

function isJson(type: string | undefined): boolean {
  return /^application\/json(\s*;\s*charset=utf-8)?$/i.test(type ?? '');
}

function events({ feed, hello }: ControlDeps, robot: Robot | undefined): Response {
  if (robot?.ended.aborted === true) return failure('unauthorised', 'this token has ended');
  const lines = robot === undefined ? feed.open(hello()) : feed.open(robot.hello, robot.reader);
  if (lines === null) return failure('too-many', 'too many programs follow the events already', 'close one of them');
  return new Response(lines, { status: 200, headers: { 'content-type': 'application/x-ndjson; charset=utf-8' } });
}

/**
 * The status page. The key is answered with the page itself, not with a redirect: a browser that came from another site
 * would not send a SameSite=Strict cookie along with the redirect. The cookie reads this page and nothing else, since browsers
 * send cookies of one host to every port of it.
 */
function pageRoutes(app: Hono<Env>, deps: ControlDeps, assets: Assets): void {
  const signedIn = (c: Context<Env>): boolean => deps.sessions.holds(getCookie(c, COOKIE) ?? '');
  const denied = (c: Context<Env>): Response | Promise<Response> => {
    deps.count('control-session');
    return c.html(renderSignIn(), 401);
  };
  app.get('/', async (c) => {
    const key = c.req.query('key');
    const session = key === undefined || key.length > 100 || c.req.method !== 'GET' ? null : deps.sessions.redeem(key);
    if (session === null && !signedIn(c)) return denied(c);
    if (session !== null) setCookie(c, COOKIE, session, { httpOnly: true, sameSite: 'Strict', path: '/', maxAge: 12 * 3600 });
    return c.html(renderPage(await deps.page()));
  });
  app.get('/page/data', async (c) =>
    signedIn(c) ? c.json(await deps.page()) : failure('unauthorised', 'sign in again', 'run: leanvibe open'),
  );
  app.get('/page/:file', (c) => {
    const asset = assets.get(c.req.param('file'));
    if (asset === undefined) return failure('not-found', 'there is nothing here');
    return new Response(asset.text, { status: 200, headers: { 'content-type': asset.type } });
  });
}
