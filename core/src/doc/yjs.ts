/** The Yjs CRDT: any Yjs document, and the product's own documents on it. V1 encoding only. */
import * as Y from 'yjs';
import { admitSpans } from './admit.js';
import { type Crdt, CommandRefused, type Edited, type Json } from './crdt.js';
import { readArgs } from './product/args.js';
import { type ProductCommand, type ProductQuery, runCommand, runQuery } from './product/commands.js';
import { fromBase64, toBase64 } from './base64.js';
import { canonicalYjs } from './yjs-canonical.js';
import { inspectYjs } from './yjs-inspect.js';
import { mergeYjs } from './yjs-merge.js';
import { createProductEdit, createProductView } from './yjs-product.js';
import {
  addedNothing,
  applyYjs,
  createYjsReplica,
  joinYjs,
  loadYjs,
  saveYjs,
  settledYjs,
  transactAs,
  writeTransaction,
  type YjsReplica,
} from './yjs-replica.js';

/** Another app's own update of this document, base64; it carries that app's client ids, which the change must claim (C21). */
export type YjsCommand = ProductCommand | { readonly type: 'yjs.update'; readonly update: string };
/** `yjs.state` answers {update}: the whole document as a base64 V1 update, for another app's Y.Doc; `yjs.clock` the state vector. */
export type YjsQuery = ProductQuery | { readonly type: 'yjs.state' } | { readonly type: 'yjs.clock' };

const NOTHING = new Uint8Array(0);
/** What Yjs keeps in memory for one struct, roughly. */
const STRUCT_BYTES = 200;

export function createYjsCrdt(): Crdt<YjsReplica> {
  return {
    kind: 'yjs',
    create: createYjsReplica,
    inspect: inspectYjs,
    admit: admitSpans,
    apply: (replica, payload) => void applyYjs(replica, payload),
    settled: settledYjs,
    edit,
    merge: (replica, _clientId, drafts) => mergeYjs(replica, drafts),
    view,
    canonical: canonicalYjs,
    save: saveYjs,
    load: loadYjs,
    inspectState: inspectYjs,
    join: joinYjs,
    weight(replica) {
      let structs = 0;
      for (const list of replica.doc.store.clients.values()) structs += list.length;
      return replica.bytes + structs * STRUCT_BYTES;
    },
  };
}

function edit(replica: YjsReplica, clientId: number, _author: unknown, command: Json): Edited {
  if (readArgs(command).type === 'yjs.update') return applyForeign(replica, command);
  let answer: Json = null;
  const transaction = transactAs(replica, clientId, () => {
    answer = runCommand(createProductEdit(replica, clientId), command);
  });
  if (addedNothing(transaction)) return { update: NOTHING, answer };
  const update = writeTransaction(replica, transaction);
  replica.bytes += update.length;
  return { update, answer };
}

/** Takes over what an update adds and nothing it repeats; refuses what could not be applied whole. */
function applyForeign(replica: YjsReplica, command: Json): Edited {
  const encoded = readArgs(command).raw('update');
  const update = typeof encoded === 'string' ? fromBase64(encoded) : null;
  if (update === null) throw new CommandRefused('yjs.update: "update" must be base64.');
  const inspected = inspectYjs(update);
  if (!inspected.ok)
    throw new CommandRefused(
      inspected.error === 'malformed'
        ? 'yjs.update: these bytes are no Yjs update (version 1, without sub-documents).'
        : 'yjs.update: this update is over the limits of one change.',
    );
  const { writes, reads } = inspected.value;
  const has = (clientId: number): number => Y.getState(replica.doc.store, clientId);
  const ends = new Map(writes.map((span) => [span.clientId, span.clockEnd]));
  const whole =
    writes.every((span) => span.clockStart <= has(span.clientId)) &&
    reads.every((read) => read.clockEnd <= Math.max(has(read.clientId), ends.get(read.clientId) ?? 0));
  if (!whole) throw new CommandRefused('yjs.update: the update builds on content this document does not have.');
  const transaction = applyYjs(replica, update);
  if (replica.broken) throw new CommandRefused('yjs.update: types nest too deep, or an item stands where no editor can put one.');
  if (transaction === null || addedNothing(transaction)) return { update: NOTHING, answer: null };
  return { update: writeTransaction(replica, transaction), answer: null };
}

function view(replica: YjsReplica, query: Json): Json {
  switch (readArgs(query).type) {
    case 'yjs.state':
      return { update: toBase64(saveYjs(replica)) };
    case 'yjs.clock':
      return [...replica.doc.store.clients.keys()]
        .sort((a, b) => a - b)
        .map((clientId) => [clientId, Y.getState(replica.doc.store, clientId)]);
    default:
      return runQuery(createProductView(replica), query);
  }
}
