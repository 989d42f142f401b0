/** Every step of the schema, room by room; `migrate` runs them by number. */
import { accountMigrations } from '../accounts/migrations.js';
import { auditMigrations } from '../audit/migrations.js';
import { deviceMigrations } from '../devices/migrations.js';
import { flagMigrations } from '../flags/migrations.js';
import { gdprMigrations } from '../gdpr/migrations.js';
import { mailboxMigrations } from '../mailbox/migrations.js';
import { metricMigrations } from '../metrics/migrations.js';
import { planMigrations } from '../plans/migrations.js';
import type { Migration } from './migration.js';

export const migrations: readonly Migration[] = [
  ...mailboxMigrations,
  ...metricMigrations,
  ...planMigrations,
  ...flagMigrations,
  ...accountMigrations,
  ...deviceMigrations,
  ...auditMigrations,
  ...gdprMigrations,
];
