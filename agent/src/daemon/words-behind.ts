/** Recovery words open no space that came after them: told as an alarm until they are typed again. */
import type { Engine } from '@leanvibe/core/engine/api';
import type { Cancel, ClockDep } from '@leanvibe/core/ports/clock';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import type { Names } from '../product/names.js';
import type { Alarms } from './alarms.js';

export interface WordsBehindDeps extends ClockDep, LoggerDep {
  readonly engine: Pick<Engine, 'recovery' | 'subscribe'>;
  readonly names: Pick<Names, 'ofSpace'>;
  readonly alarms: Pick<Alarms, 'raise' | 'settle'>;
}

const ALARM = 'words-behind';
/** Membership comes in bursts. */
const LOOK_AFTER_MS = 500;

/** Null when every space is open to some words in force, or there are none. */
export async function wordsBehind({ engine, names }: Pick<WordsBehindDeps, 'engine' | 'names'>): Promise<string | null> {
  const live = (await engine.recovery.sets()).filter((set) => set.live);
  const open = new Set(live.flatMap(({ spaces }) => spaces.flatMap(({ space, covered }) => (covered ? [space] : []))));
  const behind = (live[0]?.spaces ?? []).filter(({ space }) => !open.has(space)).map(({ space }) => names.ofSpace(space));
  return behind.length === 0 ? null : `your recovery words do not open ${behind.join(', ')} yet. Run: leanvibe recovery extend`;
}

export function watchWords(deps: WordsBehindDeps): () => void {
  const { clock, logger, engine, alarms } = deps;
  let told: string | null = null;
  let cancel: Cancel | null = null;
  const look = async (): Promise<void> => {
    cancel = null;
    const behind = await wordsBehind(deps);
    if (behind === told) return;
    told = behind;
    if (behind === null) alarms.settle(ALARM);
    else alarms.raise(ALARM, behind);
  };
  const soon = (): void => {
    cancel ??= clock.after(LOOK_AFTER_MS, () => {
      look().catch((error: unknown) => logger.log('warn', 'words-not-checked', { why: error instanceof Error ? error.name : 'unknown' }));
    });
  };
  const end = engine.subscribe((event) => {
    if (event.type === 'membership') soon();
  });
  soon();
  return () => {
    end();
    cancel?.();
  };
}
