/** Forgeries around a change: chain, claims, seal, place and parts. Each names what the victim must count; payloads themselves are in payloads.ts. */
import type { RefusalReason } from '@leanvibe/protocol/errors';
import { concat } from '@leanvibe/protocol/bytes';
import { CRDT_KINDS, part, signedChange } from '@leanvibe/protocol/change';
import { type ChangeId, type DeviceId, type DocumentId, type EntryId, type LinkId, makeId, type SpaceId } from '@leanvibe/protocol/ids';
import type { Lane } from '@leanvibe/core/internal/ports/store';
import { changeSigned } from '@leanvibe/core/internal/intake/open';
import { PART_BYTES_MAX } from '@leanvibe/protocol/limits';
import { KINDS, writeSealed } from '@leanvibe/protocol/sealed';
import { encode } from '@leanvibe/protocol/shape';
import { crypto, type ForgedChange, type Member } from './member.js';
import { content, item, update } from './payloads.js';

export interface Place {
  readonly document: DocumentId;
  /** Another document of the same space, with words of the victim. */
  readonly other: DocumentId;
  readonly first: ForgedChange;
  readonly me: { readonly clientId: number; readonly clock: number };
  readonly victim: { readonly clientId: number; readonly clock: number };
  /** The victim's change. */
  readonly tip: ChangeId;
  /** The very bytes of that change's entry. */
  readonly genuine: Uint8Array;
}

export interface Forgery {
  readonly name: string;
  readonly counts: Partial<Readonly<Record<RefusalReason, number>>>;
  make(thief: Member, place: Place): readonly { readonly lane: Lane; readonly bytes: Uint8Array }[];
}

const id = <T extends ChangeId | LinkId | EntryId | SpaceId | DocumentId>(seed: string): T =>
  makeId<T>(crypto.sha256(Buffer.from(seed)) as never);
const stranger = crypto.signingKeys(crypto.sha256(Buffer.from('stranger')));
const strangerId = makeId<DeviceId>(stranger.publicKey);
const changes = (...all: readonly Uint8Array[]): readonly { readonly lane: Lane; readonly bytes: Uint8Array }[] =>
  all.map((bytes) => ({ lane: 2, bytes }));

/** Good content that goes on where the foothold ended. */
const good = ({ me }: Place): Uint8Array =>
  update([{ ...me, structs: [item({ parent: 'settings', key: 'next' }, content.any([125, 2]))] }]);
const next = (
  place: Place,
): { readonly document: DocumentId; readonly seq: number; readonly previous: ChangeId; readonly payload: Uint8Array } => ({
  document: place.document,
  seq: 2,
  previous: place.first.id,
  payload: good(place),
});

