/** The invite link and QR: where the inviting device is, which key it must prove, which invite it is, and the admission secret (C42). */
import { fromHex, type DeviceId, idBytes, toHex } from '@leanvibe/protocol/ids';
import { err, ok, type Result } from '@leanvibe/core/base/result';
import { type LinkKind, packLink, unpackLink } from './link.js';

export interface InviteLink {
  /** Whoever made the invite, and alone can answer to it. */
  readonly device: DeviceId;
  /** 16 bytes as lowercase hex. */
  readonly invite: string;
  /** 16 bytes as lowercase hex: an admission key, never a key of the space. */
  readonly secret: string;
  /** As the inviting side has them, so that whoever is invited reads who asks them where. */
  readonly personName: string;
  readonly spaceName: string;
  /** Whole seconds. */
  readonly expiresAtMs: number;
  /** Relays at which it waits, as origins. */
  readonly origins: readonly string[];
  /** Multiaddrs naming the device. */
  readonly addresses: readonly string[];
}

export const INVITE_PREFIX = 'leanvibe://invite/';
const INVITE: LinkKind = { prefix: INVITE_PREFIX, called: 'invite link', sizes: [32, 16, 16, 4], texts: 2 };

export function encodeInviteLink(link: InviteLink): string {
  const { device, invite, secret, personName, spaceName, expiresAtMs, origins, addresses } = link;
  const bytes = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array(0);
  const until = new Uint8Array(4);
  new DataView(until.buffer).setUint32(0, Math.min(0xffff_ffff, Math.floor(expiresAtMs / 1000)));
  const fields = [idBytes(device), bytes(invite), bytes(secret), until];
  return packLink(INVITE, { fields, texts: [personName, spaceName], origins, addresses });
}

/** The error is a sentence without an end mark. */
export function decodeInviteLink(text: string): Result<InviteLink, string> {
  if (text.trim().startsWith('leanvibe://pair/')) return err('that link pairs a device of your own: it invites nobody to a space');
  const read = unpackLink(INVITE, text);
  if (!read.ok) return read;
  const { fields, texts, origins, addresses } = read.value;
  const [device, invite, secret, until] = fields as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  const [personName = '', spaceName = ''] = texts;
  return ok({
    device: toHex(device) as DeviceId,
    invite: toHex(invite),
    secret: toHex(secret),
    personName,
    spaceName,
    expiresAtMs: new DataView(until.buffer, until.byteOffset).getUint32(0) * 1000,
    origins,
    addresses,
  });
}

export function isInviteLink(text: string): boolean {
  return text.trim().startsWith(INVITE_PREFIX);
}
