/** Peers that break the session protocol, or keep to its letter to wear the other side out (A7, P9, C25–C29). */
import { spaceTag } from '@leanvibe/core/internal/keys/epoch';
import { createMemoryPair } from '@leanvibe/core/internal/memory/channel';
import type { Channel } from '@leanvibe/core/internal/ports/channel';
import type { EpochSecrets } from '@leanvibe/core/internal/keys/epoch';
import { type DeviceId, type DocumentId, type EntryId, type Hash, makeId } from '@leanvibe/protocol/ids';
import { TAGS_MAX } from '@leanvibe/protocol/limits';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../help/random.js';
import { crypto } from './member.js';
import { content, item, update } from './payloads.js';
import { createRawPeer, type RawPeer, SLOT } from './rawpeer.js';
import { createStage, foothold, HONEST, type Stage } from './stage.js';

const random = createRandom('peer');
const hash = (): Hash => makeId<Hash>(random.bytes(32));
const entry = (): EntryId => makeId<EntryId>(random.bytes(32));

/** The honest side goes on: both devices write, both see exactly what was written. */
async function goesOn(stage: Stage, words = HONEST): Promise<void> {
  const { victim, witness, world } = stage;
  const document = stage.documents[0] as DocumentId;
  expect(await stage.note(victim, document)).toBe(words);
  await witness.edit(document, { type: 'note.append', text: ' from the witness' });
  await world.run(1_000);
  expect(await stage.note(victim, document)).toBe(`${words} from the witness`);
  await victim.edit(document, { type: 'note.append', text: ' and back' });
  await world.run(1_000);
  expect(await stage.note(witness, document)).toBe(`${words} from the witness and back`);
  expect(victim.engine.peers().find(({ device }) => device === witness.engine.device)?.state).toBe('in-step');
}

interface Manners {
  readonly name: string;
  readonly counts: Readonly<Record<string, number>>;
  /** Said once the space is open, or at once. */
  readonly before?: true;
  readonly ends: 'closed' | 'open';
  do(peer: RawPeer, stage: Stage): void;
}

