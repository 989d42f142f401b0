/** Things a person must hear of, kept until the next start: one line each, the newest of a kind. */
import type { EngineEvent } from '@leanvibe/core/engine/api';
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { AlarmView } from '../control/leaf-views.js';

type AlarmEvent = Extract<EngineEvent, { readonly type: 'alarm' }>;

/** What the words call devices and spaces; null for the person's own devices. */
export interface Calls {
  device(id: string): string;
  space(id: string): string | null;
  /** This device. */
  readonly self: string;
}

export interface Alarms {
  /** The words for people. */
  raise(alarm: string, message: string): AlarmView;
  ofEngine(event: AlarmEvent, calls: Calls): AlarmView;
  all(): readonly AlarmView[];
  /** What it warned of is over. */
  settle(alarm: string, space?: string): void;
}

const ALARMS_MAX = 32;

/** This person is no longer in a shared space. */
export const OUT_OF_SPACE = 'out-of-space';

/** C44. */
export const CLONED =
  'this home is an older or second copy: edits are kept here until you run leanvibe devices continue (only if the other copy is gone)';

function words({ alarm, device, space, relay }: AlarmEvent, calls: Calls): string {
  const who = device === null ? 'this device' : calls.device(device);
  const where = space === null ? null : calls.space(space);
  switch (alarm) {
    case 'rolled-back':
      return `${who} lost data it had: an older copy of its store was put back. Nothing is lost here, and what it lacks is sent again`;
    case 'relay-rolled-back':
      return `${relay ?? 'a relay'} lost entries it had${where === null ? '' : ` of ${where}`}: an older copy of its database was put back, or it hides them. Nothing is lost here, and what it lacks is sent again`;
    case 'relay-lost':
      return `${relay ?? 'a relay'} has not all that it said it had${where === null ? '' : ` of ${where}`}. Nothing is lost here, and what it lacks is sent again`;
    case 'relay-unreliable':
      return `${relay ?? 'a relay'} says that it keeps what it is sent${where === null ? '' : ` of ${where}`}, and does not: do not rely on it. Nothing is lost here`;
    case 'relay-forked':
      return device === null
        ? `${relay ?? 'a relay'} contradicts itself about what it holds${where === null ? '' : ` of ${where}`}: do not rely on it. Nothing is lost here, and everything is compared with it anew`
        : `${relay ?? 'a relay'} showed ${who} and this device two different histories${where === null ? '' : ` of ${where}`}: an older copy of its database was put back, or it deceives one of them. What either has, both have once they meet; ask whoever runs it, and do not rely on it until then`;
    case 'relay-withheld':
      return device === null
        ? `${relay ?? 'a relay'} does not hand over what it says it has${where === null ? '' : ` of ${where}`}: your other devices are asked for it when they are met. Do not rely on it`
        : `${relay ?? 'a relay'} does not show this device what it showed ${who}${where === null ? '' : ` of ${where}`}: what is missing comes from ${who}. Do not rely on it`;
    case 'cloned':
      return CLONED;
    case 'forked':
      return device === calls.self
        ? 'two copies of this device wrote at once, so both are shut out. What others lack is kept: leanvibe unsent save <file>, then leanvibe reset, join anew, and leanvibe unsent apply <file>'
        : `two copies of ${who} wrote at once: it is shut out, and what it wrote that nobody built on is set aside. Run: leanvibe quarantine`;
    case 'removed':
      return where === null
        ? 'this device was removed by another device of yours: it sends and receives nothing any more. For words it could not send: leanvibe unsent save <file>'
        : `you are no longer in ${where}: what is here of it can be read, and nothing new arrives`;
    case 'words-used':
      return `your recovery words let in ${who}: if that was not you, revoke it. Run: leanvibe devices`;
    case 'others-words-used':
      return `recovery words of somebody you share with let in ${who}: ask whether that was them`;
    case 'store-full':
      return 'the disk is full: nothing new is saved until there is room. What was saved can still be read';
    case 'store-broken':
      return 'the store cannot be written any more: check the disk, then restart. Run: leanvibe doctor';
    case 'invite-used':
      return `somebody tried to join ${where ?? 'a space'} with an invite that was used already: if the link went astray, look at who is in it. Run: leanvibe members`;
    case 'damaged':
      return 'some stored entries are damaged and are fetched again from other devices. Run: leanvibe verify';
  }
}

export function createAlarms({ clock }: ClockDep): Alarms {
  const byKind = new Map<string, AlarmView>();
  const keep = (key: string, alarm: string, message: string, relay?: string): AlarmView => {
    const view = { alarm, message, at: new Date(clock.nowMs()).toISOString(), ...(relay === undefined ? {} : { relay }) };
    byKind.delete(key);
    byKind.set(key, view);
    const oldest = byKind.keys().next();
    if (byKind.size > ALARMS_MAX && oldest.done !== true) byKind.delete(oldest.value);
    return view;
  };
  return {
    raise: (alarm, message) => keep(alarm, alarm, message),
    ofEngine(event, calls) {
      const { alarm, device, space } = event;
      // Out of a team is no fault of this device's, and mended by an invite: it has a word of its own.
      if (alarm === 'removed' && space !== null && calls.space(space) !== null)
        return keep(`${OUT_OF_SPACE}/${space}`, OUT_OF_SPACE, words(event, calls));
      return keep(`${alarm}/${event.relay ?? device ?? ''}`, alarm, words(event, calls), event.relay);
    },
    all: () => [...byKind.values()],
    settle(alarm, space) {
      for (const [key, view] of [...byKind])
        if (view.alarm === alarm && (space === undefined || key === `${alarm}/${space}`)) byKind.delete(key);
    },
  };
}
