/** A bounded number of bytes is read, and sent, in one turn of the main loop: Node hands over up to two megabytes of one fast peer before anybody else has a turn (P9). */
import { noise } from '@chainsafe/libp2p-noise';
import type { ConnectionEncrypter } from '@libp2p/interface';
import type { AbstractMessageStream } from '@libp2p/utils';
import { TURN_BYTES_MAX } from './limits.js';

/** Bytes of one turn of the main loop, over all connections. */
function createTurnBytes() {
  let taken = 0;
  return {
    take(bytes: number): void {
      if (taken === 0) setImmediate(() => (taken = 0));
      taken += bytes;
    },
    room: () => taken < TURN_BYTES_MAX,
  };
}

const read = createTurnBytes();
/** The kernel takes megabytes at once, and each has to be encrypted first: what goes beyond the bound is sent in the next turn. */
export const sent = createTurnBytes();

/** What was read is passed on; a connection that goes on beyond the bound reads its next bytes in the next turn, so that each has its share. */
export function pace(connection: Pick<AbstractMessageStream, 'addEventListener' | 'pause' | 'readStatus' | 'resume'>): void {
  let paused = false;
  connection.addEventListener('message', ({ data }) => {
    read.take(data.byteLength);
    if (paused || read.room() || connection.readStatus !== 'readable') return;
    paused = true;
    connection.pause();
    setImmediate(() => {
      paused = false;
      if (connection.readStatus === 'paused') connection.resume();
    });
  });
}

/** Noise, its connections read in turns: every transport's connection passes here before anything of it is looked at. */
export function pacedNoise(): ReturnType<typeof noise> {
  const make = noise();
  return (components) => {
    const made = make(components);
    const inbound: ConnectionEncrypter['secureInbound'] = made.secureInbound.bind(made);
    const outbound: ConnectionEncrypter['secureOutbound'] = made.secureOutbound.bind(made);
    return Object.assign(made, {
      secureInbound: ((connection, options) => {
        pace(connection as unknown as AbstractMessageStream);
        return inbound(connection, options);
      }) as ConnectionEncrypter['secureInbound'],
      secureOutbound: ((connection, options) => {
        pace(connection as unknown as AbstractMessageStream);
        return outbound(connection, options);
      }) as ConnectionEncrypter['secureOutbound'],
    });
  };
}
