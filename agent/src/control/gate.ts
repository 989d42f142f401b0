/**
 * Who may speak to the control API at all, judged from a request's first lines alone, alike for HTTP and upgrades.
 * A page of another site can make the browser send requests here (DNS rebinding, cross-site forms, WebSockets), so the Host must be
 * one of our two names, an Origin must be ours, and a token is needed besides, even on loopback.
 */
import type { ErrorCode } from './error.js';

/** Name, value, name, value: as they came, repeated ones included. */
export type RawHeaders = readonly string[];

export interface GateRefusal {
  /** Counted in `status`. */
  readonly reason: 'control-address' | 'control-target' | 'control-host' | 'control-origin' | 'control-fetch-site' | 'control-method';
  readonly code: ErrorCode;
  readonly message: string;
}

export interface GateRequest {
  readonly headers: RawHeaders;
  readonly method: string | undefined;
  /** The request target as sent. */
  readonly target: string;
  readonly remoteAddress: string | undefined;
}

export function headerValues(headers: RawHeaders, name: string): readonly string[] {
  const values: string[] = [];
  for (let at = 0; at + 1 < headers.length; at += 2) if (headers[at]?.toLowerCase() === name) values.push(headers[at + 1] ?? '');
  return values;
}

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'OPTIONS']);

/** Null when the request may go on to be authenticated. `port`: where this server listens. */
export function judge({ headers, method = '', target, remoteAddress }: GateRequest, port: number): GateRefusal | null {
  if (remoteAddress !== '127.0.0.1') return refuse('control-address', 'forbidden-host', 'only programs on this machine may ask');
  // An absolute target (`GET http://evil/ HTTP/1.1`) would overrule the Host header.
  if (!target.startsWith('/') || target.startsWith('//')) return refuse('control-target', 'forbidden-host', 'the request must name a path');
  const [host = '', ...moreHosts] = headerValues(headers, 'host');
  if (moreHosts.length > 0 || (host !== `127.0.0.1:${port}` && host !== `localhost:${port}`)) {
    return refuse('control-host', 'forbidden-host', 'the Host header must be 127.0.0.1 or localhost with this port');
  }
  const origins = headerValues(headers, 'origin');
  if (origins.some((origin) => origin !== `http://${host}`))
    return refuse('control-origin', 'forbidden-origin', 'another site may not ask');
  const sites = headerValues(headers, 'sec-fetch-site');
  // A link opened from elsewhere is a navigation to `/` and carries a key of its own; nothing else may start on another site.
  const elsewhere = sites.some((site) => site !== 'same-origin' && site !== 'none');
  if (elsewhere && !isNavigation(headers, target)) return refuse('control-fetch-site', 'forbidden-origin', 'another site may not ask');
  return METHODS.has(method) ? null : refuse('control-method', 'bad-request', 'there is no such method here');
}

function isNavigation(headers: RawHeaders, target: string): boolean {
  const [path] = target.split('?', 1);
  const [mode] = headerValues(headers, 'sec-fetch-mode');
  const [destination] = headerValues(headers, 'sec-fetch-dest');
  return path === '/' && mode === 'navigate' && destination === 'document';
}

function refuse(reason: GateRefusal['reason'], code: ErrorCode, message: string): GateRefusal {
  return { reason, code, message };
}
