/** A malicious member device: it holds real keys and every epoch secret of its space, and seals whatever it likes (P4, P9, C7). */
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import { storedLinks } from '@leanvibe/core/internal/engine/payload';
import { createSpaceGroup, type SpaceGroup } from '@leanvibe/core/internal/engine/space-group';
import { changeRecord, epochRecord, TABLES } from '@leanvibe/core/internal/engine/tables';
import { type Link, type SignedLinkBytes, signLink } from '@leanvibe/core/internal/group/link';
import { clientIdOf } from '@leanvibe/core/internal/intake/clientid';
import { changeIdOf, changeSigned } from '@leanvibe/core/internal/intake/open';
import type { ChangeRow } from '@leanvibe/core/internal/intake/row';
import { createSealer, entryIdOf, type SealedEntry } from '@leanvibe/core/internal/keys/entry';
import { type EpochSecrets, entryKeys } from '@leanvibe/core/internal/keys/epoch';
import { createVault } from '@leanvibe/core/internal/keys/local';
import { createKeyRing } from '@leanvibe/core/internal/keys/ring';
import type { SigningKeys } from '@leanvibe/core/internal/ports/crypto';
import type { Store } from '@leanvibe/core/internal/ports/store';
import { type ChangeBody, changeBody, CRDT_KINDS, part, signedChange } from '@leanvibe/protocol/change';
import { concat } from '@leanvibe/protocol/bytes';
import { type ChangeId, type DeviceId, type DocumentId, type EpochId, type LinkId, makeId, type SpaceId } from '@leanvibe/protocol/ids';
import { PART_BYTES_MAX } from '@leanvibe/protocol/limits';
import type { LinkBody, Operation } from '@leanvibe/protocol/link';
import { type Kind, KINDS, NONCE_BYTES, paddedLength, writeSealed } from '@leanvibe/protocol/sealed';
import { decode, encode } from '@leanvibe/protocol/shape';

export const crypto = nativeCrypto();

export interface MemberSecrets {
  readonly signingSeed: Uint8Array;
  readonly sealingSecret: Uint8Array;
  readonly localKey: Uint8Array;
}

export interface ForgedChange {
  readonly id: ChangeId;
  readonly body: ChangeBody;
  readonly bytes: Uint8Array;
  readonly entry: SealedEntry;
  /** Everything that must arrive: parts, if it is large, and the entry itself. */
  readonly entries: readonly Uint8Array[];
}

export interface Forge {
  readonly document: DocumentId;
  readonly payload: Uint8Array;
}

export interface Member {
  readonly device: DeviceId;
  readonly signing: SigningKeys;
  readonly sealingSecret: Uint8Array;
  readonly space: SpaceId;
  /** Newest first. */
  readonly epochs: readonly EpochSecrets[];
  readonly group: SpaceGroup;
  /** Every link on its disk. */
  readonly links: readonly Link[];
  /** The link that admitted it. */
  readonly chain: LinkId;
  /** What it learned of a document while it still played along. */
  rows(document: DocumentId): readonly ChangeRow[];
  seal(kind: Kind, plaintext: Uint8Array): SealedEntry;
  /** Sealed with another nonce than the plaintext's, or with padding that is not zero. */
  sealWrongly(kind: Kind, plaintext: Uint8Array, how: 'nonce' | 'padding' | 'length'): SealedEntry;
  /** A signed and sealed change; every field may be a lie. */
  change(forge: Forge & Partial<ChangeBody>, signing?: SigningKeys): ForgedChange;
  /** A client id that is really this member's in this document, by the run it draws. */
  run(document: DocumentId, seed: number): { readonly clientId: number; readonly run: Uint8Array };
  link(operation: Operation, place?: Partial<Pick<LinkBody, 'parents' | 'index' | 'space'>>, signing?: SigningKeys): SignedLinkBytes;
}

