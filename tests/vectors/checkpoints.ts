/** Vectors of C35, C36, W23 and W24: checkpoint bodies, ids, signatures and entries, the words about one, and broken ones. */
import {
  type AttestationBody,
  attestationBody,
  type CheckpointBody,
  checkpointBody,
  signedAttestation,
  signedCheckpoint,
} from '@leanvibe/protocol/checkpoint';
import { type ChangeId, type DocumentId, type Hash, type LinkId, type SpaceId, toHex } from '@leanvibe/protocol/ids';
import { encode } from '@leanvibe/protocol/shape';
import { deflate } from '@leanvibe/core/internal/base/deflate';
import { writeAttestation, writeCheckpoint } from '@leanvibe/core/internal/checkpoint/write';
import { packIds, cutId } from '@leanvibe/core/internal/intake/ids';
import { attestationSigned, checkpointIdOf, checkpointSigned } from '@leanvibe/core/internal/intake/open-checkpoint';
import { createSealer } from '@leanvibe/core/internal/keys/entry';
import type { Crypto } from '@leanvibe/core/internal/ports/crypto';
import { deflateSync } from 'fflate';
import { SECRETS } from './entries.js';
import { type Actor, actor, flipped, madeId, pattern, SPACE } from './kit.js';

export interface CheckpointVectors {
  readonly about: string;
  readonly author: string;
  readonly attester: string;
  readonly checkpoint: {
    readonly covered: readonly string[];
    readonly body: string;
    readonly id: string;
    readonly entryId: string;
    readonly sealed: string;
  };
  readonly parts: { readonly stateBytes: number; readonly id: string; readonly parts: readonly string[]; readonly entryId: string };
  readonly words: readonly { readonly agrees: number; readonly body: string; readonly entryId: string; readonly sealed: string }[];
  readonly refused: readonly { readonly why: string; readonly reason: string; readonly kind: string; readonly plaintext: string }[];
}

const CHANGES = ['a1', 'a2', 'b1'].map((name) => madeId<ChangeId>(`change ${name}`));

export function checkpointOf(author: Actor, state: Uint8Array): CheckpointBody {
  const [a, b] = [madeId<LinkId>('chain'), madeId<LinkId>('other chain')].sort() as [LinkId, LinkId];
  return {
    space: SPACE,
    document: madeId<DocumentId>('document'),
    device: author.device,
    addedBy: madeId<LinkId>('chain'),
    authHeads: [madeId<LinkId>('head')],
    crdt: 2,
    covers: [
      { addedBy: a, device: author.device, seq: 2, changeId: CHANGES[1] as ChangeId },
      { addedBy: b, device: author.device, seq: 1, changeId: CHANGES[2] as ChangeId },
    ],
    ids: packIds(CHANGES.map(cutId)),
    clients: [
      { clientId: 2 ** 40, cover: 0, clock: 7 },
      { clientId: 2 ** 41, cover: 1, clock: 300 },
    ],
    state,
  };
}

function wordOf(attester: Actor, checkpoint: Hash, agrees: number): AttestationBody {
  return {
    space: SPACE,
    document: madeId<DocumentId>('document'),
    checkpoint,
    device: attester.device,
    addedBy: madeId<LinkId>('attester'),
    authHeads: [madeId<LinkId>('head')],
    agrees,
  };
}

