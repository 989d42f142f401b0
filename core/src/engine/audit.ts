/** Audit: everything a space's verdicts and states should be, computed anew and compared with what is recorded and shown. */
import type { DeviceId, DocumentId } from '@leanvibe/protocol/ids';
import { sameBytes } from '@leanvibe/protocol/bytes';
import type { Crdt, Replicas } from '../doc/crdt.js';
import { createJudge, type JudgeDeps } from '../intake/judge.js';
import type { ChangeRow } from '../intake/row.js';
import { verdictText } from '../intake/verdict.js';
import type { Audit, AuditedDocument } from './audit-report.js';
import type { SpaceRuntime } from './space.js';

export interface AuditDeps extends JudgeDeps {
  readonly replicas: Replicas;
  readonly self: DeviceId;
}

/** Reads everything; meant for `verify`, doctors and simulations, not for every day. */
export async function auditSpace(deps: AuditDeps, space: SpaceRuntime): Promise<Audit> {
  const documents: AuditedDocument[] = [];
  for (const id of [...(await space.documents())].sort()) {
    const document = await auditDocument(deps, space, id);
    if (document !== null) documents.push(document);
  }
  return { documents, leakedEpochs: space.group.leakedEpochs(), epochs: space.epochs().map((secrets) => secrets.epoch) };
}

async function auditDocument(deps: AuditDeps, space: SpaceRuntime, id: DocumentId): Promise<AuditedDocument | null> {
  const runtime = await space.known(id);
  if (runtime === null) return null;
  const { base, states, rows, verdicts, drafts } = await runtime.recorded();
  // Somebody looked at it and nobody wrote.
  if (rows.length === 0 && drafts.length === 0 && base === null) return null;
  const naive = createJudge(deps, id, space.viewOf(id), base);
  // Another order than the rows came in: verdicts must not depend on it.
  for (const row of rows.toReversed()) naive.add(row);
  const changes = rows.map((row) => ({ change: row.id, device: row.device, verdict: verdicts.get(row.id) ?? 'none' }));
  const wrongVerdicts = rows.filter((row) => textOf(naive.verdict(row.id)) !== verdicts.get(row.id)).map((row) => row.id);
  const crdt = deps.crdt(runtime.kind);
  const sound = crdt !== null && (await rebuilt(crdt, deps, space, states, naive.applied(), drafts, await runtime.canonical()));
  return { document: id, changes, wrongVerdicts, sound, forks: naive.forks(), drafts: drafts.length };
}

const textOf = (verdict: Parameters<typeof verdictText>[0] | null): string => (verdict === null ? 'none' : verdictText(verdict));

async function rebuilt(
  crdt: Crdt<unknown>,
  deps: AuditDeps,
  space: SpaceRuntime,
  states: readonly Uint8Array[],
  applied: readonly ChangeRow[],
  drafts: readonly Uint8Array[],
  shown: Uint8Array,
): Promise<boolean> {
  const replica = crdt.create();
  for (const state of states) crdt.join(replica, state);
  for (const row of applied) {
    const payload = await space.payload(row);
    if (payload === null) return false;
    crdt.apply(replica, payload, row.device);
  }
  for (const draft of drafts) crdt.apply(replica, draft, deps.self);
  return crdt.settled(replica) && sameBytes(crdt.canonical(replica), shown);
}
