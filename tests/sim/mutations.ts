/** Ports broken on purpose: each takes one rule away, and the simulation must notice. */
import type { EngineDeps } from '@leanvibe/core/internal/engine/deps';
import type { RotationDebt } from '@leanvibe/core/internal/group/epochs';
import { createSpaceGroup, type SpaceGroup } from '@leanvibe/core/internal/engine/space-group';
import type { Channel } from '@leanvibe/core/internal/ports/channel';
import type { Batch, Store } from '@leanvibe/core/internal/ports/store';
import { logMessage } from '@leanvibe/protocol/peer';
import { decode } from '@leanvibe/protocol/shape';
import type { Mutation } from './machine.js';
import { adoptsNothing, forgetsPruned, priorsWithAppend, savesPending } from './mutations-of-checkpoints.js';
import type { Shape } from './simulate.js';

/** Which predicates may notice; any other that breaks first is a surprise worth a look. */
export interface NamedMutation extends Mutation {
  readonly rule: string;
  readonly noticedBy: readonly number[];
  /** Worlds in which the rule matters; of every shape when absent. */
  readonly shape?: Shape;
}

type Deps = EngineDeps;

const group =
  (change: (real: SpaceGroup) => Partial<SpaceGroup>): NonNullable<Deps['membership']> =>
  (hashing, space) => {
    const real = createSpaceGroup(hashing, space);
    return { ...real, ...change(real) };
  };

const view = (change: (real: ReturnType<SpaceGroup['view']>) => Partial<ReturnType<SpaceGroup['view']>>): NonNullable<Deps['membership']> =>
  group((real) => ({
    view: (seqOf) => {
      const honest = real.view(seqOf);
      return { ...honest, ...change(honest) };
    },
  }));

const commits =
  (change: (batch: Batch, commit: Store['commit']) => ReturnType<Store['commit']>) =>
  (real: Store): Store => ({ ...real, commit: (batch) => change(batch, real.commit) });

function dropsOneAck(real: Channel): Channel {
  let dropped = false;
  return {
    ...real,
    queuedBytes: () => real.queuedBytes(),
    send(frame) {
      const message = decode(logMessage, frame);
      if (!dropped && message.ok && message.value.type === 'stored') {
        dropped = true;
        return;
      }
      real.send(frame);
    },
  };
}

const isCursor = (put: { readonly table: string }): boolean => put.table === 'cursor';

