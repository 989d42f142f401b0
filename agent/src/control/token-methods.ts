/** The control methods about tokens for robots; a token itself may ask none of them. */
import { list, oneOf, optional, text, whole } from './fields.js';
import type { MadeToken, TokenLogView, TokenView } from './leaf-views.js';
import { method } from './method.js';

/** A token lasts a year at most. */
export const TOKEN_SECONDS_MAX = 365 * 86_400;

export const TOKEN_METHODS = {
  /** A token for a robot, whose secret is answered once. `documents`: projects, each as a name or id with `:tasks`, `:notes` or `:suggestions` behind it or without, or `all`. */
  'token.create': method<MadeToken>()({
    name: text({ max: 64 }),
    documents: list(text({ max: 4200 }), 64),
    role: oneOf('viewer', 'editor'),
    expiresInSeconds: whole(1, TOKEN_SECONDS_MAX),
    space: optional(text({ max: 200 })),
  }),
  'token.list': method<readonly TokenView[]>()({}),
  /** `token`: its name, its id, or the start of its id. Once this answers nothing more is done in its name. */
  'token.revoke': method<TokenView>()({ token: text({ max: 200 }) }),
  'token.log': method<TokenLogView>()({ token: text({ max: 200 }) }),
} as const;
