#!/bin/sh
# One of the servers that Sentinel watches, or one of the sentinels: `start.sh server` or `start.sh sentinel`.
# NODES: the servers by name, SENTINELS: the sentinels (the same names, where each stands beside a server), ME: this one,
# SERVICE: what the sentinels call the service. REDIS_PASSWORD: everybody's.
# Whoever starts asks the sentinels that are there who leads; where nobody knows, the first of NODES leads.
set -eu
server=${SERVER:-valkey-server} client=${CLIENT:-valkey-cli} data=${DATA:-/data} bind=${BIND:-*}
export REDISCLI_AUTH="$REDIS_PASSWORD"

leader() {
  for node in ${SENTINELS:-$NODES}; do
    timeout 2 "$client" -h "$node" -p 26379 --raw \
      sentinel get-master-addr-by-name "$SERVICE" 2>/dev/null | head -n 1
  done | grep . | sort | uniq -c | sort -rn | awk 'NR == 1 { print $2 }'
}

found=$(leader || true)
leader=${found:-${NODES%% *}}

case "$1" in
server)
  # Restarted quickly, before anybody was promoted, an empty leader would wipe its followers: let the sentinels notice.
  [ "$found" = "$ME" ] && sleep "${NOTICE_SECONDS:-8}" && leader=$(leader || true)
  set -- "$server" --port 6379 --bind "$bind" --dir "$data" --protected-mode no \
    --requirepass "$REDIS_PASSWORD" --masterauth "$REDIS_PASSWORD" --replica-announce-ip "$ME" \
    --maxmemory "${MAXMEMORY:-512mb}" --maxmemory-policy volatile-ttl --save "" --appendonly no \
    --repl-diskless-sync yes --repl-diskless-sync-delay 0
  [ "${leader:-$ME}" = "$ME" ] || set -- "$@" --replicaof "$leader" 6379
  exec "$@"
  ;;
sentinel)
  # Sentinel keeps what it learns in its configuration; it is made anew from what the others know. The same name each
  # time: the others would count one that came back under another as one more, whose vote never comes.
  cat >"$data/sentinel.conf" <<EOF
port 26379
bind $bind
dir $data
protected-mode no
requirepass $REDIS_PASSWORD
sentinel sentinel-pass $REDIS_PASSWORD
sentinel resolve-hostnames yes
sentinel announce-hostnames yes
sentinel announce-ip $ME
sentinel myid $(printf '%s' "$ME" | sha1sum | cut -c 1-40)
sentinel monitor $SERVICE $leader 6379 2
sentinel auth-pass $SERVICE $REDIS_PASSWORD
sentinel down-after-milliseconds $SERVICE 3000
sentinel failover-timeout $SERVICE 15000
sentinel parallel-syncs $SERVICE 1
EOF
  exec "$server" "$data/sentinel.conf" --sentinel
  ;;
esac
