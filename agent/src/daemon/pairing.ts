/** Pairing as the control API tells it: one showing and one joining at a time, each a small state that people ask for. */
import type { DeviceId } from '@leanvibe/protocol/ids';
import type { Engine } from '@leanvibe/core/engine/api';
import type { Channel } from '@leanvibe/core/ports/channel';
import type { Cancel, ClockDep } from '@leanvibe/core/ports/clock';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import { ControlFailure } from '../control/error.js';
import type { JoinStatus, PairOffer, PairStatus } from '../control/views.js';
import type { Found } from '../discover/cache.js';
import { cleanName } from '../product/names.js';
import { toMultiaddr } from '../transport/address.js';
import type { Lan } from '../transport/lan.js';
import { decodePairLink, encodePairLink, parseShortCode } from './pair-link.js';

export interface PairingDeps extends ClockDep, LoggerDep {
  readonly engine: Pick<Engine, 'device' | 'pairing'>;
  readonly lan: Pick<Lan, 'addresses' | 'serve' | 'dial'>;
  readonly ownName: () => string;
  /** A newcomer was admitted under this name. */
  readonly admitted: (device: DeviceId, name: string) => void;
  readonly joined: (device: DeviceId, addresses: readonly string[]) => void;
  readonly found: () => readonly Found[];
  readonly told: (what: { readonly pairing: PairStatus } | { readonly joining: JoinStatus }) => void;
}

export interface PairingDesk {
  start(autoConfirm: boolean): PairOffer;
  status(): PairStatus;
  confirm(accept: boolean, digits: string | null): PairStatus;
  cancel(): PairStatus;
  join(target: string, keepHome: boolean): JoinStatus;
  joinStatus(): JoinStatus;
  joinConfirm(accept: boolean, digits: string | null): JoinStatus;
  joinCancel(): JoinStatus;
  stop(): void;
}

const NO_PAIRING: PairStatus = { state: 'none', offer: null, name: null, deviceId: null, digits: null, message: null, alarm: null };
const NO_JOINING: JoinStatus = { state: 'none', digits: null, personName: null, deviceName: null, message: null };
/** A late second use of a link is still heard and told. */
const LINGER_MS = 30_000;

/** Where to ask: the link's own addresses, or every agent found on this network, one after another. */
interface Door {
  readonly addresses: readonly string[];
  readonly expect: DeviceId | null;
}

interface How {
  readonly secret: string | null;
  readonly code: string | null;
  readonly keepHome: boolean;
}

