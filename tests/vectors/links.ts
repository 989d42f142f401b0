/** Vectors of C2, C3 and G1 – G3: every operation as a link — canonical body, id, signature, sealed plaintext — and links that must be refused. */
import { concat } from '@leanvibe/protocol/bytes';
import { type ChangeId, type EpochId, type Hash, idBytes, type MailboxId, type PersonId, toHex } from '@leanvibe/protocol/ids';
import { type ConsentedCard, type LinkBody, linkBody, type Operation, signedLink } from '@leanvibe/protocol/link';
import { encode } from '@leanvibe/protocol/shape';
import { label } from '@leanvibe/core/internal/crypto/labels';
import { signConsent } from '@leanvibe/core/internal/group/consent';
import { linkIdOf, openLink, signLink, type SignedLinkBytes } from '@leanvibe/core/internal/group/link';
import { freshEphemeral, sealBox, sealPrior } from '@leanvibe/core/internal/keys/box';
import { commitAppend, commitRead } from '@leanvibe/core/internal/keys/epoch';
import type { Crypto } from '@leanvibe/core/internal/ports/crypto';
import { type Actor, actor, flipped, made, madeId, namedRandom } from './kit.js';

export interface LinkVectors {
  readonly about: string;
  readonly devices: readonly {
    readonly name: string;
    readonly signingSeed: string;
    readonly sealingSecret: string;
    readonly device: string;
    readonly sealingKey: string;
  }[];
  readonly space: string;
  readonly consent: { readonly message: string; readonly signature: string };
  readonly links: readonly {
    readonly type: string;
    readonly body: string;
    readonly id: string;
    readonly signature: string;
    readonly plaintext: string;
  }[];
  readonly refused: readonly { readonly why: string; readonly reason: string; readonly plaintext: string }[];
}

interface Cast {
  readonly alice: Actor;
  readonly bob: Actor;
  readonly carol: Actor;
}

/** Alice founds a home, opens an epoch, admits Bob, and so on through every operation, one line of links. */
export function story(crypto: Crypto, { alice, bob, carol }: Cast): readonly SignedLinkBytes[] {
  const genesis = signLink(crypto, alice.keys, {
    space: null,
    parents: [],
    author: alice.device,
    index: 0,
    operation: { type: 'genesis', home: true, person: null, card: alice.card, nonce: made('genesis nonce') },
  });
  const space = genesis.link.space;
  const home = space as string as PersonId;
  const line: SignedLinkBytes[] = [genesis];
  const add = (operation: Operation): SignedLinkBytes => {
    const parents = [(line.at(-1) as SignedLinkBytes).id];
    const link = signLink(crypto, alice.keys, { space, parents, author: alice.device, index: line.length, operation });
    line.push(link);
    return link;
  };
  const commitments = (read: string, append: string) => ({
    commitRead: commitRead(crypto, space, made(read)),
    commitAppend: commitAppend(crypto, space, made(append)),
  });
  const first = add({
    type: 'epoch',
    parents: [],
    ...commitments('R1', 'W1'),
    recipients: [{ device: alice.device, append: true }],
    priors: [],
  });
  const epoch = first.id as string as EpochId;
  add({ type: 'add-device', person: home, device: signConsent(crypto, bob.keys, bob.card, space, home) });
  const ephemeral = freshEphemeral(crypto, namedRandom('grant'));
  const box = sealBox(crypto, ephemeral, bob.card.sealingKey, space, idBytes(epoch), concat(made('R1'), made('W1'))) ?? new Uint8Array(0);
  add({ type: 'grant', epoch, device: bob.device, append: true, box: concat(ephemeral.publicKey, box) });
  const other = madeId<PersonId>('other person');
  add({ type: 'add-person', person: other, role: 1, devices: [signConsent(crypto, carol.keys, carol.card, space, other)] });
  add({ type: 'set-role', person: other, role: 0, frontier: madeId<Hash>('frontier') });
  add({ type: 'accept', changes: [madeId<ChangeId>('change 1'), madeId<ChangeId>('change 2')].sort() });
  add({ type: 'succeed', previous: bob.device, next: alice.device });
  add({ type: 'remove-device', device: bob.device, frontier: madeId<Hash>('frontier') });
  add({
    type: 'epoch',
    parents: [epoch],
    ...commitments('R2', 'W2'),
    recipients: [{ device: alice.device, append: true }],
    priors: [{ epoch, sealed: sealPrior(crypto, namedRandom('link prior'), made('R2'), made('R1')) }],
  });
  add({ type: 'remove-person', person: other, frontier: madeId<Hash>('frontier') });
  add({ type: 'drop', changes: [madeId<ChangeId>('change 3'), madeId<ChangeId>('change 4')].sort() });
  const mailbox = { type: 'mailbox', relay: 'https://relay.example', mailbox: madeId<MailboxId>('mailbox') } as const;
  add({ ...mailbox, open: true });
  add({ ...mailbox, open: false });
  return line;
}

/** Signs any body at all, as a hostile author can. */
function signAny(crypto: Crypto, author: Actor, body: LinkBody): Uint8Array {
  const bytes = encode(linkBody, body);
  const signature = crypto.sign(concat(label('link-signature'), idBytes(linkIdOf(crypto, bytes))), author.keys.secretKey);
  return encode(signedLink, { body: bytes, signature });
}

