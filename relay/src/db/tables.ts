/** Every table of the relay, room by room. Times are whole milliseconds since 1970, flags are 0 or 1, ids are lowercase hex or UUID text, bytes are Uint8Array. */
import type { AccountTables } from '../accounts/tables.js';
import type { AuditTables } from '../audit/tables.js';
import type { DeviceTables } from '../devices/tables.js';
import type { FlagTables } from '../flags/tables.js';
import type { GdprTables } from '../gdpr/tables.js';
import type { MailboxTables } from '../mailbox/tables.js';
import type { MetricTables } from '../metrics/tables.js';
import type { PlanTables } from '../plans/tables.js';
import type { ProjectTables } from '../projects/tables.js';

type PeopleTables = AccountTables & DeviceTables & AuditTables & GdprTables;

export interface Tables extends MailboxTables, MetricTables, ProjectTables, PlanTables, FlagTables, PeopleTables {}
