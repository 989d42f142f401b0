/** Changes as the judge sees them, named by words, over a membership that is a table: the stage of the judge's tests. */
import { CRDT_KINDS } from '@leanvibe/protocol/change';
import type { ChangeId, DeviceId, DocumentId, EntryId, LinkId } from '@leanvibe/protocol/ids';
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import { createCrdts } from '@leanvibe/core/internal/doc/registry';
import { clientIdOf } from '@leanvibe/core/internal/intake/clientid';
import type { GroupView, Removal } from '@leanvibe/core/internal/intake/group-view';
import { createJudge, type Judge, type JudgeDeps } from '@leanvibe/core/internal/intake/judge';
import type { ChangeRow } from '@leanvibe/core/internal/intake/row';
import { verdictText } from '@leanvibe/core/internal/intake/verdict';
import { made, madeId } from '../../../vectors/kit.js';

const crypto = nativeCrypto();
export const DOCUMENT = madeId<DocumentId>('document');
export const DEPS: JudgeDeps = { hashing: crypto, crdt: createCrdts({ model: true }) };

export const changeId = (name: string): ChangeId => madeId<ChangeId>(`change ${name}`);
export const chainOf = (name: string): LinkId => madeId<LinkId>(`chain ${name}`);
export const deviceOf = (name: string): DeviceId => madeId<DeviceId>(`device ${name}`);
export const headOf = (name: string): LinkId => madeId<LinkId>(`head ${name}`);
export const runOf = (name: string): Uint8Array => made(`run ${name}`, 16);
export const clientOf = (chain: string, run = chain): number => clientIdOf(crypto, chainOf(chain), DOCUMENT, runOf(run));

export interface RowWords {
  /** Chain and seq: `a1`, `a2`; a fork adds a letter: `a2x`. */
  readonly name: string;
  readonly previous?: string;
  readonly dependencies?: readonly string[];
  readonly heads?: readonly string[];
  readonly claims?: ChangeRow['claims'];
  readonly writes?: ChangeRow['writes'];
  readonly reads?: ChangeRow['reads'];
  readonly structure?: number;
  readonly crdt?: keyof typeof CRDT_KINDS | number;
  readonly seq?: number;
}

/** A row of the model CRDT; what is not said is as an honest author would have it. */
export function row(words: RowWords): ChangeRow {
  const chain = words.name.charAt(0);
  const seq = words.seq ?? Number.parseInt(words.name.slice(1), 10);
  const crdt = words.crdt ?? 'model';
  return {
    id: changeId(words.name),
    entry: madeId<EntryId>(`entry ${words.name}`),
    device: deviceOf(chain),
    addedBy: chainOf(chain),
    seq,
    previous: words.previous === undefined ? (seq === 1 ? null : changeId(`${chain}${seq - 1}`)) : changeId(words.previous),
    dependencies: (words.dependencies ?? []).map(changeId).sort(),
    authHeads: (words.heads ?? ['now']).map(headOf),
    crdt: typeof crdt === 'number' ? crdt : CRDT_KINDS[crdt],
    claims: words.claims ?? [],
    structure: words.structure ?? 0,
    writes: words.writes ?? [],
    reads: words.reads ?? [],
    structs: 1,
    token: null,
  };
}

export interface Table {
  /** Head names this device holds. */
  readonly heads?: readonly string[];
  /** Chains that may not write under a head: `a@old`. */
  readonly readers?: readonly string[];
  /** Removals of a chain: who knows of them by citing a head, and what the frontier keeps. */
  readonly removals?: Readonly<
    Record<string, readonly { readonly by: string; readonly knownTo: readonly string[]; readonly frontierSeq: number | null }[]>
  >;
  readonly accepted?: readonly string[];
}

export function group(table: Table = {}): GroupView {
  const heads = new Set((table.heads ?? ['now']).map(headOf));
  const readers = new Set(
    (table.readers ?? []).map((one) =>
      one
        .split('@')
        .map((part, at) => (at === 0 ? chainOf(part) : headOf(part)))
        .join('@'),
    ),
  );
  const removals = new Map(Object.entries(table.removals ?? {}).map(([chain, list]) => [chainOf(chain), list]));
  const knowers = new Map([...removals.values()].flat().map((one) => [headOf(one.by), new Set(one.knownTo.map(headOf))]));
  const accepted = new Set((table.accepted ?? []).map(changeId));
  return {
    knows: (all) => all.every((head) => heads.has(head)),
    mayWrite: (all, _device, addedBy) => all.every((head) => !readers.has(`${addedBy}@${head}`)),
    includes: (all, link) => all.some((head) => knowers.get(link)?.has(head) === true),
    removals: (addedBy) => (removals.get(addedBy) ?? []).map((one): Removal => ({ by: headOf(one.by), frontierSeq: one.frontierSeq })),
    accepted: (change) => accepted.has(change),
  };
}

export function judgeOf(rows: readonly ChangeRow[], view: GroupView = group()): Judge {
  const judge = createJudge(DEPS, DOCUMENT, view);
  for (const one of rows) judge.add(one);
  return judge;
}

/** Verdicts by name. */
export function verdicts(judge: Judge, names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    names.map((name) => {
      const verdict = judge.verdict(changeId(name));
      return [name, verdict === null ? 'unknown' : verdictText(verdict)];
    }),
  );
}
