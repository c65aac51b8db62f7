#!/usr/bin/env bash
# Installs what the lab's programs need and this machine has not (Debian), but Go, Node and influxd. The services of the
# packages are not started.
set -euo pipefail
declare -A package=(
  [gcc]=gcc [javac]=default-jdk-headless [nginx]=nginx-light [psql]=postgresql [python3]=python3 [redis-server]=redis-server
)
missing=()
for command in "${!package[@]}"; do
  command -v "$command" >/dev/null || missing+=("${package[$command]}")
done
[ "${#missing[@]}" -gt 0 ] || exit 0
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
fi
"$(dirname "${BASH_SOURCE[0]}")/../../.ci/packages.sh" "${missing[@]}"
