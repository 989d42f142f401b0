/** Chains as the covered changes left them, for the judge: their tips, the seqs that are taken, and who named which tip since. */
import type { ChangeId, LinkId } from '@leanvibe/protocol/ids';
import { type Base, coveredRow } from './base.js';
import type { ChangeRow } from './row.js';

export interface Covers {
  tips(): Map<LinkId, readonly ChangeId[]>;
  row(id: ChangeId): ChangeRow | null;
  /** A change at a seq that is covered, and not itself covered. */
  isPast(row: ChangeRow): boolean;
  /** Notes which covered tips a change names. */
  named(row: ChangeRow): void;
  unnamed(own: LinkId, tip: ChangeId): boolean;
}

export function createCovers(base: Base | null): Covers {
  const rows = new Map((base?.covers ?? []).map((cover) => [cover.changeId, coveredRow(base as Base, cover)]));
  const seqs = new Map((base?.covers ?? []).map(({ addedBy, device, seq }) => [`${addedBy}${device}`, seq]));
  const said = new Set<string>();
  return {
    tips() {
      const tips = new Map<LinkId, readonly ChangeId[]>();
      for (const row of rows.values()) tips.set(row.addedBy, [...(tips.get(row.addedBy) ?? []), row.id]);
      return tips;
    },
    row: (id) => rows.get(id) ?? null,
    isPast: (row) => row.seq <= (seqs.get(`${row.addedBy}${row.device}`) ?? 0),
    named(row) {
      for (const id of row.dependencies) if (rows.has(id)) said.add(`${row.addedBy}${id}`);
    },
    unnamed: (own, tip) => rows.has(tip) && rows.get(tip)?.addedBy !== own && !said.has(`${own}${tip}`),
  };
}
