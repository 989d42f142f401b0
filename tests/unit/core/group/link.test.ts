/** Links on the wire: what opens, and what never does. Real signatures. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat } from '@leanvibe/protocol/bytes';
import { type DeviceId, idBytes, makeId, type PersonId } from '@leanvibe/protocol/ids';
import { linkBody, type LinkBody, signedLink } from '@leanvibe/protocol/link';
import { encode } from '@leanvibe/protocol/shape';
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import { signConsent, verifyConsent } from '@leanvibe/core/internal/group/consent';
import { label } from '@leanvibe/core/internal/crypto/labels';
import { createGraph } from '@leanvibe/core/internal/group/graph';
import { linkIdOf, openLink, signLink } from '@leanvibe/core/internal/group/link';
import { act, FRONTIER, person } from './world.js';

const crypto = nativeCrypto();
const keysOf = (seed: number) => crypto.signingKeys(new Uint8Array(32).fill(seed));
const ann = keysOf(1);
const phone = keysOf(2);
const idOf = (keys: { readonly publicKey: Uint8Array }): DeviceId => makeId<DeviceId>(keys.publicKey);
const cardOf = (keys: { readonly publicKey: Uint8Array }, kind = 0) => ({
  device: idOf(keys),
  sealingKey: new Uint8Array(32).fill(7),
  kind,
});

const genesisBody: LinkBody = {
  space: null,
  parents: [],
  author: idOf(ann),
  index: 0,
  operation: { type: 'genesis', home: true, person: null, card: cardOf(ann), nonce: new Uint8Array(32) },
};
const genesis = signLink(crypto, ann, genesisBody);
const home = genesis.id as string as PersonId;
const addPhone = (
  over: Partial<LinkBody> = {},
  consent = signConsent(crypto, phone, cardOf(phone, 1), genesis.link.space, home),
): LinkBody => ({
  space: genesis.link.space,
  parents: [genesis.id],
  author: idOf(ann),
  index: 1,
  operation: { type: 'add-device', person: home, device: consent },
  ...over,
});

describe('links', () => {
  it('C2 C3: a signed link opens to itself, and a genesis names its own space', () => {
    const opened = openLink(crypto, genesis.plaintext);
    expect(opened).toEqual({ ok: true, value: genesis.link });
    expect(genesis.link.space).toBe(genesis.id);
    const added = signLink(crypto, ann, addPhone());
    expect(openLink(crypto, added.plaintext)).toEqual({ ok: true, value: added.link });
  });

  it('C2 G3: consent binds the device to its keys, its kind, the space and the person', () => {
    const card = cardOf(phone, 1);
    const given = signConsent(crypto, phone, card, genesis.link.space, home);
    const { space } = genesis.link;
    expect(verifyConsent(crypto, given, space, home)).toBe(true);
    expect(verifyConsent(crypto, given, FRONTIER as never, home)).toBe(false);
    expect(verifyConsent(crypto, given, space, person('bob'))).toBe(false);
    expect(verifyConsent(crypto, { ...given, card: { ...card, kind: 3 } }, space, home)).toBe(false);
    expect(verifyConsent(crypto, { ...given, card: { ...card, sealingKey: new Uint8Array(32) } }, space, home)).toBe(false);
    expect(openLink(crypto, signLink(crypto, ann, addPhone({}, { card, consent: new Uint8Array(64) })).plaintext)).toEqual({
      ok: false,
      error: 'consent',
    });
    const asBob = { ...addPhone(), operation: { type: 'add-device' as const, person: person('bob'), device: given } };
    expect(openLink(crypto, signLink(crypto, ann, asBob).plaintext)).toEqual({ ok: false, error: 'consent' });
  });

  it('C3: another device’s signature does not open, nor does a link signed as a change', () => {
    const body = encode(linkBody, addPhone());
    const foreign = crypto.sign(new Uint8Array(32), phone.secretKey);
    expect(openLink(crypto, encode(signedLink, { body, signature: foreign }))).toEqual({ ok: false, error: 'signature' });
    expect(() => signLink(crypto, phone, addPhone())).toThrow('by its author');
  });

  it('G2: what no honest writer says is refused by form', () => {
    const forms: LinkBody[] = [
      { ...genesisBody, index: 1 },
      { ...genesisBody, operation: { ...genesisBody.operation, home: false } as never },
      { ...genesisBody, operation: { ...genesisBody.operation, card: cardOf(phone) } as never },
      addPhone({ parents: [] }),
      addPhone({ space: null }),
      addPhone({ operation: { type: 'set-role', person: home, role: 0, frontier: null } }),
      addPhone({ operation: { type: 'set-role', person: home, role: 1, frontier: FRONTIER } }),
      addPhone({ operation: { type: 'succeed', previous: idOf(ann), next: idOf(ann) } }),
      addPhone({ operation: act.addPerson('bob', 'editor', 'bob.computer', 'bob.phone') }),
      addPhone({ operation: act.addPerson('bob', 'editor') }),
      addPhone({ operation: act.epoch([], 'bob.computer', 'bob.computer') }),
      addPhone({ operation: act.openMailbox('red', 'https://relay.example/') }),
      addPhone({ operation: act.closeMailbox('red', 'relay.example') }),
    ];
    for (const body of forms) expect(openLink(crypto, signLink(crypto, ann, body).plaintext)).toEqual({ ok: false, error: 'form' });
  });

  it('G25: a link with an operation of a later program does not open, and what cites it waits until it does', () => {
    const opening = signLink(crypto, ann, addPhone({ operation: act.openMailbox('red') }));
    const at = opening.body.findIndex((byte, place) => byte === 0x82 && opening.body[place + 1] === 12);
    const later = opening.body.slice();
    later[at + 1] = 23;
    const signature = crypto.sign(concat(label('link-signature'), idBytes(linkIdOf(crypto, later))), ann.secretKey);
    expect(openLink(crypto, encode(signedLink, { body: later, signature }))).toEqual({ ok: false, error: 'unknown-kind' });

    const next = signLink(crypto, ann, addPhone({ parents: [opening.id], index: 2 }));
    const graph = createGraph(genesis.link.space);
    graph.add(genesis.link);
    expect(graph.add(next.link)).toEqual({ state: 'waiting', missing: [opening.id] });
    expect(graph.heads()).toEqual([genesis.id]);
    expect(graph.add(opening.link)).toMatchObject({ state: 'added', links: [opening.id, next.id] });
  });

  it('P9 C7: no flipped bit and no cut opens, and nothing throws', () => {
    const { plaintext } = signLink(crypto, ann, addPhone());
    for (let bit = 0; bit < plaintext.length * 8; bit += 5) {
      const bent = plaintext.slice();
      bent[bit >> 3]! ^= 1 << (bit & 7);
      expect(openLink(crypto, bent).ok).toBe(false);
    }
    for (let cut = 0; cut < plaintext.length; cut += 7) expect(openLink(crypto, plaintext.slice(0, cut)).ok).toBe(false);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => !openLink(crypto, bytes).ok),
      { numRuns: 2000 },
    );
  });

  it('P9: an opened link keeps nothing of the frame it came in', () => {
    const frame = genesis.plaintext.slice();
    const opened = openLink(crypto, frame);
    frame.fill(0);
    expect(opened).toEqual({ ok: true, value: genesis.link });
  });
});
