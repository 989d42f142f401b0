/** What people ask of the relay's HTTP API, route by route, in an order in which each finds what it needs. */
import { randomBytes } from 'node:crypto';
import { PASSWORD } from './kit/relay.js';
import { codeOf, type Person } from './relay-person.js';

export interface Request {
  readonly path: string;
  readonly json?: unknown;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Step {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** As openapi.json has it. */
  readonly route: string;
  /** The right answer. */
  readonly status: number;
  readonly limit: 'none' | 'default' | 'metrics' | 'auth';
  /** A second time makes no sense. */
  readonly once?: true;
  /** Only so that others find what they need. */
  readonly untimed?: true;
  ask(person: Person): Request;
  take?(person: Person, text: string): void;
}

export const UNMEASURED: Readonly<Record<string, string>> = {
  'POST /api/v1/auth/confirm': 'accounts need no confirmation here',
  'POST /api/v1/auth/password/reset': 'its link is in a letter',
  'GET /metrics': 'for Prometheus, with a token',
  'POST /billing/webhook': 'not there without a secret',
};

const API = '/api/v1';
const AUTH = `${API}/auth`;
const NEXT_PASSWORD = `${PASSWORD}, and two more`;
const HOUR_MS = 3_600_000;
const hex = (): string => randomBytes(16).toString('hex');

function signedIn(person: Person, text: string): void {
  const { accessToken, refreshToken } = JSON.parse(text) as { readonly accessToken: string; readonly refreshToken: string };
  Object.assign(person, { access: accessToken, refresh: refreshToken });
}

const get = (route: string, limit: Step['limit'] = 'none', status = 200): Step => ({
  method: 'GET',
  route,
  status,
  limit,
  ask: () => ({ path: route }),
});
const read = (route: string, limit: Step['limit'] = 'default'): Step => ({
  ...get(route, limit),
  ask: ({ access }) => ({ path: route, token: access }),
});
const post = (route: string, ask: (person: Person) => Omit<Request, 'path'>, more: Partial<Step> = {}): Step => ({
  method: 'POST',
  route,
  status: 200,
  limit: 'auth',
  ask: (person) => ({ path: route, ...ask(person) }),
  ...more,
});

const login = post(`${AUTH}/login`, ({ email, password }) => ({ json: { email, password } }), { limit: 'none', take: signedIn });

const FIRST: readonly Step[] = [
  // Connections are made here.
  { ...get('/health/live'), untimed: true },
  ...[
    '/health',
    '/health/live',
    '/health/ready',
    '/health/database',
    '/health/complete',
    '/status',
    '/status/page.css',
    '/status.json',
  ].map((route) => get(route)),
  get(`${API}/plans`, 'none'),
  get('/openapi.json'),
  ...['/docs', '/docs/page.js', '/docs/page.css'].map((route) => get(route)),
  post(`${AUTH}/register`, ({ email, password }) => ({ json: { email, password } }), { status: 202, limit: 'none', once: true }),
  login,
  post(`${AUTH}/refresh`, ({ refresh }) => ({ json: { refreshToken: refresh } }), { limit: 'none', take: signedIn }),
  post(`${AUTH}/password/reset-request`, ({ email }) => ({ json: { email } }), { status: 202, limit: 'none', once: true }),
  post(`${API}/devices/pair`, ({ access }) => ({ token: access, json: { kind: 'mac_agent', label: 'bench' } }), {
    status: 201,
    take(person, text) {
      const { device, token } = JSON.parse(text) as { readonly device: { readonly device: string }; readonly token: string };
      person.devices.push({ id: device.device, token });
    },
  }),
  read(`${API}/devices`),
];

const WORK: readonly Step[] = [
  {
    method: 'PATCH',
    route: `${API}/devices/{id}`,
    status: 200,
    limit: 'default',
    ask: ({ access, devices }) => ({ path: `${API}/devices/${devices[0]?.id}`, token: access, json: { label: 'renamed' } }),
  },
  post(`${API}/account/consent`, ({ access }) => ({ token: access, json: { metrics: true } }), { limit: 'default' }),
  read(`${API}/account`),
  {
    method: 'PUT',
    route: `${API}/projects/{id}`,
    status: 200,
    limit: 'default',
    ask(person) {
      const id = hex();
      person.projects.push(id);
      return { path: `${API}/projects/${id}`, token: person.access, json: { name: randomBytes(96).toString('base64') } };
    },
  },
  read(`${API}/projects`),
  post(
    `${API}/metrics/agent`,
    ({ devices, projects }) => ({
      token: devices[0]?.token ?? '',
      headers: { 'idempotency-key': hex() },
      json: {
        samples: projects.slice(0, 8).map((project) => ({
          project,
          hourMs: Math.floor(Date.now() / HOUR_MS) * HOUR_MS,
          suggestionsMade: 3,
          suggestionsAccepted: 1,
          filesProcessed: 20,
        })),
      },
    }),
    { limit: 'metrics' },
  ),
  {
    ...post(`${API}/suggestions/{id}/feedback`, () => ({}), { limit: 'metrics' }),
    ask: ({ devices, projects }) => ({
      path: `${API}/suggestions/${hex()}/feedback`,
      token: devices[0]?.token ?? '',
      json: { project: projects[0], verdict: 1, latencyMs: 900 },
    }),
  },
  {
    ...read(`${API}/projects/{id}/metrics`, 'metrics'),
    ask: ({ access, projects }) => ({ path: `${API}/projects/${projects[0]}/metrics?timeframe=7d`, token: access }),
  },
  read(`${API}/metrics/summary`, 'metrics'),
  read(`${API}/account/audit`),
  { ...read(`${API}/account/export`, 'auth'), once: true },
  {
    method: 'DELETE',
    route: `${API}/projects/{id}`,
    status: 204,
    limit: 'default',
    ask: ({ access, projects }) => ({ path: `${API}/projects/${projects.pop()}`, token: access }),
  },
  {
    ...get(`${API}/receipts/{id}`, 'none', 404),
    ask: () => ({ path: `${API}/receipts/00000000-0000-4000-8000-000000000000` }),
  },
];

const LAST: readonly Step[] = [
  post(`${AUTH}/password/change`, ({ access, password }) => ({ token: access, json: { current: password, next: NEXT_PASSWORD } }), {
    once: true,
    take: (person) => void (person.password = NEXT_PASSWORD),
  }),
  { ...login, untimed: true, once: true },
  post(`${AUTH}/mfa/setup`, ({ access, password }) => ({ token: access, json: { password } }), {
    once: true,
    take: (person, text) => void (person.totp = (JSON.parse(text) as { readonly secret: string }).secret),
  }),
  post(`${AUTH}/mfa/confirm`, ({ access, totp }) => ({ token: access, json: { code: codeOf(totp) } }), {
    once: true,
    take: (person, text) => void person.recovery.push(...(JSON.parse(text) as { readonly recoveryCodes: readonly string[] }).recoveryCodes),
  }),
  post(`${AUTH}/mfa/disable`, ({ access, password, recovery }) => ({ token: access, json: { password, code: recovery[0] } }), {
    once: true,
  }),
  post(`${API}/devices/leave`, ({ devices }) => ({ token: devices.pop()?.token ?? '' }), { status: 204, limit: 'default', once: true }),
  {
    method: 'DELETE',
    route: `${API}/devices/{id}`,
    status: 204,
    limit: 'default',
    once: true,
    ask: ({ access, devices }) => ({ path: `${API}/devices/${devices.pop()?.id}`, token: access }),
  },
  post(`${AUTH}/logout`, ({ access }) => ({ token: access }), { once: true }),
  { ...login, untimed: true, once: true },
  post(`${AUTH}/logout-all`, ({ access }) => ({ token: access, json: { devices: false } }), { once: true }),
  { ...login, untimed: true, once: true },
  {
    method: 'DELETE',
    route: `${API}/account`,
    status: 202,
    limit: 'auth',
    once: true,
    ask: ({ access, password }) => ({ path: `${API}/account`, token: access, json: { password } }),
  },
  { ...login, untimed: true, once: true },
  post(`${API}/account/restore`, ({ access }) => ({ token: access }), { once: true }),
];

export const STEPS: readonly Step[] = [...FIRST, ...WORK, ...LAST];
