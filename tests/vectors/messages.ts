/** Vectors of C25 – C30, C40 and C41: every message of the peer and pairing doorways, with all fields and with as few as possible. */
import {
  type Hash,
  type PersonId,
  type SpaceId,
  type StoreId,
  type EntryId,
  type EpochId,
  type MailboxId,
  toHex,
} from '@leanvibe/protocol/ids';
import { type LogMessage, logMessage, type SessionMessage, sessionMessage } from '@leanvibe/protocol/peer';
import { type PairingMessage, pairingMessage } from '@leanvibe/protocol/pairing';
import { encode, type Shape } from '@leanvibe/protocol/shape';
import { portableCrypto } from '@leanvibe/core/internal/crypto/portable';
import { actor, made, madeId, type Plain, plain } from './kit.js';

const hash = (name: string): Hash => madeId<Hash>(name);
const entry = (name: string): EntryId => madeId<EntryId>(name);
const store = madeId<StoreId>('store', 16);
const head = (position: number): { readonly position: number; readonly prefixHash: Hash } => ({
  position,
  prefixHash: hash(`prefix ${position}`),
});

export const SESSION: readonly SessionMessage[] = [
  { type: 'hello', version: 1, versionMin: 1, nonce: made('hello nonce') },
  { type: 'tags', tags: [] },
  { type: 'tags', tags: [made('tag 1', 16), made('tag 2', 16)] },
  { type: 'open', slot: 0, echo: made('echo', 16), proof: made('proof', 16), level: 0 },
  { type: 'open', slot: 65_535, echo: made('echo', 16), proof: made('proof', 16), level: 1 },
  { type: 'presence', slot: 1, sealed: made('presence', 40) },
  { type: 'ping', nonce: 0 },
  { type: 'pong', nonce: Number.MAX_SAFE_INTEGER },
  { type: 'bye', code: 1, detail: 'this side needs an update' },
  { type: 'bye', code: 0, detail: '' },
  { type: 'shown', slot: 2, mailboxes: [] },
  {
    type: 'shown',
    slot: 2,
    mailboxes: [
      {
        relay: 'https://relay.example',
        mailbox: madeId<MailboxId>('mailbox'),
        store,
        lanes: [
          { lane: 1, ...head(7) },
          { lane: 2, ...head(70_000) },
        ],
        live: 1,
      },
    ],
  },
];

export const LOG: readonly LogMessage[] = [
  {
    type: 'heads',
    slot: 3,
    store,
    lanes: [
      { lane: 0, ...head(0) },
      { lane: 1, ...head(7) },
      { lane: 2, ...head(70_000) },
    ],
  },
  { type: 'cursors', slot: 3, store, lanes: [{ lane: 2, ...head(12) }] },
  { type: 'entries', slot: 3, lane: 2, through: 14, prefixHash: hash('through'), items: [made('sealed 1', 60), made('sealed 2', 61)] },
  { type: 'entries', slot: 3, lane: 2, through: 15, prefixHash: hash('through'), items: [] },
  { type: 'offer', slot: 3, lane: 2, through: 80, prefixHash: hash('through'), ids: [entry('one'), entry('two')] },
  { type: 'want', slot: 3, lane: 2, through: 80, bits: Uint8Array.of(0b10) },
  { type: 'stored', slot: 3, lane: 2, through: 14, credit: 121, placed: null },
  { type: 'stored', slot: 3, lane: 2, through: null, credit: 0, placed: { before: head(4), after: head(6) } },
  {
    type: 'reconcile',
    slot: 3,
    lane: 1,
    seed: made('seed', 16),
    round: 1,
    ranges: [{ prefix: new Uint8Array(0), count: 9, fingerprint: made('fingerprint', 16) }],
  },
  { type: 'get', slot: 3, lane: 1, ids: [entry('one')] },
  { type: 'loose', slot: 3, lane: 1, items: [made('sealed 1', 60)], missing: [entry('two')] },
  {
    type: 'ranges',
    slot: 3,
    lane: 1,
    round: 1,
    ranges: [
      { prefix: Uint8Array.of(10), summary: { count: 65, fingerprint: made('child', 16) }, ids: null },
      { prefix: Uint8Array.of(11, 15), summary: null, ids: [entry('one')] },
    ],
  },
  { type: 'unmatched', slot: 3, lane: 0, ...head(5) },
  { type: 'trace', slot: 3, lane: 2, after: 70_000, through: 70_002 },
  { type: 'traced', slot: 3, lane: 2, after: 70_000, ids: [entry('one'), entry('two')] },
];

export function pairingMessages(): readonly PairingMessage[] {
  const { card } = actor(portableCrypto(), 'alice', 3);
  const [space, person] = [madeId<SpaceId>('space'), madeId<PersonId>('person')];
  return [
    { type: 'ask', version: 1, nonce: made('ask'), card, name: 'Phone', proof: made('proof'), code: null, hasData: false },
    { type: 'ask', version: 1, nonce: made('ask'), card, name: '', proof: null, code: '12345678', hasData: true },
    { type: 'commit', commitment: made('commitment') },
    { type: 'answer', nonce: made('answer'), ephemeral: made('answer key') },
    { type: 'reveal', nonce: made('reveal'), ephemeral: made('reveal key') },
    { type: 'confirmed' },
    { type: 'invite', person, space, personName: 'Ada', deviceName: 'Mac' },
    { type: 'consent', device: { card, consent: made('consent', 64) } },
    {
      type: 'welcome',
      space,
      epochs: [
        { epoch: madeId<EpochId>('epoch 1'), read: made('R1'), append: null },
        { epoch: madeId<EpochId>('epoch 2'), read: made('R2'), append: made('W2') },
      ],
    },
    { type: 'reverse', space },
    { type: 'refuse', code: 'declined', detail: 'the other device declined' },
    { type: 'done' },
    {
      type: 'knock',
      version: 1,
      invite: made('invite', 16),
      nonce: made('knock'),
      proof: made('knock proof'),
      card,
      person,
      personName: 'Bob',
      deviceName: 'Phone',
    },
    { type: 'door', space, role: 1, asks: true },
    { type: 'waiting' },
    { type: 'recover', version: 1, nonce: made('recover') },
    { type: 'challenge', nonce: made('challenge') },
    { type: 'prove', paper: card.device, signature: made('proof of words', 64) },
    { type: 'recovered', space, epochs: [{ epoch: madeId<EpochId>('epoch 2'), read: made('R2'), append: made('W2') }] },
  ];
}

export interface MessageVectors {
  readonly about: string;
  readonly shapes: Readonly<Record<string, string>>;
  readonly session: readonly { readonly value: Plain; readonly bytes: string }[];
  readonly log: readonly { readonly value: Plain; readonly bytes: string }[];
  readonly pairing: readonly { readonly value: Plain; readonly bytes: string }[];
}

function rows<T>(shape: Shape<T>, values: readonly T[]): readonly { readonly value: Plain; readonly bytes: string }[] {
  return values.map((value) => ({ value: plain(value), bytes: toHex(encode(shape, value)) }));
}

export function makeMessages(): MessageVectors {
  return {
    about: 'C25 – C30, C40, C41. Every message of both doorways; `hex:` marks bytes, ids are hex without a mark, absent fields are null.',
    shapes: { session: sessionMessage.text, log: logMessage.text, pairing: pairingMessage.text },
    session: rows(sessionMessage, SESSION),
    log: rows(logMessage, LOG),
    pairing: rows(pairingMessage, pairingMessages()),
  };
}
