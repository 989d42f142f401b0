/** Checkpoints that lie: whoever holds what they cover says so, nothing is dropped by them, and nobody believes them (T5). */
import { tablesOf } from '@leanvibe/core/internal/checkpoint/tables';
import { writeAttestation, writeCheckpoint } from '@leanvibe/core/internal/checkpoint/write';
import { createCrdts } from '@leanvibe/core/internal/doc/registry';
import { createYjsCrdt } from '@leanvibe/core/internal/doc/yjs';
import type { YjsReplica } from '@leanvibe/core/internal/doc/yjs-replica';
import { openPayload } from '@leanvibe/core/internal/engine/payload';
import { cutId, ID_BYTES, packIds } from '@leanvibe/core/internal/intake/ids';
import { createJudge } from '@leanvibe/core/internal/intake/judge';
import type { ChangeRow } from '@leanvibe/core/internal/intake/row';
import { createSealer, type SealedEntry } from '@leanvibe/core/internal/keys/entry';
import { createKeyRing } from '@leanvibe/core/internal/keys/ring';
import type { Lane } from '@leanvibe/core/internal/ports/store';
import { CRDT_KINDS } from '@leanvibe/protocol/change';
import type { CheckpointBody } from '@leanvibe/protocol/checkpoint';
import { type ChangeId, type DeviceId, type DocumentId, type EpochId, type Hash, makeId } from '@leanvibe/protocol/ids';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../help/random.js';
import { createTeam, type Seat, type Team } from '../help/team.js';
import { crypto, type Member, takeOver } from './member.js';

const MINUTE = 60_000;
const crdts = createCrdts({ model: false });
const yjs = createYjsCrdt();

interface Thief {
  readonly member: Member;
  readonly rows: readonly ChangeRow[];
  readonly payloads: readonly { readonly row: ChangeRow; readonly payload: Uint8Array }[];
  /** What an honest author would write. */
  readonly honest: CheckpointBody;
  state(skip?: (row: ChangeRow) => boolean, more?: (replica: YjsReplica) => void): Uint8Array;
}

async function thiefOf(team: Team, seat: Seat, document: DocumentId): Promise<Thief> {
  await seat.now.engine.settled();
  const member = await takeOver(seat.now.secrets, seat.now.store, team.space);
  const ring = createKeyRing(crypto);
  for (const epoch of member.epochs) ring.add(epoch);
  const judge = createJudge(
    { hashing: crypto, crdt: crdts },
    document,
    member.group.view(() => null),
  );
  for (const row of member.rows(document)) judge.add(row);
  const payloads: { readonly row: ChangeRow; readonly payload: Uint8Array }[] = [];
  for (const row of judge.applied()) {
    const stored = await openPayload(crypto, seat.now.store, team.space, ring, row);
    if (stored !== null) payloads.push({ row, payload: stored.payload });
  }
  const state: Thief['state'] = (skip = () => false, more = () => undefined) => {
    const replica = yjs.create();
    for (const { row, payload } of payloads) if (!skip(row)) yjs.apply(replica, payload, row.device);
    more(replica);
    return yjs.save(yjs.load(yjs.save(replica)));
  };
  const tables = tablesOf(judge, []);
  if (tables === null) throw new Error('the thief holds too little');
  const honest: CheckpointBody = {
    space: team.space,
    document,
    device: member.device,
    addedBy: member.chain,
    authHeads: [...member.group.cite()].sort(),
    crdt: CRDT_KINDS.yjs,
    ...tables,
    state: state(),
  };
  return { member, rows: judge.applied(), payloads, honest, state };
}

/** Puts entries into a device's own log, as its owner can; the next conversation hands them on. */
async function plant(team: Team, seat: Seat, entries: readonly (readonly [Lane, SealedEntry])[]): Promise<void> {
  await seat.now.store.commit({
    entries: entries.map(([lane, { entryId, bytes }]) => ({ space: team.space, lane, entryId, sealed: bytes, from: null })),
  });
}

function sealed(
  { member }: Thief,
  body: CheckpointBody,
): { readonly id: Hash; readonly entries: readonly (readonly [Lane, SealedEntry])[] } {
  const epoch = member.epochs[0];
  const written = epoch === undefined ? null : writeCheckpoint(crypto, member.signing, createSealer(crypto, epoch), body);
  if (written === null) throw new Error('a checkpoint that cannot be written');
  return { id: written.checkpoint.id, entries: [...written.parts.map((one) => [2, one] as const), [1, written.entry] as const] };
}

const isPruned = async (team: Team, seat: Seat): Promise<boolean> =>
  (await seat.now.store.rows(team.space, 2, 0, { rows: 10_000, bytes: 1e9 })).some((row) => row.sealed === null);
const reasons = async (team: Team, seat: Seat, document: DocumentId): Promise<readonly string[]> =>
  (await seat.now.engine.why(team.space, [document])).map(({ state, reason }) => `${state} ${reason}`.trim());
