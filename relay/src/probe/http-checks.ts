/** What a probe asks over HTTP: whether the relay lives, is ready, reaches its database, answers its API, how fast, and with which headers. */
import { type Asker, ask, reasonsIn } from './ask.js';
import type { Outcome } from './outcome.js';

const LATENCY_ASKS = 20;
/** The target of `/health` (relay.md), as p95 of what a probe measures from where it stands. */
export const LATENCY_MS_MAX = 100;

/** Each with what its value must hold. */
export const HEADERS: Readonly<Record<string, { readonly must: RegExp; readonly why: string; readonly httpsOnly?: true }>> = {
  'strict-transport-security': { must: /max-age=\d{7,}/, why: 'browsers may fall back to http', httpsOnly: true },
  'content-security-policy': { must: /^(?!.*'unsafe-inline').*default-src/, why: 'inline scripts could run' },
  'x-content-type-options': { must: /^nosniff$/, why: 'browsers may guess types' },
  'referrer-policy': { must: /no-referrer/, why: 'addresses leak to other sites' },
  'permissions-policy': { must: /camera=\(\)/, why: 'pages could ask for camera and place' },
};

export async function askHealth(asker: Asker): Promise<Outcome> {
  return from(asker, 'health', '/health/live', true, ({ status }) => (status === 200 ? null : `answered ${status}`));
}

export async function askReady(asker: Asker): Promise<Outcome> {
  return from(asker, 'ready', '/health/ready', true, ({ status, text }) =>
    status === 200 ? null : `not ready: ${reasonsIn(text) || `answered ${status}`}`,
  );
}

export async function askDatabase(asker: Asker): Promise<Outcome> {
  return from(asker, 'database', '/health/database', true, ({ status, text }) =>
    status === 200 ? null : `the database does not work: ${reasonsIn(text) || `answered ${status}`}`,
  );
}

/** One route of the API itself, through whatever stands in front: its own document must come back whole. */
export async function askApi(asker: Asker): Promise<Outcome> {
  return from(asker, 'api', '/openapi.json', true, ({ status, text }) => {
    if (status !== 200) return `answered ${status}`;
    try {
      const { openapi } = JSON.parse(text) as { readonly openapi?: unknown };
      return typeof openapi === 'string' && openapi.startsWith('3.1') ? null : 'what came back is not the API document of a relay';
    } catch {
      return 'what came back is not JSON; does something else answer at this address?';
    }
  });
}

export async function askHeaders(asker: Asker): Promise<readonly Outcome[]> {
  const said = await ask(asker, '/status');
  const https = asker.base.startsWith('https:');
  return Object.entries(HEADERS)
    .filter(([, { httpsOnly }]) => https || httpsOnly !== true)
    .map(([name, { must, why }]) => {
      const value = said.ok ? said.value.headers.get(name) : null;
      const reason = !said.ok ? said.error : value === null ? `missing: ${why}` : must.test(value) ? value : `too weak: ${why}`;
      return {
        check: `header:${name}`,
        essential: false,
        ok: value !== null && must.test(value),
        reason: reason.slice(0, 200),
        tookMs: said.ok ? said.value.tookMs : 0,
      };
    });
}

export async function askLatency(asker: Asker, msMax: number): Promise<Outcome> {
  const took: number[] = [];
  // The first pays for the connection.
  for (let at = 0; at <= LATENCY_ASKS; at++) {
    const said = await ask(asker, '/health/live');
    if (!said.ok) return { check: 'latency', essential: false, ok: false, reason: said.error, tookMs: 0 };
    if (at > 0) took.push(said.value.tookMs);
  }
  const p95 = Math.round(took.toSorted((a, b) => a - b)[Math.ceil(took.length * 0.95) - 1] ?? 0);
  const ok = p95 <= msMax;
  return { check: 'latency', essential: false, ok, reason: `p95 ${p95} ms${ok ? '' : `, at most ${msMax} ms are wanted`}`, tookMs: p95 };
}

async function from(
  asker: Asker,
  check: string,
  path: string,
  essential: boolean,
  wrong: (said: { readonly status: number; readonly text: string }) => string | null,
): Promise<Outcome> {
  const said = await ask(asker, path);
  if (!said.ok) return { check, essential, ok: false, reason: said.error, tookMs: 0 };
  const tookMs = Math.round(said.value.tookMs);
  const reason = wrong(said.value);
  return { check, essential, ok: reason === null, reason: reason ?? `${tookMs} ms`, tookMs };
}