export function createPairingDesk(deps: PairingDeps): PairingDesk {
  const { clock, logger, engine, lan, ownName, told } = deps;
  let pairing = NO_PAIRING;
  let joining = NO_JOINING;
  let unserve: () => void = () => undefined;
  let lingering: Cancel = () => undefined;
  let join: ReturnType<Engine['pairing']['join']> | null = null;
  let joinNumber = 0;

  const setPairing = (next: Partial<PairStatus>): PairStatus => {
    pairing = { ...pairing, ...next };
    told({ pairing });
    return pairing;
  };
  const setJoining = (next: Partial<JoinStatus>): JoinStatus => {
    joining = { ...joining, ...next };
    told({ joining });
    return joining;
  };

  const serveUntil = (atMs: number): void => {
    lingering();
    unserve();
    const end = lan.serve('/leanvibe/pair/1', (channel) => engine.pairing.serve(channel));
    unserve = end;
    lingering = clock.after(atMs - clock.nowMs() + LINGER_MS, end);
  };

  function start(autoConfirm: boolean): PairOffer {
    let current = true;
    const offered = engine.pairing.offer({ name: ownName(), autoConfirm }, (event) => {
      if (!current) return;
      switch (event.type) {
        case 'asked':
          setPairing({ state: 'asked', name: cleanName(event.name), deviceId: event.device, digits: event.digits });
          return;
        case 'joined':
          setPairing({ state: 'joined', name: cleanName(event.name), deviceId: event.device, digits: null, message: null });
          deps.admitted(event.device, cleanName(event.name));
          return;
        case 'alarm':
          setPairing({ alarm: event.message });
          return;
        case 'ended':
          current = event.reason === 'joined';
          if (!current) setPairing({ state: 'ended', digits: null, message: event.reason });
      }
    });
    const offer: PairOffer = {
      link: encodePairLink({ device: engine.device, secret: offered.secret, addresses: lan.addresses() }),
      code: offered.code,
      expiresAt: new Date(offered.expiresAtMs).toISOString(),
    };
    pairing = NO_PAIRING;
    setPairing({ state: 'open', offer });
    serveUntil(offered.expiresAtMs);
    return offer;
  }

  function status(): PairStatus {
    const expired = pairing.state === 'open' && engine.pairing.current() === null;
    return expired ? setPairing({ state: 'ended', message: 'nobody joined in time' }) : pairing;
  }

  function confirm(accept: boolean, digits: string | null): PairStatus {
    if (accept && pairing.digits !== null && digits === null)
      throw new ControlFailure('refused', 'the six digits are needed', 'run: leanvibe pair confirm <the digits on the other screen>');
    const done = engine.pairing.confirm(accept, digits?.replace(' ', '') ?? null);
    if (!done.ok) throw new ControlFailure('refused', done.error);
    return pairing;
  }

  const attempt = async (door: Door, how: How, number: number): Promise<string | null> => {
    const dialled = await lan.dial(door.addresses, '/leanvibe/pair/1', door.expect === null ? {} : { expect: door.expect });
    if (number !== joinNumber) {
      if (dialled.ok) dialled.value.close('cancelled');
      return null;
    }
    return dialled.ok ? talk(dialled.value, door, how, number) : dialled.error.message;
  };

  /** Null once joined; otherwise why not. */
  const talk = (channel: Channel, door: Door, how: How, number: number): Promise<string | null> =>
    new Promise((resolve) => {
      setJoining({ state: 'waiting' });
      join = engine.pairing.join(channel, { name: ownName(), ...how }, (event) => {
        if (number !== joinNumber) return resolve(null);
        if (event.type === 'digits') setJoining({ state: 'digits', digits: event.digits });
        if (event.type === 'invited')
          setJoining({ state: 'invited', digits: null, personName: cleanName(event.personName), deviceName: cleanName(event.deviceName) });
        if (event.type === 'failed') resolve(event.message);
        if (event.type !== 'joined') return;
        deps.joined(channel.peer, door.addresses);
        setJoining({ state: 'joined', digits: null });
        resolve(null);
      });
    });

  const run = async (doors: readonly Door[], how: How, number: number): Promise<void> => {
    const problems: string[] = [];
    for (const door of doors) {
      const problem = await attempt(door, how, number);
      if (number !== joinNumber || joining.state === 'joined') return;
      if (problem !== null) problems.push(problem);
      // Once digits were shown the right agent was found: what it says is final.
      if (joining.digits !== null) break;
    }
    const telling = problems.find((one) => !/is not pairing now/.test(one)) ?? problems[0] ?? 'no LeanVibe agent was found on this network';
    setJoining({ state: 'failed', digits: null, message: telling });
  };

  const doorsFor = (target: string): { readonly doors: readonly Door[]; readonly secret: string | null; readonly code: string | null } => {
    const code = parseShortCode(target);
    if (code !== null)
      return {
        code,
        secret: null,
        doors: deps
          .found()
          .map(({ addresses }) => ({ addresses: addresses.map((at) => toMultiaddr({ ...at, device: null }).toString()), expect: null })),
      };
    const link = decodePairLink(target);
    if (!link.ok) throw new ControlFailure('refused', link.error, 'show a new one with: leanvibe pair');
    if (link.value.device === engine.device)
      throw new ControlFailure('refused', 'that link is this device itself', 'use it on the other device');
    return { code: null, secret: link.value.secret, doors: [{ addresses: link.value.addresses, expect: link.value.device }] };
  };

  const joinAnswer = (accept: boolean, digits: string | null): JoinStatus => {
    if (join === null || joining.state !== 'digits') throw new ControlFailure('refused', 'there are no digits to confirm now');
    if (accept && digits === null)
      throw new ControlFailure('refused', 'the six digits are needed', 'type the digits the other screen shows');
    const done = join.confirm(accept, digits?.replace(' ', '') ?? null);
    if (!done.ok) throw new ControlFailure('refused', done.error);
    return setJoining({ state: 'waiting' });
  };

  return {
    start,
    status,
    confirm,
    cancel() {
      engine.pairing.cancel();
      unserve();
      return status();
    },
    join(target, keepHome) {
      if (['dialling', 'waiting', 'digits', 'invited'].includes(joining.state))
        throw new ControlFailure('busy', 'this device is joining already', 'wait for it, or cancel it');
      const { doors, secret, code } = doorsFor(target);
      if (doors.length === 0)
        throw new ControlFailure(
          'unreachable',
          'no LeanVibe agent was found on this network',
          'check that both are on the same network, or use the link',
        );
      const number = (joinNumber += 1);
      joining = NO_JOINING;
      setJoining({ state: 'dialling' });
      run(doors, { secret, code, keepHome }, number).catch((error: unknown) => {
        logger.log('error', 'join-failed', { why: String(error) });
        setJoining({ state: 'failed', message: 'joining failed here: see the log' });
      });
      return joining;
    },
    joinStatus: () => joining,
    joinConfirm: joinAnswer,
    joinCancel() {
      joinNumber += 1;
      join?.cancel();
      join = null;
      return setJoining({ state: 'failed', digits: null, message: 'cancelled' });
    },
    stop() {
      lingering();
      unserve();
    },
  };
}
