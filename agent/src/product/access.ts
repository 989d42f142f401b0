/** What this device may do in a space, and the words for why not, before anything is tried. */
import type { SpaceId } from '@leanvibe/protocol/ids';
import type { Role } from '@leanvibe/protocol/link';
import type { Engine, SpaceView } from '@leanvibe/core/engine/api';
import { ControlFailure } from '../control/error.js';

/** What the words below call people and spaces. */
export interface Calls {
  ofPerson(person: string): string;
  ofSpace(space: string): string;
}

/** This device's person there and its role; null before its links arrived, and for the removed. */
export function ownPart(view: SpaceView): { readonly person: string; readonly role: Role } | null {
  const own = view.devices.find(({ thisDevice }) => thisDevice);
  return own === undefined || view.standing !== 'live' || own.revoked ? null : own;
}

export function mayWrite(view: SpaceView | undefined): boolean {
  const role = view === undefined ? null : (ownPart(view)?.role ?? null);
  return role !== null && role !== 'viewer';
}

/** `Ana (owner)`, or the names of two of several; words for nobody known. */
export function owners(view: SpaceView, names: Pick<Calls, 'ofPerson'>): string {
  const live = view.devices.filter(({ role, revoked, thisDevice }) => role === 'owner' && !revoked && !thisDevice);
  const [first, second] = [...new Set(live.map(({ person }) => person))];
  if (first === undefined) return 'an owner';
  return second === undefined ? `${names.ofPerson(first)} (owner)` : `${names.ofPerson(first)} or ${names.ofPerson(second)} (owners)`;
}

/** Null when this device may write there. `what`: what it may read instead, such as `this project`. */
export function refusalToWrite(engine: Pick<Engine, 'spaces'>, names: Calls, space: SpaceId, what: string): ControlFailure | null {
  const view = engine.spaces().find((one) => one.space === space);
  if (view === undefined || mayWrite(view)) return null;
  if (view.standing === 'joining')
    return new ControlFailure(
      'not-editor',
      `${names.ofSpace(space)} has not arrived here yet`,
      'wait for its other devices: leanvibe status',
    );
  if (view.standing === 'removed' && view.home)
    return new ControlFailure(
      'not-editor',
      'this device was removed: it may not write any more',
      'pair it anew from another device of yours',
    );
  if (view.standing === 'removed')
    return new ControlFailure(
      'not-editor',
      `you are no longer in ${names.ofSpace(space)}: you may read what you have of ${what}, not write`,
      `ask ${owners(view, names)} for a new invite`,
    );
  return new ControlFailure('not-editor', `you may read ${what}, not write`, `ask ${owners(view, names)} for the editor role`);
}
