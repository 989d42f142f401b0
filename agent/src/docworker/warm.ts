/** The first document somebody looks at should not wait for the compiler: a made-up one is typed, saved and loaded before, while nobody asks for anything. */
import type { Crdts } from '@leanvibe/core/doc/registry';
import { type DeviceId, makeId } from '@leanvibe/protocol/ids';

const HANDS = 3;
const SITTINGS = 12;
const EDITS = 30;
const LOADS = 24;

/** Each step takes some milliseconds at most; nothing is left behind. */
export function* warmUp(crdts: Crdts): Generator<void, void> {
  const yjs = crdts('yjs');
  if (yjs === null) return;
  const author = makeId<DeviceId>(new Uint8Array(32));
  const replica = yjs.create();
  let length = 0;
  for (let sitting = 0; sitting < SITTINGS; sitting++) {
    const clientId = 2 ** 32 + (sitting % HANDS);
    for (let edit = 0; edit < EDITS; edit++) {
      const from = (sitting * 31 + edit * 7) % (length + 1);
      const to = edit % 4 === 0 ? Math.min(length, from + 1) : from;
      yjs.edit(replica, clientId, author, { type: 'note.replace', from, to, text: 'ab' });
      length += 2 - (to - from);
    }
    yield;
  }
  const state = yjs.save(replica);
  for (let load = 0; load < LOADS; load++) {
    yjs.view(yjs.load(state), { type: 'note' });
    yield;
  }
}
