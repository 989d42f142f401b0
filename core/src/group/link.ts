/** A link on its way out and in: signed here, and believed only when its bytes, its id and every signature in it hold (C2, C3, G1–G3). */
import { type DeviceId, idBytes, type LinkId, makeId, type PersonId, type SpaceId } from '@leanvibe/protocol/ids';
import { type ConsentedCard, linkBody, type LinkBody, ROLES, signedLink } from '@leanvibe/protocol/link';
import { isOrigin } from '@leanvibe/protocol/origin';
import { decode, encode } from '@leanvibe/protocol/shape';
import { concat, type DecodeReason } from '@leanvibe/protocol/bytes';
import { err, ok, type Result } from '../base/result.js';
import { label } from '../crypto/labels.js';
import type { Crypto, Hashing, SigningKeys, Verifying } from '../ports/crypto.js';
import { verifyConsent } from './consent.js';

/** A link whose bytes and signatures were checked; whether it counts is the resolver's to say. */
export interface Link {
  readonly id: LinkId;
  readonly space: SpaceId;
  readonly body: LinkBody;
  /** 64 bytes. */
  readonly signature: Uint8Array;
}

export interface SignedLinkBytes {
  readonly id: LinkId;
  /** The canonical body, whose hash under its label is the id. */
  readonly body: Uint8Array;
  /** What a link entry seals. */
  readonly plaintext: Uint8Array;
  readonly link: Link;
}

/** `form`: decodes, but says what no honest writer says. */
export type LinkFailure = DecodeReason | 'form' | 'signature' | 'consent';

/** SHA-256(label ‖ canonical body). */
export function linkIdOf(hashing: Hashing, body: Uint8Array): LinkId {
  return makeId<LinkId>(hashing.sha256(concat(label('link'), body)));
}

/** The space a link belongs to: the one it names, or for a genesis its own id. */
export function spaceOf(id: LinkId, body: LinkBody): SpaceId {
  return body.space ?? (id as string as SpaceId);
}

/** Signs with the author's keys; throws when the author is another device, which only a bug can cause. */
export function signLink(crypto: Crypto, keys: SigningKeys, body: LinkBody): SignedLinkBytes {
  if (makeId<DeviceId>(keys.publicKey) !== body.author) throw new Error('a link is signed by its author only');
  const bytes = encode(linkBody, body);
  const id = linkIdOf(crypto, bytes);
  const signature = crypto.sign(signed(id), keys.secretKey);
  const link = { id, space: spaceOf(id, body), body, signature };
  return { id, body: bytes, plaintext: encode(signedLink, { body: bytes, signature }), link };
}

/** Reads hostile bytes; never throws. Every answer depends on the bytes alone. */
export function openLink(crypto: Hashing & Verifying, plaintext: Uint8Array): Result<Link, LinkFailure> {
  const outer = decode(signedLink, plaintext, 'link');
  if (!outer.ok) return err(outer.error);
  // A decoded body is a view of its bytes, and a link outlives the frame it came in.
  const bytes = outer.value.body.slice();
  const inner = decode(linkBody, bytes, 'link');
  if (!inner.ok) return err(inner.error);
  const body = inner.value;
  const id = linkIdOf(crypto, bytes);
  if (!wellFormed(body)) return err('form');
  if (!crypto.verify(outer.value.signature, signed(id), idBytes(body.author))) return err('signature');
  const space = spaceOf(id, body);
  if (!consents(body).every(([card, person]) => verifyConsent(crypto, card, space, person))) return err('consent');
  return ok({ id, space, body, signature: outer.value.signature.slice() });
}

function signed(id: LinkId): Uint8Array {
  return concat(label('link-signature'), idBytes(id));
}

function consents(body: LinkBody): readonly (readonly [ConsentedCard, PersonId])[] {
  const op = body.operation;
  if (op.type === 'add-device') return [[op.device, op.person]];
  if (op.type === 'add-person') return op.devices.map((card) => [card, op.person] as const);
  return [];
}

/** G2: what a lone link must satisfy. */
export function wellFormed(body: LinkBody): boolean {
  const op = body.operation;
  if (op.type === 'genesis') {
    const rootless = body.space === null && body.parents.length === 0 && body.index === 0;
    return rootless && op.card.device === body.author && op.home === (op.person === null);
  }
  if (body.space === null || body.parents.length === 0) return false;
  switch (op.type) {
    case 'add-person':
      // One link, one device, one chain: what speaks against a device must not speak against another of the same person.
      return op.devices.length === 1;
    case 'set-role':
      return (op.frontier !== null) === (ROLES[op.role] === 'viewer');
    case 'epoch':
      return (
        distinct(op.recipients.map((one) => one.device)) &&
        distinct(op.priors.map((one) => one.epoch)) &&
        op.priors.every((one) => op.parents.includes(one.epoch))
      );
    case 'succeed':
      return op.previous !== op.next;
    case 'mailbox':
      return isOrigin(op.relay);
    default:
      return true;
  }
}

function distinct(ids: readonly string[]): boolean {
  return new Set(ids).size === ids.length;
}
