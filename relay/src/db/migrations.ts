/** Every step of the schema, room by room; `migrate` runs them by number. */
import { mailboxMigrations } from '../mailbox/migrations.js';
import type { Migration } from './migration.js';

export const migrations: readonly Migration[] = [...mailboxMigrations];