const manners: readonly Manners[] = [
  {
    name: 'frames that are no CBOR',
    counts: { malformed: 16 },
    ends: 'closed',
    do: (peer) => {
      for (let at = 0; at < 40; at++) peer.frame(random.bytes(1 + (at % 60)).fill(255, 0, 1));
    },
  },
  {
    name: 'a second hello',
    counts: { malformed: 1 },
    ends: 'open',
    do: (peer) => peer.say({ type: 'hello', version: 1, versionMin: 1, nonce: random.bytes(32) }),
  },
  {
    name: 'tags before any hello',
    before: true,
    counts: { malformed: 1 },
    ends: 'open',
    do: (peer) => peer.say({ type: 'tags', tags: [random.bytes(16)] }),
  },
  {
    name: 'a version to come',
    before: true,
    counts: { version: 1 },
    ends: 'closed',
    do: (peer) => peer.say({ type: 'hello', version: 99, versionMin: 99, nonce: random.bytes(32) }),
  },
  {
    name: 'a log message of no slot',
    counts: { 'not-matched': 1 },
    ends: 'open',
    do: (peer) => peer.say({ type: 'get', slot: 999, lane: 2, ids: [entry()] }),
  },
  {
    name: 'an echo of no tag',
    counts: { 'not-matched': 1 },
    ends: 'open',
    do: (peer) => peer.say({ type: 'open', slot: 9, echo: random.bytes(16), proof: random.bytes(16), level: 1 }),
  },
  {
    name: 'a right echo with a wrong proof',
    counts: { 'not-matched': 1 },
    ends: 'open',
    do(peer, { thief, victim }) {
      const echo = spaceTag(crypto, thief.epochs[0] as EpochSecrets, peer.session() as Uint8Array, thief.space, victim.engine.device);
      peer.say({ type: 'open', slot: 9, echo, proof: echo, level: 1 });
    },
  },
  {
    name: 'heads twice',
    counts: { malformed: 1 },
    ends: 'open',
    do: (peer, { log }) => peer.say({ type: 'heads', slot: SLOT, store: log.store, lanes: [{ lane: 2, ...log.heads[2] }] }),
  },
  {
    name: 'heads of another store',
    counts: { malformed: 1 },
    ends: 'open',
    do: (peer) =>
      peer.say({ type: 'heads', slot: SLOT, store: makeId(random.bytes(16), 16), lanes: [{ lane: 2, position: 1, prefixHash: hash() }] }),
  },
  {
    name: 'entries that go back',
    counts: { malformed: 1 },
    ends: 'open',
    do: (peer, { thief }) =>
      peer.say({
        type: 'entries',
        slot: SLOT,
        lane: 2,
        through: 1,
        prefixHash: hash(),
        items: [thief.seal('part', random.bytes(9)).bytes],
      }),
  },
  {
    name: 'more entries than positions',
    counts: { malformed: 1 },
    ends: 'open',
    do: (peer, { log }) =>
      peer.say({
        type: 'entries',
        slot: SLOT,
        lane: 2,
        through: log.heads[2].position + 1,
        prefixHash: hash(),
        items: [random.bytes(700), random.bytes(700)],
      }),
  },
  {
    name: 'loose entries nobody asked for',
    counts: { malformed: 1 },
    ends: 'open',
    do: (peer) => peer.say({ type: 'loose', slot: SLOT, lane: 2, items: [random.bytes(700)], missing: [] }),
  },
  {
    name: 'an answer to no question',
    counts: { malformed: 1 },
    ends: 'open',
    do: (peer) => peer.say({ type: 'ranges', slot: SLOT, lane: 2, round: 5, ranges: [] }),
  },
  {
    name: 'a wish nobody offered',
    counts: { malformed: 1 },
    ends: 'open',
    do: (peer) => peer.say({ type: 'want', slot: SLOT, lane: 2, through: 3, bits: Uint8Array.of(255) }),
  },
  {
    name: 'credit it was never lent',
    counts: { malformed: 1 },
    ends: 'open',
    do: (peer) => peer.say({ type: 'stored', slot: SLOT, lane: 2, through: null, credit: 2 ** 40, placed: null }),
  },
  {
    name: 'eight messages out of order end the conversation',
    counts: { malformed: 8 },
    ends: 'closed',
    do: (peer) => {
      for (let at = 0; at < 20; at++) peer.say({ type: 'ranges', slot: SLOT, lane: 2, round: at, ranges: [] });
    },
  },
  {
    name: 'an offer beyond its own log',
    counts: { malformed: 1 },
    ends: 'open',
    do: (peer, { log }) =>
      peer.say({
        type: 'offer',
        slot: SLOT,
        lane: 2,
        through: log.heads[2].position + 1,
        prefixHash: hash(),
        ids: [entry(), entry(), entry()],
      }),
  },
  {
    name: 'an offer, then entries of another place',
    counts: { malformed: 1 },
    ends: 'open',
    do(peer, { log }) {
      const { position } = log.heads[2];
      peer.say({ type: 'offer', slot: SLOT, lane: 2, through: position + 5, prefixHash: hash(), ids: [entry()] });
      peer.say({ type: 'entries', slot: SLOT, lane: 2, through: position + 9, prefixHash: hash(), items: [random.bytes(700)] });
    },
  },
  {
    name: 'two offers at once',
    counts: { malformed: 1 },
    ends: 'open',
    do: (peer, { log }) => {
      for (const more of [5, 6])
        peer.say({ type: 'offer', slot: SLOT, lane: 2, through: log.heads[2].position + more, prefixHash: hash(), ids: [entry()] });
    },
  },
  {
    name: '70 entries of an unknown kind',
    counts: { 'entry-kind': 70 },
    ends: 'closed',
    do: (peer) =>
      peer.push(
        2,
        Array.from({ length: 70 }, () => Uint8Array.of(1, 99, ...random.bytes(700))),
      ),
  },
  { name: 'a bye', counts: {}, ends: 'closed', do: (peer) => peer.say({ type: 'bye', code: 0, detail: 'x'.repeat(200) }) },
];

