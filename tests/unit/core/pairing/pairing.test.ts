/** Pairing by link and by short code, honest and not. */
import { describe, expect, test } from 'vitest';
import type { PersonId } from '@leanvibe/protocol/ids';
import { signConsent } from '@leanvibe/core/internal/group/consent';
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import { linkProof } from '@leanvibe/core/internal/pairing/proof';
import { SECRETS } from '../../../vectors/entries.js';
import { hex, made, SPACE } from '../../../vectors/kit.js';
import { createStage, OLD_HOME } from './stage.js';

const crypto = nativeCrypto();
const by = { name: 'Mac', autoConfirm: true };
const asked = { name: 'Mac', autoConfirm: false };

describe('C40 pairing by link', () => {
  test('C40 whoever proves the link’s secret is told whose person it joins, consents, and is given the secrets', async () => {
    const stage = createStage('link');
    const offer = stage.admitter.offer(by, (event) => stage.events.push(event));
    const phone = stage.joins('Phone', { secret: offer.secret });
    await stage.run();
    expect(phone.events).toEqual([
      { type: 'invited', personName: 'Mac', deviceName: 'Mac', person: SPACE },
      { type: 'joined', space: SPACE },
    ]);
    expect(phone.entered).toEqual([{ space: SPACE, epochs: [SECRETS], keepHome: false }]);
    expect(stage.admitted).toEqual([phone.who.device]);
    expect(stage.events).toEqual([
      { type: 'joined', name: 'Phone', device: phone.who.device },
      { type: 'ended', reason: 'joined' },
    ]);
    expect(offer.secret).toHaveLength(32);
    expect(stage.admitter.current()).toBeNull();
  });

  test('C40 without auto-confirm the person is shown the newcomer’s name first, and may decline', async () => {
    for (const accept of [true, false]) {
      const stage = createStage(`asked ${accept}`);
      const offer = stage.admitter.offer(asked, (event) => stage.events.push(event));
      const phone = stage.joins('Phone', { secret: offer.secret });
      await stage.run();
      expect(stage.events).toEqual([{ type: 'asked', name: 'Phone', device: phone.who.device, digits: null }]);
      expect(stage.admitter.confirm(accept, null).ok).toBe(true);
      await stage.run();
      expect(phone.events.at(-1)?.type).toBe(accept ? 'joined' : 'failed');
      expect(stage.admitted).toHaveLength(accept ? 1 : 0);
    }
  });

  test('C40 P9 a wrong secret, a secret proved for another device, and an outdated link are refused and counted', async () => {
    const stage = createStage('wrong');
    const offer = stage.admitter.offer(by, (event) => stage.events.push(event));
    const thief = stage.joins('Thief', { secret: '00'.repeat(16) });
    const mirror = stage.speaks('Mirror');
    const nonce = made('nonce');
    const ask = { type: 'ask', version: 1, nonce, name: 'Mirror', code: null, hasData: false } as const;
    mirror.say({ ...ask, card: mirror.who.card, proof: linkProof(crypto, hex(offer.secret), stage.mac.device, stage.mac.device, nonce) });
    const other = stage.speaks('Other');
    other.say({ ...ask, card: mirror.who.card, proof: null });
    await stage.run();
    expect(thief.events.at(-1)?.type).toBe('failed');
    expect(mirror.heard).toMatchObject([{ type: 'refuse', code: 'pairing-proof' }]);
    await stage.run(121_000);
    const late = stage.joins('Late', { secret: offer.secret });
    await stage.run();
    expect(late.events.at(-1)?.type).toBe('failed');
    expect(stage.refusals).toEqual(['pairing-proof', 'pairing-proof', 'pairing-proof', 'pairing-expired']);
    expect(stage.admitted).toEqual([]);
  });

  test('C40 the secret burns at the first valid proof: a second use meanwhile is refused and raises an alarm', async () => {
    const stage = createStage('twice');
    const offer = stage.admitter.offer(asked, (event) => stage.events.push(event));
    stage.joins('First', { secret: offer.secret });
    await stage.run();
    const second = stage.joins('Second', { secret: offer.secret });
    await stage.run();
    expect(second.events.at(-1)?.type).toBe('failed');
    expect(stage.events.map((event) => event.type)).toContain('alarm');
  });

  test('C40 the card must be the device that the channel proved', async () => {
    const stage = createStage('card');
    const offer = stage.admitter.offer(by, (event) => stage.events.push(event));
    const liar = stage.speaks('Liar');
    const nonce = made('nonce');
    liar.say({
      type: 'ask',
      version: 1,
      nonce,
      card: stage.mac.card,
      name: 'Liar',
      proof: linkProof(crypto, hex(offer.secret), liar.who.device, stage.mac.device, nonce),
      code: null,
      hasData: false,
    });
    await stage.run();
    expect(liar.heard.at(-1)).toMatchObject({ type: 'refuse', code: 'malformed' });
    expect(stage.admitted).toEqual([]);
  });

  test('C40 a device with data of its own keeps its home only when its person said so, and brings it along', async () => {
    const stage = createStage('data');
    const offer = stage.admitter.offer(by, (event) => stage.events.push(event));
    const refused = stage.joins('Desk', { secret: offer.secret }, true);
    await stage.run();
    expect(refused.events).toMatchObject([{ type: 'failed' }]);
    const desk = stage.joins('Desk', { secret: offer.secret, keepHome: true }, true);
    await stage.run();
    expect(desk.entered).toEqual([{ space: SPACE, epochs: [SECRETS], keepHome: true }]);
    expect(stage.adopted).toEqual([OLD_HOME]);
  });

  test('C40 P9 a version nobody shares, silence, noise and words out of turn end it without harm', async () => {
    const stage = createStage('noise');
    const offer = stage.admitter.offer(by, (event) => stage.events.push(event));
    const old = stage.speaks('Old');
    old.say({ type: 'ask', version: 2, nonce: made('n'), card: old.who.card, name: '', proof: null, code: null, hasData: false });
    const noisy = stage.speaks('Noisy');
    noisy.channel.send(made('noise', 60));
    const early = stage.speaks('Early');
    early.say({ type: 'done' });
    stage.speaks('Silent');
    await stage.run(60_000);
    expect(old.heard).toMatchObject([{ type: 'refuse', code: 'version' }]);
    const phone = stage.joins('Phone', { secret: offer.secret });
    await stage.run();
    expect(phone.events.at(-1)?.type).toBe('joined');
  });
});

