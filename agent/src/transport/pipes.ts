/** Channels over a pipe: the same handshake and the same limits as on a network, dialled by the guest and accepted by whoever waited. */
import type { Connection } from '@libp2p/interface';
import type { DeviceId } from '@leanvibe/protocol/ids';
import { err, ok, type Result } from '@leanvibe/core/base/result';
import type { Channel } from '@leanvibe/core/ports/channel';
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import type { AcceptGuard } from './accept.js';
import type { Connections } from './connections.js';
import { explainDial, notOffered, type DialError } from './dialerror.js';
import { deviceOf } from './identity.js';
import { PIPE_DIAL_MS_MAX } from './limits.js';
import type { LanNode } from './node.js';
import { pipeAddress, RELAY_PIPE, shownRelay, type Pipe } from './pipe.js';
import { toPipeConnection } from './pipeconn.js';
import type { LanProtocol } from './protocols.js';
import { quietLogger } from './quiet.js';

/** A device reached over a pipe; several channels may be opened to it, one after another or at once. */
export interface PipedPeer {
  readonly device: DeviceId;
  /** Ten seconds after its last channel the pipe is closed. */
  open(protocol: LanProtocol, signal?: AbortSignal): Promise<Result<Channel, DialError>>;
  close(): void;
}

export interface PipesDeps extends ClockDep, LoggerDep {
  readonly node: LanNode;
  readonly guard: AcceptGuard;
  readonly connections: Connections;
  readonly stopping: AbortSignal;
}

export interface PipeDial {
  /** The only device that may answer; with none, whoever answers is taken. */
  readonly expect?: DeviceId | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Pipes {
  /** Never rejects. The pipe is closed when the handshake fails. */
  dial(pipe: Pipe, origin: string, how?: PipeDial): Promise<Result<PipedPeer, DialError>>;
  accept(pipe: Pipe, origin: string): void;
}

const log = quietLogger.forComponent('pipe');
const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

export function createPipes({ clock, logger, node, guard, connections, stopping }: PipesDeps): Pipes {
  const { upgrader } = node.services.direct;

  /** `run` within the time of one dial, called off by `signal` and by the transport's own end. */
  async function within<T>(signal: AbortSignal | undefined, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const timeout = new AbortController();
    const cancel = clock.after(PIPE_DIAL_MS_MAX, () => timeout.abort());
    return run(AbortSignal.any([timeout.signal, stopping, ...(signal === undefined ? [] : [signal])])).finally(cancel);
  }

  async function open(
    connection: Connection,
    origin: string,
    protocol: LanProtocol,
    signal: AbortSignal | undefined,
  ): Promise<Result<Channel, DialError>> {
    const shown = shownRelay(origin);
    try {
      const stream = await within(signal, (one) => connection.newStream(protocol, { signal: one }));
      const channel = connections.channel(connection, stream, { via: RELAY_PIPE, address: origin, outbound: true, relayed: true });
      return channel === null ? err({ code: 'hung-up', message: `${shown} hung up` }) : ok(channel);
    } catch (error) {
      const unsupported = error instanceof Error && error.name === 'UnsupportedProtocolError';
      return err(unsupported ? notOffered(protocol, shown) : explainDial(error, shown));
    }
  }

  async function dial(pipe: Pipe, origin: string, { expect, signal }: PipeDial = {}): Promise<Result<PipedPeer, DialError>> {
    if (stopping.aborted) {
      pipe.close('stopped');
      return err({ code: 'stopped', message: 'the transport is stopped' });
    }
    // With the key in the address Noise refuses a wrong responder before it learns who dialled.
    const made = toPipeConnection({ pipe, remoteAddr: pipeAddress(origin, expect ?? null), direction: 'outbound', log });
    try {
      const connection = await within(signal, (one) => upgrader.upgradeOutbound(made, { signal: one }));
      const device = deviceOf(connection.remotePeer);
      if (device === null) throw new Error('not a device key');
      return ok({
        device,
        open: (protocol, until) => open(connection, origin, protocol, until),
        close: () => connection.abort(new Error('not needed')),
      });
    } catch (error) {
      made.abort(asError(error));
      if (signal?.aborted === true) return err({ code: 'aborted', message: 'the dial was called off' });
      return err(explainDial(error, shownRelay(origin)));
    }
  }

  function accept(pipe: Pipe, origin: string): void {
    // All guests of one relay share what one host on a network may take.
    const ticket = stopping.aborted ? null : guard.admit(origin);
    if (ticket === null) return pipe.close('busy');
    const made = toPipeConnection({ pipe, remoteAddr: pipeAddress(origin, null), direction: 'inbound', log });
    guard.attach(made, ticket);
    upgrader.upgradeInbound(made, { signal: stopping }).catch((error: unknown) => {
      logger.log('debug', 'pipe-refused', { why: asError(error).name });
      made.abort(asError(error));
    });
  }

  return { dial, accept };
}
