/** What every answer says to a browser: HTTPS only, run nothing foreign, show in no frame, guess no types, tell nobody, keep nothing. */

const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'strict-transport-security': 'max-age=63072000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'cache-control': 'no-store',
};

const DATA_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Everything but `cache-control` is set whatever a route said. */
export function secure(headers: Headers): void {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
    if (name === 'cache-control' && headers.has(name)) continue;
    headers.set(name, value);
  }
  headers.set('content-security-policy', headers.get('content-type')?.startsWith('text/html') === true ? PAGE_POLICY : DATA_POLICY);
}

const ALLOWED_HEADERS = 'authorization, content-type, idempotency-key, x-request-id';
const EXPOSED_HEADERS = 'x-request-id, retry-after, ratelimit, ratelimit-policy, location';

/** Nothing for an origin that is not on the list. Credentials are never allowed: tokens go in a header, and there are no cookies. */
export function allowOrigin(headers: Headers, origin: string | null, allowed: ReadonlySet<string>): boolean {
  headers.append('vary', 'Origin');
  if (origin === null || !allowed.has(origin)) return false;
  headers.set('access-control-allow-origin', origin);
  headers.set('access-control-expose-headers', EXPOSED_HEADERS);
  return true;
}

export function preflight(headers: Headers): void {
  headers.set('access-control-allow-methods', 'GET, POST, PUT, PATCH, DELETE');
  headers.set('access-control-allow-headers', ALLOWED_HEADERS);
  headers.set('access-control-max-age', '600');
}
