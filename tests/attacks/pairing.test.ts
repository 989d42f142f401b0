/** Attacks on pairing: wrong keys, used and guessed codes, lying sides, floods, and newcomers that change their mind (C40, C41). */
import { signConsent } from '@leanvibe/core/internal/group/consent';
import { createMemoryPair } from '@leanvibe/core/internal/memory/channel';
import type { AdmitEvent } from '@leanvibe/core/internal/pairing/admit';
import { commitTo, digitsOf } from '@leanvibe/core/internal/pairing/digits';
import type { JoinEvent } from '@leanvibe/core/internal/pairing/join';
import { linkProof } from '@leanvibe/core/internal/pairing/proof';
import type { Channel } from '@leanvibe/core/internal/ports/channel';
import { type DeviceId, type EpochId, fromHex, makeId, type SpaceId } from '@leanvibe/protocol/ids';
import type { DeviceCard } from '@leanvibe/protocol/link';
import { type PairingMessage, pairingMessage } from '@leanvibe/protocol/pairing';
import { decode, encode } from '@leanvibe/protocol/shape';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../help/random.js';
import { createWorld, type Device, type World } from '../help/world.js';
import { crypto } from './member.js';

const random = createRandom('pairing');

interface Newcomer {
  readonly device: DeviceId;
  readonly card: DeviceCard;
  readonly keys: ReturnType<typeof crypto.signingKeys>;
}

function newcomer(kind = 0): Newcomer {
  const keys = crypto.signingKeys(random.bytes(32));
  const device = makeId<DeviceId>(keys.publicKey);
  return { keys, device, card: { device, sealingKey: crypto.boxPublicKey(random.bytes(32)), kind } };
}

type Ask = Extract<PairingMessage, { readonly type: 'ask' }>;

interface Raw {
  send(message: PairingMessage): void;
  close(): void;
  /** The next message, refusals included; one called `ended` when the channel closed first. */
  next(): Promise<PairingMessage>;
}

/** A pairing side that speaks with its own hands. */
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
    close: () => channel.close('gone'),
    async next() {
      await world.run(10);
      return heard.shift() ?? { type: 'refuse', code: 'nothing', detail: '' };
    },
  };
}

function knock(
  world: World,
  admitter: Device,
  who: Newcomer,
  how: Partial<Ask> & { readonly secret?: string } = {},
): Raw & { readonly talk: Raw } {
  const ends = createMemoryPair({ clock: world.clock }, { left: who.device, right: admitter.engine.device });
  const talk = raw(world, ends.left);
  admitter.engine.pairing.serve(ends.right);
  const { secret, ...fields } = how;
  const nonce = random.bytes(32);
  const proof =
    secret === undefined ? null : linkProof(crypto, fromHex(secret) as Uint8Array, who.device, admitter.engine.device, how.nonce ?? nonce);
  talk.send({ type: 'ask', version: 1, nonce, card: who.card, name: 'newcomer', proof, code: null, hasData: false, ...fields });
  return { ...talk, talk };
}

const consentOf = (
  who: Newcomer,
  admitter: Device,
  card: DeviceCard = who.card,
): Extract<PairingMessage, { readonly type: 'consent' }> => ({
  type: 'consent',
  device: signConsent(crypto, who.keys, card, admitter.engine.home(), admitter.engine.person()),
});

function show(admitter: Device, autoConfirm = true): { readonly secret: string; readonly code: string; readonly events: AdmitEvent[] } {
  const events: AdmitEvent[] = [];
  const { secret, code } = admitter.engine.pairing.offer({ name: 'Admitter', autoConfirm }, (event) => events.push(event));
  return { secret, code, events };
}

const types = (events: readonly { readonly type: string }[]): readonly string[] => events.map(({ type }) => type);
const members = (device: Device): number => device.engine.spaces()[0]?.devices.length ?? 0;

