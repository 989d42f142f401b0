/** What goes wrong between this agent and a relay, in words. */

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
