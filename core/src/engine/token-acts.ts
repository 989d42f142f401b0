/** What agent tokens wrote (C46): a record beside each such change, and the drafts; no document is opened, and no other change is read. */
import type { ChangeId, DeviceId, DocumentId } from '@leanvibe/protocol/ids';
import { decodeAtRest } from '../base/rest.js';
import { decodeDraft } from '../draft/journal.js';
import type { Vault } from '../keys/local.js';
import type { TokenAct } from './api.js';
import type { SpaceRuntime } from './space.js';
import { robotRecord, TABLES } from './tables.js';

const PAGE = 1000;

async function scan(vault: Vault, table: string, prefix: string, each: (key: string, value: Uint8Array) => void): Promise<void> {
  for (let after: string | null = null; ; ) {
    const page = await vault.scan(table, prefix, after, PAGE);
    for (const { key, value } of page) each(key, value);
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = last.key;
  }
}

const documentIn = (key: string): DocumentId => key.split('/')[1] as DocumentId;

/** By document, then by chain order; drafts, which are all of this device, last. */
export async function tokenActsOf(vault: Vault, self: DeviceId, space: SpaceRuntime): Promise<readonly TokenAct[]> {
  // Verdicts of changes that just came may still be on their way to the disk.
  await space.flush();
  const acts: TokenAct[] = [];
  await scan(vault, TABLES.robot, `${space.id}/`, (key, value) => {
    const act = decodeAtRest(robotRecord, value, 'robot');
    acts.push({ ...act, document: documentIn(key), change: key.split('/')[2] as ChangeId });
  });
  await scan(vault, TABLES.draft, `${space.id}/`, (key, value) => {
    const { token } = decodeDraft(key, value);
    if (token !== null) acts.push({ token, document: documentIn(key), device: self, change: null, seq: 0, verdict: 'draft' });
  });
  const rank = (act: TokenAct): number => (act.change === null ? 1 : 0);
  return acts.sort(
    (a, b) =>
      rank(a) - rank(b) || compare(a.document, b.document) || compare(a.device, b.device) || a.seq - b.seq || compare(a.change, b.change),
  );
}

function compare(a: string | null, b: string | null): number {
  return (a ?? '') < (b ?? '') ? -1 : a === b ? 0 : 1;
}
