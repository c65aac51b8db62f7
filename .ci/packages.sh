#!/usr/bin/env bash
# Installs those of the named Debian packages that are missing: .ci/packages.sh NAME…
# Says what is missing, and fails, where that takes more rights than it has.
set -euo pipefail
exec </dev/null
missing=()
for package in "$@"; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ "${#missing[@]}" -gt 0 ] || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "packages: these are needed: ${missing[*]}" >&2
  exit 1
fi
echo "packages: installing ${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
apt=(apt-get -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 -qq)
install() { "${apt[@]}" install -y --no-install-recommends "${missing[@]}"; }
# A list of packages that is old or not there at all makes the first try fail.
{ install || { "${apt[@]}" update && install; }; } >&2
