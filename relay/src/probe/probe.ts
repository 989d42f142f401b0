/** Looks at a relay from outside, as a client would come to it, and says of everything why it is right or wrong. */
import type { Asker } from './ask.js';
import { askApi, askDatabase, askHeaders, askHealth, askLatency, askReady } from './http-checks.js';
import { judge, type Verdict } from './outcome.js';
import { askSocket } from './socket-check.js';

export interface ProbeOptions {
  readonly requiredPercent: number;
  readonly latencyMsMax: number;
}

export async function probe(asker: Asker, { requiredPercent, latencyMsMax }: ProbeOptions): Promise<Verdict> {
  const health = await askHealth(asker);
  // Nobody there: nine more ways of saying it help nobody.
  if (!health.ok && health.tookMs === 0) return judge([health], requiredPercent);
  const outcomes = [
    health,
    await askReady(asker),
    await askDatabase(asker),
    await askApi(asker),
    await askSocket(asker),
    await askLatency(asker, latencyMsMax),
    ...(await askHeaders(asker)),
  ];
  return judge(outcomes, requiredPercent);
}
