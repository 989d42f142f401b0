/** One document's records at rest: read whole, in order, and made for a batch. It keeps nothing in memory. */
import { CRDT_KINDS, type CrdtKind } from '@leanvibe/protocol/change';
import type { ChangeId, DocumentId, SpaceId } from '@leanvibe/protocol/ids';
import { encode } from '@leanvibe/protocol/shape';
import { decodeAtRest } from '../base/rest.js';
import { decodeDraft, encodeDraft, type JournalledDraft } from '../draft/journal.js';
import type { ChangeRow } from '../intake/row.js';
import type { Vault } from '../keys/local.js';
import type { RecordKey } from '../ports/store.js';
import type { Put } from './put-off.js';
import {
  type AppliedRecord,
  appliedRecord,
  cacheRecord,
  changeKey,
  changeRecord,
  documentKey,
  documentRecord,
  numberedKey,
  robotRecord,
  TABLES,
} from './tables.js';

export interface Cache {
  /** How many applied rows its state holds. */
  readonly applied: number;
  readonly state: Uint8Array;
}

export interface DocumentDisk {
  /** How many rows were applied so far, and their bytes. */
  applied(): Promise<{ readonly applied: number; readonly bytes: number }>;
  eachRow(each: (row: ChangeRow, verdict: string, bytes: number) => void): Promise<void>;
  /** Applied rows after a number, with their own. */
  tail(after: number): Promise<readonly { readonly number: number; readonly row: AppliedRecord }[]>;
  drafts(): Promise<readonly JournalledDraft[]>;
  cache(): Promise<Cache | null>;
  /** Everything a rebuild writes anew. */
  rebuilt(): Promise<readonly RecordKey[]>;
  /** `number`: its place among applied rows; null when it is not applied. `documentPut` belongs in the same batch. */
  rowPuts(row: ChangeRow, verdict: string, number: number | null, bytes: number): readonly Put[];
  /** `bytes`: of the changes applied. */
  documentPut(applied: number, bytes: number): Put;
  draftPut(draft: JournalledDraft): Put;
  cachePut(cache: Cache): Put;
  draftKey(number: number): string;
  rowKey(change: ChangeId): RecordKey;
  /** Of the applied rows from one number to another, both included. */
  appliedKeys(from: number, to: number): readonly RecordKey[];
  /** The number in an applied row's or a draft's key. */
  numberOf(key: string): number;
}

const PAGE = 1000;

export function createDocumentDisk(vault: Vault, space: SpaceId, id: DocumentId, kind: CrdtKind): DocumentDisk {
  const key = documentKey(space, id);

  const scan = async (table: string, after: string | null, each: (key: string, value: Uint8Array) => void): Promise<void> => {
    for (let last = after; ; ) {
      const page = await vault.scan(table, `${key}/`, last, PAGE);
      for (const one of page) each(one.key, one.value);
      const end = page.at(-1);
      if (end === undefined || page.length < PAGE) return;
      last = end.key;
    }
  };
  const numberOf = (name: string): number => Number.parseInt(name.slice(key.length + 1), 16);
  const documentPut = (applied: number, bytes: number): Put =>
    vault.put(TABLES.document, key, encode(documentRecord, { crdt: CRDT_KINDS[kind], applied, bytes }));

  return {
    async applied() {
      const stored = await vault.get(TABLES.document, key);
      const { applied, bytes } = stored === null ? { applied: 0, bytes: 0 } : decodeAtRest(documentRecord, stored, 'document');
      return { applied, bytes: bytes ?? 0 };
    },
    eachRow: (each) =>
      scan(TABLES.change, null, (_, value) => {
        const { row, verdict, bytes } = decodeAtRest(changeRecord, value, 'change');
        each(row, verdict, bytes);
      }),
    async tail(after) {
      const rows: { readonly number: number; readonly row: AppliedRecord }[] = [];
      await scan(TABLES.applied, after === 0 ? null : numberedKey(space, id, after), (name, value) =>
        rows.push({ number: numberOf(name), row: decodeAtRest(appliedRecord, value, 'applied') }),
      );
      return rows;
    },
    async drafts() {
      const found: JournalledDraft[] = [];
      await scan(TABLES.draft, null, (name, value) => found.push(decodeDraft(name, value)));
      return found;
    },
    async cache() {
      const stored = await vault.get(TABLES.cache, key);
      return stored === null ? null : decodeAtRest(cacheRecord, stored, 'cache');
    },
    async rebuilt() {
      const keys: RecordKey[] = [{ table: TABLES.cache, key }];
      await scan(TABLES.applied, null, (name) => keys.push({ table: TABLES.applied, key: name }));
      return keys;
    },
    rowPuts(row, verdict, number, bytes) {
      const puts = [vault.put(TABLES.change, changeKey(space, id, row.id as ChangeId), encode(changeRecord, { row, verdict, bytes }))];
      if (number !== null)
        puts.push(
          vault.put(
            TABLES.applied,
            numberedKey(space, id, number),
            encode(appliedRecord, { change: row.id, entry: row.entry, device: row.device }),
          ),
        );
      // Beside its row, so that the list of what robots wrote outlives the row and costs no reading of the others.
      if (row.token !== null)
        puts.push(
          vault.put(
            TABLES.robot,
            changeKey(space, id, row.id as ChangeId),
            encode(robotRecord, { token: row.token, device: row.device, seq: row.seq, verdict }),
          ),
        );
      return puts;
    },
    documentPut,
    draftPut: (draft) => vault.put(TABLES.draft, draft.key, encodeDraft(draft)),
    cachePut: (cache) => vault.put(TABLES.cache, key, encode(cacheRecord, cache)),
    draftKey: (number) => numberedKey(space, id, number),
    appliedKeys: (from, to) =>
      Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => ({ table: TABLES.applied, key: numberedKey(space, id, from + at) })),
    rowKey: (change) => ({ table: TABLES.change, key: changeKey(space, id, change) }),
    numberOf,
  };
}