/** Takes over a device that joined honestly: everything comes from its own disk. */
export async function takeOver(secrets: MemberSecrets, store: Store, space: SpaceId): Promise<Member> {
  const signing = crypto.signingKeys(secrets.signingSeed);
  const device = makeId<DeviceId>(signing.publicKey);
  const vault = createVault(crypto, store, secrets.localKey);
  const ring = createKeyRing(crypto);
  const found: { readonly secrets: EpochSecrets; readonly learned: number }[] = [];
  for (const { key, value } of await vault.scan(TABLES.epoch, `${space}/`, null, 1000)) {
    const decoded = decode(epochRecord, value);
    if (!decoded.ok) throw new Error('an epoch record that does not read');
    const { read, append, learned } = decoded.value;
    found.push({ secrets: { epoch: key.slice(space.length + 1, space.length + 65) as EpochId, read, append }, learned });
  }
  const epochs = found.sort((a, b) => b.learned - a.learned).map((one) => one.secrets);
  for (const epoch of epochs) ring.add(epoch);
  const group = createSpaceGroup(crypto, space);
  const links: Link[] = [];
  for await (const link of storedLinks(crypto, store, space, ring)) {
    group.add(link);
    links.push(link);
  }
  const rows = new Map<DocumentId, ChangeRow[]>();
  for (const { key, value } of await vault.scan(TABLES.change, `${space}/`, null, 100_000)) {
    const decoded = decode(changeRecord, value);
    const document = key.split('/')[1] as DocumentId;
    if (decoded.ok) rows.set(document, [...(rows.get(document) ?? []), decoded.value.row]);
  }
  const newest = epochs[0];
  const chain = group.member(device)?.addedBy;
  if (newest === undefined || chain === undefined) throw new Error('this device is no member');
  const sealer = createSealer(crypto, newest);

  return {
    device,
    signing,
    sealingSecret: secrets.sealingSecret,
    space,
    epochs,
    group,
    links,
    chain,
    rows: (document) => rows.get(document) ?? [],
    seal: (kind, plaintext) => sealer.seal(kind, plaintext),
    sealWrongly: (kind, plaintext, how) => sealWrongly(newest, kind, plaintext, how),
    change(forge, keys = signing) {
      const body: ChangeBody = {
        space,
        device,
        addedBy: chain,
        seq: 1,
        previous: null,
        dependencies: [],
        authHeads: [...group.cite()].sort(),
        crdt: CRDT_KINDS.yjs,
        claims: [],
        token: null,
        ...forge,
      };
      const bytes = encode(changeBody, body);
      const id = changeIdOf(crypto, bytes);
      const signature = crypto.sign(changeSigned(id), keys.secretKey);
      if (bytes.length < PART_BYTES_MAX) {
        const entry = sealer.seal('change', encode(signedChange, { body: bytes, manifest: null, signature }));
        return { id, body, bytes, entry, entries: [entry.bytes] };
      }
      const parts = piecesOf(bytes).map((piece) => sealer.seal('part', encode(part, { bytes: piece })));
      const manifest = { parts: parts.map((one) => one.entryId), bytes: bytes.length, changeId: id };
      const entry = sealer.seal('change', encode(signedChange, { body: null, manifest, signature }));
      return { id, body, bytes, entry, entries: [...parts.map((one) => one.bytes), entry.bytes] };
    },
    run(document, seed) {
      const run = crypto.sha256(Uint8Array.of(seed & 255, seed >> 8)).slice(0, 16);
      return { run, clientId: clientIdOf(crypto, chain, document, run) };
    },
    link: (operation, place = {}, keys = signing) =>
      signLink(crypto, keys, {
        space,
        parents: [...group.cite(makeId<DeviceId>(keys.publicKey))].sort(),
        author: makeId<DeviceId>(keys.publicKey),
        index: group.nextIndex(makeId<DeviceId>(keys.publicKey)),
        operation,
        ...place,
      }),
  };
}

function piecesOf(bytes: Uint8Array): readonly Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / PART_BYTES_MAX) }, (_, at) =>
    bytes.subarray(at * PART_BYTES_MAX, (at + 1) * PART_BYTES_MAX),
  );
}

function sealWrongly(secrets: EpochSecrets, kind: Kind, plaintext: Uint8Array, how: 'nonce' | 'padding' | 'length'): SealedEntry {
  const keys = entryKeys(crypto, secrets, kind);
  const padded = new Uint8Array(paddedLength(plaintext.length + 4));
  new DataView(padded.buffer).setUint32(0, how === 'length' ? padded.length : plaintext.length);
  padded.set(plaintext, 4);
  if (how === 'padding') padded[padded.length - 1] = 1;
  const nonce =
    how === 'nonce'
      ? crypto.sha256(padded).slice(0, NONCE_BYTES)
      : crypto.hmacSha256(keys.nonceKey, concat(Uint8Array.of(KINDS[kind]), padded)).slice(0, NONCE_BYTES);
  const bytes = writeSealed({ kind, epoch: secrets.epoch, nonce, ciphertext: crypto.secretbox(padded, nonce, keys.key) });
  return { entryId: entryIdOf(crypto, bytes), bytes };
}
