/** Which of two channels to one device stays, so that both sides keep the same. */
import type { DeviceId } from '@leanvibe/protocol/ids';
import type { Channel } from '@leanvibe/core/ports/channel';

/** Two dials that cross lie closer together than this; anything later is a peer that lost the older channel. */
const CROSSING_MS = 3_000;

/**
 * Which of two channels to the same peer stays, a direct one before one that a relay carries; the caller closes the other with reason `duplicate`.
 * `heldMs`: how long the first has been open here. A later one from the same dialler, or one that comes when the first is
 * long open, replaces it, because a device dials only when it holds no channel. Of two crossing dials the one from the
 * device with the lower id stays, and both sides see that alike.
 */
export function preferChannel(self: DeviceId, held: Channel, heldMs: number, fresh: Channel): 'held' | 'fresh' {
  if ((held.relayed === true) !== (fresh.relayed === true)) return held.relayed === true ? 'fresh' : 'held';
  if (held.outbound === fresh.outbound || heldMs > CROSSING_MS) return 'fresh';
  const lowerDialled = (channel: Channel): boolean => channel.outbound === self < channel.peer;
  return lowerDialled(held) ? 'held' : 'fresh';
}