describe('C40 links', () => {
  test('C40 a wrong, expired or replaced secret, and a proof made for another device, admit nobody', async () => {
    const world = createWorld('link');
    const mac = await world.device('Mac');
    const who = newcomer();
    expect(await knock(world, mac, who, { secret: '00'.repeat(16) }).next()).toMatchObject({ type: 'refuse', code: 'pairing-expired' });
    const old = show(mac);
    const shown = show(mac);
    expect(await knock(world, mac, who, { secret: old.secret }).next()).toMatchObject({ code: 'pairing-proof' });
    const other = newcomer();
    const nonce = random.bytes(32);
    const stolen = linkProof(crypto, fromHex(shown.secret) as Uint8Array, other.device, mac.engine.device, nonce);
    expect(await knock(world, mac, who, { nonce, proof: stolen }).next()).toMatchObject({ code: 'pairing-proof' });
    expect(await knock(world, mac, who, { secret: shown.secret, card: other.card }).next()).toMatchObject({ code: 'malformed' });
    expect(await knock(world, mac, who, { secret: shown.secret, version: 9 }).next()).toMatchObject({ code: 'version' });
    await world.run(121_000);
    expect(await knock(world, mac, who, { secret: shown.secret }).next()).toMatchObject({ code: 'pairing-expired' });
    expect(mac.engine.refusals()).toEqual({ 'pairing-expired': 2, 'pairing-proof': 2, malformed: 1, version: 1 });
    expect(members(mac)).toBe(1);
  });

  test('C40 the secret burns at its first valid proof, and a second use raises the alarm', async () => {
    const world = createWorld('burn');
    const mac = await world.device('Mac');
    const { secret, events } = show(mac);
    const first = newcomer();
    const one = knock(world, mac, first, { secret });
    expect(await one.next()).toMatchObject({ type: 'invite' });
    expect(await knock(world, mac, newcomer(), { secret }).next()).toMatchObject({ code: 'pairing-expired' });
    expect(types(events)).toEqual(['alarm']);
    one.talk.send(consentOf(first, mac));
    expect(await one.next()).toMatchObject({ type: 'welcome' });
    one.talk.send({ type: 'done' });
    await world.run(100);
    expect(types(events)).toEqual(['alarm', 'joined', 'ended']);
    expect(members(mac)).toBe(2);
  });

  test('C40 a newcomer that changes its card, or is paper, is not admitted', async () => {
    const world = createWorld('card');
    const mac = await world.device('Mac');
    const who = newcomer();
    const twin = newcomer();
    for (const [changed, other] of [
      [{ ...who.card, kind: 1 }, {}],
      [{ ...who.card, sealingKey: crypto.boxPublicKey(random.bytes(32)) }, {}],
      [twin.card, { keys: twin.keys }],
    ] as const) {
      const { secret } = show(mac);
      const one = knock(world, mac, who, { secret });
      expect(await one.next()).toMatchObject({ type: 'invite' });
      one.talk.send(consentOf({ ...who, ...other }, mac, changed));
      expect(await one.next()).toMatchObject({ type: 'refuse' });
    }
    expect(await knock(world, mac, newcomer(3), { secret: show(mac).secret }).next()).toMatchObject({ type: 'refuse', code: 'malformed' });
    expect(members(mac)).toBe(1);
  });

  test('C40 a showing that was cancelled or replaced admits nobody who was slow to consent', async () => {
    const world = createWorld('cancel');
    const mac = await world.device('Mac');
    for (const stop of [() => mac.engine.pairing.cancel(), () => void show(mac)]) {
      const who = newcomer();
      const one = knock(world, mac, who, { secret: show(mac).secret });
      expect(await one.next()).toMatchObject({ type: 'invite' });
      stop();
      one.talk.send(consentOf(who, mac));
      expect(await one.next()).toMatchObject({ type: 'refuse' });
    }
    expect(members(mac)).toBe(1);
  });

  test('P2 C40 a newcomer cannot pass off the admitter’s own home as its own, nor replace its secrets', async () => {
    const world = createWorld('reverse');
    const mac = await world.device('Mac');
    const document = mac.engine.newDocument();
    await mac.edit(document, { type: 'note.append', text: 'honest words' });
    const who = newcomer();
    const home = mac.engine.home();
    const { secret } = show(mac);
    const one = knock(world, mac, who, { secret, hasData: true });
    await one.next();
    one.talk.send(consentOf(who, mac));
    const welcome = await one.next();
    if (welcome.type !== 'welcome') throw new Error(`no welcome but ${welcome.type}`);
    one.talk.send({ type: 'reverse', space: home });
    await one.next();
    one.talk.send({
      type: 'welcome',
      space: home,
      epochs: welcome.epochs.map(({ epoch }) => ({ epoch, read: random.bytes(32), append: random.bytes(32) })),
    });
    await world.run(1_000);
    const again = await world.restart(mac);
    expect(again.engine.home()).toBe(home);
    expect(await again.view(document, { type: 'note' })).toMatchObject({ text: 'honest words' });
    await again.edit(document, { type: 'note.append', text: ', and more' });
    const phone = await world.device('Phone');
    await world.pair(again, phone);
    world.link(phone, again);
    await world.run();
    expect(await phone.view(document, { type: 'note' })).toMatchObject({ text: 'honest words, and more' });
  });

  test('P9 one newcomer brings one home along, not thousands', async () => {
    const world = createWorld('homes');
    const mac = await world.device('Mac');
    const who = newcomer();
    const one = knock(world, mac, who, { secret: show(mac).secret, hasData: true });
    await one.next();
    one.talk.send(consentOf(who, mac));
    await one.next();
    for (let at = 0; at < 2; at++) {
      const space = makeId<SpaceId>(random.bytes(32));
      one.talk.send({ type: 'reverse', space });
      if ((await one.next()).type !== 'consent') break;
      one.talk.send({
        type: 'welcome',
        space,
        epochs: [{ epoch: makeId<EpochId>(random.bytes(32)), read: random.bytes(32), append: null }],
      });
      await world.run(100);
    }
    expect(mac.engine.spaces()).toHaveLength(2);
  });

  test('C40 the joiner refuses a welcome for another space than it consented to', async () => {
    const world = createWorld('welcome');
    const phone = await world.device('Phone');
    const liar = newcomer();
    const ends = createMemoryPair({ clock: world.clock }, { left: phone.engine.device, right: liar.device });
    const talk = raw(world, ends.right);
    const events: JoinEvent[] = [];
    const home = phone.engine.home();
    phone.engine.pairing.join(ends.left, { name: 'Phone', secret: '11'.repeat(16), code: null, keepHome: false }, (event) =>
      events.push(event),
    );
    await world.run(10);
    const space = makeId<SpaceId>(random.bytes(32));
    talk.send({ type: 'invite', person: space as never, space, personName: 'Anna', deviceName: 'Anna' });
    talk.send({ type: 'welcome', space: makeId<SpaceId>(random.bytes(32)), epochs: [] });
    await world.run(10);
    expect(types(events)).toEqual(['invited', 'failed']);
    expect(phone.engine.home()).toBe(home);
  });
});

