#!/usr/bin/env bash
# Makes `docker-compose` usable on a machine that has no Docker daemon and reaches no image registry, with podman and runc:
#   .ci/engine.sh              installs what is missing and makes local stand-ins for the base images
#   .ci/engine.sh --packages   prints the Debian packages that it needs
#   .ci/engine.sh CMD…         the same, then runs CMD with DOCKER_HOST pointing at podman's Docker-compatible socket
# Not needed, and not used, where a Docker daemon runs. The scripts that make the stand-ins are not part of this repository:
# they are looked for in AMBERWATCH_CONTAINERS, else in ../shared/containers beside the checkout.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
stand_ins=${AMBERWATCH_CONTAINERS:-$here/../../shared/containers}
cache=${AMBERWATCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/amberwatch}

# netavark (which calls iptables) and aardvark-dns give the containers a network, names and published ports.
packages=(podman buildah runc debootstrap docker-compose netavark aardvark-dns iptables ca-certificates)

say() { echo "engine: $*" >&2; }
fail() { say "$*"; exit 1; }

if [ "${1:-}" = --packages ]; then
  printf '%s\n' "${packages[@]}"
  exit
fi
[ -x "$stand_ins/with-engine.sh" ] ||
  fail "no Docker daemon answers, and there are no container stand-ins in $stand_ins (AMBERWATCH_CONTAINERS names another folder)"
stand_ins=$(cd "$stand_ins" && pwd)
export CONTAINERS_CONF=$stand_ins/containers.conf

prepare() {
  "$here/packages.sh" "${packages[@]}" || fail "the packages could not be installed"

  if ! podman image exists docker.io/library/influxdb:2.9; then
    INFLUXD=${INFLUXD:-$("$here/influxd.sh" 9>&-)}
    export INFLUXD
  fi
  say "base images"
  "$stand_ins/make-base-images.sh" >&2
}

mkdir -p "$cache"
# One at a time; the descriptor of the lock is not handed down to what may outlive this.
(
  exec </dev/null
  flock -w 3600 9 || fail "another run did not finish within an hour"
  prepare
) 9>"$cache/engine.lock"

[ "$#" -gt 0 ] || exit 0
exec "$stand_ins/with-engine.sh" "$@"
