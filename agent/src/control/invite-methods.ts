/** The control API's methods about invites, at both their ends; part of METHODS. */
import { flag, optional, pattern, text, whole } from './fields.js';
import { method } from './method.js';
import { inSpace, role } from './team-methods.js';
import type { InviteOffer, InviteRow, RequestRow, SpaceJoinRow } from './team-views.js';

const idStart = pattern(/^[0-9A-Za-z._:-]{1,128}$/, 'an id, or the start of one');
const MINUTE_MS = 60_000;
export const INVITE_MS_MAX = 90 * 86_400_000;
export const INVITE_USES_MAX = 1000;

export const INVITE_METHODS = {
  /** `role`: editor unless said. `auto`: let in whoever proves the link, without asking. */
  'invite.create': method<InviteOffer>()({
    ...inSpace,
    role: optional(role),
    expiresInMs: optional(whole(MINUTE_MS, INVITE_MS_MAX)),
    uses: optional(whole(1, INVITE_USES_MAX)),
    auto: optional(flag),
  }),
  'invite.list': method<readonly InviteRow[]>()(inSpace),
  'invite.revoke': method<InviteRow>()({ id: idStart }),
  'invite.requests': method<readonly RequestRow[]>()({}),
  /** `role`: a lower one than the invite's. */
  'invite.approve': method<RequestRow>()({ id: idStart, role: optional(role) }),
  'invite.deny': method<RequestRow>()({ id: idStart }),

  /** Asks the inviting device, now and again until it answers; also over a new start. */
  'invite.accept': method<SpaceJoinRow>()({ link: text({ max: 400 }) }),
  'invite.accepted': method<readonly SpaceJoinRow[]>()({}),
  /** Asks no more. */
  'invite.withdraw': method<SpaceJoinRow>()({ id: idStart }),
} as const;
