/** Why is this not synced? (product.md): per document, what waits, for what, and whose it is. */
import type { DeviceId, DocumentId } from '@leanvibe/protocol/ids';
import { structureOf } from '../intake/row.js';
import type { Verdict } from '../intake/verdict.js';
import type { ChangeRow } from '../intake/row.js';
import type { WhyRow } from './api.js';
import type { KnownCheckpoint } from './space-checkpoints.js';
import type { SpaceRuntime } from './space.js';

type Found = Pick<WhyRow, 'state' | 'reason'> & { readonly device: DeviceId };

function found(verdict: Verdict, device: DeviceId): Found | null {
  switch (verdict.state) {
    case 'applied':
    case 'covered':
      return null;
    case 'waiting':
      return { state: 'waiting', reason: `${verdict.reason}-missing`, device };
    case 'held':
      return { state: 'held', reason: 'slow', device };
    case 'void':
      return { state: 'void', reason: 'over-limit', device };
    case 'quarantined':
      return { state: 'quarantined', reason: verdict.reason, device };
    case 'refused':
      return { state: 'refused', reason: verdict.reason, device };
  }
}

/** Null for what is as it should be, or settled: an admin looked at dropped changes and left them where they are. */
function rowFound(space: SpaceRuntime, row: ChangeRow, verdict: Verdict): Found | null {
  if (structureOf(row) === 'held') return { state: 'held', reason: 'slow', device: row.device };
  const one = found(verdict, row.device);
  if (one?.state === 'quarantined' && space.group.now().dropped.has(row.id)) return null;
  const unsure = one?.reason === 'membership-missing' || one?.reason === 'not-editor';
  return one !== null && unsure && space.group.member(row.device) === null ? { ...one, reason: 'unknown-signer' } : one;
}

function draftsHindered(space: SpaceRuntime, self: DeviceId, draftReason: string): string {
  if (space.group.forked(self)) return 'forked';
  return space.group.mayWrite(self) && space.removedAt() === null ? draftReason : 'not-editor';
}

/** `draftReason`: why drafts are not numbered yet. One row for each document in step, otherwise one for each reason. Entries that wait for a key belong to no known document and are listed under none. */
export async function whyOf(
  space: SpaceRuntime,
  documents: readonly DocumentId[],
  self: DeviceId,
  draftReason: string,
): Promise<readonly WhyRow[]> {
  const rows: WhyRow[] = [];
  for (const id of documents) {
    const document = await space.known(id);
    const judge = await document?.judge();
    const reasons = new Map<string, { readonly first: Found; readonly devices: Set<DeviceId>; count: number }>();
    const count = (one: Found): void => {
      const key = `${one.state}/${one.reason}`;
      const known = reasons.get(key) ?? { first: one, devices: new Set<DeviceId>(), count: 0 };
      known.count++;
      known.devices.add(one.device);
      reasons.set(key, known);
    };
    for (const row of judge?.rows() ?? []) {
      const verdict = judge?.verdict(row.id) ?? null;
      const one = verdict === null ? null : rowFound(space, row, verdict);
      if (one !== null) count(one);
    }
    for (const one of untrusted(space, id, document?.provisional() ?? null)) count(one);
    const drafts = (await document?.drafts()) ?? 0;
    if (drafts > 0) count({ state: 'draft', reason: draftsHindered(space, self, draftReason), device: self });
    if (reasons.size === 0) rows.push({ space: space.id, document: id, state: 'in-step', reason: '', count: 0, devices: [] });
    for (const { first, devices, count: total } of reasons.values())
      rows.push({
        space: space.id,
        document: id,
        state: first.state,
        reason: first.reason,
        count: first.state === 'draft' ? drafts : total,
        devices: [...devices],
      });
  }
  const sealed = space.intake.sealedCount();
  if (sealed > 0) rows.push({ space: space.id, document: null, state: 'sealed', reason: 'key-missing', count: sealed, devices: [] });
  return rows;
}

/** C36: what is shown on the word of one device only, and what somebody denies. */
function untrusted(space: SpaceRuntime, id: DocumentId, shown: KnownCheckpoint | null): readonly Found[] {
  const all = space.checkpoints.of(id);
  const denied = all.filter((one) => space.checkpoints.standing(one) === 'disputed');
  const rows = denied.map(({ device }): Found => ({ state: 'unverified', reason: 'disputed', device }));
  if (shown !== null && !denied.includes(shown)) rows.push({ state: 'unverified', reason: 'not-attested', device: shown.device });
  return rows;
}
