/** A thief with a member's disk: it knows the space's keys and writes what no honest program would (P4, C7, C20, C21). */
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import { changeRecord, epochRecord, TABLES } from '@leanvibe/core/internal/engine/tables';
import { changeIdOf, changeSigned } from '@leanvibe/core/internal/intake/open';
import type { ChangeRow } from '@leanvibe/core/internal/intake/row';
import { createSealer } from '@leanvibe/core/internal/keys/entry';
import { createVault } from '@leanvibe/core/internal/keys/local';
import { type ChangeBody, changeBody, CRDT_KINDS, signedChange } from '@leanvibe/protocol/change';
import { type DeviceId, type DocumentId, type EpochId, makeId } from '@leanvibe/protocol/ids';
import { decode, encode, list, optional, record, text, uint } from '@leanvibe/protocol/shape';
import type { Machine } from './machine.js';
import type { World } from './simulate.js';

const tokenId = record({ clientId: [0, uint()], clock: [1, uint()] });
const payloadShape = list(
  record({
    clientId: [0, uint()],
    clock: [1, uint()],
    operations: [2, list(record({ label: [0, optional(text(256))], refs: [1, list(tokenId, 64)] }), 65_536, 1)],
  }),
  64,
);

interface Known {
  readonly document: DocumentId;
  readonly row: ChangeRow;
}

/** Puts one forged change into the thief's log, from where honest sync carries it on. False when it found nothing to build on. */
export async function forge(world: World, thief: Machine, victim: Machine): Promise<boolean> {
  const crypto = nativeCrypto();
  const vault = createVault(crypto, thief.disk(), thief.localKey);
  const epochs = await vault.scan(TABLES.epoch, `${world.space}/`, null, 1000);
  const last = epochs
    .map(({ key, value }) => ({ key, value: decode(epochRecord, value) }))
    .filter(({ value }) => value.ok)
    .at(-1);
  const found: Known[] = [];
  for (const { key, value } of await vault.scan(TABLES.change, `${world.space}/`, null, 10_000)) {
    const decoded = decode(changeRecord, value);
    if (decoded.ok && decoded.value.row.device === victim.device)
      found.push({ document: key.split('/')[1] as DocumentId, row: decoded.value.row });
  }
  const base = found.sort((a, b) => b.row.seq - a.row.seq)[0];
  if (base === undefined || last?.value.ok !== true || thief.engine === null) return false;
  const secrets = {
    epoch: last.key.slice(world.space.length + 1, world.space.length + 65) as EpochId,
    read: last.value.value.read,
    append: last.value.value.append,
  };
  const { body, keys } = craft(world, base);
  const bytes = encode(changeBody, body);
  const id = changeIdOf(crypto, bytes);
  world.forgeries.add(id);
  const sealed = createSealer(crypto, secrets).seal(
    'change',
    encode(signedChange, { body: bytes, manifest: null, signature: crypto.sign(changeSigned(id), keys) }),
  );
  // As a thief would: handed to its own honest program by the disk, at its next start.
  thief.crash();
  thief.durable.add(sealed.entryId);
  await thief.disk().commit({ entries: [{ space: world.space, lane: 2, entryId: sealed.entryId, sealed: sealed.bytes, from: null }] });
  return true;
}

function craft(world: World, { document, row }: Known): { readonly body: ChangeBody; readonly keys: Uint8Array } {
  const crypto = nativeCrypto();
  const stranger = crypto.signingKeys(world.random.bytes(32));
  const asVictim = world.random.chance(0.5);
  const clientId = row.writes[0]?.clientId ?? 2 ** 40;
  const clock = row.writes[0]?.clockEnd ?? 0;
  const payload = encode(payloadShape, [{ clientId, clock, operations: [{ label: `forged-${world.nextLabel()}`, refs: [] }] }]);
  const body: ChangeBody = {
    space: world.space,
    document,
    device: asVictim ? row.device : makeId<DeviceId>(stranger.publicKey),
    addedBy: row.addedBy,
    seq: asVictim ? row.seq + 1 : 1,
    previous: asVictim ? row.id : null,
    dependencies: asVictim ? [] : [row.id],
    authHeads: row.authHeads,
    crdt: CRDT_KINDS.model,
    claims: [],
    payload,
    token: null,
  };
  return { body, keys: stranger.secretKey };
}
