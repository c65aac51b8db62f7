#!/usr/bin/env bash
# The end-to-end test of docker-compose.yml: builds the image, brings everything up beside whatever else runs on this machine
# (own project name, own image tag, free ports), runs compose.test.mjs against it, and takes everything down again.
# Uses Docker where a daemon answers, else podman by way of .ci/engine.sh.
#   test/compose/run.sh                 build and test; the last line is `N passed, N failed`
#   test/compose/run.sh --build-only    build alone, which leaves the layers that make the next build quick
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
root=$PWD
id=$$-$(date +%s)
export COMPOSE_PROJECT_NAME=amberwatch-test-$id

say() { echo "compose: $*" >&2; }

if docker info >/dev/null 2>&1 </dev/null && docker compose version >/dev/null 2>&1 </dev/null; then
  engine=docker
  export AMBERWATCH_IMAGE=amberwatch:test-$id COMPOSE='docker compose'
else
  engine=podman
  "$root/.ci/engine.sh" || { echo '0 passed, 1 failed'; exit 1; }
  stand_ins=$(cd "${AMBERWATCH_CONTAINERS:-$root/../shared/containers}" && pwd)
  # with-engine.sh makes a socket of its own; a DOCKER_HOST or context from outside would only confuse.
  unset DOCKER_HOST DOCKER_CONTEXT
  export CONTAINERS_CONF=$stand_ins/containers.conf
  export AMBERWATCH_IMAGE=localhost/amberwatch:test-$id COMPOSE='docker-compose --ansi never'
fi
say "engine: $engine, project: $COMPOSE_PROJECT_NAME"

build() {
  say "building $1"
  # The tag outlives the test, so that its layers do; the test's own tag is taken away at the end.
  if [ "$engine" = docker ]; then
    docker build --tag amberwatch:test-layers --tag "$1" .
  else
    podman build --network host --layers --tag localhost/amberwatch:test-layers --tag "$1" .
  fi </dev/null >&2
}

# Whatever is left after a test that was killed: its own `down` could not run then.
clean_up() {
  local status=$? filter=label=com.docker.compose.project=$COMPOSE_PROJECT_NAME left
  trap '' INT TERM HUP
  set +e
  left=$("$engine" ps -aq --filter "$filter" 2>/dev/null) && [ -n "$left" ] && xargs -r "$engine" rm -f <<<"$left" >/dev/null 2>&1
  left=$("$engine" network ls -q --filter "$filter" 2>/dev/null) && [ -n "$left" ] && xargs -r "$engine" network rm <<<"$left" >/dev/null 2>&1
  left=$("$engine" volume ls -q --filter "$filter" 2>/dev/null) && [ -n "$left" ] && xargs -r "$engine" volume rm -f <<<"$left" >/dev/null 2>&1
  "$engine" rmi "$AMBERWATCH_IMAGE" >/dev/null 2>&1
  # Layers of builds of long ago. Docker's belong to whoever uses it, and are left alone.
  [ "$engine" != podman ] || podman image prune --force --filter until=72h >/dev/null 2>&1
  exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

started=$SECONDS
build "$AMBERWATCH_IMAGE" || { say 'the image could not be built'; echo '0 passed, 1 failed'; exit 1; }
say "built in $((SECONDS - started)) s"
[ "${1:-}" != --build-only ] || exit 0

if [ "$engine" = docker ]; then
  node test/compose/compose.test.mjs
else
  "$stand_ins/with-engine.sh" node test/compose/compose.test.mjs
fi
