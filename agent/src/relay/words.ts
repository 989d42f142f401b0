/** What goes wrong between this agent and a relay, in words. */
import { isIPv4, isIPv6 } from 'node:net';
import { isOrigin } from '@leanvibe/protocol/origin';
import type { RelayRefusal } from '@leanvibe/protocol/relay';

/** Of a failed connection; codes are Node's. */
export function relayFailure(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return 'it did not answer in time';
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  switch (code) {
    case 'ECONNREFUSED':
      return 'nothing answers there: is the relay running?';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'its name is not known here: check the address and the network';
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
    case 'ENETDOWN':
      return 'there is no way to it from this network';
    case 'ETIMEDOUT':
      return 'it did not answer in time';
    case 'ECONNRESET':
    case 'EPIPE':
    case 'UND_ERR_SOCKET':
      return 'the connection broke';
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'CERT_HAS_EXPIRED':
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `its certificate cannot be trusted (${code})`;
    default:
      return error instanceof Error ? error.message : String(error);
  }
}

const REFUSALS: Readonly<Partial<Record<RelayRefusal, string>>> = {
  version: 'it speaks another version of the protocol: update whichever of the two is older',
  token: 'it does not know this device any more: sign in again with: leanvibe relay login <origin>',
  revoked: 'this device was signed out there: sign in again with: leanvibe relay login <origin>',
  origin: 'it goes by another address than <origin>: sign in at the one it calls its own',
  'too-many': 'this device or its account asks for more there than it may: it tries again in a while',
  malformed: 'it did not understand this device: update whichever of the two is older',
  'going-away': 'it is being restarted',
  'too-slow': 'this device did not take what it was sent fast enough',
  unavailable: 'it cannot reach its database',
};

const MAILBOX_REFUSALS: Readonly<Partial<Record<RelayRefusal, string>>> = {
  'unknown-mailbox': 'there is no such mailbox any more: whoever owned it deleted it',
  proof: 'it does not accept the keys this device has for it',
  taken: 'a mailbox under this id is there already, and the keys of this device do not open it',
  'not-yours': 'the mailbox belongs to another account, whose devices alone may change it',
  'quota-mailboxes': 'this account may have no more mailboxes there: take a larger plan, or ask whoever runs the relay',
  'quota-bytes': 'the account that owns the mailbox has no room left there',
};

/** Why a relay refuses one mailbox. */
export function mailboxRefusal(reason: RelayRefusal): string {
  return MAILBOX_REFUSALS[reason] ?? REFUSALS[reason] ?? reason;
}

/** Dialling again does not help before somebody did something. */
const LASTING: ReadonlySet<string> = new Set<RelayRefusal>(['version', 'token', 'revoked', 'origin']);

export interface RelayTrouble {
  readonly words: string;
  /** The relay is there and will not have this device. */
  readonly refused: boolean;
}

/** Why a connection to the relay at `origin` ended: `reason` is what it was closed with. */
export function relayTrouble(reason: string, origin: string): RelayTrouble {
  const words = REFUSALS[reason as RelayRefusal] ?? reason;
  return { words: words.replace('<origin>', origin), refused: LASTING.has(reason) };
}

/** An address as people type it, as the origin that is signed and told: null for anything that is none. */
export function originTyped(text: string): string | null {
  const typed = text.trim();
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(typed) ? typed : `https://${typed}`;
  if (!URL.canParse(whole)) return null;
  const url = new URL(whole);
  const bare =
    url.username === '' && url.password === '' && url.search === '' && url.hash === '' && (url.pathname === '/' || url.pathname === '');
  // What no link could tell other devices is no address of a relay, though browsers take it.
  return bare && isOrigin(url.origin) ? url.origin : null;
}

/** Who could read a password and a token on their way: nobody, whoever is on the same network, or anybody between here and there. */
export type Exposure = 'none' | 'network' | 'internet';

/** Of an origin. Names count as far away, since whoever answers for them need not be near. */
export function exposureOf(origin: string): Exposure {
  const { protocol, hostname } = new URL(origin);
  if (protocol === 'https:' || hostname === 'localhost' || hostname.endsWith('.localhost')) return 'none';
  const host = hostname.replace(/^\[|\]$/g, '');
  if (isIPv4(host)) {
    if (host.startsWith('127.')) return 'none';
    return /^(10\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/.test(host)
      ? 'network'
      : 'internet';
  }
  if (!isIPv6(host)) return 'internet';
  if (host === '::1') return 'none';
  return /^(f[cd][0-9a-f]{2}|fe[89ab][0-9a-f]):/.test(host) ? 'network' : 'internet';
}