const text = async (team: Team, seat: Seat, document: DocumentId): Promise<string> =>
  ((await seat.now.view(document, { type: 'note' }, 'yjs', team.space)) as { readonly text: string }).text;

async function stage(seed: string): Promise<{ readonly team: Team; readonly document: DocumentId; readonly words: string }> {
  const team = await createTeam(seed, 'ana', { bob: 'editor', cyd: 'editor' });
  const document = team.document();
  for (const [at, name] of ['ana', 'bob', 'cyd', 'ana', 'bob', 'cyd'].entries()) {
    await team.write(team.seat(name), document, `${name}${at}`);
    await team.world.run(500);
  }
  await team.cutAll();
  return { team, document, words: await text(team, team.seat('ana'), document) };
}

const lastOf = (thief: Thief, device: DeviceId): ChangeRow => thief.rows.findLast((row) => row.device === device) as ChangeRow;

const LIES: readonly (readonly [string, (thief: Thief, victim: DeviceId) => Partial<CheckpointBody>])[] = [
  [
    'holds words nobody wrote',
    (thief) => {
      const { clientId } = thief.member.run(thief.honest.document, 7);
      const state = thief.state(undefined, (replica) => {
        yjs.edit(replica, clientId, thief.member.device, { type: 'note.append', text: 'I owe the thief money' });
      });
      const own = thief.honest.covers.findIndex((cover) => cover.device === thief.member.device);
      const inspected = yjs.inspectState(state);
      const clock = inspected.ok ? (inspected.value.writes.find((one) => one.clientId === clientId)?.clockEnd ?? 0) : 0;
      return { state, clients: [...thief.honest.clients, { clientId, cover: own, clock }].sort((a, b) => a.clientId - b.clientId) };
    },
  ],
  [
    'leaves out a word it covers, and says where its clock ends',
    (thief, victim) => {
      const gone = lastOf(thief, victim);
      return {
        state: thief.state((row) => row.id === gone.id || row.dependencies.includes(gone.id) || row.seq > 2),
      };
    },
  ],
  [
    'deletes what it covers',
    (thief) => ({
      state: thief.state(undefined, (replica) => {
        const note = yjs.view(replica, { type: 'note' }) as { readonly text: string };
        yjs.edit(replica, 2 ** 45, thief.member.device, { type: 'note.replace', from: 0, to: note.text.length, text: '' });
      }),
    }),
  ],
  [
    'names a change nobody made instead of one it covers',
    (thief) => {
      const ids = thief.honest.ids.slice();
      ids[ids.length - 1] = (ids[ids.length - 1] as number) ^ 1;
      return { ids };
    },
  ],
  [
    'gives a client id to another chain',
    (thief) => ({ clients: thief.honest.clients.map((one) => ({ ...one, cover: (one.cover + 1) % thief.honest.covers.length })) }),
  ],
  ['moves a clock', (thief) => ({ clients: thief.honest.clients.map((one) => ({ ...one, clock: one.clock + 1 })) })],
  [
    'is pending: it holds later words without what they stand on',
    (thief, victim) => ({ state: (thief.payloads.findLast(({ row }) => row.device === victim) as { payload: Uint8Array }).payload }),
  ],
  ['is no state at all', () => ({ state: Uint8Array.of(1, 2, 3) })],
  [
    'ends a chain at another change',
    (thief) => ({
      covers: thief.honest.covers.map((cover, at) => (at === 0 ? { ...cover, changeId: thief.rows[0]?.id ?? cover.changeId } : cover)),
    }),
  ],
];

