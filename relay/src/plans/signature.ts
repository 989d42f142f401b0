/** Checks that a billing event comes from the payment service: HMAC-SHA-256 over time and body, as Stripe signs, and fresh. */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** How old, or how far ahead, a signature may be. */
export const TOLERANCE_MS = 5 * 60_000;
/** Longer than any real one: a few signatures while a secret is rolled over. */
const HEADER_CHARS_MAX = 2_000;

export type SignatureVerdict = 'ok' | 'malformed' | 'stale' | 'wrong';

/** `header` is `t=<seconds>,v1=<hex>[,v1=<hex>…]`; other schemes in it are passed over, v0 among them. Every secret and signature is compared in full. */
export function checkSignature(header: string | null, body: Uint8Array, secrets: readonly string[], nowMs: number): SignatureVerdict {
  const parsed = header === null || header.length > HEADER_CHARS_MAX ? null : parse(header);
  if (parsed === null) return 'malformed';
  // Before the age, so that a stranger learns nothing from asking with other times.
  let right = false;
  for (const secret of secrets) {
    const expected = createHmac('sha256', secret).update(`${parsed.seconds}.`).update(body).digest();
    for (const signature of parsed.signatures) right = timingSafeEqual(expected, signature) || right;
  }
  if (!right) return 'wrong';
  return Math.abs(nowMs - Number(parsed.seconds) * 1000) <= TOLERANCE_MS ? 'ok' : 'stale';
}

function parse(header: string): { readonly seconds: string; readonly signatures: readonly Buffer[] } | null {
  const items = header.split(',').map((item) => item.trim().split('='));
  const times = items.filter(([name]) => name === 't').map(([, value]) => value ?? '');
  const signatures = items
    .filter(([name, value]) => name === 'v1' && /^[0-9a-f]{64}$/.test(value ?? ''))
    .map(([, value]) => Buffer.from(value ?? '', 'hex'));
  const [seconds] = times;
  if (seconds === undefined || times.length !== 1 || !/^\d{1,12}$/.test(seconds) || signatures.length === 0) return null;
  return { seconds, signatures };
}
