/** The control API's methods about recovery words; part of METHODS. */
import { flag, optional, pattern, text } from './fields.js';
import { method, streaming } from './method.js';
import type { FreshWordsView, RecoverySetView, RestoredView, RestoreProgressView, WordsCheckView } from './recovery-views.js';

/** Never kept, logged or answered again. */
const words = text({ min: 0, max: 4000, lines: true });

export const RECOVERY_METHODS = {
  /** The one answer that holds words. Refused where some are live already, but for `another`. */
  'recovery.create': method<FreshWordsView>()({ another: optional(flag) }),
  /** Newest first. */
  'recovery.list': method<readonly RecoverySetView[]>()({}),
  'recovery.check': method<WordsCheckView>()({ words }),
  /** Lets the words open spaces this person is in since they were made. */
  'recovery.extend': method<RecoverySetView>()({ words }),
  /** `device`: the paper device's id, or its start. */
  'recovery.revoke': method<RecoverySetView>()({ device: pattern(/^[0-9A-Fa-f]{1,64}$/, 'an id that recovery list shows, or its start') }),
  /** Into a home without data of its own. `peer`: a pairing link, `address:port` or a multiaddr; default: everybody on this network. */
  'recovery.restore': streaming<RestoredView, RestoreProgressView>()({ words, peer: optional(text({ max: 400 })) }),
} as const;
