/** One connection of a device: hello first, then mailboxes and pipes by slot (C31, C41). Knows neither sockets nor databases. */
import type { Cancel } from '@leanvibe/core/ports/clock';
import { FRAME_BYTES_MAX, OWNED_MAX } from '@leanvibe/protocol/limits';
import { isLogFrame, logMessage } from '@leanvibe/protocol/peer';
import { RELAY_REFUSALS, type RelayDown, relayDown, type RelayRefusal, type RelayUp, relayUp } from '@leanvibe/protocol/relay';
import { decode, encode } from '@leanvibe/protocol/shape';
import { WIRE_VERSION, WIRE_VERSION_MIN } from '@leanvibe/protocol/version';
import { bytesOf, type ConnectionDeps, type Visitor, type Wire } from './deps.js';
import { createPipeDesk, type PipeDesk } from './pipe-desk.js';
import { createReception, type Reception } from './reception.js';

export interface Connection {
  onFrame(frame: Uint8Array): void;
  onDrain(): void;
  /** The relay goes away: said to the device, which comes back elsewhere. */
  goAway(): void;
  /** Resolves when nothing of this connection touches the store any more. */
  closed(): Promise<void>;
}

const HELLO_MS = 10_000;
const RECHECK_MS = 60_000;
const MISTAKES_MAX = 16;
/** What a stranger may have kept here before it said who it is. */
const WAITING_MAX = 256;
const WAITING_BYTES_MAX = 256 * 1024;

export function createConnection(deps: ConnectionDeps, wire: Wire): Connection {
  const { clock, hub, logger } = deps;
  let visitor: Visitor | null = null;
  let reception: Reception | null = null;
  let desk: PipeDesk | null = null;
  let greeting = false;
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let mistakes = 0;
  let over = false;
  let leaveHub = (): void => undefined;
  let cancelRecheck: Cancel = () => undefined;

  const say = (message: RelayDown): void => {
    if (!over) wire.send(encode(relayDown, message));
  };
  const refuse = (slot: number | null, reason: RelayRefusal, detail: string): void => {
    deps.count(reason);
    say({ type: 'refused', slot, code: RELAY_REFUSALS.indexOf(reason), detail });
  };
  const end = (reason: RelayRefusal, detail: string): void => {
    if (over) return;
    refuse(null, reason, detail);
    over = true;
    wire.close(reason);
  };
  const mistake = (detail: string): void => {
    deps.count('malformed');
    logger.log('info', 'sync.malformed', { detail });
    if (++mistakes >= MISTAKES_MAX) end('malformed', 'too many messages that do not follow the protocol');
  };
  const cancelHello = clock.after(HELLO_MS, () => {
    if (visitor === null && !greeting) end('malformed', 'no hello within ten seconds');
  });

  const lost = (error: unknown): void => {
    logger.log('error', 'hello-failed', { error: error instanceof Error ? error.name : 'unknown' });
    end('unavailable', 'the relay cannot reach its database: it is tried again by itself');
  };
  const tellOwned = async (account: string): Promise<void> => {
    const owned = await deps.store.owned(account, OWNED_MAX);
    say({ type: 'owned', mailboxes: owned.map(({ mailbox, readKey }) => ({ mailbox, read: bytesOf(readKey) })) });
  };
  /** Hints may be lost: a device signed out elsewhere is noticed here all the same. */
  const recheck = (token: string): void => {
    // Ended while it was asked about: nothing would ever cancel another look.
    if (over) return;
    cancelRecheck = clock.after(RECHECK_MS, () => {
      deps.doorman.admit(token).then(
        (caller) => (caller === null ? end('revoked', 'this device was signed out') : recheck(token)),
        () => recheck(token),
      );
    });
  };
  const greet = async (hello: Extract<RelayUp, { type: 'hello' }>): Promise<void> => {
    if (hello.version < WIRE_VERSION_MIN || hello.versionMin > WIRE_VERSION)
      return end('version', hello.version < WIRE_VERSION_MIN ? 'your side needs an update' : 'the relay needs an update');
    if (deps.origins.length > 0 && !deps.origins.includes(hello.origin))
      return end('origin', `this relay is reached as ${deps.origins.join(' or ')}`);
    const caller = hello.token === null ? null : await deps.doorman.admit(hello.token);
    if (over) return;
    if (hello.token !== null && caller === null)
      return end('token', 'the device token is unknown, expired or revoked: sign in again with leanvibe relay login');
    const nonce = deps.random.bytes(32);
    visitor = { origin: hello.origin, nonce, caller };
    desk = createPipeDesk({ pipes: deps.pipes, say, refuse, queuedBytes: wire.queuedBytes }, caller !== null);
    if (caller !== null) {
      leaveHub = hub.enter({
        account: caller.account,
        device: caller.device,
        revoked: () => end('revoked', 'this device was signed out'),
        made: () => void tellOwned(caller.account).catch(lost),
        anew: () => end('unavailable', 'the database was restarted or replaced: connect again and compare'),
      });
      reception = createReception(deps, { ...visitor, caller }, wire, { say, refuse, end });
    }
    if (hello.token !== null) recheck(hello.token);
    say({ type: 'welcome', version: WIRE_VERSION, nonce, account: caller?.account ?? null, device: caller?.device ?? null });
    if (caller !== null) await tellOwned(caller.account);
    for (const frame of waiting.splice(0)) onFrame(frame);
  };
  const onMessage = (message: RelayUp): void => {
    switch (message.type) {
      case 'hello':
        if (greeting) return mistake('a second hello');
        greeting = true;
        void greet(message).catch(lost);
        return;
      case 'ping':
        return say({ type: 'pong', nonce: message.nonce });
      case 'pong':
        return;
      case 'pipe':
      case 'data':
        return desk?.onMessage(message) === false ? mistake('a pipe that was not opened') : undefined;
      case 'leave':
        if (desk?.leave(message.slot) !== true) reception?.leave(message.slot);
        return;
      default:
        if (reception === null) return refuse('slot' in message ? message.slot : null, 'token', 'sign in first: leanvibe relay login');
        return reception.onMessage(message);
    }
  };
  const onFrame = (frame: Uint8Array): void => {
    if (over) return;
    if (frame.length > FRAME_BYTES_MAX) return mistake(`a frame of ${frame.length} bytes`);
    if (isLogFrame(frame)) {
      if (reception === null) return mistake('a log message before hello');
      const log = decode(logMessage, frame);
      return log.ok ? reception.onLog(log.value) : mistake(log.error);
    }
    const message = decode(relayUp, frame);
    if (!message.ok) return mistake(message.error);
    // A device may say at once what it wants; it is heard once it is known who it is.
    if (visitor === null && message.value.type !== 'hello') {
      if (waiting.length >= WAITING_MAX || waitingBytes + frame.length > WAITING_BYTES_MAX) return mistake('too much before the welcome');
      waitingBytes += frame.length;
      // Of its own: what is read from the socket lies in a larger piece.
      waiting.push(frame.slice());
      return;
    }
    onMessage(message.value);
  };

  return {
    onFrame,
    onDrain: () => reception?.drained(),
    goAway: () => end('going-away', 'the relay restarts: come back in a moment'),
    async closed() {
      over = true;
      waiting = [];
      cancelHello();
      leaveHub();
      cancelRecheck();
      desk?.close();
      await reception?.close();
    },
  };
}
