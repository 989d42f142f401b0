/** Links people scan or paste: one short text that says where a device is, which key it must prove, and what else the kind needs. */
import { isIPv4, isIPv6 } from 'node:net';
import { type DeviceId, toHex } from '@leanvibe/protocol/ids';
import { err, ok, type Result } from '@leanvibe/core/base/result';
import { parseLanAddress, toMultiaddr } from '../transport/address.js';

export interface LinkKind {
  /** `leanvibe://pair/` and the like. */
  readonly prefix: string;
  /** `pairing link`: what people call it. */
  readonly called: string;
  /** Bytes of what stands before the addresses: the device's key first. */
  readonly sizes: readonly [32, ...(readonly number[])];
  /** Short texts after them, such as names. */
  readonly texts: number;
}

export interface LinkParts {
  readonly fields: readonly Uint8Array[];
  readonly texts: readonly string[];
  /** Relays at which the device waits, as origins. */
  readonly origins: readonly string[];
  /** Multiaddrs naming the device. */
  readonly addresses: readonly string[];
}

/** A QR a phone reads from a terminal at arm's length. */
export const LINK_CHARS_MAX = 300;
/** UTF-8 bytes of one short text; what is longer is cut. */
const TEXT_BYTES_MAX = 40;
const ADDRESSES_MAX = 16;
const ORIGINS_MAX = 3;
/** `host:port` of one relay; a longer one stays out of links. */
const ORIGIN_BYTES_MAX = 64;
/** A link without relays is still one that older agents read. */
const VERSION = { plain: 1, relays: 2 } as const;
const SCHEMES = ['https://', 'http://'] as const;
const KINDS = ['tcp', 'ws'] as const;

/**
 * Bytes: version (2 with relays, else 1), the fields, per text its length (1) and UTF-8, with relays their count (1) and for each its
 * scheme (0 https, 1 http), the length (1) and ASCII of its `host[:port]`, then per address a mark (bit 0: ws, bit 1: IPv6), the address
 * (4 or 16) and the port (2, big-endian). As many relays as fit beside one address, and addresses as fit after them, in the order given.
 */
export function packLink({ prefix, sizes, texts: textCount, called }: LinkKind, { fields, texts, origins, addresses }: LinkParts): string {
  const whole = fields.length === sizes.length && texts.length === textCount && fields.every(({ length }, at) => length === sizes[at]);
  if (!whole) throw new Error(`not the parts of a ${called}`);
  const bytesMax = Math.floor(((LINK_CHARS_MAX - prefix.length) * 3) / 4);
  const head = [...fields, ...texts.map(textBytes)];
  const places = addresses.slice(0, ADDRESSES_MAX).flatMap((address) => addressBytes(address) ?? []);
  const room = bytesMax - 2 - head.reduce((sum, { length }) => sum + length, 0);
  const relays = fitting(origins.flatMap((origin) => originBytes(origin) ?? []).slice(0, ORIGINS_MAX), room - (places[0]?.length ?? 0));
  const left = room - relays.reduce((sum, { length }) => sum + length, 0) + (relays.length === 0 ? 1 : 0);
  const [version, count] = relays.length === 0 ? [VERSION.plain, []] : [VERSION.relays, [Uint8Array.of(relays.length)]];
  const parts = [Uint8Array.of(version), ...head, ...count, ...relays, ...fitting(places, left)];
  return prefix + Buffer.concat(parts).toString('base64url');
}

/** The error is a sentence without an end mark. */
export function unpackLink({ prefix, called, sizes, texts: textCount }: LinkKind, text: string): Result<LinkParts, string> {
  const link = text.trim();
  if (!link.startsWith(prefix)) return err(`that is no LeanVibe ${called}`);
  const damaged = err(`the ${called} is damaged: copy it whole`);
  const encoded = link.slice(prefix.length);
  if (link.length > LINK_CHARS_MAX || !/^[A-Za-z0-9_-]+$/.test(encoded)) return damaged;
  const bytes = new Uint8Array(Buffer.from(encoded, 'base64url'));
  if (bytes.length < 1) return damaged;
  const [version] = bytes;
  if (version !== VERSION.plain && version !== VERSION.relays)
    return err(`the ${called} was made by another version of LeanVibe: update the older device`);
  const fields: Uint8Array[] = [];
  let at = 1;
  for (const size of sizes) fields.push(bytes.subarray(at, (at += size)));
  const texts: string[] = [];
  for (let count = 0; count < textCount; count++) {
    const length = bytes[at] ?? 255;
    const read = length > TEXT_BYTES_MAX ? null : readText(bytes.subarray(at + 1, (at += 1 + length)), length);
    if (read === null) return damaged;
    texts.push(read);
  }
  const relays = version === VERSION.plain ? { origins: [], at } : readOrigins(bytes, at);
  if (relays === null) return damaged;
  at = relays.at;
  // One link, one text: what does not encode to itself was tampered with or cut.
  if (at > bytes.length || Buffer.from(bytes).toString('base64url') !== encoded) return damaged;
  const addresses = readAddresses(bytes.subarray(at), toHex(fields[0] ?? new Uint8Array(0)) as DeviceId);
  return addresses === null ? damaged : ok({ fields, texts, origins: relays.origins, addresses });
}

/** Those that fit one after another; what does not fit is left out. */
function fitting(parts: readonly Uint8Array[], room: number): readonly Uint8Array[] {
  let left = room;
  return parts.filter(({ length }) => {
    if (length > left) return false;
    left -= length;
    return true;
  });
}

/** Null for what is no origin of a relay, or too long for a link. */
function originBytes(origin: string): Uint8Array | null {
  const scheme = SCHEMES.findIndex((each) => origin.startsWith(each));
  const place = origin.slice(SCHEMES[scheme]?.length ?? 0);
  const bytes = new TextEncoder().encode(place);
  if (!isOrigin(origin) || bytes.length > ORIGIN_BYTES_MAX) return null;
  return Uint8Array.of(scheme, bytes.length, ...bytes);
}

/** One relay, one text: nothing that a browser would write otherwise. */
function isOrigin(text: string): boolean {
  if (!SCHEMES.some((scheme) => text.startsWith(scheme))) return false;
  return URL.canParse(text) && new URL(text).origin === text;
}

function readOrigins(bytes: Uint8Array, from: number): { readonly origins: readonly string[]; readonly at: number } | null {
  const count = bytes[from] ?? 0;
  const origins: string[] = [];
  let at = from + 1;
  if (count < 1 || count > ORIGINS_MAX) return null;
  for (let index = 0; index < count; index++) {
    const [scheme, length] = [SCHEMES[bytes[at] ?? 255], bytes[at + 1] ?? 255];
    const place = length > ORIGIN_BYTES_MAX ? null : readText(bytes.subarray(at + 2, (at += 2 + length)), length);
    if (scheme === undefined || place === null || !isOrigin(scheme + place)) return null;
    origins.push(scheme + place);
  }
  return { origins, at };
}

function textBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(TEXT_BYTES_MAX);
  // Stops before the character that does not fit whole.
  const { written } = new TextEncoder().encodeInto(text, bytes);
  return Uint8Array.of(written, ...bytes.subarray(0, written));
}

function readText(bytes: Uint8Array, length: number): string | null {
  try {
    return bytes.length === length ? new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) : null;
  } catch {
    // Not UTF-8: no link of ours.
    return null;
  }
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