const chains: readonly Forgery[] = [
  {
    name: 'C8 a number skipped',
    counts: { chain: 1 },
    make: (thief, place) => changes(thief.change({ ...next(place), seq: 3 }).entry.bytes),
  },
  {
    name: 'C8 a first change without number 1',
    counts: { chain: 1 },
    make: (thief, place) => changes(thief.change({ document: place.document, seq: 9, previous: null, payload: good(place) }).entry.bytes),
  },
  {
    name: 'C8 going on from the victim’s change',
    counts: { chain: 1 },
    make: (thief, place) => changes(thief.change({ ...next(place), previous: place.tip }).entry.bytes),
  },
  {
    name: 'C8 another kind of document inside one chain',
    counts: { chain: 1 },
    make: (thief, place) => changes(thief.change({ ...next(place), crdt: CRDT_KINDS.facts }).entry.bytes),
  },
  {
    name: 'C8 a change on top of a refused one',
    counts: { 'bad-payload': 1, chain: 1 },
    make(thief, place) {
      const bad = thief.change({ ...next(place), payload: Uint8Array.of(1, 2, 3) });
      return changes(bad.entry.bytes, thief.change({ ...next(place), seq: 3, previous: bad.id }).entry.bytes);
    },
  },
  {
    name: 'C8 the victim’s chain by another key',
    counts: { 'not-editor': 1 },
    make: (thief, place) =>
      changes(thief.change({ document: place.document, device: strangerId, payload: good(place) }, stranger).entry.bytes),
  },
  {
    name: 'C8 a chain nobody opened',
    counts: { 'not-editor': 1 },
    make: (thief, place) =>
      changes(thief.change({ document: place.document, addedBy: id<LinkId>('no link'), payload: good(place) }).entry.bytes),
  },
  {
    name: 'P4 stale membership: cited heads from before it was a member',
    counts: { 'not-editor': 1 },
    make: (thief, place) => changes(thief.change({ ...next(place), authHeads: [thief.space as string as LinkId] }).entry.bytes),
  },
  {
    name: 'C6 membership nobody knows only waits',
    counts: {},
    make: (thief, place) => changes(thief.change({ ...next(place), authHeads: [id<LinkId>('never')] }).entry.bytes),
  },
  {
    name: 'C8 dependencies nobody knows only wait',
    counts: {},
    make: (thief, place) => changes(thief.change({ ...next(place), dependencies: [id<ChangeId>('never')] }).entry.bytes),
  },
  {
    name: 'C8 a dependency in another document only waits',
    counts: {},
    make: (thief, place) =>
      changes(
        thief.change({ ...next(place), document: place.other, previous: null, seq: 1, dependencies: [place.tip], payload: good(place) })
          .entry.bytes,
      ),
  },
  {
    name: 'C18 a document of a kind nobody knows',
    counts: {},
    make: (thief, place) =>
      changes(thief.change({ ...next(place), document: id<DocumentId>('new kind'), previous: null, seq: 1, crdt: 77 }).entry.bytes),
  },
];

const claims: readonly Forgery[] = [
  {
    name: 'C21 the victim’s client id claimed with a run that does not give it',
    counts: { 'bad-claim': 1 },
    make: (thief, place) =>
      changes(thief.change({ ...next(place), claims: [{ clientId: place.victim.clientId, run: new Uint8Array(16) }] }).entry.bytes),
  },
  {
    name: 'C21 the victim’s client id claimed without a run',
    counts: { 'bad-claim': 1 },
    make: (thief, place) => changes(thief.change({ ...next(place), claims: [{ clientId: place.victim.clientId, run: null }] }).entry.bytes),
  },
  {
    name: 'C21 a true run of another document',
    counts: { 'bad-claim': 1 },
    make: (thief, place) => changes(thief.change({ ...next(place), claims: [thief.run(place.other, 1)] }).entry.bytes),
  },
  {
    name: 'C21 a client id below 2^32 with a run',
    counts: { 'bad-claim': 1 },
    make: (thief, place) => changes(thief.change({ ...next(place), claims: [{ clientId: 5, run: new Uint8Array(16) }] }).entry.bytes),
  },
  {
    name: 'C21 writing under a claimed id on top of the victim’s clocks',
    counts: { 'bad-claim': 1 },
    make: (thief, place) =>
      changes(
        thief.change({
          ...next(place),
          dependencies: [place.tip],
          payload: update([{ ...place.victim, structs: [item({ parent: 'note' }, content.string('x'))] }]),
        }).entry.bytes,
      ),
  },
  {
    name: 'C21 a new id that was never claimed',
    counts: { 'bad-claim': 1 },
    make: (thief, place) =>
      changes(
        thief.change({
          ...next(place),
          payload: update([
            { clientId: thief.run(place.document, 2).clientId, clock: 0, structs: [item({ parent: 'note' }, content.string('x'))] },
          ]),
        }).entry.bytes,
      ),
  },
];

