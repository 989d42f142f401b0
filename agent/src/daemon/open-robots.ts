/** The tokens of a running agent: opened with its records, ended when its home turns out to be a copy. */
import type { Engine } from '@leanvibe/core/engine/api';
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import type { LocalRecords } from '../product/local.js';
import { systemRandom } from '../system/clock.js';
import { openTokens, type Tokens } from '../tokens/tokens.js';
import type { Closing } from './closing.js';

interface Parts extends ClockDep, LoggerDep {
  readonly closing: Closing;
}

/** A home that turned out to be a copy cannot know which tokens were revoked since: none of them lives on. */
export async function openRobots(
  { clock, logger, closing }: Parts,
  engine: Pick<Engine, 'cloned' | 'subscribe'>,
  local: LocalRecords,
): Promise<Tokens> {
  const failed = (error: unknown): void => logger.log('error', 'token-not-kept', { why: error instanceof Error ? error.name : 'unknown' });
  const tokens = await openTokens({ clock, random: systemRandom, local, elapsedMs: () => performance.now(), failed });
  closing.add('tokens', () => tokens.stop());
  if (engine.cloned()) await tokens.endAll('copied');
  const stop = engine.subscribe((event) => {
    if (event.type === 'alarm' && event.alarm === 'cloned') tokens.endAll('copied').catch(failed);
  });
  closing.add('token-copies', stop);
  return tokens;
}
