/** Pairing as the control API tells it: one showing and one joining at a time, each a small state that people ask for. */
import type { DeviceId } from '@leanvibe/protocol/ids';
import { fromHex } from '@leanvibe/protocol/ids';
import { codeMeeting, linkMeeting } from '@leanvibe/core/pairing/rendezvous';
import type { Cancel } from '@leanvibe/core/ports/clock';
import { ControlFailure } from '../control/error.js';
import type { JoinStatus, PairOffer, PairStatus } from '../control/views.js';
import { cleanName } from '../product/names.js';
import type { Lan } from '../transport/lan.js';
import { createPairJoin, type PairJoinDeps } from './pair-join.js';
import { encodePairLink } from './pair-link.js';

type Offer = ReturnType<PairJoinDeps['engine']['pairing']['offer']>;

export interface PairingDeps extends Omit<PairJoinDeps, 'told'> {
  readonly lan: Pick<Lan, 'addresses' | 'serve' | 'dial' | 'dialOver' | 'acceptOver'>;
  /** A newcomer was admitted under this name. */
  readonly admitted: (device: DeviceId, name: string) => void;
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
/** A late second use of a link is still heard and told. */
const LINGER_MS = 30_000;

export function createPairingDesk(deps: PairingDeps): PairingDesk {
  const { clock, crypto, engine, lan, rendezvous, ownName, told } = deps;
  let pairing = NO_PAIRING;
  let unserve: () => void = () => undefined;
  let lingering: Cancel = () => undefined;
  const joining = createPairJoin({ ...deps, told: (status) => told({ joining: status }) });

  const setPairing = (next: Partial<PairStatus>): PairStatus => {
    pairing = { ...pairing, ...next };
    told({ pairing });
    return pairing;
  };

  /** On the network, and at relays under the names that the link's secret and the code give. */
  const serve = ({ secret, code, expiresAtMs }: Offer): void => {
    lingering();
    unserve();
    const hosting = new AbortController();
    const unlisten = lan.serve('/leanvibe/pair/1', (channel) => engine.pairing.serve(channel));
    for (const name of [linkMeeting(crypto, fromHex(secret) ?? new Uint8Array(0)), codeMeeting(crypto, code)])
      rendezvous?.host(name, (pipe, origin) => lan.acceptOver(pipe, origin), hosting.signal, 'first');
    const end = (): void => {
      hosting.abort();
      unlisten();
    };
    unserve = end;
    lingering = clock.after(expiresAtMs - clock.nowMs() + LINGER_MS, end);
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
      link: encodePairLink({
        device: engine.device,
        secret: offered.secret,
        origins: rendezvous?.origins() ?? [],
        addresses: lan.addresses(),
      }),
      code: offered.code,
      expiresAt: new Date(offered.expiresAtMs).toISOString(),
    };
    pairing = NO_PAIRING;
    setPairing({ state: 'open', offer });
    serve(offered);
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

  return {
    start,
    status,
    confirm,
    cancel() {
      engine.pairing.cancel();
      unserve();
      return status();
    },
    join: joining.join,
    joinStatus: joining.status,
    joinConfirm: joining.confirm,
    joinCancel: joining.cancel,
    stop() {
      lingering();
      unserve();
    },
  };
}
