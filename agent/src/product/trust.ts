/** What trust shows of itself: what stands aside, the signed log, and edits nobody else has. */
import type { AuditView } from '../control/trust-views.js';
import { type Aside, createAside } from './aside.js';
import { auditViews, type HistoryDeps } from './history.js';
import { createUnsent, type Unsent, type UnsentDeps } from './unsent.js';

export interface Trust {
  readonly aside: Aside;
  readonly unsent: Unsent;
  audit(space: string | undefined, since: string | undefined): Promise<readonly AuditView[]>;
}

export function createTrust(deps: Omit<UnsentDeps, 'aside'> & HistoryDeps): Trust {
  const aside = createAside(deps);
  return { aside, unsent: createUnsent({ ...deps, aside }), audit: (space, since) => auditViews(deps, space, since) };
}
