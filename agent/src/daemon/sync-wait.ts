/** Waiting until every reachable device and relay holds what this one holds, and the other way round. */
import type { CallContext } from '../control/call.js';
import { ControlFailure } from '../control/error.js';
import type { SyncView } from '../control/views.js';
import { atRest } from '../relay/why.js';
import type { Agent } from './agent.js';
import { peerStatuses } from './devices.js';

/** Between two looks; events make it look at once. */
const LOOK_MS = 100;

export function syncView(agent: Agent): SyncView {
  return { inStep: inStep(agent), peers: peerStatuses(agent), relays: agent.relays.rows() };
}

/** A device that is being dialled or still introduces itself is reachable, and not yet in step. */
function inStep({ engine, relays }: Agent): boolean {
  if (!relays.rows().every(atRest)) return false;
  return engine.inStep() && engine.peers().every(({ state }) => state !== 'connecting' && state !== 'syncing');
}

export async function waitForSync(
  agent: Agent,
  timeoutMs: number,
  { signal, progress }: CallContext<{ readonly pending: number; readonly pendingIn: number }>,
): Promise<SyncView> {
  const { clock, engine } = agent;
  const untilMs = clock.nowMs() + timeoutMs;
  let told = '';
  await engine.settled();
  for (;;) {
    const view = syncView(agent);
    if (view.inStep) return view;
    const sums = { pending: sum(view, 'pending'), pendingIn: sum(view, 'pendingIn') };
    if (JSON.stringify(sums) !== told) progress(sums);
    told = JSON.stringify(sums);
    if (signal.aborted) throw new ControlFailure('cancelled', 'waiting was cancelled');
    if (clock.nowMs() >= untilMs)
      throw new ControlFailure('timeout', `not in step after ${Math.round(timeoutMs / 1000)} seconds`, 'see: leanvibe status');
    await new Promise<void>((resolve) => clock.after(Math.min(LOOK_MS, untilMs - clock.nowMs()), resolve));
  }
}

function sum({ peers, relays }: SyncView, field: 'pending' | 'pendingIn'): number {
  return [...peers, ...relays.flatMap(({ mailboxes }) => mailboxes)].reduce((total, one) => total + one[field], 0);
}
