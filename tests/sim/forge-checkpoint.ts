/** A thief with a member's keys: it vouches, as that member, for a state that leaves something out or puts something in (C35, C36). */
import { tablesOf } from '@leanvibe/core/internal/checkpoint/tables';
import { writeCheckpoint } from '@leanvibe/core/internal/checkpoint/write';
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import { createCrdts } from '@leanvibe/core/internal/doc/registry';
import type { SpaceGroup } from '@leanvibe/core/internal/engine/space-group';
import { joinBase } from '@leanvibe/core/internal/intake/base';
import { createJudge } from '@leanvibe/core/internal/intake/judge';
import { createSealer } from '@leanvibe/core/internal/keys/entry';
import { CRDT_KINDS } from '@leanvibe/protocol/change';
import type { CheckpointBody } from '@leanvibe/protocol/checkpoint';
import type { ChangeId, DocumentId } from '@leanvibe/protocol/ids';
import { decode, encode, list, record, text, uint } from '@leanvibe/protocol/shape';
import { basesOn } from './disk-checkpoints.js';
import { changesOn, epochsOn, groupOn } from './disk.js';
import type { Machine } from './machine.js';
import type { World } from './simulate.js';

const clocked = record({ clientId: [0, uint()], clock: [1, uint()] });
export const modelState = record({
  clocks: [0, list(clocked, 65_536)],
  tokens: [1, list(record({ clientId: [0, uint()], clock: [1, uint()], label: [2, text(256)] }), 65_536)],
  removed: [2, list(clocked, 65_536)],
});

const crypto = nativeCrypto();
const crdts = createCrdts({ model: true });

/** Puts one false checkpoint into the thief's log, from where honest sync carries it on. False when there was nothing to twist. */
export async function forgeCheckpoint(world: World, thief: Machine): Promise<boolean> {
  if (world.kind !== 'model' || thief.engine === null) return false;
  const { space } = world;
  const group = await groupOn(thief, space);
  const [member, usable] = [group.member(thief.device), new Set(group.usableEpochs())];
  const secrets = (await epochsOn(thief, space)).find(({ epoch }) => usable.has(epoch));
  if (member === null || !group.mayWrite(thief.device) || secrets === undefined) return false;
  const document = world.random.pick(world.documents);
  const made = await composed(world, thief, group, document);
  if (made === null) return false;
  const by = { space, document, device: thief.device, addedBy: member.addedBy, authHeads: group.cite() };
  const written = writeCheckpoint(crypto, thief.signing, createSealer(crypto, secrets), { ...by, ...made });
  if (written === null) return false;
  world.lies.add(written.checkpoint.id);
  const entries = [...written.parts.map((part) => ({ ...part, lane: 2 as const })), { ...written.entry, lane: 1 as const }];
  thief.crash();
  for (const { entryId } of entries) thief.durable.add(entryId);
  await thief.disk().commit({ entries: entries.map(({ entryId, bytes, lane }) => ({ space, lane, entryId, sealed: bytes, from: null })) });
  return true;
}

type Made = Omit<CheckpointBody, 'space' | 'document' | 'device' | 'addedBy' | 'authHeads'>;

/** Over everything on the thief's disk: true in all but its state. */
async function composed(world: World, thief: Machine, group: SpaceGroup, document: DocumentId): Promise<Made | null> {
  const crdt = crdts('model');
  const accepted = ((await basesOn(thief, world.space)).get(document)?.accepted ?? []).map(({ body }) => body);
  const judge = createJudge(
    { hashing: crypto, crdt: crdts },
    document,
    group.view(() => null),
    joinBase(accepted, new Set(), false),
  );
  const payloads = new Map<ChangeId, Uint8Array>();
  for (const { row, text: payload, document: of } of await changesOn(thief, world.space)) {
    if (of !== document) continue;
    payloads.set(row.id, Buffer.from(payload, 'latin1'));
    judge.add(row);
  }
  const tables = tablesOf(judge, accepted);
  if (tables === null || crdt === null) return null;
  const replica = crdt.create();
  for (const { state } of accepted) crdt.join(replica, state);
  for (const row of judge.applied()) crdt.apply(replica, payloads.get(row.id) ?? new Uint8Array(0), row.device);
  const state = twisted(world, crdt.save(replica));
  return state === null ? null : { ...tables, crdt: CRDT_KINDS.model, state };
}

/** Each time otherwise, and always a state that could be one; null where there is nothing in it. */
function twisted(world: World, state: Uint8Array): Uint8Array | null {
  const decoded = decode(modelState, state);
  if (!decoded.ok) throw new Error('a checkpoint whose state does not decode');
  const { clocks, tokens, removed } = decoded.value;
  const [first, ...rest] = tokens;
  if (first === undefined) return null;
  const changed = world.random.chance(0.5) ? [] : [{ ...first, label: `forged-${world.nextLabel()}` }];
  return encode(modelState, { clocks, tokens: [...changed, ...rest], removed });
}
