/** Why a dial failed, in words for people. */
import type { LanProtocol } from './protocols.js';

export type DialErrorCode =
  | 'no-address'
  | 'unreachable'
  | 'wrong-device'
  | 'hung-up'
  | 'not-offered'
  | 'timeout'
  | 'self'
  | 'aborted'
  | 'stopped';

export interface DialError {
  readonly code: DialErrorCode;
  /** One sentence without an end mark. */
  readonly message: string;
}

const UNREACHABLE = /ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ENETDOWN|EADDRNOTAVAIL|ETIMEDOUT|EINVAL/;

/** What libp2p or the system threw for one address, as words. */
export function explainDial(error: unknown, shown: string): DialError {
  const text = error instanceof Error ? `${error.name} ${error.message} ${'code' in error ? String(error.code) : ''}` : String(error);
  if (/does not match expected remote identity/.test(text))
    return { code: 'wrong-device', message: `a different device answered at ${shown}` };
  if (/dial self/i.test(text)) return { code: 'self', message: `${shown} is this device itself` };
  if (UNREACHABLE.test(text)) return { code: 'unreachable', message: `nothing answers at ${shown}` };
  if (/AbortError|TimeoutError|aborted/.test(text)) return { code: 'timeout', message: `timed out at ${shown}` };
  return { code: 'hung-up', message: `${shown} hung up during the handshake` };
}

const WHAT_NOT: Readonly<Record<LanProtocol, string>> = {
  '/leanvibe/pair/1': 'is not pairing now',
  '/leanvibe/invite/1': 'knows of no invite',
  '/leanvibe/recover/1': 'knows nothing of recovery words: update it',
  '/leanvibe/sync/1': 'does not sync',
};

export function notOffered(protocol: LanProtocol, shown: string): DialError {
  const what = WHAT_NOT[protocol];
  return { code: 'not-offered', message: `the device at ${shown} ${what}` };
}

/** Of several addresses' failures, the one that tells most, and how many others failed. */
const TELLING: readonly DialErrorCode[] = ['not-offered', 'wrong-device', 'self', 'hung-up', 'timeout', 'unreachable'];

export function mostTelling(errors: readonly DialError[]): DialError {
  const sorted = [...errors].sort((a, b) => TELLING.indexOf(a.code) - TELLING.indexOf(b.code));
  const [first] = sorted;
  if (first === undefined) return { code: 'no-address', message: 'there is no address to dial' };
  const others = errors.length - 1;
  if (others === 0) return first;
  return { code: first.code, message: `${first.message}, and ${others} other address${others === 1 ? '' : 'es'} failed` };
}
