#!/bin/sh
# Run once by the image of PostgreSQL, on an empty cluster: our database, our role with its time-outs, the replica's role.
set -eu
psql -q -v ON_ERROR_STOP=1 -v ours="$GUICHET_PASSWORD" -v theirs="$REPLICATION_PASSWORD" \
  --username "${POSTGRES_USER:-postgres}" --dbname postgres <<'EOF'
CREATE ROLE guichet LOGIN PASSWORD :'ours';
-- PgBouncer refuses what a connection would set at its start: the role carries it.
ALTER ROLE guichet SET statement_timeout = '5s';
ALTER ROLE guichet SET lock_timeout = '5s';
ALTER ROLE guichet SET idle_in_transaction_session_timeout = '15s';
ALTER ROLE guichet SET jit = 'off';
CREATE DATABASE guichet OWNER guichet;
CREATE ROLE replica REPLICATION LOGIN PASSWORD :'theirs';
SELECT pg_create_physical_replication_slot('replica');
EOF
echo "host replication replica all scram-sha-256" >>"$PGDATA/pg_hba.conf"
