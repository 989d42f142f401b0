/** The pairing link and QR: one short text that says where the device is, which key it must prove, and the secret (C40). */
import { isIPv4, isIPv6 } from 'node:net';
import { fromHex, type DeviceId, idBytes, toHex } from '@leanvibe/protocol/ids';
import { err, ok, type Result } from '@leanvibe/core/base/result';
import { parseLanAddress, toMultiaddr } from '../transport/address.js';

export interface PairLink {
  readonly device: DeviceId;
  /** 16 bytes as lowercase hex. */
  readonly secret: string;
  /** Multiaddrs naming the device. */
  readonly addresses: readonly string[];
}

const PREFIX = 'leanvibe://pair/';
const VERSION = 1;
const KEY_BYTES = 32;
const SECRET_BYTES = 16;
/** A QR a phone reads from a terminal at arm's length. */
export const LINK_CHARS_MAX = 300;
const LINK_BYTES_MAX = Math.floor(((LINK_CHARS_MAX - PREFIX.length) * 3) / 4);
const ADDRESSES_MAX = 16;
const KINDS = ['tcp', 'ws'] as const;

/** Bytes: version, device key (32), secret (16), then per address a mark (bit 0: ws, bit 1: IPv6), the address (4 or 16) and the port (2, big-endian). As many addresses as fit, in the order given. */
export function encodePairLink({ device, secret, addresses }: PairLink): string {
  const secretBytes = fromHex(secret);
  if (secretBytes?.length !== SECRET_BYTES) throw new Error('a pairing secret is 16 bytes');
  const parts: Uint8Array[] = [Uint8Array.of(VERSION), idBytes(device), secretBytes];
  let size = 1 + KEY_BYTES + SECRET_BYTES;
  for (const address of addresses.slice(0, ADDRESSES_MAX)) {
    const bytes = addressBytes(address);
    if (bytes === null || size + bytes.length > LINK_BYTES_MAX) continue;
    parts.push(bytes);
    size += bytes.length;
  }
  return PREFIX + Buffer.concat(parts).toString('base64url');
}

function addressBytes(text: string): Uint8Array | null {
  const at = parseLanAddress(text);
  if (at === null) return null;
  const host = isIPv4(at.host) ? Uint8Array.from(at.host.split('.'), Number) : ip6Bytes(at.host);
  if (host === null) return null;
  const mark = KINDS.indexOf(at.kind) | (host.length === 16 ? 2 : 0);
  return Uint8Array.of(mark, ...host, at.port >> 8, at.port & 255);
}

function ip6Bytes(host: string): Uint8Array | null {
  if (!isIPv6(host) || host.includes('.') || host.includes('%')) return null;
  const [head = '', tail] = host.split('::');
  const groups = (text: string): readonly number[] => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)));
  const [left, right] = [groups(head), groups(tail ?? '')];
  const all = tail === undefined ? left : [...left, ...Array.from({ length: 8 - left.length - right.length }, () => 0), ...right];
  return all.length === 8 ? Uint8Array.from(all.flatMap((group) => [group >> 8, group & 255])) : null;
}

function ip6Text(bytes: Uint8Array): string {
  return Array.from({ length: 8 }, (_, at) => (((bytes[at * 2] ?? 0) << 8) | (bytes[at * 2 + 1] ?? 0)).toString(16)).join(':');
}

/** The error is a sentence without an end mark. */
export function decodePairLink(text: string): Result<PairLink, string> {
  const link = text.trim();
  if (!link.startsWith(PREFIX)) return err('that is no LeanVibe pairing link');
  const encoded = link.slice(PREFIX.length);
  const bytes =
    link.length > LINK_CHARS_MAX || !/^[A-Za-z0-9_-]+$/.test(encoded) ? null : new Uint8Array(Buffer.from(encoded, 'base64url'));
  if (bytes === null || bytes.length < 1) return err('the pairing link is damaged: copy it whole');
  if (bytes[0] !== VERSION) return err('the pairing link was made by another version of LeanVibe: update the older device');
  const device = toHex(bytes.subarray(1, 1 + KEY_BYTES)) as DeviceId;
  const secret = toHex(bytes.subarray(1 + KEY_BYTES, 1 + KEY_BYTES + SECRET_BYTES));
  const addresses = readAddresses(bytes.subarray(1 + KEY_BYTES + SECRET_BYTES), device);
  // One link, one text: what does not encode to itself was tampered with or cut.
  if (addresses === null || secret.length !== SECRET_BYTES * 2 || Buffer.from(bytes).toString('base64url') !== encoded)
    return err('the pairing link is damaged: copy it whole');
  return ok({ device, secret, addresses });
}

function readAddresses(bytes: Uint8Array, device: DeviceId): readonly string[] | null {
  const addresses: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const mark = bytes[at] ?? 255;
    const size = (mark & 2) === 0 ? 4 : 16;
    const host = bytes.subarray(at + 1, at + 1 + size);
    const port = ((bytes[at + 1 + size] ?? 0) << 8) | (bytes[at + 2 + size] ?? 0);
    at += 3 + size;
    const kind = KINDS[mark & 1];
    if (mark > 3 || at > bytes.length || port === 0 || kind === undefined || addresses.length === ADDRESSES_MAX) return null;
    try {
      addresses.push(toMultiaddr({ host: size === 4 ? host.join('.') : ip6Text(host), port, kind, device }).toString());
    } catch {
      // 32 bytes that are no public key: nothing could answer to them.
      return null;
    }
  }
  return addresses;
}

/** Eight digits, however they are grouped; null for anything else. */
export function parseShortCode(text: string): string | null {
  const digits = text.trim().replace(/[ -]/g, '');
  return /^\d{8}$/.test(digits) ? digits : null;
}