describe('A7 C25 bad manners', () => {
  test.each(manners.map((one): [string, Manners] => [one.name, one]))('P9 %s', async (name, one) => {
    const stage = await createStage(`manners/${name}`);
    const peer = stage.attack(one.before === true ? { greets: false } : {});
    await stage.world.run();
    one.do(peer, stage);
    await stage.world.run();
    expect(stage.counted()).toEqual(one.counts);
    expect(peer.closed() === null ? 'open' : 'closed').toBe(one.ends);
    await goesOn(stage);
  });
});

/** Runs one flood while the honest side writes now and then; says what it cost. */
async function flood(name: string, stage: Stage, act: (round: number) => void, rounds: number): Promise<void> {
  const started = performance.now();
  let slowest = 0;
  for (let round = 0; round < rounds; round++) {
    const at = performance.now();
    act(round);
    await stage.world.run(50);
    slowest = Math.max(slowest, performance.now() - at);
  }
  process.stdout.write(`${name}: ${Math.round(performance.now() - started)} ms, longest round ${Math.round(slowest)} ms\n`);
}

describe('A7 P9 floods within the letter of the protocol', () => {
  test('C25 4,096 unknown tags, two hundred times', async () => {
    const stage = await createStage('tags');
    const peer = stage.attack();
    await stage.world.run();
    const tags = Array.from({ length: TAGS_MAX }, () => random.bytes(16));
    await flood(
      '200 × 4,096 tags',
      stage,
      () => {
        for (let at = 0; at < 10; at++) peer.say({ type: 'tags', tags });
      },
      20,
    );
    await goesOn(stage);
  });

  test('C25 a new slot for the same space 5,000 times, and levels up and down', async () => {
    const stage = await createStage('slots');
    const { thief, victim } = stage;
    const peer = stage.attack();
    await stage.world.run();
    const session = peer.session() as Uint8Array;
    const echo = spaceTag(crypto, thief.epochs[0] as EpochSecrets, session, thief.space, victim.engine.device);
    const proof = spaceTag(crypto, thief.epochs[0] as EpochSecrets, session, thief.space, thief.device);
    await flood(
      '5,000 slots',
      stage,
      (round) => {
        for (let at = 0; at < 100; at++) peer.say({ type: 'open', slot: 100 + ((round * 100 + at) % 60_000), echo, proof, level: at % 2 });
      },
      50,
    );
    await goesOn(stage);
    const back = stage.attack();
    await stage.world.run();
    expect(back.level()).toBe(1);
  });

  test('C29 pings, presence and empty messages are answered or dropped, never kept', async () => {
    const stage = await createStage('pings');
    const peer = stage.attack();
    await stage.world.run();
    await flood(
      '20,000 pings and presences',
      stage,
      () => {
        for (let at = 0; at < 1_000; at++)
          peer.say(at % 2 === 0 ? { type: 'ping', nonce: at } : { type: 'presence', slot: SLOT, sealed: random.bytes(100) });
      },
      20,
    );
    expect(peer.count('pong')).toBe(10_000);
    await goesOn(stage);
  });

  test('C27 a reconciliation that never ends is ended', async () => {
    const stage = await createStage('reconcile');
    const peer = stage.attack();
    await stage.world.run();
    const ranges = Array.from({ length: 256 }, (_, at) => ({
      prefix: Uint8Array.of(at >> 4, at & 15),
      count: 3,
      fingerprint: random.bytes(16),
    }));
    await flood(
      '300 questions of 256 ranges',
      stage,
      (round) => peer.say({ type: 'reconcile', slot: SLOT, lane: 2, seed: random.bytes(16), round, ranges }),
      300,
    );
    expect(peer.closed()).not.toBeNull();
    expect(peer.count('ranges')).toBeLessThan(100);
    await goesOn(stage);
  });

  test('C27 a claimed log of 2^50 entries that always differs costs the liar as much as the victim, and blocks nobody', async () => {
    const stage = await createStage('claims');
    const peer = stage.attack({ heads: false });
    await stage.world.run();
    peer.say({
      type: 'heads',
      slot: SLOT,
      store: makeId(random.bytes(16), 16),
      lanes: ([0, 1, 2] as const).map((lane) => ({ lane, position: 2 ** 50, prefixHash: hash() })),
    });
    let answered = 0;
    await flood(
      'answers that always differ',
      stage,
      () => {
        for (const question of peer.heard.filter((message) => message.type === 'reconcile').slice(answered)) {
          answered++;
          const children = question.ranges.flatMap(({ prefix }) =>
            prefix.length >= 60
              ? []
              : Array.from({ length: 16 }, (_, nibble) => ({
                  prefix: Uint8Array.of(...prefix, nibble),
                  summary: { count: 2 ** 40, fingerprint: random.bytes(16) },
                  ids: null,
                })),
          );
          peer.say({ type: 'ranges', slot: SLOT, lane: question.lane, round: question.round, ranges: children.slice(0, 1024) });
        }
      },
      400,
    );
    await stage.world.run(10_000);
    await goesOn(stage);
    process.stdout.write(`${answered} questions answered with lies, then ${peer.closed() ?? 'still open'}\n`);
  }, 60_000);

  test('C29 a cursor that never fits, asked nine times, is not asked for ever', async () => {
    const stage = await createStage('cursor');
    const peer = stage.attack();
    await stage.world.run();
    for (let at = 0; at < 40; at++)
      peer.say({ type: 'cursors', slot: SLOT, store: stage.victim.store.id, lanes: [{ lane: 2, position: 1, prefixHash: hash() }] });
    await stage.world.run();
    expect(stage.counted()['malformed']).toBeLessThanOrEqual(8);
    expect(peer.count('unmatched')).toBeLessThan(20);
    expect(peer.closed()).not.toBeNull();
    await goesOn(stage);
  });

  test('P9 an advert flood of 10,000 documents leaves the victim usable', async () => {
    const stage = await createStage('adverts');
    const { thief, victim, world, documents } = stage;
    const peer = stage.attack();
    await world.run();
    const heap = process.memoryUsage().heapUsed;
    const forged = Array.from({ length: 10_000 }, (_, at) => {
      const document = makeId<DocumentId>(random.bytes(32));
      const { clientId, run } = thief.run(document, at);
      return thief.change({
        document,
        claims: [{ clientId, run }],
        payload: update([{ clientId, clock: 0, structs: [item({ parent: 'note' }, content.string('spam'))] }]),
      }).entry.bytes;
    });
    const started = performance.now();
    peer.push(2, forged);
    await world.run(20_000);
    expect(peer.idle()).toBe(true);
    const tookMs = performance.now() - started;
    expect((await victim.engine.documents(thief.space)).length).toBe(10_000 + documents.length);
    process.stdout.write(
      `10,000 documents: ${Math.round(tookMs)} ms, ${Math.round((process.memoryUsage().heapUsed - heap) / 2 ** 20)} MB of heap\n`,
    );
    expect(stage.counted()).toEqual({});
    await goesOn(stage);
    expect(tookMs).toBeLessThan(60_000);
  }, 120_000);
});

