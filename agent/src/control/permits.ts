/**
 * What an agent token may ask, method by method. Whatever is not listed as permitted is refused, and a method that is not listed at all
 * does not compile: nobody with a token pairs, revokes, invites, changes roles, reads device secrets, exports, backs up, makes tokens,
 * stops the agent, or learns of projects it was not made for.
 */
import type { Reach } from '../tokens/scope.js';
import type { TokenRole } from '../tokens/record.js';
import type { MethodName } from './methods.js';

export interface Permit {
  /** The least role. Reading is for viewers, writing for editors. */
  readonly role: TokenRole;
  /** What of a project the token must reach; lists hold what it reaches. */
  readonly reach: Reach;
}

const NOBODY = 'nobody';
const read = <R extends Reach>(reach: R): { readonly role: 'viewer'; readonly reach: R } => ({ role: 'viewer', reach });
const write = <R extends Reach>(reach: R): { readonly role: 'editor'; readonly reach: R } => ({ role: 'editor', reach });

export const PERMITS = {
  /** A few words about the token itself, and its projects. */
  status: read('any'),
  doctor: NOBODY,
  paths: NOBODY,
  id: NOBODY,
  'config.get': NOBODY,
  'config.set': NOBODY,
  'config.list': NOBODY,
  'project.add': NOBODY,
  'project.list': read('any'),
  'project.show': read('whole'),
  'project.remove': NOBODY,
  'task.add': write('tasks'),
  'task.list': read('tasks'),
  'task.done': write('tasks'),
  'task.undone': write('tasks'),
  'task.rm': write('tasks'),
  'task.edit': write('tasks'),
  'note.show': read('notes'),
  'note.append': write('notes'),
  'note.edit': write('notes'),
  suggest: write('suggestions'),
  suggestions: read('suggestions'),
  accept: write('suggestions'),
  reject: write('suggestions'),
  'sync.status': NOBODY,
  'sync.wait': NOBODY,
  'pair.start': NOBODY,
  'pair.status': NOBODY,
  'pair.confirm': NOBODY,
  'pair.cancel': NOBODY,
  'join.start': NOBODY,
  'join.status': NOBODY,
  'join.confirm': NOBODY,
  'join.cancel': NOBODY,
  'device.list': NOBODY,
  'device.rename': NOBODY,
  'device.revoke': NOBODY,
  'device.continue': NOBODY,
  why: NOBODY,
  verify: NOBODY,
  backup: NOBODY,
  export: NOBODY,
  'trash.list': read('tasks'),
  'trash.restore': write('tasks'),
  open: NOBODY,
  stop: NOBODY,
  logs: NOBODY,
  'space.create': NOBODY,
  'space.list': NOBODY,
  'space.rename': NOBODY,
  'space.leave': NOBODY,
  'project.share': NOBODY,
  'member.list': NOBODY,
  'member.role': NOBODY,
  'member.kick': NOBODY,
  'invite.create': NOBODY,
  'invite.list': NOBODY,
  'invite.revoke': NOBODY,
  'invite.requests': NOBODY,
  'invite.approve': NOBODY,
  'invite.deny': NOBODY,
  'invite.accept': NOBODY,
  'invite.accepted': NOBODY,
  'invite.withdraw': NOBODY,
  'quarantine.list': NOBODY,
  'quarantine.show': NOBODY,
  'quarantine.accept': NOBODY,
  'quarantine.drop': NOBODY,
  'quarantine.save': NOBODY,
  audit: NOBODY,
  'unsent.list': NOBODY,
  'unsent.save': NOBODY,
  'unsent.apply': NOBODY,
  'recovery.create': NOBODY,
  'recovery.list': NOBODY,
  'recovery.check': NOBODY,
  'recovery.extend': NOBODY,
  'recovery.revoke': NOBODY,
  'recovery.restore': NOBODY,
  'metrics.preview': NOBODY,
  'metrics.set': NOBODY,
  'relay.login': NOBODY,
  'relay.logout': NOBODY,
  'relay.list': NOBODY,
  'relay.prove': NOBODY,
  'token.create': NOBODY,
  'token.list': NOBODY,
  'token.revoke': NOBODY,
  'token.log': NOBODY,
} as const satisfies Record<MethodName, Permit | typeof NOBODY>;

export type PermittedName = { [M in MethodName]: (typeof PERMITS)[M] extends Permit ? M : never }[MethodName];

/** Null for what no token may ask. */
export function permitOf(method: MethodName): Permit | null {
  const permit = Object.hasOwn(PERMITS, method) ? PERMITS[method] : NOBODY;
  return permit === NOBODY ? null : permit;
}
