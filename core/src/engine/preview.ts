/** Previews: what a document would say with or without some of its changes, worked out on a replica of its own that nobody else sees. */
import { type ChangeId, type DocumentId, makeId } from '@leanvibe/protocol/ids';
import { err, ok, type Result } from '../base/result.js';
import type { Json, Replicas } from '../doc/crdt.js';
import type { Judge } from '../intake/judge.js';
import type { ChangeRow } from '../intake/row.js';
import type { Random } from '../ports/random.js';
import type { DocumentRuntime } from './document-runtime.js';
import type { SpaceRuntime } from './space.js';

export interface PreviewDeps {
  readonly replicas: Replicas;
  readonly random: Random;
}

/** What a document shows, one answer per query, and a digest of everything in it. */
export interface Shown {
  readonly views: readonly Json[];
  readonly canonical: Uint8Array;
}

export interface Preview {
  readonly without: Shown;
  readonly with: Shown;
}

/** Bytes of payload handed to a worker in one call. */
const BATCH_BYTES = 4 * 1024 * 1024;
const NOT_HERE = 'some of what these changes stand on is not on this device';
const NOT_SHOWN = 'these changes take too long to read here';

/**
 * With these quarantined changes and all they stand on, and without. Of two copies of one device that wrote the same clocks, the one
 * that lost cannot be laid over the other: its changes are shown on top of what they themselves were written on.
 */
export async function previewChanges(
  deps: PreviewDeps,
  space: SpaceRuntime,
  runtime: DocumentRuntime,
  changes: readonly ChangeId[],
  queries: readonly Json[],
): Promise<Result<Preview, string>> {
  const judge = await runtime.judge();
  const stack = layersOf(judge, changes);
  return onScratch(deps, runtime, async (scratch) => {
    const below = await applyRows(deps, space, scratch, stack.below);
    if (below !== null) return err(below);
    const without = await shown(deps.replicas, scratch, queries);
    const above = await applyRows(deps, space, scratch, stack.above);
    if (above !== null) return err(above);
    return ok({ without, with: await shown(deps.replicas, scratch, queries) });
  });
}

/** What everybody has of a document, and what it says here with the drafts, and the changes in `own`, that nobody has yet. */
export async function previewDrafts(
  deps: PreviewDeps,
  space: SpaceRuntime,
  runtime: DocumentRuntime,
  own: ReadonlySet<ChangeId>,
  queries: readonly Json[],
): Promise<Result<Preview, string>> {
  const rows = (await runtime.judge()).applied().filter((row) => !own.has(row.id));
  const views: Json[] = [];
  for (const query of queries) views.push(await runtime.view(query));
  const drafted = { views, canonical: await runtime.canonical() };
  return onScratch(deps, runtime, async (scratch) => {
    const failed = await applyRows(deps, space, scratch, rows);
    return failed === null ? ok({ without: await shown(deps.replicas, scratch, queries), with: drafted }) : err(failed);
  });
}

function layersOf(
  judge: Judge,
  changes: readonly ChangeId[],
): { readonly below: readonly ChangeRow[]; readonly above: readonly ChangeRow[] } {
  const isFork = (id: ChangeId): boolean => {
    const verdict = judge.verdict(id);
    return verdict?.state === 'quarantined' && verdict.reason === 'fork';
  };
  if (!changes.some(isFork)) return { below: judge.applied(), above: judge.quarantinedUnder(changes) };
  const chosen = new Set(changes);
  const under = judge.sound().filter((row) => chosen.has(row.id) || changes.some((change) => judge.covers(change, row.id)));
  return { below: under.filter((row) => !chosen.has(row.id)), above: under.filter((row) => chosen.has(row.id)) };
}

async function onScratch(
  { replicas, random }: PreviewDeps,
  runtime: DocumentRuntime,
  task: (scratch: DocumentId) => Promise<Result<Preview, string>>,
): Promise<Result<Preview, string>> {
  const scratch = makeId<DocumentId>(random.bytes(32));
  // What checkpoints stand in for, the rows rest on.
  const [state = null, ...more] = (await runtime.recorded()).states;
  await replicas.open(scratch, runtime.kind, state);
  try {
    const joined = await replicas.apply(
      scratch,
      more.map((one) => ({ payload: one, author: null })),
    );
    return joined.ok ? await task(scratch) : err(NOT_SHOWN);
  } finally {
    if (replicas.isOpen(scratch)) await replicas.close(scratch);
  }
}

/** Null when all of them are in; otherwise why not. */
async function applyRows(
  { replicas }: PreviewDeps,
  space: SpaceRuntime,
  scratch: DocumentId,
  rows: readonly ChangeRow[],
): Promise<string | null> {
  let batch: { readonly payload: Uint8Array; readonly author: ChangeRow['device'] }[] = [];
  let bytes = 0;
  const flush = async (): Promise<boolean> => {
    const applied = batch.length === 0 || (await replicas.apply(scratch, batch)).ok;
    batch = [];
    bytes = 0;
    return applied;
  };
  for (const row of rows) {
    const payload = await space.payload(row);
    if (payload === null) return NOT_HERE;
    batch.push({ payload, author: row.device });
    bytes += payload.length;
    if (bytes > BATCH_BYTES && !(await flush())) return NOT_SHOWN;
  }
  return (await flush()) ? null : NOT_SHOWN;
}

async function shown(replicas: Replicas, scratch: DocumentId, queries: readonly Json[]): Promise<Shown> {
  const views: Json[] = [];
  for (const query of queries) views.push(await replicas.view(scratch, query));
  return { views, canonical: await replicas.canonical(scratch) };
}