describe('C35 C36 lying checkpoints', () => {
  test.each(LIES)('C35 C36 K3 one that %s is refuted by every holder, and nobody drops anything', async (what, lie) => {
    const { team, document, words } = await stage(`lie: ${what}`);
    const [ana, bob, cyd] = ['ana', 'bob', 'cyd'].map(team.seat) as [Seat, Seat, Seat];
    const thief = await thiefOf(team, bob, document);
    expect(thief.honest.ids.length).toBe(6 * ID_BYTES);
    const { entries } = sealed(thief, { ...thief.honest, ...lie(thief, ana.now.engine.device) });
    await plant(team, bob, entries);
    team.join(ana, bob, cyd);
    await team.world.run(10 * MINUTE);
    for (const seat of [ana, cyd]) {
      expect(await reasons(team, seat, document), seat.name).toEqual(['unverified disputed']);
      expect(await isPruned(team, seat), seat.name).toBe(false);
      expect(await text(team, seat, document), seat.name).toBe(words);
    }
    await team.cutAll();
    await team.world.run(8 * 24 * 60 * MINUTE);
    for (const seat of [ana, cyd]) expect(await isPruned(team, seat), seat.name).toBe(false);
  });

  test('C36 K6 one that covers changes nobody ever sees stops nobody from writing', async () => {
    const { team, document, words } = await stage('a hostage');
    const [ana, bob, cyd] = ['ana', 'bob', 'cyd'].map(team.seat) as [Seat, Seat, Seat];
    const thief = await thiefOf(team, bob, document);
    const { honest } = thief;
    const unseen = makeId<ChangeId>(createRandom('a hostage/unseen').bytes(32));
    const covers = honest.covers.map((cover) =>
      cover.device === thief.member.device ? { ...cover, seq: cover.seq + 1, changeId: unseen } : cover,
    );
    const ids = packIds([...thief.rows.map((row) => cutId(row.id)), cutId(unseen)]);
    await plant(team, bob, sealed(thief, { ...honest, covers, ids }).entries);
    team.join(ana, bob, cyd);
    await team.world.run(10 * MINUTE);
    for (const seat of [ana, cyd]) expect(await text(team, seat, document), seat.name).toBe(words);
    await team.write(ana, document, 'and on');
    await team.world.run(MINUTE);
    for (const seat of [ana, cyd]) {
      expect(await text(team, seat, document), seat.name).toBe(`${words}and on `);
      expect(await reasons(team, seat, document), seat.name).toEqual(['in-step']);
      expect(await isPruned(team, seat), seat.name).toBe(false);
    }
  });

  test('C36 the same, told the truth, is attested, and everybody prunes', async () => {
    const { team, document, words } = await stage('truth');
    const [ana, bob, cyd] = ['ana', 'bob', 'cyd'].map(team.seat) as [Seat, Seat, Seat];
    const thief = await thiefOf(team, bob, document);
    await plant(team, bob, sealed(thief, thief.honest).entries);
    team.join(ana, bob, cyd);
    await team.world.run(10 * MINUTE);
    for (const seat of [ana, cyd]) {
      expect(await reasons(team, seat, document), seat.name).toEqual(['in-step']);
      expect(await isPruned(team, seat), seat.name).toBe(true);
      expect(await text(team, seat, document), seat.name).toBe(words);
    }
  });

  test('K1 K3 two devices of one person who vouch for each other make nobody else drop or believe anything', async () => {
    const { team, document, words } = await stage('collusion');
    const [ana, bob, cyd] = ['ana', 'bob', 'cyd'].map(team.seat) as [Seat, Seat, Seat];
    const thief = await thiefOf(team, bob, document);
    // Bob's second device: he adds it himself, and it does what he wants.
    const second = team.ghost('second', team.personOf('bob'));
    const keys = crypto.signingKeys(createRandom('collusion/ghost/second').bytes(32));
    const added = thief.member.link({ type: 'add-device', person: second.person, device: second.consent(team.space) });
    await plant(team, bob, [[1, thief.member.seal('link', added.plaintext)]]);
    await team.restart(bob);
    const [, lie] = LIES[2] as (typeof LIES)[number];
    const { id, entries } = sealed(thief, { ...thief.honest, ...lie(thief, ana.now.engine.device) });
    const word = {
      space: team.space,
      document,
      checkpoint: id,
      device: second.device,
      addedBy: added.id,
      authHeads: [added.id],
      agrees: 1,
    };
    const epoch = thief.member.epochs[0];
    if (epoch === undefined) throw new Error('no epoch');
    await plant(team, bob, [...entries, [1, writeAttestation(crypto, keys, createSealer(crypto, epoch), word)]]);
    team.join(ana, bob, cyd);
    await team.world.run(10 * MINUTE);
    expect(ana.now.engine.spaces().find(({ space }) => space === team.space)?.devices.length).toBe(4);
    for (const seat of [ana, cyd]) {
      expect(await reasons(team, seat, document), seat.name).toEqual(['unverified disputed']);
      expect(await isPruned(team, seat), seat.name).toBe(false);
      expect(await text(team, seat, document), seat.name).toBe(words);
    }
  });

  test('K1 K3 one liar who denies a true checkpoint delays nothing among three, and takes nothing from anybody', async () => {
    const { team, document, words } = await stage('denial');
    const [ana, bob, cyd] = ['ana', 'bob', 'cyd'].map(team.seat) as [Seat, Seat, Seat];
    const honest = await thiefOf(team, ana, document);
    const liar = await thiefOf(team, bob, document);
    const { id, entries } = sealed(honest, honest.honest);
    const epoch = liar.member.epochs[0] as { readonly epoch: EpochId; readonly read: Uint8Array; readonly append: Uint8Array | null };
    const word = {
      space: team.space,
      document,
      checkpoint: id,
      device: liar.member.device,
      addedBy: liar.member.chain,
      authHeads: liar.honest.authHeads,
      agrees: 0,
    };
    await plant(team, bob, [[1, writeAttestation(crypto, liar.member.signing, createSealer(crypto, epoch), word)]]);
    await plant(team, ana, entries);
    team.join(bob, cyd);
    await team.world.run(MINUTE);
    team.cable(ana, cyd);
    await team.world.run(10 * MINUTE);
    expect(await isPruned(team, cyd)).toBe(true);
    expect(await text(team, cyd, document)).toBe(words);
    await team.write(ana, document, 'and on');
    await team.world.run(MINUTE);
    for (const seat of [ana, bob, cyd]) expect(await text(team, seat, document), seat.name).toBe(`${words}and on `);
  });
});
