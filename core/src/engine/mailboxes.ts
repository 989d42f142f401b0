/** Mailboxes of a space (C31, G24): which there are, and the links that open and close them. Nothing here speaks with a relay. */
import type { MailboxId } from '@leanvibe/protocol/ids';
import { MAILBOXES_MAX } from '@leanvibe/protocol/limits';
import type { Operation } from '@leanvibe/protocol/link';
import { isOrigin } from '@leanvibe/protocol/origin';
import { err, ok, type Result } from '../base/result.js';
import { createSealer } from '../keys/entry.js';
import { isAbandoned } from './abandoned.js';
import type { Kernel } from './kernel.js';
import { beginLine, land } from './line.js';
import { ensureEpoch, usableEpoch } from './rotate.js';
import type { SpaceRuntime } from './space.js';
import type { Mailboxes, MailboxView } from './team-api.js';
import { type Bench, NO_KEYS, OVERTAKEN, rankOfRole, seated } from './teams-checks.js';
import { usable } from './teams.js';

/** The links to write. */
type Plan = Result<readonly Operation[], string>;

function opening({ group, me }: Bench, relay: string, mailbox: MailboxId): Plan {
  if (!isOrigin(relay)) return err('that is no address of a relay: it must look like https://relay.example, without a path');
  if (me.role === 'viewer') return err('viewers only read here: an editor or above opens a mailbox');
  const { mailboxes } = group.now();
  if (mailboxes.some((one) => one.relay === relay && one.mailbox === mailbox)) return err('this mailbox is open already');
  if (mailboxes.some((one) => one.relay === relay && !isAbandoned(group, one)))
    return err('this space has a mailbox at that relay already: close it first');
  if (mailboxes.length >= MAILBOXES_MAX) return err(`a space has ${MAILBOXES_MAX} mailboxes at most: close one first`);
  return ok([{ type: 'mailbox', relay, mailbox, open: true }]);
}

/** One relay each, should the id be told of at several. */
function closing({ group, me }: Bench, mailbox: MailboxId): Plan {
  const found = group.now().mailboxes.filter((one) => one.mailbox === mailbox);
  if (found.length === 0) return err('this space has no such mailbox');
  const own = (one: MailboxView): boolean => group.member(one.by)?.person === me.person;
  const mine = rankOfRole(me.role) < rankOfRole('admin') ? found.filter(own) : found;
  if (mine.length === 0) return err('whoever opened this mailbox closes it, or an admin or an owner');
  return ok(mine.map(({ relay }) => ({ type: 'mailbox', relay, mailbox, open: false })));
}

/** Checks, then writes, alone on membership; what others wrote while this waited is seen by the second check. */
async function write(kernel: Kernel, space: SpaceRuntime, plan: (bench: Bench) => Plan): Promise<Result<null, string>> {
  return space.membership.run(async () => {
    const bench = seated(space, kernel.identity.device);
    const planned = bench.ok ? plan(bench.value) : bench;
    if (!planned.ok) return planned;
    const epoch = usableEpoch(space);
    if (epoch === null) return err(NO_KEYS);
    const line = beginLine(kernel, space);
    for (const operation of planned.value) line.add(operation);
    await land(space, createSealer(kernel.crypto, epoch), line, [], null);
    const counted = line.written.every(({ id }) => space.group.now().verdict(id) === 'valid');
    return counted ? ok(null) : err(OVERTAKEN);
  });
}

export function createMailboxes(kernel: Kernel): Mailboxes {
  const act = async (id: SpaceRuntime['id'], plan: (bench: Bench) => Plan): Promise<Result<null, string>> => {
    const found = usable(kernel, id);
    if (!found.ok) return found;
    const { space, bench } = found.value;
    const planned = plan(bench);
    if (!planned.ok) return planned;
    // Viewers cannot renew the keys, and close what is theirs under those in use.
    await ensureEpoch(kernel, space);
    return write(kernel, space, plan);
  };
  return {
    mailboxes: (id) => kernel.spaces.get(id)?.group.now().mailboxes ?? [],
    openMailbox: (id, relay, mailbox) => act(id, (bench) => opening(bench, relay, mailbox)),
    closeMailbox: (id, mailbox) => act(id, (bench) => closing(bench, mailbox)),
  };
}
