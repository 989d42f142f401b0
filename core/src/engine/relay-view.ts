/** A relay as a shell sees it. */
import type { RelaySession } from '../session/relay.js';
import type { Room } from '../session/relay-room-api.js';
import type { RelayMailboxView, RelayView } from './relay-api.js';

function stateOf(room: Room): RelayMailboxView['state'] {
  const state = room.state();
  switch (state.at) {
    case 'opening':
    case 'behind':
      return state.at;
    case 'shut':
      return 'refused';
    case 'open':
      if (state.right.level === 0) return 'announcements';
      if (!state.right.append) return 'read';
      return room.full() ? 'full' : 'write';
  }
}

/** Rows of our log, and how many of them a conversation knows the other side to hold. */
export function heldOf(room: Room): { readonly entries: number; readonly acknowledged: number } {
  const status = room.sync()?.status();
  if (status === undefined) return { entries: 0, acknowledged: 0 };
  const sum = (lanes: readonly number[]): number => lanes.reduce((total, one) => total + one, 0);
  return { entries: sum(status.own), acknowledged: sum(status.peerHolds) };
}

function viewOfRoom(room: Room): RelayMailboxView {
  const state = room.state();
  const status = room.sync()?.status();
  return {
    space: room.space,
    mailbox: room.mailbox,
    state: stateOf(room),
    reason: state.at === 'shut' ? state.reason : null,
    owner: state.at === 'open' && state.right.owner,
    pendingOut: status?.pendingOut ?? 0,
    pendingIn: status?.pendingIn ?? 0,
    ...heldOf(room),
  };
}

export function viewOfRelay(session: RelaySession): RelayView {
  const refused = session.refused();
  const welcome = session.welcome();
  const rooms = session.rooms();
  const inStep =
    welcome !== null && session.placed() && rooms.every((room) => room.sync()?.status().idle === true || room.state().at === 'shut');
  return {
    origin: session.origin,
    state: refused !== null ? 'refused' : welcome === null ? 'connecting' : session.silent() ? 'silent' : inStep ? 'in-step' : 'syncing',
    reason: refused?.detail ?? null,
    refusal: refused?.reason ?? null,
    account: welcome?.account ?? null,
    device: welcome?.device ?? null,
    mailboxes: rooms.map(viewOfRoom),
  };
}
