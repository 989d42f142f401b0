/** The relay's HTTP API without a network: limiter, doors and log of a test, and requests made by hand. */
import { createApp, type App } from '@leanvibe/relay/internal/http/app';
import type { HttpDeps, HttpSettings, Served } from '@leanvibe/relay/internal/http/deps';
import type { Route } from '@leanvibe/relay/internal/http/route';
import type { Allowance, Limiter } from '@leanvibe/relay/internal/ports/limiter';
import type { Problem } from '@leanvibe/protocol/http/base';
import { createVirtualClock, type VirtualClock } from './clock.js';
import { createRandom } from './random.js';

export interface TestHttp {
  readonly app: App;
  readonly clock: VirtualClock;
  readonly served: readonly Served[];
  readonly counted: ReadonlyMap<string, number>;
  readonly lines: readonly string[];
  /** From 192.0.2.1 unless `peer` says otherwise. JSON is sent as such. */
  ask(method: string, path: string, ask?: Ask): Promise<Response>;
}

export interface Ask {
  readonly token?: string;
  readonly json?: unknown;
  readonly body?: BodyInit;
  readonly headers?: Readonly<Record<string, string>>;
  readonly peer?: string;
}

export const GENEROUS = { default: 1_000_000, metrics: 1_000_000, auth: 1_000_000 } as const;

/** Windows of a minute by the test's clock; limits by kind, `http-` left out. */
export function createTestLimiter(clock: VirtualClock, limits: Readonly<Record<string, number>> = GENEROUS): Limiter {
  const taken = new Map<string, { used: number; untilMs: number }>();
  return {
    take(kind, key, points = 1): Promise<Allowance> {
      const name = `${kind} ${key}`;
      const known = taken.get(name);
      const window = known === undefined || known.untilMs <= clock.nowMs() ? { used: 0, untilMs: clock.nowMs() + 60_000 } : known;
      window.used += points;
      taken.set(name, window);
      const limit = limits[kind.replace(/^http-/, '')] ?? 1_000_000;
      const resetMs = window.untilMs - clock.nowMs();
      return Promise.resolve({ ok: window.used <= limit, remaining: Math.max(0, limit - window.used), resetMs, limit });
    },
    forgive: (kind, key) => Promise.resolve(void taken.delete(`${kind} ${key}`)),
    close: () => Promise.resolve(),
  };
}

export interface TestHttpOptions {
  readonly routes: readonly Route[];
  readonly clock?: VirtualClock;
  readonly settings?: Partial<HttpSettings>;
  readonly limits?: Readonly<Record<string, number>>;
  readonly doors?: Partial<Pick<HttpDeps, 'doorman' | 'accessDoor'>>;
}

export function createTestHttp({
  routes,
  clock = createVirtualClock(),
  settings = {},
  limits = GENEROUS,
  doors = {},
}: TestHttpOptions): TestHttp {
  const served: Served[] = [];
  const lines: string[] = [];
  const counted = new Map<string, number>();
  const nobody = { quota: () => Promise.resolve(null), admit: () => Promise.resolve(null) };
  const app = createApp({
    clock,
    random: createRandom('http'),
    logger: { log: (level, event, fields) => void lines.push(JSON.stringify({ level, event, ...fields })) },
    limiter: createTestLimiter(clock, limits),
    doorman: nobody,
    accessDoor: nobody,
    ...doors,
    settings: { origins: ['https://app.example.org'], proxies: 0, version: '0.0.0', ...settings },
    routes,
    observe: (entry) => void served.push(entry),
    count: (reason) => void counted.set(reason, (counted.get(reason) ?? 0) + 1),
  });
  const ask = (method: string, path: string, { token, json, body, headers = {}, peer = '192.0.2.1' }: Ask = {}): Promise<Response> => {
    const sent = new Headers(headers);
    if (token !== undefined) sent.set('authorization', `Bearer ${token}`);
    if (json !== undefined) sent.set('content-type', 'application/json');
    const payload = json === undefined ? body : JSON.stringify(json);
    const init = { method, headers: sent, ...(payload === undefined ? {} : { body: payload, duplex: 'half' }) };
    return Promise.resolve(app.request(`http://relay.test${path}`, init, { peer }));
  };
  return { app, clock, served, counted, lines, ask };
}

/** The word of a refusal; throws when it is no problem document or says too much. */
export async function problemOf(response: Response): Promise<string> {
  if (response.headers.get('content-type') !== 'application/problem+json') throw new Error(`${response.status} is no problem document`);
  const problem = (await response.json()) as Problem;
  const fields = Object.keys(problem).join();
  if (fields !== 'type,title,status,detail,requestId' || problem.status !== response.status) throw new Error(`odd problem: ${fields}`);
  return problem.type.replace('urn:leanvibe:problem:', '');
}
