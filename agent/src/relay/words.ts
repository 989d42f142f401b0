/** What goes wrong between this agent and a relay, in words. */
import type { RelayRefusal } from '@leanvibe/protocol/relay';

/** Of a failed connection; codes are Node's. */
export function relayFailure(error: unknown): string {
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
  'too-many': 'this account has as many connections there as it may',
  malformed: 'it did not understand this device: update whichever of the two is older',
  'going-away': 'it is being restarted',
  'too-slow': 'this device did not take what it was sent fast enough',
  unavailable: 'it cannot reach its database',
};
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
  return bare && (url.protocol === 'https:' || url.protocol === 'http:') ? url.origin : null;
}
