#!/bin/sh
# A PostgreSQL that follows PRIMARY; what it has it keeps, and goes on from there.
set -eu
: "${PGDATA:=/var/lib/postgresql/data}"
export PGPASSWORD="$REPLICATION_PASSWORD"
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  until pg_basebackup -h "$PRIMARY" -U replica -D "$PGDATA" -R -X stream -S replica -c fast; do
    sleep 2
  done
  chmod 700 "$PGDATA"
fi
exec postgres -c hot_standby=on
