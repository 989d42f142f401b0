/** Mutations of what checkpoints and adoption promise (C9, C11, C27, C35): each needs more than a line to take a rule away. */
import type { EngineDeps } from '@leanvibe/core/internal/engine/deps';
import { label } from '@leanvibe/core/internal/crypto/labels';
import { epochRecord, TABLES } from '@leanvibe/core/internal/engine/tables';
import { adopt, type Adoption } from '@leanvibe/core/internal/intake/adopt';
import { quarantined } from '@leanvibe/core/internal/intake/verdict';
import type { Batch, Placed, Store } from '@leanvibe/core/internal/ports/store';
import { concat } from '@leanvibe/protocol/bytes';
import { type ChangeId, type EntryId, type SpaceId, toHex } from '@leanvibe/protocol/ids';
import { decode, encode } from '@leanvibe/protocol/shape';
import { writeUtf8 } from '@leanvibe/protocol/utf8';
import { modelState } from './forge-checkpoint.js';

/** As if the row had gone with its bytes: nobody here remembers that it was ever held, and what comes again is kept again. */
export function forgetsPruned(real: Store): Store {
  const isHeld = async (space: SpaceId, ids: readonly EntryId[]): Promise<readonly boolean[]> => {
    const [held, gone] = [await real.has(space, ids), await real.pruned(space, ids)];
    return ids.map((_, at) => held[at] === true && gone[at] !== true);
  };
  return {
    ...real,
    has: isHeld,
    pruned: async (_space, ids) => ids.map(() => false),
    async ids(space, lane) {
      const all = await real.ids(space, lane);
      const held = await isHeld(space, all);
      return all.filter((_, at) => held[at] === true);
    },
    async entry(space, entryId) {
      const row = await real.entry(space, entryId);
      return row?.sealed === null ? null : row;
    },
    async commit(batch: Batch): Promise<readonly Placed[]> {
      const entries = batch.entries ?? [];
      const gone: boolean[] = [];
      for (const { space, entryId } of entries) gone.push((await real.pruned(space, [entryId]))[0] === true);
      const again = entries.filter((_, at) => gone[at] === true);
      const placed = await real.commit({ ...batch, refill: [...(batch.refill ?? []), ...again] });
      return placed.map((one, at) => (gone[at] === true ? { ...one, fresh: true } : one));
    },
  };
}

/** What replicas save has something in it that waits for what was never applied: one clock further than anything counted. */
export function savesPending(real: EngineDeps['replicas']): EngineDeps['replicas'] {
  return {
    ...real,
    async save(document) {
      const saved = await real.save(document);
      const state = decode(modelState, saved);
      const first = state.ok ? state.value.clocks[0] : undefined;
      if (!state.ok || first === undefined) return saved;
      const { clocks, tokens, removed } = state.value;
      const pending = { clientId: first.clientId, clock: first.clock, label: 'pending' };
      const order = (a: typeof pending, b: typeof pending): number => a.clientId - b.clientId || a.clock - b.clock;
      return encode(modelState, {
        clocks: [{ ...first, clock: first.clock + 1 }, ...clocks.slice(1)],
        tokens: [...tokens, pending].sort(order),
        removed,
      });
    },
  };
}

/** C9 without its second half: what lies outside every frontier falls, whoever built on it. */
export const adoptsNothing: Adoption = (order, base, group, losersOf) => {
  const alone = order.map((row) => ({ ...row, previous: null, dependencies: [] }));
  const { verdicts } = adopt(alone, base, group, losersOf);
  const final = new Map(verdicts);
  const lost = (id: ChangeId): boolean => final.get(id)?.state === 'quarantined';
  for (const { id, previous, dependencies } of order)
    if (!lost(id) && ((previous !== null && lost(previous)) || dependencies.some(lost))) final.set(id, quarantined('depends'));
  return { verdicts: final, order: adopt(order, base, group, losersOf).order };
};

const EPOCH_RECORD = writeUtf8(`${TABLES.epoch}\n`);
const placeEnd = (data: Uint8Array): number => data.indexOf(EPOCH_RECORD.at(-1) ?? 0, EPOCH_RECORD.length) + 1;

/**
 * Prior secrets carry W too: whoever opens one keeps both. A sealed prior is 72 bytes on the wire and has no room for it, so that the test
 * remembers what such a larger one would hold.
 */
export function priorsWithAppend(): (real: EngineDeps['crypto']) => EngineDeps['crypto'] {
  const appendOf = new Map<string, Uint8Array>();
  const handed = new Set<string>();
  const starts = (info: Uint8Array, name: Parameters<typeof label>[0]): boolean => toHex(info) === toHex(label(name));
  const enriched = (value: Uint8Array): Uint8Array => {
    const kept = decode(epochRecord, value);
    if (!kept.ok || kept.value.append !== null || !handed.has(toHex(kept.value.read))) return value;
    return encode(epochRecord, { ...kept.value, append: appendOf.get(toHex(kept.value.read)) ?? null });
  };
  return (real) => {
    let committed = '';
    let read: Uint8Array | null = null;
    const priorKeys = new Set<string>();
    return {
      ...real,
      hkdfSha256(secret, salt, info, length) {
        const key = real.hkdfSha256(secret, salt, info, length);
        // Whoever makes an epoch commits to R and then to W, before anybody else does.
        if (starts(info, 'commit-read')) committed = toHex(secret);
        if (starts(info, 'commit-append') && !appendOf.has(committed)) appendOf.set(committed, secret.slice());
        if (starts(info, 'prior')) priorKeys.add(toHex(key));
        return key;
      },
      secretboxOpen(box, nonce, key) {
        const opened = real.secretboxOpen(box, nonce, key);
        if (opened !== null && priorKeys.has(toHex(key))) handed.add(toHex(opened));
        read = opened;
        return opened;
      },
      // At rest: a record's nonce is of its place and what it says.
      hmacSha256(key, data) {
        // Not when one is read, whose nonce says that it was never touched.
        const at = data[0] === EPOCH_RECORD[0] && toHex(data.subarray(0, EPOCH_RECORD.length)) === toHex(EPOCH_RECORD) ? placeEnd(data) : 0;
        const value = data.subarray(at);
        return real.hmacSha256(
          key,
          at === 0 || (read !== null && toHex(read) === toHex(value)) ? data : concat(data.subarray(0, at), enriched(value)),
        );
      },
      secretbox: (message, nonce, key) => real.secretbox(enriched(message), nonce, key),
    };
  };
}
