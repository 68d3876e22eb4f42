#!/bin/sh
# Writes fresh secrets for the compose file beside itself; refuses where there are some.
set -eu
cd "$(dirname "$0")"
[ ! -e guichet.env ] || { echo "there are secrets already: $(pwd)/guichet.env" >&2; exit 1; }
umask 077
word() { python3 -c 'import secrets; print(secrets.token_urlsafe(32))'; }
key() { python3 -c 'import base64, secrets; print(base64.b64encode(secrets.token_bytes(32)).decode())'; }
ours=$(word) redis=$(word)
cat >postgresql.env <<EOF
POSTGRES_PASSWORD=$(word)
GUICHET_PASSWORD=$ours
REPLICATION_PASSWORD=$(word)
EOF
echo "REDIS_PASSWORD=$redis" >redis.env
echo "GF_SECURITY_ADMIN_PASSWORD=$(word)" >grafana.env
# For the container's own user, who is not you; but for nobody else of this machine: containers are given the file, and
# do not come by way of this folder.
chmod 700 .
printf '"guichet" "%s"\n' "$ours" >pgbouncer-users
chmod 644 pgbouncer-users
sentinels=sentinel-1:26379,sentinel-2:26379,sentinel-3:26379
cat >guichet.env <<EOF
GUICHET_DATABASE_URL=postgresql://guichet:$ours@pgbouncer:6432/guichet
GUICHET_REDIS_URL=redis+sentinel://:$redis@$sentinels/guichet?sentinel_password=$redis
GUICHET_CALLBACK_SECRETS=$(word)
GUICHET_ENCRYPTION_KEYS=$(date +%Y-%m):$(key)
EOF
echo "written; now add the addresses of your ministries to $(pwd)/guichet.env, and keep a copy of it apart from backups"
