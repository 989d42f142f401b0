/** Reaching one device that a link or a code names: on the network first, soon at relays beside it, and whatever answers first is taken (C40). */
import type { Engine } from '@leanvibe/core/engine/api';
import { err, ok, type Result } from '@leanvibe/core/base/result';
import type { Channel } from '@leanvibe/core/ports/channel';
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import type { DeviceId } from '@leanvibe/protocol/ids';
import type { DialError } from '../transport/dialerror.js';
import type { Lan } from '../transport/lan.js';
import { shownRelay, type Pipe } from '../transport/pipe.js';
import type { PipedPeer } from '../transport/pipes.js';
import type { LanProtocol } from '../transport/protocols.js';
import type { Rendezvous } from './rendezvous.js';

export interface ReachDeps extends ClockDep {
  readonly lan: Pick<Lan, 'dial' | 'dialOver'>;
  /** Null: on networks only. */
  readonly rendezvous: Rendezvous | null;
}

/** Where the other side waits, besides its addresses. */
export interface MeetingPlace {
  readonly origins: readonly string[];
  /** 32 bytes. */
  readonly name: Uint8Array;
}

export interface Sought {
  readonly addresses: readonly string[];
  /** The only device that may answer; null for whoever answers. */
  readonly expect: DeviceId | null;
  readonly place: MeetingPlace | null;
}

export interface Reached {
  readonly channel: Channel;
  /** Over a pipe: who was met, for further channels. */
  readonly piped: PipedPeer | null;
}

type Way = Promise<Result<Reached, DialError>>;

/** A device on this network answers within it; one that does not is sought at relays too. */
const HEAD_START_MS = 2_000;
const ORIGINS_MAX = 4;

/** Never rejects. Ways that come too late are closed; when all fail the message says which were tried. */
export function reach(deps: ReachDeps, sought: Sought, protocol: LanProtocol, signal: AbortSignal): Way {
  const origins = deps.rendezvous === null || sought.place === null ? [] : [...new Set(sought.place.origins)].slice(0, ORIGINS_MAX);
  const over = new AbortController();
  const until = AbortSignal.any([over.signal, signal]);
  const errors: DialError[] = [];
  let underWay = 1 + origins.length;
  let settled = false;
  let sent = false;

  return new Promise((resolve) => {
    const settle = (result: Result<Reached, DialError>): void => {
      settled = true;
      headStart();
      resolve(result);
      over.abort();
    };
    const take = (way: Way): void =>
      void way.then((result) => {
        underWay -= 1;
        if (settled) return result.ok ? drop(result.value) : undefined;
        if (result.ok) return settle(result);
        errors.push(result.error);
        if (underWay === 0 || signal.aborted) settle(err(allOf(errors, signal)));
        else toRelays();
      });
    const toRelays = (): void => {
      if (sent) return;
      sent = true;
      for (const origin of origins) take(throughRelay(deps, sought, protocol, origin, until));
    };
    const headStart = deps.clock.after(HEAD_START_MS, toRelays);
    take(onNetwork(deps, sought, protocol, until));
  });
}

function drop({ channel, piped }: Reached): void {
  channel.close('cancelled');
  piped?.close();
}

async function onNetwork({ lan }: ReachDeps, { addresses, expect, place }: Sought, protocol: LanProtocol, signal: AbortSignal): Way {
  if (addresses.length === 0 && place !== null) return err({ code: 'no-address', message: '' });
  const dialled = await lan.dial(addresses, protocol, expect === null ? { signal } : { expect, signal });
  return dialled.ok ? ok({ channel: dialled.value, piped: null }) : dialled;
}

async function throughRelay(deps: ReachDeps, { expect, place }: Sought, protocol: LanProtocol, origin: string, signal: AbortSignal): Way {
  const aborted: DialError = { code: 'aborted', message: 'the dial was called off' };
  const name = place?.name ?? new Uint8Array(0);
  let pipe: Pipe | undefined;
  try {
    pipe = await deps.rendezvous?.guest(origin, name, signal);
  } catch (error) {
    if (signal.aborted) return err(aborted);
    return err({
      code: 'unreachable',
      message: `${shownRelay(origin)}: ${error instanceof Error ? error.message : 'it cannot be reached'}`,
    });
  }
  if (pipe === undefined || signal.aborted) {
    pipe?.close('cancelled');
    return err(aborted);
  }
  const met = await deps.lan.dialOver(pipe, origin, { expect: expect ?? undefined, signal });
  if (!met.ok) return met;
  const opened = await met.value.open(protocol, signal);
  if (opened.ok) return ok({ channel: opened.value, piped: met.value });
  met.value.close();
  return opened;
}

/** One message for all ways. */
function allOf(errors: readonly DialError[], signal: AbortSignal): DialError {
  if (signal.aborted) return { code: 'aborted', message: 'the dial was called off' };
  const told = errors.filter(({ message }) => message !== '');
  const [first] = told;
  if (first === undefined) return { code: 'no-address', message: 'there is no address to dial' };
  return { code: first.code, message: told.map(({ message }) => message).join('; ') };
}

/** The pipe goes on as a session, so that what the two share comes at once; where they are connected already it is let go. */
export async function goOn(
  { engine, logger }: LoggerDep & { readonly engine: Pick<Engine, 'connect' | 'peers'> },
  piped: PipedPeer,
): Promise<void> {
  if (engine.peers().some(({ device, state }) => device === piped.device && state !== 'silent')) return;
  const opened = await piped.open('/leanvibe/sync/1');
  if (opened.ok) engine.connect(opened.value);
  else logger.log('debug', 'pipe-not-kept', { code: opened.error.code });
}
