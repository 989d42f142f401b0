#!/bin/bash
# Runs once, when the primary's data folder is new: a user that may only replicate, and the standby to wait for. That counts from the next start on:
# set on the command line it would make this very first start wait for a standby that cannot be there yet.
set -euo pipefail
password=$(cat /run/secrets/replication)
psql --set=ON_ERROR_STOP=1 --set=password="$password" --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
create role replicator with replication login password :'password';
alter system set synchronous_standby_names = 'FIRST 1 (replica)';
SQL
echo 'host replication replicator samenet scram-sha-256' >> "$PGDATA/pg_hba.conf"
