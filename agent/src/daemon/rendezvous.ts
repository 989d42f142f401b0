/** Meeting another agent without a common network: both go to one name at a relay, which carries bytes between them and can read none (C41). */
import type { Pipe } from '../transport/pipe.js';

export interface Rendezvous {
  /** The relays this agent is signed in to, as origins (`https://relay.example.com`); empty when none. */
  origins(): readonly string[];
  /**
   * Waits under a name (32 bytes) at every relay this agent is signed in to, now or later, and tells of each guest and the
   * relay it came through, until aborted; pipes that were told of live on. Reconnects by itself. Never throws. A relay allows few pipes: `first` is
   * for somebody who stands there now, and takes those kept for that.
   */
  host(name: Uint8Array, met: (pipe: Pipe, origin: string) => void, signal: AbortSignal, first?: 'first'): void;
  /** Meets whoever waits under the name at that relay; needs no account. Rejects within 10 s, with a message in words such as `nobody waits there`. */
  guest(origin: string, name: Uint8Array, signal: AbortSignal): Promise<Pipe>;
}
