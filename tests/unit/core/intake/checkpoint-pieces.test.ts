/** The largest checkpoints there may be, from somebody who may write: looked at in pieces, so that the main loop goes on between them. */
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import { deflate } from '@leanvibe/core/internal/base/deflate';
import { authenticateCheckpoint, checkpointIdOf, checkpointSigned } from '@leanvibe/core/internal/intake/open-checkpoint';
import { type CheckpointBody, checkpointBody } from '@leanvibe/protocol/checkpoint';
import { type ChangeId, type DeviceId, type DocumentId, type LinkId, makeId, type SpaceId } from '@leanvibe/protocol/ids';
import { CHANGE_BYTES_MAX } from '@leanvibe/protocol/limits';
import { encode } from '@leanvibe/protocol/shape';
import { expect, test } from 'vitest';
import { createRandom } from '../../../help/random.js';

const crypto = nativeCrypto();
const random = createRandom('checkpoint-pieces');
const keys = crypto.signingKeys(random.bytes(32));
const space = makeId<SpaceId>(random.bytes(32));

function carriedOf(more: Pick<CheckpointBody, 'ids' | 'state'>): { readonly carried: Uint8Array; readonly signature: Uint8Array } {
  const covers = [
    {
      addedBy: makeId<LinkId>(random.bytes(32)),
      device: makeId<DeviceId>(random.bytes(32)),
      seq: more.ids.length / 16,
      changeId: makeId<ChangeId>(random.bytes(32)),
    },
  ];
  const body = encode(checkpointBody, {
    space,
    document: makeId<DocumentId>(random.bytes(32)),
    device: makeId<DeviceId>(keys.publicKey),
    addedBy: makeId<LinkId>(random.bytes(32)),
    authHeads: [],
    crdt: 0,
    covers,
    clients: [],
    ...more,
  });
  return { carried: deflate(body), signature: crypto.sign(checkpointSigned(checkpointIdOf(crypto, body)), keys.secretKey) };
}

function ascending(count: number): Uint8Array {
  const ids = new Uint8Array(count * 16);
  const view = new DataView(ids.buffer);
  for (let at = 0; at < count; at++) view.setUint32(at * 16, at + 1);
  return ids;
}

function compressible(bytes: number): Uint8Array {
  const noise = random.bytes(4096);
  return Uint8Array.from({ length: bytes }, (_, at) => (at % 7 === 0 ? (noise[(at * 31) % 4096] as number) : (noise[at % 256] as number)));
}

test.each([
  ['a million ids', { ids: ascending(1_040_000), state: new Uint8Array(8) }],
  ['a state of sixteen megabytes', { ids: ascending(1), state: compressible(CHANGE_BYTES_MAX - 2_000) }],
])('P9 C35 W23 a checkpoint with %s is authenticated in pieces of a few milliseconds', (_name, more) => {
  const carried = carriedOf(more);
  const pieces: number[] = [];
  for (const work = authenticateCheckpoint(crypto, space, carried); ; ) {
    const from = performance.now();
    const step = work.next();
    pieces.push(performance.now() - from);
    if (step.done !== true) continue;
    expect(step.value.ok).toBe(true);
    break;
  }
  pieces.sort((a, b) => b - a);
  const all = pieces.reduce((sum, ms) => sum + ms, 0);
  process.stdout.write(
    `${carried.carried.length} bytes: ${all.toFixed(0)} ms in ${pieces.length} pieces, the longest ${pieces[0]?.toFixed(1)} ms\n`,
  );
  // The longest is hashing all of it, which a library does at once.
  expect(pieces[0]).toBeLessThan(all / 3);
  expect(pieces.filter((ms) => ms > 25).length).toBeLessThanOrEqual(3);
});
