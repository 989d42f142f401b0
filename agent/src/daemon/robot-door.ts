/** Lets robots in by their token's secret, each with its own methods and its own part of the live feed. */
import { err, ok } from '@leanvibe/core/base/result';
import type { SpaceId } from '@leanvibe/protocol/ids';
import type { NewFeedEvent } from '../control/feed.js';
import { type Door, NO_TOKEN, type Refused, type Robot } from '../control/robots.js';
import type { Bearer } from '../tokens/bearer.js';
import type { TokenRecord } from '../tokens/record.js';
import { reaches } from '../tokens/scope.js';
import { isSecret } from '../tokens/secret.js';
import type { Agent } from './agent.js';
import { robotHandlers } from './robot-methods.js';
import { VERSION } from './version.js';

type DoorDeps = Pick<Agent, 'engine' | 'product' | 'port' | 'tokens'>;

export function createDoor(deps: DoorDeps): Door {
  const robots = new WeakMap<Bearer, Robot>();
  return (secret) => {
    const bearer = secret === null ? null : deps.tokens.bearerOf(secret);
    if (bearer === null) return err(secret !== null && isSecret(secret) ? UNKNOWN : NO_TOKEN);
    if (!bearer.live()) return err({ reason: 'control-token-ended', error: { ...UNKNOWN.error, message: endWords(bearer.record()) } });
    const robot = robots.get(bearer) ?? robotFor(deps, bearer);
    robots.set(bearer, robot);
    return ok(robot);
  };
}

const UNKNOWN: Refused = {
  reason: 'control-token',
  error: { code: 'unauthorised', message: 'this agent knows no such token', fix: 'ask for a new one: leanvibe token create' },
};

function endWords({ end, expiresMs }: TokenRecord): string {
  switch (end?.how) {
    case 'revoked':
      return 'this token was revoked';
    case 'copied':
      return 'this token ended: the agent found its home to be an older or second copy';
    case 'expired':
    case undefined:
      return `this token expired at ${new Date(expiresMs).toISOString()}`;
  }
}

function robotFor(deps: DoorDeps, bearer: Bearer): Robot {
  return {
    handlers: robotHandlers(deps, bearer),
    ended: bearer.ended,
    hello: { type: 'hello', deviceId: '', version: VERSION },
    reader: { id: bearer.id, ended: bearer.ended, sees: (event, space) => bearer.live() && sees(bearer.record(), event, space) },
  };
}

/** Documents it reaches, and nothing of devices, members, pairing, refusals or alarms. */
function sees({ scope }: TokenRecord, event: NewFeedEvent, space: SpaceId | null): boolean {
  switch (event.type) {
    case 'document': {
      if (event.project === null || space === null) return false;
      const project = { id: event.project, space };
      if (event.document === 'project') return reaches(scope, project, 'tasks') || reaches(scope, project, 'notes');
      return reaches(scope, project, event.document === 'suggestions' ? 'suggestions' : 'whole');
    }
    case 'hello':
    case 'missed':
    case 'beat':
      return true;
    case 'peer':
    case 'membership':
    case 'relays':
    case 'refused':
    case 'alarm':
    case 'index':
    case 'pairing':
    case 'joining':
    case 'invite-request':
    case 'space-joining':
      return false;
  }
}
