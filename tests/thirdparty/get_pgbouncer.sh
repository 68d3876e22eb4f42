#!/usr/bin/env bash
# PgBouncer 1.21 or newer without installing it. `get_pgbouncer.sh DIR` leaves DIR/pgbouncer.
# Debian 12 has 1.18, which keeps no prepared statements apart: there it is built from Debian 13's source.
set -euo pipefail
mkdir -p "$1"
cd "$1"
[ -x pgbouncer ] && exit 0
if found=$(command -v pgbouncer) && "$found" --version | grep -Eq ' 1\.(2[1-9]|[3-9][0-9])'; then
  ln -sf "$found" pgbouncer
  exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Codename: bookworm' | head -1)
echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" >"$work/list"
mkdir -p "$work/lists/partial"
newer=(-o "Dir::Etc::sourcelist=$work/list" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$work/lists"
  -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=)
apt-get "${newer[@]}" update -q
(cd "$work" && apt-get "${newer[@]}" source --download-only -q pgbouncer)
tar -C "$work" -xf "$work"/pgbouncer_*.orig.tar.gz
# What it is built with and this machine lacks: libevent. Static, so that one file is all.
(cd "$work" && apt-get download -q libevent-dev && dpkg -x libevent-dev_*.deb libevent)
cd "$work"/pgbouncer-*/
LIBEVENT_CFLAGS="-I$work/libevent/usr/include" \
  LIBEVENT_LIBS="$(find "$work/libevent" -name libevent.a) -lpthread" \
  ./configure -q --without-cares --without-systemd --without-pam
make -s pgbouncer
cp pgbouncer "$OLDPWD/pgbouncer"
"$OLDPWD/pgbouncer" --version