describe('A7 sessions that are not what they seem', () => {
  test('C25 frames of an earlier session say nothing in a new one', async () => {
    const stage = await createStage('replay');
    const { world, victim, thief } = stage;
    const said: Uint8Array[] = [];
    const ends = createMemoryPair({ clock: world.clock }, { left: thief.device, right: victim.engine.device });
    const spy: Channel = {
      ...ends.left,
      send: (frame) => {
        said.push(frame.slice());
        ends.left.send(frame);
      },
      start: (events) => ends.left.start(events),
    };
    const first = createRawPeer(thief, spy, thief.device, { log: stage.log });
    victim.engine.connect(ends.right);
    await world.run();
    expect(first.level()).toBe(1);
    first.say({ type: 'bye', code: 0, detail: '' });
    await world.run(10_000);
    // Under the same key, and under a stranger's.
    for (const as of [thief.device, makeId<DeviceId>(crypto.signingKeys(random.bytes(32)).publicKey)]) {
      stage.counted();
      const peer = stage.attack({ greets: false, as });
      for (const frame of said) peer.frame(frame);
      await world.run();
      expect(peer.level()).toBeNull();
      expect(peer.count('heads')).toBe(0);
      expect(Object.keys(stage.counted())).toEqual(as === thief.device ? ['not-matched'] : expect.anything());
    }
    await goesOn(stage);
  });

  test('C25 a stranger without secrets learns nothing and is let go', async () => {
    const stage = await createStage('stranger');
    const as = makeId<DeviceId>(crypto.signingKeys(random.bytes(32)).publicKey);
    const peer = stage.attack({ greets: false, as });
    peer.say({ type: 'hello', version: 1, versionMin: 1, nonce: random.bytes(32) });
    peer.say({ type: 'tags', tags: Array.from({ length: 64 }, () => random.bytes(16)) });
    await stage.world.run();
    expect(peer.heard.map(({ type }) => type)).toEqual(['hello', 'bye']);
    expect(peer.closed()).not.toBeNull();
    await goesOn(stage);
  });

  test('A6 C25 a revoked device that returns is sent announcements only, and nothing is taken from it', async () => {
    const stage = await createStage('revoked');
    const { thief, victim, world, documents } = stage;
    await victim.engine.revoke(thief.device);
    await world.run();
    const peer = stage.attack();
    await world.run();
    expect(peer.level()).toBe(0);
    const { first } = foothold(thief, documents[0] as DocumentId);
    stage.counted();
    for (const lane of [0, 1, 2] as const)
      peer.say({ type: 'entries', slot: SLOT, lane, through: 2 ** 20, prefixHash: hash(), items: [first.entry.bytes] });
    peer.say({ type: 'get', slot: SLOT, lane: 2, ids: [thief.rows(documents[0] as DocumentId)[0]?.entry as EntryId] });
    await world.run();
    expect(stage.counted()).toEqual({ 'not-accepted-from': 3, 'not-matched': 1 });
    expect(
      peer.heard
        .flatMap((message) => (message.type === 'entries' || message.type === 'loose' ? [message.lane] : []))
        .every((lane) => lane === 0),
    ).toBe(true);
    await goesOn(stage);
  });

  test('C29 a silent peer is let go; so is one that reads nothing', async () => {
    const stage = await createStage('silent');
    const { world, victim, thief } = stage;
    const silent = stage.attack({ greets: false, as: makeId<DeviceId>(crypto.signingKeys(random.bytes(32)).publicKey) });
    await world.run(61_000);
    expect(silent.closed()).not.toBeNull();
    // Everything said to it stays in the queue, as with a socket nobody reads.
    const ends = createMemoryPair({ clock: world.clock }, { left: thief.device, right: victim.engine.device });
    let queued = 0;
    const stuck: Channel = {
      ...ends.right,
      queuedBytes: () => queued,
      send: (frame) => {
        queued += frame.length;
        ends.right.send(frame);
      },
      start: (events) => ends.right.start(events),
    };
    const reader = createRawPeer(thief, ends.left, thief.device, { log: stage.log });
    victim.engine.connect(stuck);
    await world.run();
    expect(reader.level()).toBe(1);
    reader.say({
      type: 'cursors',
      slot: SLOT,
      store: victim.store.id,
      lanes: ([0, 1, 2] as const).map((lane) => ({ lane, position: 0, prefixHash: '0'.repeat(64) as Hash })),
    });
    const big = victim.engine.newDocument();
    for (let at = 0; at < 30; at++) {
      await victim.edit(big, { type: 'note.append', text: `${at}`.repeat(3_000) });
      await world.run(500);
    }
    expect(queued).toBeLessThan(9 * 1024 * 1024);
    await goesOn(stage);
  });
});
