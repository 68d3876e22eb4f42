#!/usr/bin/env bash
# Strangers that read deploy/: kubernetes-validate and check-jsonschema (PyPI), promtool (Debian's prometheus, unpacked).
# `get_deploy_tools.sh DIR`
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
cd "$1"
[ -x bin/check-jsonschema ] || {
  python3 -m venv .
  bin/python -m pip install -q --disable-pip-version-check --require-hashes -r "$here/deploy-tools.txt"
}
[ -x bin/promtool ] || {
  apt-get download -q prometheus
  dpkg -x prometheus_*.deb unpacked
  mv unpacked/usr/bin/promtool bin/
  rm -rf unpacked prometheus_*.deb
}
