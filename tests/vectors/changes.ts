/** Vectors of C7, C18 and C21: change bodies, ids, signatures, entries, a change in parts, and client ids. */
import { concat } from '@leanvibe/protocol/bytes';
import { type ChangeBody, changeBody, signedChange } from '@leanvibe/protocol/change';
import {
  type ChangeId,
  type DocumentId,
  type EntryId,
  idBytes,
  type LinkId,
  type SpaceId,
  toHex,
  type TokenId,
} from '@leanvibe/protocol/ids';
import { PART_BYTES_MAX } from '@leanvibe/protocol/limits';
import { readSealed } from '@leanvibe/protocol/sealed';
import { encode } from '@leanvibe/protocol/shape';
import { label } from '@leanvibe/core/internal/crypto/labels';
import { sealChange, signChange } from '@leanvibe/core/internal/draft/change';
import { clientIdOf } from '@leanvibe/core/internal/intake/clientid';
import { changeIdOf, openEntry } from '@leanvibe/core/internal/intake/open';
import { createSealer } from '@leanvibe/core/internal/keys/entry';
import type { Crypto } from '@leanvibe/core/internal/ports/crypto';
import { SECRETS } from './entries.js';
import { type Actor, actor, flipped, made, madeId, pattern, SPACE } from './kit.js';

export interface ChangeVectors {
  readonly about: string;
  readonly author: string;
  readonly changes: readonly {
    readonly what: string;
    readonly body: string;
    readonly id: string;
    readonly signature: string;
    readonly plaintext: string;
    readonly entryId: string;
    readonly sealed: string;
  }[];
  readonly parts: {
    readonly payloadBytes: number;
    readonly bodyBytes: number;
    readonly bodySha256: string;
    readonly id: string;
    readonly parts: readonly string[];
    readonly manifest: string;
    readonly entryId: string;
  };
  readonly refused: readonly { readonly why: string; readonly reason: string; readonly plaintext: string }[];
  readonly clientIds: readonly { readonly chain: string; readonly document: string; readonly run: string; readonly clientId: number }[];
}

const CHAIN = madeId<LinkId>('chain');
const DOCUMENT = madeId<DocumentId>('document');

function firstBody(crypto: Crypto, author: Actor, payload: Uint8Array): ChangeBody {
  const run = made('run', 16);
  return {
    space: SPACE,
    document: DOCUMENT,
    device: author.device,
    addedBy: CHAIN,
    seq: 1,
    previous: null,
    dependencies: [],
    authHeads: [madeId<LinkId>('head')],
    crdt: 2,
    claims: [{ clientId: clientIdOf(crypto, CHAIN, DOCUMENT, run), run }],
    payload,
    token: null,
  };
}

function secondBody(author: Actor, previous: ChangeId): ChangeBody {
  return {
    space: SPACE,
    document: DOCUMENT,
    device: author.device,
    addedBy: CHAIN,
    seq: 2,
    previous,
    dependencies: [madeId<ChangeId>('dependency 1'), madeId<ChangeId>('dependency 2')].sort(),
    authHeads: [madeId<LinkId>('head'), madeId<LinkId>('head 2')].sort(),
    crdt: 1,
    claims: [{ clientId: 4_294_967_295, run: null }],
    payload: new Uint8Array(0),
    token: null,
  };
}