const seals: readonly Forgery[] = [
  {
    name: 'C19 a nonce that does not recompute',
    counts: { seal: 1 },
    make: (thief, place) => changes(thief.sealWrongly('change', plain(thief.change(next(place)), thief), 'nonce').bytes),
  },
  {
    name: 'C19 padding that is not zero',
    counts: { seal: 1 },
    make: (thief, place) => changes(thief.sealWrongly('change', plain(thief.change(next(place)), thief), 'padding').bytes),
  },
  {
    name: 'C19 a length beyond the padding',
    counts: { seal: 1 },
    make: (thief, place) => changes(thief.sealWrongly('change', plain(thief.change(next(place)), thief), 'length').bytes),
  },
  {
    name: 'C19 one bit of the ciphertext',
    counts: { seal: 1 },
    make(thief, place) {
      const bytes = thief.change(next(place)).entry.bytes.slice();
      bytes[200] = (bytes[200] ?? 0) ^ 1;
      return changes(bytes);
    },
  },
  {
    name: 'C19 a change sealed as a part',
    counts: { seal: 1 },
    make(thief, place) {
      const bytes = thief.change(next(place)).entry.bytes.slice();
      bytes[1] = KINDS.part;
      return changes(bytes);
    },
  },
  {
    name: 'C7 a signature of another key',
    counts: { signature: 1 },
    make: (thief, place) => changes(thief.change(next(place), stranger).entry.bytes),
  },
  {
    name: 'C7 genuine changes copied with wrong signatures do not shadow them',
    counts: { signature: 2 },
    make(thief, place) {
      const change = thief.change(next(place));
      const forged = [1, 2].map(
        (byte) =>
          thief.seal('change', encode(signedChange, { body: change.bytes, manifest: null, signature: new Uint8Array(64).fill(byte) }))
            .bytes,
      );
      return changes(...forged, change.entry.bytes);
    },
  },
  {
    name: 'C18 a change of another space',
    counts: { 'wrong-space': 1 },
    make: (thief, place) => changes(thief.change({ ...next(place), space: id<SpaceId>('elsewhere') }).entry.bytes),
  },
  {
    name: 'C7 a chain carried on in another document waits for a beginning there',
    counts: {},
    make: (thief, place) => changes(thief.change({ ...next(place), document: place.other }).entry.bytes),
  },
  {
    name: 'C19 a change that is no change',
    counts: { malformed: 1 },
    make: (thief) => changes(thief.seal('change', Uint8Array.of(0xa0)).bytes),
  },
  {
    name: 'C19 a change with neither body nor manifest',
    counts: { malformed: 1 },
    make: (thief) =>
      changes(thief.seal('change', encode(signedChange, { body: null, manifest: null, signature: new Uint8Array(64) })).bytes),
  },
  { name: 'C19 a part that is none', counts: { malformed: 1 }, make: (thief) => changes(thief.seal('part', Uint8Array.of(0xff)).bytes) },
  {
    name: 'C35 a checkpoint that is none',
    counts: { malformed: 1 },
    make: (thief) => [{ lane: 1, bytes: thief.seal('checkpoint', new Uint8Array(64)).bytes }],
  },
  {
    name: 'C36 an attestation that is none',
    counts: { malformed: 1 },
    make: (thief) => [{ lane: 1, bytes: thief.seal('attestation', new Uint8Array(64)).bytes }],
  },
  {
    name: 'C26 a change in the lane of links',
    counts: { 'entry-lane': 1 },
    make: (thief, place) => [{ lane: 1, bytes: thief.change(next(place)).entry.bytes }],
  },
  {
    name: 'C26 a change in the lane of announcements',
    counts: { 'entry-lane': 1 },
    make: (thief, place) => [{ lane: 0, bytes: thief.change(next(place)).entry.bytes }],
  },
  {
    name: 'C30 presence is never stored',
    counts: { 'entry-lane': 1 },
    make: (thief) => changes(thief.seal('presence', new Uint8Array(64)).bytes),
  },
  {
    name: 'C19 an unknown kind',
    counts: { 'entry-kind': 1 },
    make(thief, place) {
      const bytes = thief.change(next(place)).entry.bytes.slice();
      bytes[1] = 99;
      return changes(bytes);
    },
  },
  {
    name: 'C19 a version to come is no fault, only a hole',
    counts: { 'entry-version': 1 },
    make(thief, place) {
      const bytes = thief.change(next(place)).entry.bytes.slice();
      bytes[0] = 9;
      return changes(bytes);
    },
  },
  { name: 'C19 an entry that is too small', counts: { 'entry-size': 1 }, make: () => changes(new Uint8Array(100).fill(1)) },
  {
    name: 'C10 an epoch nobody knows only waits',
    counts: {},
    make: () =>
      changes(
        writeSealed({
          kind: 'change',
          epoch: makeId(crypto.sha256(Buffer.from('no epoch'))),
          nonce: new Uint8Array(24),
          ciphertext: new Uint8Array(600),
        }),
      ),
  },
];

