/** What the HTTP API is made of, and what one request carries along. */
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import type { RandomDep } from '@leanvibe/core/ports/random';
import type { DoormanDep } from '../ports/caller.js';
import type { LimiterDep } from '../ports/limiter.js';
import type { Route } from './route.js';
import type { AccessDoorDep } from './who.js';

export interface HttpSettings {
  /** Origins of web pages that may ask, exactly as browsers send them: `https://app.example.org`. */
  readonly origins: readonly string[];
  /** How many proxies of ours stand in front and add to X-Forwarded-For; none is believed when 0. */
  readonly proxies: number;
  /** Of this program; told in the OpenAPI document. */
  readonly version: string;
}

export interface Served {
  readonly method: string;
  /** The route's path as declared, never what was asked for; `unmatched` when there is none. */
  readonly route: string;
  readonly status: number;
  readonly ms: number;
}

export interface HttpDeps extends ClockDep, RandomDep, LoggerDep, LimiterDep, DoormanDep, AccessDoorDep {
  readonly settings: HttpSettings;
  readonly routes: readonly Route[];
  /** Once per answer, for metrics. */
  readonly observe: (served: Served) => void;
  readonly count: (reason: string) => void;
}

export interface HttpEnv {
  /** The address at the other end of the socket. */
  readonly Bindings: { readonly peer?: string };
  readonly Variables: {
    requestId: string;
    /** The client's. */
    address: string;
    route: string;
    /** The asking account, for the log. */
    account: string | null;
    /** Headers of the answer, whichever answer it becomes. */
    extra: Headers;
  };
}
