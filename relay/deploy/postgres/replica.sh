#!/bin/bash
# A standby that copies the primary once, then follows it under the name the primary waits for.
set -euo pipefail
data=/var/lib/postgresql/data
umask 077
PGPASSWORD=$(cat /run/secrets/replication)
export PGPASSWORD
if [ ! -s "$data/PG_VERSION" ]; then
  pg_basebackup --host=postgres --username=replicator --pgdata="$data" --wal-method=stream --checkpoint=fast
  touch "$data/standby.signal"
fi
# The password goes by PGPASSWORD: a command line is for everybody to read.
exec postgres -c hot_standby=on -c cluster_name=replica -c primary_conninfo='host=postgres user=replicator application_name=replica'