describe('C40 C41 ends', () => {
  test('C40 a cancelled showing admits nobody, not even whoever proved its secret before', async () => {
    const stage = createStage('cancelled');
    const offer = stage.admitter.offer(by, (event) => stage.events.push(event));
    const slow = stage.speaks('Slow');
    const nonce = made('nonce');
    const proof = linkProof(crypto, hex(offer.secret), slow.who.device, stage.mac.device, nonce);
    slow.say({ type: 'ask', version: 1, nonce, card: slow.who.card, name: 'Slow', proof, code: null, hasData: false });
    await stage.run();
    stage.admitter.cancel();
    await stage.run(60_000);
    slow.say({ type: 'consent', device: signConsent(crypto, slow.who.keys, slow.who.card, SPACE, SPACE as string as PersonId) });
    await stage.run();
    expect(stage.admitted).toEqual([]);
    expect(slow.heard.map((message) => message.type)).not.toContain('welcome');
  });

  test('C41 whoever asks while the person is being asked is turned away, so that confirming by eye means the digits shown', async () => {
    const stage = createStage('eye');
    const offer = stage.admitter.offer(by, (event) => stage.events.push(event));
    const phone = stage.joins('Phone', { code: offer.code });
    await stage.run();
    const evil = stage.joins('Phone too', { code: offer.code });
    await stage.run();
    stage.admitter.confirm(true, null);
    const [seen] = phone.events;
    phone.join.confirm(true, seen?.type === 'digits' ? seen.digits : null);
    await stage.run();
    expect(stage.admitted).toEqual([phone.who.device]);
    evil.join.confirm(true, null);
    await stage.run();
    expect(evil.events.at(-1)?.type).toBe('failed');
  });
});

