/** One token as it is used: whether it still lives, what is under way in its name, and its acts. */
import type { Cancel, Clock } from '@leanvibe/core/ports/clock';
import type { TokenId } from '@leanvibe/protocol/ids';
import type { LocalRecords } from '../product/local.js';
import { ACTS_KEPT, type Act, actKey, writeAct } from './acts.js';
import { type TokenEnd, type TokenRecord, writeRecord } from './record.js';
import { createSteady } from './steady.js';

export interface Bearer {
  readonly id: TokenId;
  /** As it stands now. */
  record(): TokenRecord;
  /** False from the moment it was revoked or has expired. */
  live(): boolean;
  /** Aborted when it ends: whatever is still open for it closes. */
  readonly ended: AbortSignal;
  /** Runs something in its name; its end waits for what is under way. */
  during<T>(work: () => Promise<T>): Promise<T>;
  /** It was used now. */
  used(): void;
  /** Puts an act on record, durably, before it is done; the answer is called when that is settled. */
  begin(act: Pick<Act, 'method' | 'project'>): Promise<(outcome: string, item: string | null) => Promise<void>>;
}

export interface Held {
  readonly bearer: Bearer;
  record(): TokenRecord;
  leftMs(): number;
  /** How much time it has seen that its record does not say. */
  unsavedMs(): number;
  save(): Promise<void>;
  end(how: TokenEnd['how']): Promise<boolean>;
}

export interface BearerDeps {
  readonly clock: Clock;
  readonly elapsedMs: () => number;
  readonly local: LocalRecords;
  readonly failed: (error: unknown) => void;
}

const USE_SAVED_EVERY_MS = 60_000;
/** What is under way when a token ends is waited for this long. */
const LAST_WORK_MS = 10_000;

export function createBearer({ clock, elapsedMs, local, failed }: BearerDeps, first: TokenRecord, { key }: { readonly key: string }): Held {
  const steady = createSteady({ clock, elapsedMs }, first.seenMs);
  const ender = new AbortController();
  const busy = new Set<Promise<unknown>>();
  let record = first;
  /** What the disk holds. */
  let saved = first;
  if (record.end !== null) ender.abort();

  const see = (): void => {
    record = { ...record, seenMs: Math.max(record.seenMs, steady.nowMs()) };
  };
  const save = async (): Promise<void> => {
    see();
    const written = record;
    await local.put(key, writeRecord(written));
    saved = written;
  };
  const lastWork = async (): Promise<void> => {
    let giveUp: Cancel = () => undefined;
    const late = new Promise((resolve) => {
      giveUp = clock.after(LAST_WORK_MS, () => resolve(null));
    });
    await Promise.race([Promise.allSettled([...busy]), late]);
    giveUp();
  };

  const live = (): boolean => record.end === null && steady.nowMs() < record.expiresMs;

  const bearer: Bearer = {
    id: first.id,
    record: () => record,
    live,
    ended: ender.signal,
    during(work) {
      const task = work();
      busy.add(task);
      const forget = (): void => void busy.delete(task);
      task.then(forget, forget);
      return task;
    },
    used() {
      const nowMs = steady.nowMs();
      record = { ...record, usedMs: nowMs };
      if (nowMs - (saved.usedMs ?? 0) >= USE_SAVED_EVERY_MS) save().catch(failed);
    },
    async begin({ method, project }) {
      see();
      const act: Act = { atMs: record.seenMs, method, project, item: null, outcome: 'begun' };
      const number = record.acts + 1;
      record = { ...record, acts: number, usedMs: record.seenMs };
      const written = record;
      await local.write({
        put: [
          [key, writeRecord(written)],
          [actKey(first.id, number), writeAct(act)],
        ],
        remove: number > ACTS_KEPT ? [actKey(first.id, number - ACTS_KEPT)] : [],
      });
      saved = written;
      return (outcome, item) => local.put(actKey(first.id, number), writeAct({ ...act, outcome, item })).catch(failed);
    },
  };

  return {
    bearer,
    record: () => record,
    leftMs: () => record.expiresMs - steady.nowMs(),
    unsavedMs: () => steady.nowMs() - saved.seenMs,
    save,
    async end(how) {
      // One whose end could not be written yet is ended here all the same, and written now.
      if (saved.end !== null) return false;
      if (record.end === null) {
        see();
        record = { ...record, end: { how, atMs: record.seenMs } };
        ender.abort();
      }
      await save();
      await lastWork();
      return true;
    },
  };
}
