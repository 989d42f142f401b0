/** Every HTTP route of the relay under fifty people who ask at once, against what relay.md promises of each. */
import { count, ms, quantile } from './kit/figures.js';
import { inFolder } from './kit/folders.js';
import { startRelay } from './kit/relay.js';
import type { Report } from './kit/report.js';
import { type Step, STEPS, UNMEASURED } from './relay-http-steps.js';
import { createPeople, type Person } from './relay-person.js';

const PEOPLE = 50;
const TRIES = 30;
const MINUTE_MS = 61_000;
/** What the relay lets one account do in a minute (http/limits.ts), less a little. */
const ALLOWED = { none: Number.POSITIVE_INFINITY, default: 90, metrics: 900, auth: 8 } as const;

interface Found {
  readonly step: Step;
  readonly took: number[];
  /** By what was answered instead. */
  readonly wrong: Map<string, number>;
}

/** Stays below the rates of an account by waiting, not by asking less. */
function createPurse(): { take(kind: keyof typeof ALLOWED, points: number): Promise<void> } {
  const used = new Map<string, { points: number; sinceMs: number }>();
  return {
    async take(kind, points) {
      const now = performance.now();
      let one = used.get(kind);
      if (one !== undefined && one.points + points > ALLOWED[kind] && now - one.sinceMs < MINUTE_MS) {
        await new Promise((go) => setTimeout(go, MINUTE_MS - (now - (one?.sinceMs ?? now))));
        one = undefined;
      }
      if (one === undefined || performance.now() - one.sinceMs >= MINUTE_MS) used.set(kind, { points, sinceMs: performance.now() });
      else one.points += points;
    },
  };
}

/** False when the relay was too busy to answer: a person then asks again. */
async function askOne(origin: string, person: Person, { step, took, wrong }: Found): Promise<boolean> {
  const request = step.ask(person);
  const headers: Record<string, string> = { 'x-forwarded-for': person.nextAddress(), ...request.headers };
  if (request.json !== undefined) headers['content-type'] = 'application/json';
  if (request.token !== undefined) headers['authorization'] = `Bearer ${request.token}`;
  const body = request.json === undefined ? null : JSON.stringify(request.json);
  const from = performance.now();
  const response = await fetch(`${origin}${request.path}`, { method: step.method, headers, body });
  const text = await response.text();
  const tookMs = performance.now() - from;
  if (response.status === step.status) {
    took.push(tookMs);
    step.take?.(person, text);
    return true;
  }
  const said = `${response.status} ${/"type":"urn:leanvibe:problem:([^"]+)/.exec(text)?.[1] ?? ''}`.trim();
  wrong.set(said, (wrong.get(said) ?? 0) + 1);
  return response.status !== 503;
}

async function measure(origin: string, rounds: number): Promise<readonly Found[]> {
  const purse = createPurse();
  const people = createPeople(PEOPLE);
  const found: Found[] = [];
  for (const step of STEPS) {
    const one: Found = { step, took: [], wrong: new Map() };
    const times = step.once === true ? 1 : rounds;
    if (step.untimed !== true) found.push(one);
    await purse.take(step.limit, times);
    await Promise.all(
      people.map(async (person) => {
        for (let round = 0; round < times; round++)
          for (let asked = 0; asked < TRIES && !(await askOne(origin, person, one)); asked++)
            await new Promise((go) => setTimeout(go, 1_000));
      }),
    );
  }
  return found;
}

async function unmeasured(origin: string): Promise<readonly string[]> {
  const { paths } = (await (await fetch(`${origin}/openapi.json`)).json()) as { readonly paths: Record<string, object> };
  const known = new Set(STEPS.map(({ method, route }) => `${method} ${route}`));
  return Object.entries(paths)
    .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`))
    .filter((one) => !known.has(one));
}

export async function benchRelayHttp(quick: boolean): Promise<Report> {
  const rounds = quick ? 2 : 8;
  let found: readonly Found[] = [];
  let left: readonly string[] = [];
  await inFolder(async (folder) => {
    const relay = await startRelay(folder('http'));
    left = await unmeasured(relay.origin);
    found = await measure(relay.origin, rounds);
    await relay.stop();
  });
  const name = ({ step }: Found): string => `${step.method} ${step.route}`;
  const lost = (limit: (step: Step) => readonly [p95: number, p99: number], which: (step: Step) => boolean): readonly string[] =>
    found
      .filter(({ step }) => which(step))
      .filter(({ step, took, wrong }) => {
        const [p95, p99] = limit(step);
        return !(quantile(took, 0.95) < p95 && quantile(took, 0.99) < p99) || wrong.size > 0;
      })
      .map((one) => `${name(one)} (${ms(quantile(one.took, 0.95))} and ${ms(quantile(one.took, 0.99))})`);
  const judge = (goal: string, losses: readonly string[]): Report['judged'][number] => ({
    goal,
    measured: losses.length === 0 ? 'all of them' : `not ${losses.join(', ')}`,
    met: losses.length === 0,
  });
  const isHealth = ({ route }: Step): boolean => route.startsWith('/health');
  const isLogin = ({ route }: Step): boolean => route === '/api/v1/auth/login';
  return {
    id: 'relay-http',
    work: `every HTTP route with ${PEOPLE} people asking it at once, each waiting for an answer before asking again`,
    columns: ['route', 'answers', 'p50 ms', 'p95 ms', 'p99 ms', 'wrong'],
    rows: found.map((one) => [
      name(one),
      count(one.took.length),
      ...[0.5, 0.95, 0.99].map((part) => ms(quantile(one.took, part))),
      [...one.wrong].map(([said, many]) => `${many} × ${said}`).join('; ') || '-',
    ]),
    judged: [
      judge(
        'p95 < 200 ms and p99 < 500 ms',
        lost(
          () => [200, 500],
          (step) => !isHealth(step) && !isLogin(step),
        ),
      ),
      judge(
        '/health < 100 ms (p99)',
        lost(() => [100, 100], isHealth),
      ),
      judge(
        'login < 300 ms (p99)',
        lost(() => [300, 300], isLogin),
      ),
    ],
    notes: [
      `One copy of the relay over SQLite on this machine, which also runs those who ask; ${PEOPLE} generated accounts, ${rounds} requests each a route (1 where a second makes no sense). The relay is told a new address for each request, and where an account’s own rate would be used up the bench waits.`,
      'Nobody pauses: fifty people who all sign in in the same moment are a harder thing than fifty who work. What makes, checks or changes a password costs an argon2id each, on purpose; the relay answers 503 to those it would keep waiting too long, who ask again a second later and count as wrong too.',
      `Not measured: ${[...left.filter((one) => UNMEASURED[one] === undefined), ...Object.entries(UNMEASURED).map(([route, why]) => `${route} (${why})`)].join(', ')}.`,
    ],
    data: found.map((one) => ({ route: name(one), took: one.took, wrong: Object.fromEntries(one.wrong) })),
  };
}