function refused(crypto: Crypto, cast: Cast, line: readonly SignedLinkBytes[]): readonly (readonly [string, Uint8Array])[] {
  const { alice, bob, carol } = cast;
  const [genesis, epoch] = line as [SignedLinkBytes, SignedLinkBytes];
  const { space } = genesis.link;
  const home = space as string as PersonId;
  const body = (operation: Operation, change: Partial<LinkBody> = {}): LinkBody => ({
    space,
    parents: [genesis.id],
    author: alice.device,
    index: 1,
    operation,
    ...change,
  });
  const any = (operation: Operation, change: Partial<LinkBody> = {}): Uint8Array => signAny(crypto, alice, body(operation, change));
  const remove: Operation = { type: 'remove-device', device: bob.device, frontier: madeId<Hash>('frontier') };
  const opening = epoch.link.body.operation as Extract<Operation, { type: 'epoch' }>;
  const consent = signConsent(crypto, bob.keys, bob.card, space, home);
  const adding = (device: ConsentedCard): Uint8Array => any({ type: 'add-device', person: home, device });
  return [
    ['body changed', encode(signedLink, { body: flipped(genesis.body, -1), signature: genesis.link.signature })],
    ['signature changed', encode(signedLink, { body: genesis.body, signature: flipped(genesis.link.signature, 0) })],
    ['signed by another device', signAny(crypto, bob, body(remove))],
    ['something after it', concat(genesis.plaintext, Uint8Array.of(0))],
    ['a genesis that names its space', signAny(crypto, alice, { ...genesis.link.body, space })],
    ['a genesis with index 1', signAny(crypto, alice, { ...genesis.link.body, index: 1 })],
    ['a genesis of another device', signAny(crypto, bob, { ...genesis.link.body, author: bob.device })],
    [
      'a home genesis that names a person',
      signAny(crypto, alice, {
        ...genesis.link.body,
        operation: { ...(genesis.link.body.operation as Extract<Operation, { type: 'genesis' }>), person: home },
      }),
    ],
    ['no space', any(remove, { space: null })],
    ['no parents', any(remove, { parents: [] })],
    ['consent for another space', adding(signConsent(crypto, bob.keys, bob.card, madeId('another space'), home))],
    ['consent for another person', adding(signConsent(crypto, bob.keys, bob.card, space, madeId('another person')))],
    ['consent for another sealing key', adding({ ...consent, card: { ...consent.card, sealingKey: carol.card.sealingKey } })],
    ['consent for another kind of device', adding({ ...consent, card: { ...consent.card, kind: 3 } })],
    ['one device twice', any({ type: 'add-person', person: home, role: 1, devices: [consent, consent] })],
    ['one recipient twice', any({ ...opening, recipients: [...opening.recipients, ...opening.recipients] })],
    ['an older secret of no parent', any({ ...opening, priors: [{ epoch: epoch.id as string as EpochId, sealed: made('prior', 72) }] })],
    ['a demotion to viewer without a frontier', any({ type: 'set-role', person: home, role: 0, frontier: null })],
    ['a promotion with a frontier', any({ type: 'set-role', person: home, role: 2, frontier: madeId<Hash>('frontier') })],
    [
      'a relay by more than its origin',
      any({ type: 'mailbox', relay: 'https://relay.example/', mailbox: madeId<MailboxId>('mailbox'), open: true }),
    ],
    ['a device that succeeds itself', any({ type: 'succeed', previous: bob.device, next: bob.device })],
  ];
}

export function makeLinks(crypto: Crypto): LinkVectors {
  const cast = { alice: actor(crypto, 'alice'), bob: actor(crypto, 'bob', 1), carol: actor(crypto, 'carol', 2) };
  const line = story(crypto, cast);
  const { space } = (line[0] as SignedLinkBytes).link;
  const { consent } = signConsent(crypto, cast.bob.keys, cast.bob.card, space, space as string as PersonId);
  const said = concat(
    label('device-consent'),
    idBytes(cast.bob.device),
    cast.bob.card.sealingKey,
    Uint8Array.of(cast.bob.card.kind),
    idBytes(space),
    idBytes(space),
  );
  return {
    about: 'C2, C3, G1 – G3. id = SHA-256(label || body); the signature is over label || id. `plaintext` is what a link entry seals.',
    devices: Object.entries(cast).map(([name, one]) => ({
      name,
      signingSeed: toHex(one.signingSeed),
      sealingSecret: toHex(one.sealingSecret),
      device: one.device,
      sealingKey: toHex(one.card.sealingKey),
    })),
    space,
    consent: { message: toHex(said), signature: toHex(consent) },
    links: line.map(({ id, body, plaintext, link }) => ({
      type: link.body.operation.type,
      body: toHex(body),
      id,
      signature: toHex(link.signature),
      plaintext: toHex(plaintext),
    })),
    refused: refused(crypto, cast, line).map(([why, plaintext]) => {
      const read = openLink(crypto, plaintext);
      return { why, reason: read.ok ? 'accepted, which is a mistake' : read.error, plaintext: toHex(plaintext) };
    }),
  };
}