describe('C41 pairing by short code', () => {
  test('C41 both screens show the same six digits, both confirm, and only then is anything shared', async () => {
    const stage = createStage('code');
    const offer = stage.admitter.offer(by, (event) => stage.events.push(event));
    expect(offer.code).toMatch(/^\d{8}$/);
    const phone = stage.joins('Phone', { code: offer.code });
    await stage.run();
    const [shown] = stage.events;
    const [seen] = phone.events;
    if (shown?.type !== 'asked' || seen?.type !== 'digits') throw new Error('no digits');
    expect(shown.digits).toBe(seen.digits);
    expect(seen.digits).toMatch(/^\d{6}$/);
    stage.admitter.confirm(true, null);
    await stage.run();
    expect(stage.admitted).toEqual([]);
    phone.join.confirm(true, seen.digits);
    await stage.run();
    expect(stage.admitted).toEqual([phone.who.device]);
    expect(phone.events.at(-1)).toEqual({ type: 'joined', space: SPACE });
  });

  test('C41 other digits typed on either side end it, and nothing was shared', async () => {
    for (const side of ['admitter', 'joiner'] as const) {
      const stage = createStage(`digits ${side}`);
      const offer = stage.admitter.offer(by, (event) => stage.events.push(event));
      const phone = stage.joins('Phone', { code: offer.code });
      await stage.run();
      const wrong = side === 'admitter' ? stage.admitter.confirm(true, 'nope') : phone.join.confirm(true, 'nope');
      expect(wrong.ok).toBe(false);
      await stage.run();
      if (side === 'joiner') stage.admitter.confirm(true, null);
      else phone.join.confirm(true, null);
      await stage.run();
      expect(phone.events.at(-1)?.type).toBe('failed');
      expect(stage.admitted).toEqual([]);
    }
  });

  test('C41 P9 three runs in ten minutes, aborted ones included; a wrong code selects nothing', async () => {
    const stage = createStage('tries');
    for (let run = 0; run < 4; run++) {
      const offer = stage.admitter.offer(by, (event) => stage.events.push(event));
      stage.joins('Guess', { code: '00000000' });
      const phone = stage.joins(`Phone ${run}`, { code: offer.code });
      await stage.run();
      phone.join.cancel();
      await stage.run();
    }
    expect(stage.refusals).toEqual(['pairing-proof', 'pairing-proof', 'pairing-proof', 'pairing-rate', 'pairing-rate']);
    expect(stage.admitted).toEqual([]);
    await stage.run(600_000);
    const offer = stage.admitter.offer(by, (event) => stage.events.push(event));
    stage.joins('Later', { code: offer.code });
    await stage.run();
    expect(stage.events.at(-1)).toMatchObject({ type: 'asked', name: 'Later' });
  });

  test('C41 an admitter that reveals another part than it committed to is not believed', async () => {
    const { createMemoryPair } = await import('@leanvibe/core/internal/memory/channel');
    const { startJoin } = await import('@leanvibe/core/internal/pairing/join');
    const { createTalk } = await import('@leanvibe/core/internal/pairing/talk');
    const { createVirtualClock } = await import('../../../help/clock.js');
    const { createRandom } = await import('../../../help/random.js');
    const { actor } = await import('../../../vectors/kit.js');
    const clock = createVirtualClock();
    const [phone, evil] = [actor(crypto, 'phone'), actor(crypto, 'evil')];
    const pair = createMemoryPair({ clock }, { left: phone.device, right: evil.device });
    const events: { readonly type: string; readonly message?: string }[] = [];
    const never = (): never => {
      throw new Error('nothing may be shared');
    };
    const engine = {
      self: phone.device,
      card: phone.card,
      hasData: () => Promise.resolve(false),
      consentTo: never,
      enter: never,
      oldHome: never,
      admitPerson: never,
      fault: never,
    };
    startJoin(
      { clock, crypto, random: createRandom('phone') },
      engine,
      pair.left,
      { name: 'Phone', secret: null, code: '1', keepHome: false },
      (event) => events.push(event),
    );
    const talk = createTalk(pair.right, clock);
    const asking = talk.expect('ask', 1_000);
    await clock.advance(10);
    await asking;
    talk.send({ type: 'commit', commitment: made('any commitment') });
    const answering = talk.expect('answer', 1_000);
    await clock.advance(10);
    await answering;
    talk.send({ type: 'reveal', nonce: made('chosen after'), ephemeral: evil.card.sealingKey });
    await clock.advance(10);
    expect(events).toMatchObject([{ type: 'failed', message: expect.stringContaining('changed its mind') as string }]);
  });
});
