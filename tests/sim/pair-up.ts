/** Two machines of one person pair by link. */
import { createMemoryPair } from '@leanvibe/core/internal/memory/channel';
import type { VirtualClock } from '../help/clock.js';
import type { Machine } from './machine.js';

export async function pairUp(clock: VirtualClock, admitter: Machine, newcomer: Machine): Promise<void> {
  if (admitter.engine === null || newcomer.engine === null) return;
  const offer = admitter.engine.pairing.offer({ name: admitter.name, autoConfirm: true }, () => undefined);
  const channels = createMemoryPair({ clock }, { left: newcomer.device, right: admitter.device });
  admitter.engine.pairing.serve(channels.right);
  newcomer.engine.pairing.join(channels.left, { name: newcomer.name, secret: offer.secret, code: null, keepHome: false }, () => undefined);
  await clock.advance(200);
}
