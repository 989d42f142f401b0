/** The pairing link and QR: where the device is and waits, which key it must prove, and the secret (C40). */
import { fromHex, type DeviceId, idBytes, toHex } from '@leanvibe/protocol/ids';
import { err, ok, type Result } from '@leanvibe/core/base/result';
import { INVITE_PREFIX } from './invite-link.js';
import { type LinkKind, packLink, unpackLink } from './link.js';

export interface PairLink {
  readonly device: DeviceId;
  /** 16 bytes as lowercase hex. */
  readonly secret: string;
  /** Relays at which it waits, as origins. */
  readonly origins: readonly string[];
  /** Multiaddrs naming the device. */
  readonly addresses: readonly string[];
}

const PAIR: LinkKind = { prefix: 'leanvibe://pair/', called: 'pairing link', sizes: [32, 16], texts: 0 };

export function encodePairLink({ device, secret, origins, addresses }: PairLink): string {
  return packLink(PAIR, { fields: [idBytes(device), fromHex(secret) ?? new Uint8Array(0)], texts: [], origins, addresses });
}

/** The error is a sentence without an end mark. */
export function decodePairLink(text: string): Result<PairLink, string> {
  if (text.trim().startsWith(INVITE_PREFIX))
    return err("that link invites a person to a space: it makes no device one of that person's own");
  const read = unpackLink(PAIR, text);
  if (!read.ok) return read;
  const [device, secret] = read.value.fields as [Uint8Array, Uint8Array];
  const { origins, addresses } = read.value;
  return ok({ device: toHex(device) as DeviceId, secret: toHex(secret), origins, addresses });
}

/** Eight digits, however they are grouped; null for anything else. */
export function parseShortCode(text: string): string | null {
  const digits = text.trim().replace(/[ -]/g, '');
  return /^\d{8}$/.test(digits) ? digits : null;
}
