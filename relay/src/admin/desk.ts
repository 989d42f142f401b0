/** What an operator's command works with: the database itself, the trail of what was done, and a word to the copies that serve. */
import { nodeHashing } from '@leanvibe/core/crypto/node/hashing';
import type { Clock } from '@leanvibe/core/ports/clock';
import type { Logger } from '@leanvibe/core/ports/logger';
import type { Random } from '@leanvibe/core/ports/random';
import { createSecrets } from '../accounts/secrets.js';
import { createSigningKeys, type SigningKeys } from '../accounts/signing.js';
import { createAudit } from '../audit/audit.js';
import { AUDIT_MONTHS } from '../audit/read.js';
import { createMonths } from '../db/months.js';
import { createRedisBus } from '../bus/redis.js';
import { drawnSecret } from '../config/secret.js';
import type { Settings } from '../config/settings.js';
import type { Database } from '../db/database.js';
import type { CommitDeps } from '../mailbox/commit.js';
import type { Hint } from '../ports/bus.js';

export interface Desk extends CommitDeps {
  readonly signing: SigningKeys;
  /** Where shares of flags are read; null: in the table. */
  readonly flagsFile: string | null;
  /** `act`: `account.lock`, …; `account`: whose; `subject`: a device, a mailbox, or nothing more. */
  note(act: string, account: string | null, subject: string | null): void;
  /** To the copies that serve, when this command ends. */
  hint(hint: Hint): void;
}

export interface DeskDeps {
  readonly settings: Settings;
  readonly db: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

const REDIS_MS_MAX = 3_000;
const SENT_MS = 200;

/** Answers what `work` did, and whether the copies were told of it; without Redis they find out by themselves. */
export async function atDesk<Value>(
  deps: DeskDeps,
  work: (desk: Desk) => Promise<Value>,
): Promise<{ readonly value: Value; readonly told: boolean }> {
  const { clock, db, logger, random, settings } = deps;
  const secrets = createSecrets(settings.secret ?? drawnSecret(settings.data, random), settings.previousSecret, random);
  const signing = createSigningKeys({ db, clock, random, secrets, logger });
  let lost = 0;
  const months = createMonths({ db, clock, logger }, AUDIT_MONTHS);
  const audit = createAudit({ months, db, clock, random, logger, secrets, count: () => undefined, auditLost: () => lost++ });
  const hints: Hint[] = [];
  const value = await work({
    db,
    clock,
    random,
    hashing: nodeHashing,
    signing,
    flagsFile: settings.flagsFile,
    hint: (hint) => void hints.push(hint),
    note: (act, account, subject) => audit.note({ account, device: null, act: `operator.${act}`, subject, outcome: 'done', address: null }),
  });
  await audit.flush();
  return { value, told: await tell(deps, hints) };
}

async function tell({ clock, logger, random, settings }: DeskDeps, hints: readonly Hint[]): Promise<boolean> {
  if (settings.redisUrl === null || hints.length === 0) return false;
  let lost = false;
  const bus = createRedisBus({ url: settings.redisUrl }, { logger, random, lost: () => (lost = true) });
  const pause = (ms: number): Promise<void> => new Promise((resolve) => clock.after(ms, resolve));
  const untilMs = clock.nowMs() + REDIS_MS_MAX;
  while (!bus.connected() && clock.nowMs() < untilMs) await pause(50);
  for (const hint of hints) bus.tell(hint);
  await pause(SENT_MS);
  await bus.close();
  return !lost;
}