function brokenOf(crypto: Crypto, author: Actor, attester: Actor): CheckpointVectors['refused'] {
  const whole = checkpointOf(author, pattern(10));
  const plaintextOf = (body: CheckpointBody, by = author, carry = deflate): string => {
    const bytes = encode(checkpointBody, body);
    const signature = crypto.sign(checkpointSigned(checkpointIdOf(crypto, bytes)), by.keys.secretKey);
    return toHex(encode(signedCheckpoint, { body: carry(bytes), manifest: null, signature }));
  };
  const carried = (why: string, body: CheckpointBody, carry: typeof deflate) => ({
    why,
    reason: 'malformed',
    kind: 'checkpoint',
    plaintext: plaintextOf(body, author, carry),
  });
  const broken = (why: string, change: Partial<CheckpointBody>, reason = 'malformed') => ({
    why,
    reason,
    kind: 'checkpoint',
    plaintext: plaintextOf({ ...whole, ...change }),
  });
  const word = encode(attestationBody, wordOf(attester, madeId<Hash>('checkpoint'), 1));
  const swapped = crypto.sign(attestationSigned(word, 0), attester.keys.secretKey);
  return [
    broken('of another space', { space: madeId<SpaceId>('other space') }, 'wrong-space'),
    { why: 'signed by another device', reason: 'signature', kind: 'checkpoint', plaintext: plaintextOf(whole, attester) },
    broken('covers out of order', { covers: whole.covers.toReversed() }),
    broken('fewer ids than its chains are long', { ids: whole.ids.slice(16) }),
    broken('ids out of order', { ids: Uint8Array.from([...whole.ids.slice(16), ...whole.ids.slice(0, 16)]) }),
    broken('a client id of a chain that is not covered', { clients: [{ clientId: 2 ** 40, cover: 2, clock: 7 }] }),
    broken('client ids out of order', { clients: whole.clients.toReversed() }),
    carried('a body that is not deflated', whole, (bytes) => bytes),
    carried('a deflated body without its end', whole, (bytes) => deflate(bytes).slice(0, -4)),
    carried('few bytes that would come out as many', checkpointOf(author, new Uint8Array(200_000)), (bytes) => deflateSync(bytes)),
    {
      why: 'a refusal passed off as an attestation',
      reason: 'signature',
      kind: 'attestation',
      plaintext: toHex(encode(signedAttestation, { body: word, signature: swapped })),
    },
    {
      why: 'a body changed after signing',
      reason: 'signature',
      kind: 'attestation',
      plaintext: toHex(
        encode(signedAttestation, {
          body: encode(attestationBody, wordOf(attester, madeId<Hash>('other'), 1)),
          signature: crypto.sign(attestationSigned(word, 1), attester.keys.secretKey),
        }),
      ),
    },
    {
      why: 'no such record',
      reason: 'malformed',
      kind: 'checkpoint',
      plaintext: toHex(
        flipped(encode(signedCheckpoint, { body: deflate(encode(checkpointBody, whole)), manifest: null, signature: swapped }), 0),
      ),
    },
  ];
}

export function makeCheckpoints(crypto: Crypto): CheckpointVectors {
  const [author, attester] = [actor(crypto, 'alice'), actor(crypto, 'bob')];
  const sealer = createSealer(crypto, SECRETS);
  const body = checkpointOf(author, pattern(600));
  const written = writeCheckpoint(crypto, author.keys, sealer, body);
  const large = writeCheckpoint(crypto, author.keys, sealer, checkpointOf(author, pattern(500_000)));
  if (written === null || large === null) throw new Error('a small checkpoint that is too large');
  return {
    about:
      'Checkpoints of one document: covered changeIds, the body, its id, and the entry sealed under the epoch of entries.json; one whose state of `stateBytes` bytes (byte n is n mod 251) comes in parts; the entry ids are those of one deflater, those of others are as good; words that agree (1) or do not (0); plaintexts that are refused.',
    author: author.device,
    attester: attester.device,
    checkpoint: {
      covered: CHANGES,
      body: toHex(encode(checkpointBody, body)),
      id: written.checkpoint.id,
      entryId: written.entry.entryId,
      sealed: toHex(written.entry.bytes),
    },
    parts: {
      stateBytes: 500_000,
      id: large.checkpoint.id,
      parts: large.parts.map((one) => one.entryId),
      entryId: large.entry.entryId,
    },
    words: [1, 0].map((agrees) => {
      const word = wordOf(attester, written.checkpoint.id, agrees);
      const sealed = writeAttestation(crypto, attester.keys, sealer, word);
      return { agrees, body: toHex(encode(attestationBody, word)), entryId: sealed.entryId, sealed: toHex(sealed.bytes) };
    }),
    refused: brokenOf(crypto, author, attester),
  };
}
