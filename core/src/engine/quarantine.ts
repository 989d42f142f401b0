/** Quarantine (C9, G23): what removed devices and lost copies wrote, listed by author and document, shown as a difference, accepted or dropped by an admin. */
import { fromHex, type ChangeId, type DeviceId, type DocumentId, type LinkId, type SpaceId, toHex } from '@leanvibe/protocol/ids';
import { ACCEPTED_MAX } from '@leanvibe/protocol/limits';
import { err, ok, type Result } from '../base/result.js';
import { differenceOf, differenceQueries } from '../doc/product/difference.js';
import type { Judge } from '../intake/judge.js';
import type { ChangeRow } from '../intake/row.js';
import type { QuarantineReason } from '../intake/verdict.js';
import { createSealer } from '../keys/entry.js';
import { sameBytes } from '@leanvibe/protocol/bytes';
import type { Kernel } from './kernel.js';
import { beginLine, land } from './line.js';
import { previewChanges } from './preview.js';
import type { Decided, Quarantine, QuarantinedSet } from './quarantine-sets.js';
import { ensureEpoch } from './rotate.js';
import type { SpaceRuntime } from './space.js';

const NOT_IN = 'this device is not in that space';
const NO_SET = 'nothing of that name stands aside here';

/** The document's and the author's ids laid over each other. */
function setId(document: DocumentId, device: DeviceId): string {
  const [a, b] = [fromHex(document), fromHex(device)] as const;
  return toHex((a ?? new Uint8Array(32)).map((byte, at) => byte ^ (b?.[at] ?? 0)));
}

function reasonOf(judge: Judge, row: ChangeRow): QuarantineReason | null {
  const verdict = judge.verdict(row.id);
  return verdict?.state === 'quarantined' ? verdict.reason : null;
}

/** Rows no other of these continues: with what they stand on, they are all of them. */
function tipsOf(rows: readonly ChangeRow[]): readonly ChangeId[] {
  const continued = new Set(rows.map((row) => row.previous));
  return rows.filter((row) => !continued.has(row.id)).map((row) => row.id);
}

async function setsOf(space: SpaceRuntime, document: DocumentId): Promise<readonly QuarantinedSet[]> {
  const runtime = await space.known(document);
  if (runtime === null) return [];
  return runtime.exclusive(async (open) => {
    const judge = await open.judge();
    const byDevice = new Map<DeviceId, ChangeRow[]>();
    const chains = new Set<LinkId>();
    for (const row of judge.sound()) {
      if (reasonOf(judge, row) === null) continue;
      chains.add(row.addedBy);
      byDevice.set(row.device, [...(byDevice.get(row.device) ?? []), row]);
    }
    // What was freed since is noted no more; here nothing can fall meanwhile.
    space.aside.keep(document, chains);
    return [...byDevice].map(([device, rows]) => setOf(space, judge, document, device, rows));
  });
}

function setOf(space: SpaceRuntime, judge: Judge, document: DocumentId, device: DeviceId, rows: readonly ChangeRow[]): QuarantinedSet {
  const { dropped } = space.group.now();
  const reasons: Partial<Record<QuarantineReason, number>> = {};
  for (const row of rows) {
    const reason = reasonOf(judge, row);
    if (reason !== null) reasons[reason] = (reasons[reason] ?? 0) + 1;
  }
  const others = new Map<DeviceId, number>();
  for (const row of judge.quarantinedUnder(tipsOf(rows)))
    if (row.device !== device) others.set(row.device, (others.get(row.device) ?? 0) + 1);
  const since = rows.map((row) => space.aside.sinceMs(document, row.addedBy)).filter((ms) => ms !== null);
  return {
    id: setId(document, device),
    space: space.id,
    document,
    device,
    changes: rows.filter((row) => !dropped.has(row.id)).map((row) => row.id),
    dropped: rows.filter((row) => dropped.has(row.id)).map((row) => row.id),
    reasons,
    sinceMs: since.length === 0 ? null : Math.min(...since),
    needs: [...others].map(([other, count]) => ({ device: other, count })).sort((a, b) => (a.device < b.device ? -1 : 1)),
  };
}

async function allSets(space: SpaceRuntime): Promise<readonly QuarantinedSet[]> {
  const found: QuarantinedSet[] = [];
  for (const document of [...space.aside.documents()].sort()) found.push(...(await setsOf(space, document)));
  return found.sort((a, b) => (a.document === b.document ? (a.device < b.device ? -1 : 1) : a.document < b.document ? -1 : 1));
}

