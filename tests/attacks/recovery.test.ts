/** Attacks on recovery: proofs played again, words of others, brute force, helpers that lie, and helpers that want to be somebody (C43). */
import { createMemoryPair } from '@leanvibe/core/internal/memory/channel';
import type { Channel } from '@leanvibe/core/internal/ports/channel';
import { recoveryKeys } from '@leanvibe/core/internal/recovery/keys';
import { type RecoveryMeeting, signRecovery } from '@leanvibe/core/internal/recovery/proof';
import { readWords } from '@leanvibe/core/internal/recovery/words';
import { type DeviceId, type EpochId, makeId, type SpaceId } from '@leanvibe/protocol/ids';
import { type PairingMessage, pairingMessage } from '@leanvibe/protocol/pairing';
import { decode, encode } from '@leanvibe/protocol/shape';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../help/random.js';
import { createWorld, type Device, type World } from '../help/world.js';
import { crypto } from './member.js';

const random = createRandom('recovery');
const REFUSED = { type: 'refuse', code: 'recovery', detail: 'this device cannot help with these words' };

interface Raw {
  send(message: PairingMessage): void;
  /** The next message; a refusal called `ended` when the channel closed first. */
  next(): Promise<PairingMessage>;
}

function raw(world: World, channel: Channel): Raw {
  const heard: PairingMessage[] = [];
  channel.start({
    onFrame(frame) {
      const message = decode(pairingMessage, frame);
      if (!message.ok) throw new Error(message.error);
      heard.push(message.value);
    },
    onDrain: () => undefined,
    onClose: (reason) => heard.push({ type: 'refuse', code: 'ended', detail: reason }),
  });
  return {
    send: (message) => channel.send(encode(pairingMessage, message)),
    async next() {
      await world.run(10);
      return heard.shift() ?? { type: 'refuse', code: 'nothing', detail: '' };
    },
  };
}

const someDevice = (): DeviceId => makeId<DeviceId>(crypto.signingKeys(random.bytes(32)).publicKey);

async function wordsOf(
  device: Device,
): Promise<{ readonly text: string; readonly paper: DeviceId; readonly keys: ReturnType<typeof crypto.signingKeys> }> {
  const made = await device.engine.recovery.create();
  if (!made.ok) throw new Error(made.error);
  const text = made.value.words.join(' ');
  const entropy = readWords(text);
  if (!entropy.ok) throw new Error(entropy.error.code);
  return { text, paper: made.value.set.device, keys: crypto.signingKeys(recoveryKeys(crypto, entropy.value).signingSeed) };
}

/** A seeker by hand, up to the challenge. */
async function knock(world: World, helper: Device, seeker: DeviceId): Promise<{ readonly talk: Raw; readonly meeting: RecoveryMeeting }> {
  const ends = createMemoryPair({ clock: world.clock }, { left: seeker, right: helper.engine.device });
  const talk = raw(world, ends.left);
  helper.engine.recovery.serve(ends.right);
  const seekerNonce = random.bytes(32);
  talk.send({ type: 'recover', version: 1, nonce: seekerNonce });
  const challenge = await talk.next();
  if (challenge.type !== 'challenge') throw new Error(JSON.stringify(challenge));
  return { talk, meeting: { seeker, helper: helper.engine.device, seekerNonce, helperNonce: challenge.nonce } };
}

const alarms = (device: Device): readonly string[] => device.events.flatMap((event) => (event.type === 'alarm' ? [event.alarm] : []));