function refused(crypto: Crypto, author: Actor, other: Actor): readonly (readonly [string, Uint8Array])[] {
  const { bytes, signature } = signChange(crypto, author.keys, firstBody(crypto, author, made('payload', 90)));
  const whole = { body: bytes, manifest: null, signature };
  const manifest = { parts: [madeId<EntryId>('part')], bytes: 1, changeId: madeId<ChangeId>('change') };
  const foreign = signChange(crypto, author.keys, {
    ...firstBody(crypto, author, made('payload', 90)),
    space: madeId<SpaceId>('another space'),
  });
  const byOther = crypto.sign(concat(label('change-signature'), idBytes(changeIdOf(crypto, bytes))), other.keys.secretKey);
  return [
    ['body changed', encode(signedChange, { ...whole, body: flipped(bytes, -1) })],
    ['signature changed', encode(signedChange, { ...whole, signature: flipped(signature, 63) })],
    ['signed by another device', encode(signedChange, { ...whole, signature: byOther })],
    ['signed for another space', encode(signedChange, { body: foreign.bytes, manifest: null, signature: foreign.signature })],
    [
      'the body itself signed, without its label',
      encode(signedChange, { ...whole, signature: crypto.sign(crypto.sha256(bytes), author.keys.secretKey) }),
    ],
    ['neither body nor manifest', encode(signedChange, { body: null, manifest: null, signature })],
    ['both body and manifest', encode(signedChange, { body: bytes, manifest, signature })],
    ['something after the body', encode(signedChange, { ...whole, body: concat(bytes, Uint8Array.of(0)) })],
    ['something after it', concat(encode(signedChange, whole), Uint8Array.of(0))],
  ];
}

function inParts(crypto: Crypto, author: Actor): ChangeVectors['parts'] {
  const payloadBytes = 2 * PART_BYTES_MAX + 1000;
  const signed = signChange(crypto, author.keys, firstBody(crypto, author, pattern(payloadBytes)));
  const { entry, parts } = sealChange(createSealer(crypto, SECRETS), signed);
  return {
    payloadBytes,
    bodyBytes: signed.bytes.length,
    bodySha256: toHex(crypto.sha256(signed.bytes)),
    id: signed.change.id,
    parts: parts.map((part) => part.entryId),
    manifest: toHex(entry.bytes),
    entryId: entry.entryId,
  };
}

export function makeChanges(crypto: Crypto): ChangeVectors {
  const [alice, bob] = [actor(crypto, 'alice'), actor(crypto, 'bob', 1)];
  const sealer = createSealer(crypto, SECRETS);
  const first = firstBody(crypto, alice, made('payload', 90));
  const second = secondBody(alice, changeIdOf(crypto, encode(changeBody, first)));
  const third: ChangeBody = {
    ...first,
    seq: 3,
    previous: changeIdOf(crypto, encode(changeBody, second)),
    claims: [],
    token: { id: madeId<TokenId>('token', 16), name: 'ci' },
  };
  const rows: readonly (readonly [string, ChangeBody])[] = [
    ['the first of a chain, with a claim', first],
    ['the second, with dependencies, a claim from another app and no payload', second],
    ['the third, written for an agent token', third],
  ];
  return {
    about:
      'C7, C18, C21. id = SHA-256(label || body); the signature is over label || id. Sealed under the epoch of entries.json. parts: payload byte n is n mod 251.',
    author: alice.device,
    changes: rows.map(([what, body]) => {
      const signed = signChange(crypto, alice.keys, body);
      const { entry } = sealChange(sealer, signed);
      const plaintext = encode(signedChange, { body: signed.bytes, manifest: null, signature: signed.signature });
      return {
        what,
        body: toHex(signed.bytes),
        id: signed.change.id,
        signature: toHex(signed.signature),
        plaintext: toHex(plaintext),
        entryId: entry.entryId,
        sealed: toHex(entry.bytes),
      };
    }),
    parts: inParts(crypto, alice),
    refused: refused(crypto, alice, bob).map(([why, plaintext]) => ({
      why,
      reason: changeRefusal(crypto, plaintext),
      plaintext: toHex(plaintext),
    })),
    clientIds: ['run', 'run 2', 'run 3'].map((name) => ({
      chain: CHAIN,
      document: DOCUMENT,
      run: toHex(made(name, 16)),
      clientId: clientIdOf(crypto, CHAIN, DOCUMENT, made(name, 16)),
    })),
  };
}

/** Why a sealed change of this plaintext is refused. */
export function changeRefusal(crypto: Crypto, plaintext: Uint8Array): string {
  const sealer = createSealer(crypto, SECRETS);
  const outside = readSealed(sealer.seal('change', plaintext).bytes);
  if (!outside.ok) return outside.error;
  const opened = openEntry(crypto, SPACE, sealer, outside.value);
  return opened.ok ? 'accepted, which is a mistake' : opened.error;
}
