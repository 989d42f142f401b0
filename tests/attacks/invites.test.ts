/** Hostile guests at an invite: what they say is refused by a word, counted, and nothing is kept. */
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import { createIdentity, type Identity } from '@leanvibe/core/internal/engine/identity';
import type { InviteView } from '@leanvibe/core/internal/engine/team-api';
import { signConsent } from '@leanvibe/core/internal/group/consent';
import { createMemoryPair } from '@leanvibe/core/internal/memory/channel';
import { admissionProof } from '@leanvibe/core/internal/pairing/proof';
import { type PairingMessage, pairingMessage } from '@leanvibe/protocol/pairing';
import { decode, encode } from '@leanvibe/protocol/shape';
import { fromHex, makeId, type PersonId, type SpaceId } from '@leanvibe/protocol/ids';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../help/random.js';
import { createWorld, type Device, type World } from '../help/world.js';

const crypto = nativeCrypto();

interface Stage {
  readonly world: World;
  readonly ana: Device;
  readonly space: SpaceId;
  readonly invite: InviteView;
}

async function stage(seed: string, uses = 1): Promise<Stage> {
  const world = createWorld(seed);
  const ana = await world.device('Ana');
  const space = await world.space(ana);
  const invite = await ana.engine.invites.create({ space, role: 'viewer', uses });
  if (!invite.ok) throw new Error(invite.error);
  return { world, ana, space, invite: invite.value };
}

interface Guest {
  readonly identity: Identity;
  readonly person: PersonId;
  readonly heard: PairingMessage[];
  say(message: PairingMessage): void;
  /** A knock as an honest guest would say it, but for what is changed; the proof is made for `proven`. */
  knock(
    change?: Partial<Extract<PairingMessage, { type: 'knock' }>>,
    proven?: { readonly person?: PersonId; readonly guest?: Identity },
  ): void;
}

function guestOf({ world, ana, invite }: Stage, name: string, kind = 0): Guest {
  const random = createRandom(`guest ${name}`);
  const identity = createIdentity(crypto, random.bytes(32), random.bytes(32), kind);
  const person = makeId<PersonId>(random.bytes(32));
  const pair = createMemoryPair({ clock: world.clock }, { left: identity.device, right: ana.engine.device });
  const heard: PairingMessage[] = [];
  pair.left.start({
    onFrame(frame) {
      const message = decode(pairingMessage, frame);
      if (message.ok) heard.push(message.value);
    },
    onDrain: () => undefined,
    onClose: () => undefined,
  });
  ana.engine.invites.serve(pair.right);
  const say = (message: PairingMessage): void => pair.left.send(encode(pairingMessage, message));
  return {
    identity,
    person,
    heard,
    say,
    knock(change = {}, proven = {}) {
      const [id, secret, nonce] = [fromHex(invite.id) as Uint8Array, fromHex(invite.secret) as Uint8Array, random.bytes(32)];
      const bound = {
        guest: (proven.guest ?? identity).device,
        host: ana.engine.device,
        invite: id,
        person: proven.person ?? person,
        nonce,
      };
      const proof = admissionProof(crypto, secret, bound);
      const names = { personName: name, deviceName: name };
      say({ type: 'knock', version: 1, invite: id, nonce, proof, card: identity.card, person, ...names, ...change });
    },
  };
}

describe('A7 hostile guests', () => {
  test('C42 W27 P9 a proof made for another device, person or nonce, a stranger’s card and a recovery key are refused before the space is named', async () => {
    const at = await stage('forged');
    const [one, two, three, four, five] = ['a', 'b', 'c', 'd', 'e'].map((name) => guestOf(at, name, name === 'e' ? 3 : 0));
    one?.knock({}, { guest: two?.identity as Identity });
    two?.knock({}, { person: one?.person as PersonId });
    three?.knock({ nonce: new Uint8Array(32) });
    four?.knock({ card: one?.identity.card as Identity['card'] });
    five?.knock();
    await at.world.run();
    for (const guest of [one, two, three]) expect(guest?.heard).toMatchObject([{ type: 'refuse', code: 'invite-proof' }]);
    for (const guest of [four, five]) expect(guest?.heard).toMatchObject([{ type: 'refuse', code: 'malformed' }]);
    expect(at.ana.engine.invites.pending()).toEqual([]);
    expect(at.ana.engine.refusals()).toEqual({ 'invite-proof': 3, malformed: 2 });
  });

  test('C42 G3 a consent for another space, or of another device, keeps nothing and admits nobody', async () => {
    const at = await stage('consent');
    const [one, two] = [guestOf(at, 'a'), guestOf(at, 'b')];
    for (const guest of [one, two]) guest.knock();
    await at.world.run();
    expect(one.heard).toMatchObject([{ type: 'door', space: at.space, role: 0, asks: true }]);
    const { signing, card } = one.identity;
    one.say({ type: 'consent', device: signConsent(crypto, signing, card, at.ana.engine.home(), one.person) });
    two.say({ type: 'consent', device: signConsent(crypto, signing, card, at.space, two.person) });
    await at.world.run();
    expect(one.heard.at(-1)).toMatchObject({ type: 'refuse', code: 'signature' });
    expect(at.ana.engine.invites.pending()).toEqual([]);
    expect(at.ana.engine.spaces().find((one) => one.space === at.space)?.persons).toHaveLength(1);
  });

  test('C42 P9 a leaked link fills no disk: 32 wait, the next is told to come later, and a claim to be a member already gets nowhere', async () => {
    const at = await stage('flood', 1_000);
    const heard: Guest[] = [];
    for (let number = 0; number < 40; number++) {
      const guest = guestOf(at, `guest ${number}`);
      heard.push(guest);
      guest.knock();
      await at.world.run(100);
      const { signing, card } = guest.identity;
      guest.say({ type: 'consent', device: signConsent(crypto, signing, card, at.space, guest.person) });
      await at.world.run(100);
    }
    expect(at.ana.engine.invites.pending()).toHaveLength(32);
    expect(heard.at(-1)?.heard).toMatchObject([{ type: 'refuse', code: 'invite-busy' }]);
    const mimic = guestOf(at, 'mimic');
    mimic.knock({ person: at.ana.engine.person() }, { person: at.ana.engine.person() });
    await at.world.run();
    expect(mimic.heard).toMatchObject([{ type: 'refuse', code: 'invite-over' }]);
  });
});
