/** The control API's methods about quarantine, the signed history and unsent edits; part of METHODS. */
import { flag, optional, pattern, text } from './fields.js';
import { method } from './method.js';
import type {
  AuditView,
  QuarantineDecision,
  QuarantineDetail,
  QuarantineRow,
  UnsentApplied,
  UnsentRow,
  UnsentSaved,
} from './trust-views.js';

/** A space by its name, its id, or the start of its id; absent: all of them. */
const inSpace = { space: optional(text({ max: 200 })) } as const;
const setId = pattern(/^[0-9a-f]{1,64}$/, 'an id that quarantine lists, or the start of one');
const path = text({ max: 4096 });

export const TRUST_METHODS = {
  /** What stands aside: per document and author. `all`: with what was dropped. */
  'quarantine.list': method<readonly QuarantineRow[]>()({ ...inSpace, all: optional(flag) }),
  'quarantine.show': method<QuarantineDetail>()({ id: setId }),
  /** Brings them back on every device. Admins and owners only. */
  'quarantine.accept': method<QuarantineDecision>()({ id: setId }),
  /** Settles them without bringing them back; they stay on disk and can be accepted later. Admins and owners only. */
  'quarantine.drop': method<QuarantineDecision>()({ id: setId }),
  /** Writes them as a file that `unsent.apply` takes. `path` must be absolute and not exist. */
  'quarantine.save': method<UnsentSaved>()({ id: setId, path }),

  /** The signed log of membership, verified anew. `since`: only what comes after that link. */
  audit: method<readonly AuditView[]>()({ ...inSpace, since: optional(pattern(/^[0-9a-f]{4,64}$/, 'the id of a link, or its start')) }),

  /** Edits on this device that nobody else has. */
  'unsent.list': method<readonly UnsentRow[]>()({}),
  /** `path` must be absolute and not exist. */
  'unsent.save': method<UnsentSaved>()({ path }),
  /** Makes the edits of such a file this device's own, as far as they still fit. */
  'unsent.apply': method<UnsentApplied>()({ path }),
} as const;
