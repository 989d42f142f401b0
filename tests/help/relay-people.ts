/** People of a relay in a test: accounts, devices and audit over a real database, asked through the HTTP API, their letters in the hand. */
import { createPeople, type People } from '@leanvibe/relay/internal/accounts/rooms';
import type { AccountSettings } from '@leanvibe/relay/internal/accounts/deps';
import type { Letter } from '@leanvibe/relay/internal/accounts/mailer';
import type { Database } from '@leanvibe/relay/internal/db/database';
import type { GdprDep } from '@leanvibe/relay/internal/gdpr/rooms';
import type { Hint } from '@leanvibe/relay/internal/ports/bus';
import { quotaOf } from '@leanvibe/relay/internal/plans/tiers';
import type { Tokens } from '@leanvibe/protocol/http/auth';
import type { Paired } from '@leanvibe/protocol/http/devices';
import { createVirtualClock } from './clock.js';
import { createRandom } from './random.js';
import { createTestHttp, type TestHttp, type TestHttpOptions } from './relay-http.js';
import type { Logger } from '@leanvibe/core/internal/ports/logger';
import { silent } from './store-things.js';

export interface TestPeople extends TestHttp {
  readonly people: People;
  readonly db: Database;
  readonly letters: readonly Letter[];
  /** Addresses the mailer was told are gone. */
  readonly swept: readonly string[];
  readonly hints: readonly Hint[];
  /** Another copy of the relay says this. */
  hear(hint: Hint): void;
  post(path: string, json: unknown, token?: string, peer?: string): Promise<Response>;
  /** Registers and signs in; throws when that is refused. */
  join(email: string, password?: string): Promise<Tokens>;
  pair(token: string, kind?: string, label?: string): Promise<Paired>;
  /** The newest letter to this address. */
  letterTo(email: string): Promise<Letter>;
}

export const PASSWORD = 'nine quiet herons';
export const SECRET = 'a secret of tests that is long enough to be one';
export const ISSUER = 'http://relay.test';

export interface TestPeopleOptions extends Partial<Omit<TestHttpOptions, 'doors'>> {
  readonly accounts?: Partial<AccountSettings>;
  readonly others?: GdprDep;
  readonly secret?: string;
  readonly previousSecret?: string;
  readonly devices?: number;
  readonly auditLost?: () => void;
  readonly logger?: Logger;
}

let made = 0;

export async function createTestPeople(db: Database, options: TestPeopleOptions = {}): Promise<TestPeople> {
  const clock = options.clock ?? createVirtualClock();
  const letters: Letter[] = [];
  const swept: string[] = [];
  const hints: Hint[] = [];
  const ears = new Set<(hint: Hint) => void>();
  const people = await createPeople({
    db,
    clock,
    random: createRandom(`people ${made++}`),
    logger: options.logger ?? silent,
    bus: {
      name: 'alone',
      tell: (hint) => void hints.push(hint),
      subscribe(heard) {
        ears.add(heard);
        return () => void ears.delete(heard);
      },
      connected: () => true,
      close: () => Promise.resolve(),
    },
    mailer: {
      send: (letter) => Promise.resolve(void letters.push(letter)),
      sweep: (addresses) => Promise.resolve(void swept.push(...addresses)),
    },
    settings: { registration: 'open', confirm: 'none', ...options.accounts },
    secret: options.secret ?? SECRET,
    previousSecret: options.previousSecret ?? null,
    issuer: ISSUER,
    hashing: { memoryKib: 64, passes: 1 },
    quotaOf: (tier) => ({ ...quotaOf(tier), ...(options.devices === undefined ? {} : { devices: options.devices }) }),
    others: options.others ?? { exporters: [], erasers: [] },
    count: () => undefined,
    auditLost: options.auditLost ?? (() => undefined),
  });
  const http = createTestHttp({ ...options, clock, routes: [...people.routes, ...(options.routes ?? [])], doors: people });
  const post: TestPeople['post'] = (path, json, token, peer) =>
    http.ask('POST', path, { json, ...(token === undefined ? {} : { token }), ...(peer === undefined ? {} : { peer }) });
  return {
    ...http,
    people,
    db,
    letters,
    swept,
    hints,
    hear: (hint) => ears.forEach((heard) => heard(hint)),
    post,
    async join(email, password = PASSWORD) {
      await expected(await post('/api/v1/auth/register', { email, password }), 202);
      return (await expected(await post('/api/v1/auth/login', { email, password }), 200)) as Tokens;
    },
    async pair(token, kind = 'mac_agent', label = 'a device') {
      return (await expected(await post('/api/v1/devices/pair', { kind, label }, token), 201)) as Paired;
    },
    async letterTo(email) {
      // Letters are written after the answer, over the same database.
      for (let tries = 0; tries < 500; tries++) {
        const letter = letters.findLast(({ to }) => to === email);
        if (letter !== undefined) return letter;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      throw new Error(`no letter to ${email}`);
    },
  };
}

/** The answer's JSON; throws when the status is another. */
export async function expected(response: Response, status: number): Promise<unknown> {
  if (response.status !== status) throw new Error(`${response.status} instead of ${status}: ${await response.text()}`);
  return response.status === 204 ? null : await response.json();
}
