/** Puts the rooms of people together: accounts, devices, audit and the end of accounts, over one database. Wiring only. */
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import type { RandomDep } from '@leanvibe/core/ports/random';
import { createAudit } from '../audit/audit.js';
import { AUDIT_MONTHS } from '../audit/read.js';
import { createMonths } from '../db/months.js';
import type { DatabaseDep } from '../db/database.js';
import { createDoorman, type KeepingDoorman } from '../devices/doorman.js';
import { revokeAllDevices } from '../devices/devices.js';
import { deviceRoutes } from '../devices/routes.js';
import { eraseExpired } from '../gdpr/erase.js';
import { ownErasers, ownExporters } from '../gdpr/own.js';
import type { GdprDep } from '../gdpr/rooms.js';
import { accountRoutes } from '../gdpr/routes.js';
import type { Route } from '../http/route.js';
import type { AccessDoor } from '../http/who.js';
import type { Audit } from '../ports/audit.js';
import type { BusDep } from '../ports/bus.js';
import type { Quota } from '../ports/caller.js';
import { createAccessDoor } from './access.js';
import { createAttempts } from './attempts.js';
import type { AccountSettings } from './deps.js';
import { createHasher, type HasherSettings } from './hasher.js';
import { createLater } from './later.js';
import type { MailerDep } from './mailer.js';
import { createMfa } from './mfa.js';
import { makeInvite } from './register.js';
import { reseal } from './reseal.js';
import { authRoutes } from './routes.js';
import { createSecrets, type Secrets } from './secrets.js';
import { createSessions } from './sessions.js';
import { createSigningKeys } from './signing.js';
import { sweepProofs } from './sweep.js';

export interface PeopleDeps extends DatabaseDep, ClockDep, RandomDep, LoggerDep, BusDep, MailerDep {
  readonly settings: AccountSettings;
  /** The relay's secret, and what it was before it was rotated. */
  readonly secret: string;
  readonly previousSecret: string | null;
  /** The relay's own origin; named in access tokens. */
  readonly issuer: string;
  readonly hashing?: HasherSettings;
  readonly quotaOf: (tier: string) => Quota;
  /** Of the other rooms: mailboxes, metrics, plans. */
  readonly others: GdprDep;
  readonly count: (reason: string) => void;
  /** An audit row could not be kept. */
  readonly auditLost: () => void;
}

export interface People {
  readonly routes: readonly Route[];
  readonly accessDoor: AccessDoor;
  readonly doorman: KeepingDoorman;
  readonly audit: Audit;
  readonly secrets: Secrets;
  /** Erases accounts whose thirty days are over and drops what has expired; answers how many accounts went. Once an hour is enough. */
  sweep(): Promise<number>;
  /** Answers the new key's id. */
  rotateSigningKey(): Promise<string>;
  /** For the operator, where new accounts need an invite. */
  makeInvite(forMs: number): Promise<string>;
  /** What is done after answers, and the audit trail, are finished when it resolves. Call it after the server stopped and before the database is closed. */
  close(): Promise<void>;
}

export async function createPeople(deps: PeopleDeps): Promise<People> {
  const secrets = createSecrets(deps.secret, deps.previousSecret, deps.random);
  const base = { ...deps, secrets };
  const signing = createSigningKeys(base);
  const sessions = createSessions({ ...base, signing });
  const attempts = createAttempts(base);
  const months = createMonths(base, AUDIT_MONTHS);
  const audit = createAudit({ ...base, months });
  const doorman = createDoorman(base);
  const later = createLater(deps, deps.count);
  const hasher = await createHasher(deps.hashing);
  const afterRotation = async (): Promise<void> => {
    await signing.retireForeign();
    if (deps.previousSecret !== null) await reseal(base);
  };
  await afterRotation();
  const revokeDevices = async (account: string): Promise<void> => {
    await revokeAllDevices(base, account);
    doorman.forget(account, null);
  };
  const accounts = {
    ...base,
    sessions,
    attempts,
    audit,
    later,
    hasher,
    mfa: createMfa(base),
    revokeDevices,
  };
  const exporters = [...ownExporters, ...deps.others.exporters];
  const erasers = [...deps.others.erasers, ...ownErasers];
  return {
    routes: [
      ...authRoutes(accounts),
      ...deviceRoutes({ ...base, audit, doorman }),
      ...accountRoutes({ ...accounts, doorman, exporters, erasers }),
    ],
    accessDoor: createAccessDoor({ ...base, signing }),
    doorman,
    audit,
    secrets,
    async sweep() {
      const gone = await eraseExpired({ ...base, audit }, erasers);
      // Again: copies that had not started anew yet still sealed with the former one.
      await afterRotation();
      await Promise.all([sessions.sweep(), attempts.sweep(), sweepProofs(base), months.tend()]);
      await deps.mailer.sweep(gone);
      return gone.length;
    },
    rotateSigningKey: () => signing.rotate(),
    makeInvite: (forMs) => makeInvite(base, forMs),
    async close() {
      doorman.close();
      await later.settled();
      await audit.close();
      await hasher.close();
    },
  };
}