describe('C43 who asks for help', () => {
  test('C43 W26 a proof is good for one channel: not on another, not by another device, not at another device', async () => {
    const world = createWorld('replay');
    const mac = await world.device('Mac');
    const phone = await world.device('Phone');
    await world.pair(mac, phone);
    world.link(mac, phone);
    const { paper, keys } = await wordsOf(mac);
    await world.run();
    const seeker = someDevice();
    const first = await knock(world, mac, seeker);
    const signature = signRecovery(crypto, keys, first.meeting);
    first.talk.send({ type: 'prove', paper, signature });
    expect((await first.talk.next()).type).toBe('recovered');
    const again = await knock(world, mac, seeker);
    again.talk.send({ type: 'prove', paper, signature });
    expect(await again.talk.next()).toEqual(REFUSED);
    const thief = await knock(world, mac, someDevice());
    thief.talk.send({ type: 'prove', paper, signature: signRecovery(crypto, keys, { ...thief.meeting, seeker }) });
    expect(await thief.talk.next()).toEqual(REFUSED);
    // The phone plays what it was shown to the Mac, as a helper in the middle would.
    const middle = await knock(world, mac, phone.engine.device);
    middle.talk.send({
      type: 'prove',
      paper,
      signature: signRecovery(crypto, keys, { ...middle.meeting, seeker, helper: phone.engine.device }),
    });
    expect(await middle.talk.next()).toEqual(REFUSED);
  });

  test('C43 unknown words, revoked words, a device that is no paper and a wrong signature get one answer', async () => {
    const world = createWorld('same-answer');
    const mac = await world.device('Mac');
    const stranger = await world.device('Stranger');
    const [mine, theirs, old] = [await wordsOf(mac), await wordsOf(stranger), await wordsOf(mac)];
    expect((await mac.engine.revoke(old.paper)).ok).toBe(true);
    const answers: PairingMessage[] = [];
    const tries: readonly (readonly [paper: DeviceId, keys: typeof mine.keys])[] = [
      [theirs.paper, theirs.keys],
      [old.paper, old.keys],
      [mine.paper, theirs.keys],
      [mac.engine.device, mine.keys],
    ];
    for (const [paper, keys] of tries) {
      const { talk, meeting } = await knock(world, mac, someDevice());
      talk.send({ type: 'prove', paper, signature: signRecovery(crypto, keys, meeting) });
      answers.push(await talk.next());
    }
    expect(answers).toEqual(tries.map(() => REFUSED));
    expect(mac.engine.refusals()).toEqual({ recovery: tries.length });
    expect(alarms(mac)).toEqual([]);
  });

  test('C43 P4 words of a viewer are handed no right to append', async () => {
    const world = createWorld('viewer-words');
    const [ana, bob] = [await world.device('Ana'), await world.device('Bob')];
    const space = await world.space(ana);
    await world.invite(ana, bob, space, 'viewer');
    world.link(ana, bob);
    await world.run();
    const { paper, keys } = await wordsOf(bob);
    await world.run();
    const { talk, meeting } = await knock(world, ana, someDevice());
    talk.send({ type: 'prove', paper, signature: signRecovery(crypto, keys, meeting) });
    const handed = await talk.next();
    if (handed.type !== 'recovered') throw new Error(handed.type);
    expect(handed.space).toBe(space);
    expect(handed.epochs.length).toBeGreaterThan(0);
    expect(handed.epochs.every(({ append }) => append === null)).toBe(true);
    talk.send({ type: 'done' });
    // Ana's home is no business of Bob's words.
    expect(await talk.next()).toEqual({ type: 'done' });
  });

  test('C43 P9 three bad tries by one device within ten minutes: then even right words wait, and another device need not', async () => {
    const world = createWorld('brute');
    const mac = await world.device('Mac');
    const { paper, keys } = await wordsOf(mac);
    const seeker = someDevice();
    const prove = async (by: DeviceId, right: boolean): Promise<string> => {
      const { talk, meeting } = await knock(world, mac, by);
      talk.send({ type: 'prove', paper, signature: right ? signRecovery(crypto, keys, meeting) : random.bytes(64) });
      return (await talk.next()).type;
    };
    for (let round = 0; round < 3; round++) expect(await prove(seeker, false)).toBe('refuse');
    expect(await prove(seeker, true)).toBe('refuse');
    expect(await prove(someDevice(), true)).toBe('recovered');
    await world.run(11 * 60_000);
    expect(await prove(seeker, true)).toBe('recovered');
  });

  test('C43 P9 silence, floods and nonsense hold nobody up for long', async () => {
    const world = createWorld('flood');
    const mac = await world.device('Mac');
    const { paper, keys } = await wordsOf(mac);
    const silent = Array.from({ length: 40 }, () => {
      const ends = createMemoryPair({ clock: world.clock }, { left: someDevice(), right: mac.engine.device });
      const talk = raw(world, ends.left);
      mac.engine.recovery.serve(ends.right);
      return talk;
    });
    expect(await silent[39]?.next()).toMatchObject({ code: 'ended' });
    await world.run(16_000);
    const { talk, meeting } = await knock(world, mac, someDevice());
    talk.send({ type: 'done' });
    expect(await talk.next()).toMatchObject({ code: 'ended' });
    const good = await knock(world, mac, meeting.seeker);
    good.talk.send({ type: 'prove', paper, signature: signRecovery(crypto, keys, good.meeting) });
    expect((await good.talk.next()).type).toBe('recovered');
  });

  test('C43 C44 a copied home helps nobody: it may not know that the words were revoked', async () => {
    const world = createWorld('copy');
    const mac = await world.device('Mac');
    const phone = await world.device('Phone');
    await world.pair(mac, phone);
    const pair = world.link(mac, phone);
    const { paper, keys } = await wordsOf(mac);
    const image = mac.store.image();
    await mac.edit(mac.engine.newDocument(), {
      type: 'task.add',
      id: 'a'.repeat(16),
      title: 'later',
      by: 't',
      at: '2026-01-01T00:00:00.000Z',
    });
    await world.run();
    world.cut(pair);
    const older = await world.putBack(mac, image);
    world.link(older, phone);
    await world.run(5_000);
    expect(older.engine.cloned()).toBe(true);
    const { talk, meeting } = await knock(world, older, someDevice());
    talk.send({ type: 'prove', paper, signature: signRecovery(crypto, keys, meeting) });
    expect(await talk.next()).toEqual(REFUSED);
    expect(await older.engine.recovery.create()).toMatchObject({ ok: false });
  });
});

