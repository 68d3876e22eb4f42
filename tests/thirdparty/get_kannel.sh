#!/usr/bin/env bash
# Debian's Kannel without installing it: no service is started. `get_kannel.sh DIR`
set -euo pipefail
mkdir -p "$1"
cd "$1"
[ -x usr/sbin/bearerbox ] && exit 0
# Kannel, and what it needs of what this machine lacks.
mapfile -t packages < <(apt-get install -s --no-install-recommends kannel | awk '/^Inst/ {print $2}')
apt-get download -q "${packages[@]}"
for package in *.deb; do dpkg -x "$package" .; done
