/** Every step of the schema, room by room; `migrate` runs them by number. */
import { flagMigrations } from '../flags/migrations.js';
import { mailboxMigrations } from '../mailbox/migrations.js';
import { metricMigrations } from '../metrics/migrations.js';
import { planMigrations } from '../plans/migrations.js';
import type { Migration } from './migration.js';

export const migrations: readonly Migration[] = [...mailboxMigrations, ...metricMigrations, ...planMigrations, ...flagMigrations];