/** The plaintext inside a change's entry, signed as it should be. */
function plain(change: ForgedChange, thief: Member): Uint8Array {
  return encode(signedChange, {
    body: change.bytes,
    manifest: null,
    signature: crypto.sign(changeSigned(change.id), thief.signing.secretKey),
  });
}

const sealPart = (thief: Member, bytes: Uint8Array): { readonly entryId: EntryId; readonly bytes: Uint8Array } =>
  thief.seal('part', encode(part, { bytes: Uint8Array.from(bytes) }));
const manifest = (
  thief: Member,
  parts: readonly EntryId[],
  bytes: number,
  changeId: ChangeId,
  signature: Uint8Array = new Uint8Array(64),
): Uint8Array => thief.seal('change', encode(signedChange, { body: null, manifest: { parts, bytes, changeId }, signature })).bytes;

const manifests: readonly Forgery[] = [
  {
    name: 'C19 a manifest whose parts never come only waits',
    counts: {},
    make: (thief, place) => changes(manifest(thief, [id<EntryId>('never')], 10, place.tip)),
  },
  {
    name: 'C19 a manifest that names one part 96 times',
    counts: { malformed: 1 },
    make(thief, place) {
      const one = sealPart(thief, new Uint8Array(PART_BYTES_MAX));
      return changes(
        one.bytes,
        manifest(
          thief,
          Array.from({ length: 96 }, () => one.entryId),
          16 * 1024 * 1024,
          place.tip,
        ),
      );
    },
  },
  {
    name: 'C19 a manifest that names itself or another change as its part',
    counts: { malformed: 1 },
    make: (thief, place) => changes(manifest(thief, [place.first.entry.entryId], 100, place.tip)),
  },
  {
    name: 'C19 parts that make another change than promised',
    counts: { malformed: 1 },
    make(thief, place) {
      const change = thief.change(next(place));
      const piece = sealPart(thief, change.bytes);
      return changes(
        piece.bytes,
        manifest(thief, [piece.entryId], change.bytes.length, place.tip, crypto.sign(changeSigned(change.id), thief.signing.secretKey)),
      );
    },
  },
  {
    name: 'C19 parts of another length than promised',
    counts: { malformed: 1 },
    make(thief, place) {
      const change = thief.change(next(place));
      const piece = sealPart(thief, change.bytes);
      return changes(piece.bytes, manifest(thief, [piece.entryId], change.bytes.length + 1, change.id));
    },
  },
  {
    name: 'C7 parts under a wrong signature',
    counts: { signature: 1 },
    make(thief, place) {
      const change = thief.change(next(place));
      const piece = sealPart(thief, change.bytes);
      return changes(piece.bytes, manifest(thief, [piece.entryId], change.bytes.length, change.id));
    },
  },
  {
    name: 'C5 a part that pretends to be a frontier',
    counts: {},
    make: (thief) => changes(sealPart(thief, concat(Uint8Array.of(0x80))).bytes),
  },
];

export const FORGERIES: readonly Forgery[] = [...chains, ...claims, ...seals, ...manifests];