describe('C41 short codes', () => {
  /** An attacker that typed the right code, up to the digits. */
  async function compare(
    world: World,
    mac: Device,
    code: string,
    who = newcomer(),
  ): Promise<{ readonly digits: string; readonly one: ReturnType<typeof knock>; readonly who: Newcomer }> {
    const one = knock(world, mac, who, { code });
    const commit = await one.next();
    if (commit.type !== 'commit') throw new Error(`${commit.type}: ${'detail' in commit ? commit.detail : ''}`);
    const secret = random.bytes(32);
    const mine = { device: who.device, nonce: random.bytes(32), ephemeral: crypto.boxPublicKey(secret) };
    one.talk.send({ type: 'answer', nonce: mine.nonce, ephemeral: mine.ephemeral });
    const reveal = await one.next();
    if (reveal.type !== 'reveal') throw new Error(reveal.type);
    const theirs = { device: mac.engine.device, nonce: reveal.nonce, ephemeral: reveal.ephemeral };
    expect(commitTo(crypto, theirs)).toEqual(commit.commitment);
    return { digits: digitsOf(crypto, theirs, mine, secret, reveal.ephemeral) as string, one, who };
  }

  test('C41 three runs in ten minutes, aborted ones counted; wrong codes run nothing', async () => {
    const world = createWorld('runs');
    const mac = await world.device('Mac');
    const { code } = show(mac);
    for (let at = 0; at < 50; at++)
      expect(await knock(world, mac, newcomer(), { code: String(10_000_000 + at) }).next()).toMatchObject({ code: 'pairing-proof' });
    for (let at = 0; at < 3; at++) {
      const one = knock(world, mac, newcomer(), { code });
      expect(await one.next()).toMatchObject({ type: 'commit' });
      one.talk.close();
      await world.run(10);
    }
    expect(await knock(world, mac, newcomer(), { code }).next()).toMatchObject({ code: 'pairing-rate' });
    const later = show(mac);
    expect(await knock(world, mac, newcomer(), { code: later.code }).next()).toMatchObject({ code: 'pairing-rate' });
    await world.run(10 * 60_000);
    expect(await knock(world, mac, newcomer(), { code: show(mac).code }).next()).toMatchObject({ type: 'commit' });
    expect(mac.engine.refusals()).toEqual({ 'pairing-proof': 50, 'pairing-rate': 2 });
    expect(members(mac)).toBe(1);
  });

  test('C41 wrong digits on either side share nothing', async () => {
    const world = createWorld('digits');
    const mac = await world.device('Mac');
    const { code, events } = show(mac);
    const { digits, one } = await compare(world, mac, code);
    expect(events.find((event) => event.type === 'asked')).toMatchObject({ digits });
    const wrong = digits === '000000' ? '000001' : '000000';
    expect(mac.engine.pairing.confirm(true, wrong).ok).toBe(false);
    expect(await one.next()).toMatchObject({ type: 'refuse', code: 'declined' });
    // And at the joiner.
    const phone = await world.device('Phone');
    const ends = createMemoryPair({ clock: world.clock }, { left: phone.engine.device, right: mac.engine.device });
    const heard: JoinEvent[] = [];
    const again = show(mac);
    mac.engine.pairing.serve(ends.right);
    const join = phone.engine.pairing.join(ends.left, { name: 'Phone', secret: null, code: again.code, keepHome: false }, (event) =>
      heard.push(event),
    );
    await world.run(10);
    expect(types(heard)).toEqual(['digits']);
    expect(join.confirm(true, wrong).ok).toBe(false);
    await world.run(10);
    expect(types(heard)).toEqual(['digits', 'failed']);
    expect(mac.engine.pairing.confirm(true, digits).ok).toBe(false);
    expect(members(mac)).toBe(1);
  });

  test('C41 a machine in the middle shows two sets of digits, and a changed commitment is noticed', async () => {
    const world = createWorld('middle');
    const mac = await world.device('Mac');
    const phone = await world.device('Phone');
    const { code, events } = show(mac);
    const middle = newcomer();
    const ends = createMemoryPair({ clock: world.clock }, { left: phone.engine.device, right: middle.device });
    const talk = raw(world, ends.right);
    const heard: JoinEvent[] = [];
    phone.engine.pairing.join(ends.left, { name: 'Phone', secret: null, code, keepHome: false }, (event) => heard.push(event));
    await world.run(10);
    const towardsMac = await compare(world, mac, code, middle);
    const secret = random.bytes(32);
    const mine = { device: middle.device, nonce: random.bytes(32), ephemeral: crypto.boxPublicKey(secret) };
    talk.send({ type: 'commit', commitment: commitTo(crypto, mine) });
    await world.run(10);
    talk.send({ type: 'reveal', nonce: mine.nonce, ephemeral: mine.ephemeral });
    await world.run(10);
    const shown = heard.find((event) => event.type === 'digits');
    expect(shown?.type === 'digits' && shown.digits).not.toBe(towardsMac.digits);
    expect(events.find((event) => event.type === 'asked')).toMatchObject({ digits: towardsMac.digits, device: middle.device });
    // A side that would choose its nonce after seeing the other's is caught by its commitment.
    const liar = createMemoryPair({ clock: world.clock }, { left: phone.engine.device, right: middle.device });
    const lies = raw(world, liar.right);
    const caught: JoinEvent[] = [];
    phone.engine.pairing.join(liar.left, { name: 'Phone', secret: null, code, keepHome: false }, (event) => caught.push(event));
    await world.run(10);
    lies.send({ type: 'commit', commitment: random.bytes(32) });
    await world.run(10);
    lies.send({ type: 'reveal', nonce: mine.nonce, ephemeral: mine.ephemeral });
    await world.run(10);
    expect(caught).toMatchObject([{ type: 'failed', message: /changed its mind/ }]);
    // A point of small order gives no shared secret.
    expect(members(mac)).toBe(1);
  });

  test('C41 nobody slips in under the answer to somebody else, and nobody’s failure ends another’s question', async () => {
    const world = createWorld('slip');
    const mac = await world.device('Mac');
    const { code, events } = show(mac);
    const honest = await compare(world, mac, code);
    await expect(compare(world, mac, code)).resolves.toMatchObject({ digits: /^\d{6}$/ });
    for (let at = 0; at < 20; at++) {
      const ends = createMemoryPair({ clock: world.clock }, { left: newcomer().device, right: mac.engine.device });
      ends.left.start({ onFrame: () => undefined, onDrain: () => undefined, onClose: () => undefined });
      mac.engine.pairing.serve(ends.right);
      ends.left.send(random.bytes(40));
    }
    await world.run(20_000);
    expect(events.filter(({ type }) => type === 'asked')).toHaveLength(1);
    expect(mac.engine.pairing.confirm(true, honest.digits).ok).toBe(true);
    expect(await honest.one.next()).toMatchObject({ type: 'confirmed' });
    honest.one.talk.send({ type: 'confirmed' });
    expect(await honest.one.next()).toMatchObject({ type: 'invite' });
    honest.one.talk.send(consentOf(honest.who, mac));
    expect(await honest.one.next()).toMatchObject({ type: 'welcome' });
    expect(mac.engine.refusals()).toEqual({ 'pairing-rate': 1 });
    expect(
      mac.engine
        .spaces()[0]
        ?.devices.map(({ device }) => device)
        .sort(),
    ).toEqual([mac.engine.device, honest.who.device].sort());
  });

  test('P9 a flood of silent and babbling pairing connections ends by itself and pairing still works', async () => {
    const world = createWorld('flood');
    const mac = await world.device('Mac');
    const closed: string[] = [];
    for (let at = 0; at < 500; at++) {
      const ends = createMemoryPair({ clock: world.clock }, { left: newcomer().device, right: mac.engine.device });
      ends.left.start({ onFrame: () => undefined, onDrain: () => undefined, onClose: (reason) => closed.push(reason) });
      mac.engine.pairing.serve(ends.right);
      if (at % 2 === 0) ends.left.send(random.bytes(at));
    }
    const phone = await world.device('Phone');
    await world.pair(mac, phone);
    await world.run(20_000);
    expect(closed).toHaveLength(500);
    expect(members(mac)).toBe(2);
  });
});
