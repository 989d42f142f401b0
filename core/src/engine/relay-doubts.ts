/** Doubts about relays, and whom they are told to (P7): what one showed others, what it leaves out, and the alarms about it. */
import type { DeviceId, SpaceId } from '@leanvibe/protocol/ids';
import type { RelaySession } from '../session/relay.js';
import type { EngineEvent } from './api.js';
import { createRelayGaps, type RelayGaps, type RelayGapsDeps } from './relay-gaps.js';
import { createRelayTold, type RelayTold, type RelayToldDeps } from './relay-told.js';

type Alarm = Extract<EngineEvent, { readonly type: 'alarm' }>['alarm'] & `relay-${string}`;

export interface RelayDoubtsDeps extends Omit<RelayToldDeps, 'alarm' | 'sessions'>, Omit<RelayGapsDeps, 'alarm'> {
  readonly emit: (event: EngineEvent) => void;
}

export interface RelayDoubts {
  readonly told: RelayTold;
  readonly gaps: RelayGaps;
  /** `device`: who was shown something else. */
  alarm(alarm: Alarm, origin: string, space: SpaceId, device?: DeviceId): void;
  /** The same of what comes up again and again. */
  doubt(alarm: Alarm, origin: string, space: SpaceId, device?: DeviceId): void;
}

const AGAIN_MS = 3_600_000;

export function createRelayDoubts(deps: RelayDoubtsDeps, sessions: ReadonlyMap<string, RelaySession>): RelayDoubts {
  const alarm: RelayDoubts['alarm'] = (what, origin, space, device) =>
    deps.emit({ type: 'alarm', alarm: what, space, device: device ?? null, relay: origin });
  const said = new Map<string, number>();
  const doubt: RelayDoubts['alarm'] = (what, origin, space, device) => {
    const key = `${what}/${origin}/${space}/${device ?? ''}`;
    if (deps.clock.nowMs() - (said.get(key) ?? Number.NEGATIVE_INFINITY) < AGAIN_MS) return;
    said.set(key, deps.clock.nowMs());
    alarm(what, origin, space, device);
  };
  return {
    told: createRelayTold({ ...deps, sessions, alarm: doubt }),
    gaps: createRelayGaps({ ...deps, alarm: (origin, space) => doubt('relay-withheld', origin, space) }),
    alarm,
    doubt,
  };
}
