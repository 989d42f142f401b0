/** The joining half of pairing (C40, C41): by link or by code, over the network or a relay's pipe, one join at a time. */
import type { DeviceId } from '@leanvibe/protocol/ids';
import { fromHex } from '@leanvibe/protocol/ids';
import type { Engine } from '@leanvibe/core/engine/api';
import { codeMeeting, linkMeeting } from '@leanvibe/core/pairing/rendezvous';
import type { Hashing } from '@leanvibe/core/ports/crypto';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import { ControlFailure } from '../control/error.js';
import type { JoinStatus } from '../control/views.js';
import type { Found } from '../discover/cache.js';
import { cleanName } from '../product/names.js';
import { toMultiaddr } from '../transport/address.js';
import { decodePairLink, parseShortCode } from './pair-link.js';
import { goOn, reach, type ReachDeps, type Reached, type Sought } from './reach.js';

export interface PairJoinDeps extends ReachDeps, LoggerDep {
  readonly crypto: Hashing;
  readonly engine: Pick<Engine, 'device' | 'pairing' | 'connect' | 'peers'>;
  readonly ownName: () => string;
  readonly joined: (device: DeviceId, addresses: readonly string[]) => void;
  readonly found: () => readonly Found[];
  readonly told: (status: JoinStatus) => void;
}

export interface PairJoin {
  join(target: string, keepHome: boolean): JoinStatus;
  status(): JoinStatus;
  confirm(accept: boolean, digits: string | null): JoinStatus;
  cancel(): JoinStatus;
}

interface How {
  readonly secret: string | null;
  readonly code: string | null;
  readonly keepHome: boolean;
}

/** Where to ask: the link's own device, or one after another every agent found here and whoever waits under the code. */
interface Target extends Omit<How, 'keepHome'> {
  readonly doors: readonly Sought[];
}

const NO_JOINING: JoinStatus = { state: 'none', digits: null, personName: null, deviceName: null, message: null };
const NOBODY_HERE = 'no LeanVibe agent was found on this network';

export function createPairJoin(deps: PairJoinDeps): PairJoin {
  const { crypto, logger, engine, rendezvous, ownName, told } = deps;
  let joining = NO_JOINING;
  let join: ReturnType<Engine['pairing']['join']> | null = null;
  let current = new AbortController();

  const set = (next: Partial<JoinStatus>): JoinStatus => {
    joining = { ...joining, ...next };
    told(joining);
    return joining;
  };

  const attempt = async (door: Sought, how: How, signal: AbortSignal): Promise<string | null> => {
    const reached = await reach(deps, door, '/leanvibe/pair/1', signal);
    if (!reached.ok) return reached.error.message;
    if (!signal.aborted) return talk(reached.value, door, how, signal);
    reached.value.channel.close('cancelled');
    return null;
  };

  /** Null once joined; otherwise why not. */
  const talk = ({ channel, piped }: Reached, door: Sought, how: How, signal: AbortSignal): Promise<string | null> =>
    new Promise((resolve) => {
      set({ state: 'waiting' });
      join = engine.pairing.join(channel, { name: ownName(), ...how }, (event) => {
        if (signal.aborted) return resolve(null);
        if (event.type === 'digits') set({ state: 'digits', digits: event.digits });
        if (event.type === 'invited')
          set({ state: 'invited', digits: null, personName: cleanName(event.personName), deviceName: cleanName(event.deviceName) });
        if (event.type === 'failed') resolve(event.message);
        if (event.type !== 'joined') return;
        deps.joined(channel.peer, door.addresses);
        if (piped !== null) goOn(deps, piped).catch(trouble);
        set({ state: 'joined', digits: null });
        resolve(null);
      });
    });

  const trouble = (error: unknown): void =>
    logger.log('error', 'join-failed', { why: error instanceof Error ? `${error.name}: ${error.message}` : String(error) });

  const run = async (doors: readonly Sought[], how: How, signal: AbortSignal): Promise<void> => {
    const problems: string[] = [];
    for (const door of doors) {
      const problem = await attempt(door, how, signal);
      if (signal.aborted || joining.state === 'joined') return;
      if (problem !== null) problems.push(problem);
      // Once digits were shown the right agent was found: what it says is final.
      if (joining.digits !== null) break;
    }
    const telling = problems.find((one) => !/is not pairing now/.test(one)) ?? problems[0] ?? NOBODY_HERE;
    const onlyRelays = doors.every(({ expect, addresses }) => expect === null && addresses.length === 0);
    set({ state: 'failed', digits: null, message: onlyRelays ? `${NOBODY_HERE}; ${telling}` : telling });
  };

  const byCode = (code: string): Target => {
    const near = deps.found().map(({ addresses }) => ({
      addresses: addresses.map((at) => toMultiaddr({ ...at, device: null }).toString()),
      expect: null,
      place: null,
    }));
    const origins = rendezvous?.origins() ?? [];
    const far = origins.length === 0 ? [] : [{ addresses: [], expect: null, place: { origins, name: codeMeeting(crypto, code) } }];
    return { code, secret: null, doors: [...near, ...far] };
  };

  const byLink = (text: string): Target => {
    const link = decodePairLink(text);
    if (!link.ok) throw new ControlFailure('refused', link.error, 'show a new one with: leanvibe pair');
    const { device, secret, addresses, origins } = link.value;
    if (device === engine.device) throw new ControlFailure('refused', 'that link is this device itself', 'use it on the other device');
    const place = origins.length === 0 ? null : { origins, name: linkMeeting(crypto, fromHex(secret) ?? new Uint8Array(0)) };
    return { code: null, secret, doors: [{ addresses, expect: device, place }] };
  };

  return {
    join(text, keepHome) {
      if (['dialling', 'waiting', 'digits', 'invited'].includes(joining.state))
        throw new ControlFailure('busy', 'this device is joining already', 'wait for it, or cancel it');
      const digits = parseShortCode(text);
      const { doors, secret, code } = digits === null ? byLink(text) : byCode(digits);
      if (doors.length === 0)
        throw new ControlFailure('unreachable', NOBODY_HERE, 'check that both are on the same network, or use the link');
      current = new AbortController();
      joining = NO_JOINING;
      set({ state: 'dialling' });
      run(doors, { secret, code, keepHome }, current.signal).catch((error: unknown) => {
        trouble(error);
        set({ state: 'failed', message: 'joining failed here: see the log' });
      });
      return joining;
    },
    status: () => joining,
    confirm(accept, digits) {
      if (join === null || joining.state !== 'digits') throw new ControlFailure('refused', 'there are no digits to confirm now');
      if (accept && digits === null)
        throw new ControlFailure('refused', 'the six digits are needed', 'type the digits the other screen shows');
      const done = join.confirm(accept, digits?.replace(' ', '') ?? null);
      if (!done.ok) throw new ControlFailure('refused', done.error);
      return set({ state: 'waiting' });
    },
    cancel() {
      current.abort();
      join?.cancel();
      join = null;
      return set({ state: 'failed', digits: null, message: 'cancelled' });
    },
  };
}
