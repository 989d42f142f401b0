/** Dialling: all known addresses, a short stagger apart; the first to finish the handshake with the right key wins. */
import type { Connection, Stream } from '@libp2p/interface';
import type { DeviceId } from '@leanvibe/protocol/ids';
import { err, ok, type Result } from '@leanvibe/core/base/result';
import type { Cancel, ClockDep } from '@leanvibe/core/ports/clock';
import { parseLanAddress, shownAddress, toMultiaddr, type LanAddress } from './address.js';
import { explainDial, mostTelling, notOffered, type DialError } from './dialerror.js';
import { DIAL_ADDRESSES_MAX, DIAL_MS_MAX, DIAL_STAGGER_MS } from './limits.js';
import type { LanNode } from './node.js';
import type { LanProtocol } from './protocols.js';

export interface DialDeps extends ClockDep {
  readonly node: LanNode;
}

export interface DialRequest {
  readonly addresses: readonly string[];
  readonly protocol: LanProtocol;
  /** The only device that may answer; with none, whoever answers is taken. */
  readonly expect?: DeviceId | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Dialled {
  readonly stream: Stream;
  readonly connection: Connection;
  readonly at: LanAddress;
}

interface Reached {
  readonly connection: Connection;
  readonly at: LanAddress;
}

/** The addresses worth dialling, deduplicated, each carrying the expected device. */
function plan({ addresses, expect }: DialRequest): { readonly targets: readonly LanAddress[]; readonly errors: readonly DialError[] } {
  const targets = new Map<string, LanAddress>();
  const errors: DialError[] = [];
  for (const text of addresses.slice(0, DIAL_ADDRESSES_MAX)) {
    const at = parseLanAddress(text);
    if (at === null) {
      errors.push({ code: 'no-address', message: 'that is no address of a device on this network' });
    } else if (expect !== undefined && at.device !== null && at.device !== expect) {
      errors.push({ code: 'wrong-device', message: `${shownAddress(at)} is the address of a different device` });
    } else {
      // With the key in the address Noise refuses a wrong responder before it learns who dialled.
      const target = { ...at, device: expect ?? at.device };
      targets.set(shownAddress(target), target);
    }
  }
  return { targets: [...targets.values()], errors };
}

/** Resolves with the first connection, or with every failure. Losers are aborted, or closed if they connect after all. */
function race(
  { clock, node }: DialDeps,
  targets: readonly LanAddress[],
  signal: AbortSignal,
): Promise<Result<Reached, readonly DialError[]>> {
  return new Promise((resolve) => {
    // One for each attempt: Node ties the socket's whole life to the signal it was dialled with.
    const attempts = new Set<AbortController>();
    const errors: DialError[] = [];
    let next = 0;
    let settled = false;
    let stagger: Cancel = () => undefined;

    function settle(result: Result<Reached, readonly DialError[]>): void {
      settled = true;
      stagger();
      signal.removeEventListener('abort', abortAll);
      resolve(result);
      abortAll();
    }

    function abortAll(): void {
      for (const attempt of attempts) attempt.abort();
    }

    function tryNext(): void {
      stagger();
      const at = targets[next];
      if (settled || at === undefined) return;
      next += 1;
      stagger = clock.after(DIAL_STAGGER_MS, tryNext);
      const attempt = new AbortController();
      attempts.add(attempt);
      node.services.direct.dial(toMultiaddr(at), { signal: attempt.signal }).then(
        (connection) => {
          attempts.delete(attempt);
          if (settled) connection.abort(new Error('another address was faster'));
          else settle(ok({ connection, at }));
        },
        (error: unknown) => {
          attempts.delete(attempt);
          errors.push(explainDial(error, shownAddress(at)));
          if (settled) return;
          if (errors.length === targets.length || signal.aborted) settle(err(errors));
          else tryNext();
        },
      );
    }

    signal.addEventListener('abort', abortAll, { once: true });
    tryNext();
  });
}

/** Never rejects. Takes at most 5 s. */
export async function dialLan(deps: DialDeps, request: DialRequest): Promise<Result<Dialled, DialError>> {
  const { targets, errors } = plan(request);
  if (targets.length === 0) return err(mostTelling(errors));
  const timeout = new AbortController();
  const cancel = deps.clock.after(DIAL_MS_MAX, () => timeout.abort());
  const signal = request.signal === undefined ? timeout.signal : AbortSignal.any([timeout.signal, request.signal]);
  try {
    if (signal.aborted) return err({ code: 'aborted', message: 'the dial was called off' });
    const reached = await race(deps, targets, signal);
    if (reached.ok) return await openStream(reached.value, request.protocol, signal);
    if (request.signal?.aborted === true) return err({ code: 'aborted', message: 'the dial was called off' });
    return err(mostTelling([...errors, ...reached.error]));
  } finally {
    cancel();
  }
}

async function openStream({ connection, at }: Reached, protocol: LanProtocol, signal: AbortSignal): Promise<Result<Dialled, DialError>> {
  try {
    const stream = await connection.newStream(protocol, { signal });
    return ok({ stream, connection, at });
  } catch (error) {
    connection.abort(new Error('no stream'));
    const unsupported = error instanceof Error && error.name === 'UnsupportedProtocolError';
    return err(unsupported ? notOffered(protocol, shownAddress(at)) : explainDial(error, shownAddress(at)));
  }
}