export const MUTATIONS: readonly NamedMutation[] = [
  { name: 'a signature check skipped', rule: 'C7', noticedBy: [4, 9], crypto: (real) => ({ ...real, verify: () => true }) },
  { name: 'who may write is not asked', rule: 'C8', noticedBy: [2, 4, 9], membership: view(() => ({ mayWrite: () => true })) },
  {
    name: 'a removal speaks against every chain',
    rule: 'C9',
    // Asked again it answers otherwise, so that a recomputation may be the first to differ.
    noticedBy: [5, 8, 9, 14],
    membership: view((real) => {
      const chains = new Set<Parameters<typeof real.removals>[0]>();
      return {
        removals: (chain) => {
          chains.add(chain);
          return [...chains].flatMap((one) => real.removals(one));
        },
      };
    }),
  },
  {
    name: 'the rules of structs and claims are not asked',
    rule: 'C20',
    noticedBy: [4, 9],
    crypto: (real) => ({ ...real, verify: () => true }),
    crdts: (real) => (kind) => {
      const crdt = real(kind);
      return crdt === null ? null : { ...crdt, admit: () => ({ ok: true, value: null }) };
    },
  },
  {
    name: 'a frontier that keeps nothing',
    rule: 'C5',
    noticedBy: [5, 14, 9],
    membership: group((real) => ({ view: (seqOf) => real.view((hash, chain) => (seqOf(hash, chain) === null ? null : 0)) })),
  },
  {
    name: 'a timeout taken for a verdict',
    rule: 'C23',
    noticedBy: [4, 9, 8, 12],
    replicas: (real) => ({
      ...real,
      inspect: async (kind, payload, what) => {
        const inspected = await real.inspect(kind, payload, what);
        return inspected.ok || inspected.error !== 'held' ? inspected : { ok: false, error: 'malformed' };
      },
    }),
  },
  {
    name: 'a cursor saved before its entries',
    rule: 'C28',
    noticedBy: [5, 7, 9, 12],
    store: commits(async (batch, commit) => {
      const cursors = (batch.put ?? []).filter(isCursor);
      if (cursors.length > 0 && (batch.entries ?? []).length > 0) await commit({ put: cursors });
      return commit({ ...batch, put: (batch.put ?? []).filter((put) => !isCursor(put)) });
    }),
  },
  {
    name: 'an edit told kept before it is on disk',
    rule: 'P3',
    noticedBy: [1, 5, 9, 0],
    store: (real) => ({
      ...real,
      commit: (batch) => {
        const draft = (batch.put ?? []).some((put) => put.table === 'draft');
        const done = real.commit(batch);
        return draft ? Promise.race([done, Promise.resolve([])]) : done;
      },
    }),
  },
  // That prefixHash is ignored on restore (C26) is noticed by the seeded world of the log room, tests/unit/core/log/mutations.test.ts.
  { name: 'one acknowledgement dropped', rule: 'C28', noticedBy: [12], channel: dropsOneAck },
  {
    name: 'an old epoch key kept in use',
    rule: 'C12',
    noticedBy: [10],
    membership: group((real) => {
      let first: ReturnType<SpaceGroup['usableEpochs']> = [];
      return {
        usableEpochs: () => {
          if (first.length === 0) first = real.usableEpochs();
          return first;
        },
      };
    }),
  },
  {
    name: 'W given to those who may only read',
    rule: 'C11',
    noticedBy: [10],
    membership: group((real) => ({
      members: () => real.members().map((one) => (one.role === 'viewer' ? { ...one, role: 'editor' } : one)),
    })),
  },
  {
    name: 'a demotion that obliges nobody to rotate',
    rule: 'C12',
    shape: 'team',
    noticedBy: [10],
    membership: group((real) => ({
      usableEpochs: () => unless(real, ({ reason }) => reason === 'demoted'),
      debts: () => real.debts().filter(({ reason }) => reason !== 'demoted'),
    })),
  },
  { name: 'ids forgotten at prune', rule: 'C27', checkpointTailMin: 1_500, noticedBy: [6, 7], store: forgetsPruned },
  { name: 'a checkpoint with something pending', rule: 'C35', checkpointTailMin: 1_500, noticedBy: [6], replicas: savesPending },
  { name: 'quarantine without adoption', rule: 'C9', shape: 'team', noticedBy: [5, 8, 9, 14], adoption: adoptsNothing },
  { name: 'W put among prior secrets', rule: 'C11', shape: 'team', noticedBy: [10], crypto: priorsWithAppend() },
  {
    name: 'the author of an epoch left out of its holders',
    rule: 'C12',
    noticedBy: [10],
    membership: group((real) => {
      const authors = new Map<string, string>();
      return {
        add(link) {
          if (link.body.operation.type === 'epoch') authors.set(link.id, link.body.author);
          return real.add(link);
        },
        usableEpochs: () => unless(real, ({ epoch, device }) => epoch !== null && authors.get(epoch) === device),
      };
    }),
  },
];

/** Epochs that may be written under if debts of this kind are none. */
function unless(real: SpaceGroup, forgiven: (debt: RotationDebt) => boolean): ReturnType<SpaceGroup['usableEpochs']> {
  const usable = real.usableEpochs();
  if (usable.length > 0) return usable;
  const owed = new Set(real.debts().flatMap((debt) => (forgiven(debt) ? [] : [debt.epoch])));
  return real.maximalEpochs().filter((epoch) => !owed.has(epoch));
}