export function createQuarantine(kernel: Kernel): Quarantine {
  const { spaces, copies } = kernel;

  const hindered = (space: SpaceRuntime): string | null => {
    if (copies.cloned()) return 'this home is an older or second copy: say first whether it is the only one';
    const member = space.group.member(kernel.identity.device);
    if (member?.live !== true || space.removedAt() !== null) return 'this device was removed';
    if (member.role !== 'admin' && member.role !== 'owner') return 'only an admin or an owner of the space may decide this';
    return space.group.mayWrite(member.device) ? null : 'the space has no owner left: nothing may be written';
  };

  /** The changes with everything quarantined that they stand on, per document. */
  const closures = async (
    space: SpaceRuntime,
    sets: readonly QuarantinedSet[],
  ): Promise<Result<Map<DocumentId, readonly ChangeId[]>, string>> => {
    const found = new Map<DocumentId, readonly ChangeId[]>();
    for (const { document, changes, dropped } of sets) {
      const judge = await (await space.known(document))?.judge();
      const chosen = [...changes, ...dropped].map((id) => judge?.row(id) ?? null).filter((row) => row !== null);
      if (judge === undefined) continue;
      // The winner wrote the same clocks: nothing can lay the loser over it.
      const rows = judge.quarantinedUnder(tipsOf(chosen)).filter((row) => reasonOf(judge, row) !== 'fork');
      found.set(document, [...new Set([...(found.get(document) ?? []), ...rows.map((row) => row.id)])]);
    }
    const none = [...found.values()].every((changes) => changes.length === 0);
    return none
      ? err('another copy of the same device wrote in the same place, and that one stands: take the words over by hand')
      : ok(found);
  };

  const decide = async (
    space: SpaceRuntime,
    type: 'accept' | 'drop',
    byDocument: ReadonlyMap<DocumentId, readonly ChangeId[]>,
  ): Promise<Result<Decided, string>> => {
    const changes = [...new Set([...byDocument.values()].flat())];
    const epoch = await ensureEpoch(kernel, space);
    if (!epoch.ok) return err('this device may not write here');
    return space.membership.run(async () => {
      const hindrance = hindered(space);
      if (hindrance !== null) return err(hindrance);
      const line = beginLine(kernel, space);
      for (let at = 0; at < changes.length; at += ACCEPTED_MAX) line.add({ type, changes: changes.slice(at, at + ACCEPTED_MAX).sort() });
      await land(space, createSealer(kernel.crypto, epoch.value), line, [], null);
      return ok({ changes: changes.length, documents: [...byDocument.keys()] });
    });
  };

  /** The sets meant; whatever is not there makes it fail whole. */
  const meant = async (
    id: SpaceId,
    ids: readonly string[],
  ): Promise<Result<readonly [SpaceRuntime, readonly QuarantinedSet[]], string>> => {
    const space = spaces.get(id);
    if (space === undefined) return err(NOT_IN);
    const hindrance = hindered(space);
    if (hindrance !== null) return err(hindrance);
    const all = await allSets(space);
    const sets = all.filter((one) => ids.includes(one.id));
    return new Set(sets.map((one) => one.id)).size === new Set(ids).size && ids.length > 0 ? ok([space, sets]) : err(NO_SET);
  };

  return {
    async list(id, all = false) {
      const space = spaces.get(id);
      const sets = space === undefined ? [] : await allSets(space);
      return all ? sets : sets.filter((one) => one.changes.length > 0);
    },
    async show(id, set) {
      const space = spaces.get(id);
      if (space === undefined) return err(NOT_IN);
      const found = (await allSets(space)).find((one) => one.id === set);
      const runtime = found === undefined ? null : await space.known(found.document);
      if (found === undefined || runtime === null) return err(NO_SET);
      const preview = await previewChanges(kernel, space, runtime, [...found.changes, ...found.dropped], differenceQueries(runtime.kind));
      if (!preview.ok) return preview;
      const difference = differenceOf(runtime.kind, preview.value.without.views, preview.value.with.views);
      const same = sameBytes(preview.value.without.canonical, preview.value.with.canonical);
      return ok({ ...found, difference, other: !same && difference.note === null && difference.items.length === 0 });
    },
    async accept(id, ids) {
      const found = await meant(id, ids);
      if (!found.ok) return found;
      const [space, sets] = found.value;
      const all = await closures(space, sets);
      return all.ok ? decide(space, 'accept', all.value) : all;
    },
    async drop(id, ids) {
      const found = await meant(id, ids);
      if (!found.ok) return found;
      const [space, sets] = found.value;
      const left = sets.filter((one) => one.changes.length > 0);
      if (left.length === 0) return err('they are dropped already');
      const byDocument = new Map<DocumentId, ChangeId[]>();
      for (const { document, changes } of left) byDocument.set(document, [...(byDocument.get(document) ?? []), ...changes]);
      return decide(space, 'drop', byDocument);
    },
    hindered: (id) => {
      const space = spaces.get(id);
      return space === undefined ? NOT_IN : hindered(space);
    },
  };
}