describe('C43 who helps', () => {
  /** A helper by hand, up to the proof it is shown. */
  async function lyingHelper(world: World, fresh: Device, text: string, say: (talk: Raw) => Promise<void>) {
    const helper = someDevice();
    const started = await fresh.engine.recovery.restore(text);
    if (!started.ok) throw new Error(JSON.stringify(started.error));
    const ends = createMemoryPair({ clock: world.clock }, { left: fresh.engine.device, right: helper });
    const talk = raw(world, ends.right);
    const asked = started.value.ask(ends.left);
    const first = await talk.next();
    if (first.type !== 'recover') throw new Error(first.type);
    const helperNonce = random.bytes(32);
    talk.send({ type: 'challenge', nonce: helperNonce });
    const shown = await talk.next();
    if (shown.type !== 'prove') throw new Error(shown.type);
    const meeting = { seeker: fresh.engine.device, helper, seekerNonce: first.nonce, helperNonce };
    await say(talk);
    await world.run(25_000);
    return { restoring: started.value, asked: await asked, shown, meeting };
  }

  test('C43 spaces that are made up are not taken over: nothing verifies, nothing is registered, and the home goes on', async () => {
    const world = createWorld('liar');
    const mac = await world.device('Mac');
    const { text } = await wordsOf(mac);
    const fresh = await world.device('Fresh');
    const before = fresh.engine.home();
    const made = (): PairingMessage => ({
      type: 'recovered',
      space: makeId<SpaceId>(random.bytes(32)),
      epochs: [{ epoch: makeId<EpochId>(random.bytes(32)), read: random.bytes(32), append: random.bytes(32) }],
    });
    const { restoring, asked } = await lyingHelper(world, fresh, text, async (talk) => {
      for (let at = 0; at < 3; at++) {
        talk.send(made());
        expect((await talk.next()).type).toBe('done');
      }
      talk.send({ type: 'done' });
    });
    expect(asked).toEqual({ ok: true, value: 3 });
    const entering = restoring.enter(() => undefined);
    await world.run(60_000);
    expect(await entering).toEqual({ ok: false, error: 'what was handed over could not be proved: nothing was restored' });
    restoring.end();
    expect(fresh.engine.spaces().map(({ space }) => space)).toEqual([before]);
    const again = await world.restart(fresh);
    expect(again.engine.home()).toBe(before);
    expect(again.engine.spaces()).toHaveLength(1);
  });

  test('C43 a true space under false secrets is restored once an honest device was asked too', async () => {
    const world = createWorld('false-secrets');
    const mac = await world.device('Mac');
    const { text } = await wordsOf(mac);
    const project = mac.engine.newDocument();
    await mac.edit(project, { type: 'task.add', id: 'a'.repeat(16), title: 'true', by: 't', at: '2026-01-01T00:00:00.000Z' });
    const fresh = await world.device('Fresh');
    const { restoring } = await lyingHelper(world, fresh, text, async (talk) => {
      const epoch = makeId<EpochId>(random.bytes(32));
      talk.send({ type: 'recovered', space: mac.engine.home(), epochs: [{ epoch, read: random.bytes(32), append: null }] });
      await talk.next();
      talk.send({ type: 'done' });
    });
    const pair = createMemoryPair({ clock: world.clock }, { left: fresh.engine.device, right: mac.engine.device });
    mac.engine.recovery.serve(pair.right);
    const asked = restoring.ask(pair.left);
    await world.run(1_000);
    expect(await asked).toEqual({ ok: true, value: 1 });
    world.link(fresh, mac);
    const entering = restoring.enter(() => undefined);
    await world.run(40_000);
    expect(await entering).toMatchObject({ ok: true, value: { home: true } });
    expect(await fresh.view(project, { type: 'tasks' })).toMatchObject([{ title: 'true' }]);
  });

  test('C43 a helper that wants to be somebody gets one signature that says its own name', async () => {
    const world = createWorld('wants-words');
    const mac = await world.device('Mac');
    const { text, paper, keys } = await wordsOf(mac);
    const fresh = await world.device('Fresh');
    const { shown, meeting, restoring } = await lyingHelper(world, fresh, text, async (talk) => talk.send({ type: 'done' }));
    restoring.end();
    expect(shown).toEqual({ type: 'prove', paper, signature: signRecovery(crypto, keys, meeting) });
    const { talk, meeting: elsewhere } = await knock(world, mac, meeting.helper);
    talk.send(shown);
    expect(await talk.next()).toEqual(REFUSED);
    expect(elsewhere.helperNonce).not.toEqual(meeting.helperNonce);
  });

  test('C43 P9 a helper that goes on for ever, sends something else or falls silent ends by itself', async () => {
    const world = createWorld('endless');
    const mac = await world.device('Mac');
    const { text } = await wordsOf(mac);
    for (const wrong of ['silence', 'nonsense'] as const) {
      const fresh = await world.device(`Fresh ${wrong}`);
      const { asked, restoring } = await lyingHelper(world, fresh, text, async (talk) => {
        if (wrong === 'nonsense') talk.send({ type: 'confirmed' });
      });
      expect(asked.ok).toBe(false);
      restoring.end();
    }
  });
});
