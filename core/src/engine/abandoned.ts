/** Mailboxes whose account nobody in the space has any more: they are read and written on, and another one is made beside them (C31). */
import type { MailboxState } from '../group/membership.js';
import type { SpaceGroup } from './space-group.js';

/** Whoever opened it was taken out of the space or left: the account may renew its keys, or delete it, whenever it likes. */
export function isAbandoned(group: Pick<SpaceGroup, 'member' | 'persons'>, { by }: Pick<MailboxState, 'by'>): boolean {
  const opener = group.member(by);
  return opener !== null && !group.persons().some(({ person }) => person === opener.person);
}
