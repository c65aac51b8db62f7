#!/usr/bin/env bash
# Prints, as the last line of standard output, the path of an influxd program for tests, and builds it from its Go module
# where the cache has none (six to ten minutes on two cores; afterwards a tenth of a second). Progress goes to standard error.
# Needs Go 1.25 or later, Rust (Flux's parser is written in it), a C compiler and clang; the last is installed when root runs this.
set -euo pipefail
exec </dev/null
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tools=$here/../tools/influxd
cache=${AMBERWATCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/amberwatch}

say() { echo "influxd: $*" >&2; }
fail() { say "$*"; exit 1; }

version=$(sed -nE 's|^[[:space:]]*github\.com/influxdata/influxdb/v2 v([0-9.]+).*|\1|p' "$tools/go.mod")
[ -n "$version" ] || fail "tools/influxd/go.mod names no version of influxdb"
target=$cache/influxd-$version/influxd

works() { [ -x "$1" ] && "$1" version 2>/dev/null | grep -qF "InfluxDB v$version "; }
if works "$target"; then echo "$target"; exit 0; fi

mkdir -p "$cache"
if command -v flock >/dev/null; then
  exec 9>"$cache/influxd.lock"
  flock -n 9 || { say "another build is running; waiting for it"; flock -w 3000 9 || fail "the other build did not end within 50 minutes"; }
  if works "$target"; then echo "$target"; exit 0; fi
fi

command -v go >/dev/null || fail "Go 1.25 or later is needed to build it; or set INFLUXD to an influxd $version that you have"
command -v cargo >/dev/null || fail "Rust (cargo) is needed to build it; or set INFLUXD to an influxd $version that you have"
command -v clang >/dev/null || "$here/packages.sh" clang || fail "clang is needed to build it"
# The Rust part pins a toolchain of its own, which rustup would want to download: one that is there does as well.
if command -v rustup >/dev/null && [ -z "${RUSTUP_TOOLCHAIN:-}" ]; then
  installed=$(rustup toolchain list 2>/dev/null | awk '{print $1}')
  RUSTUP_TOOLCHAIN=$(grep -m1 '^stable' <<<"$installed" || sed -n 1p <<<"$installed")
  [ -n "$RUSTUP_TOOLCHAIN" ] || fail "rustup has no toolchain installed"
  export RUSTUP_TOOLCHAIN
fi

temp=$(mktemp -d "$cache/build.XXXXXX")
trap 'kill "${ticker:-}" 2>/dev/null || true; rm -rf "$temp"' EXIT
started=$SECONDS
say "building InfluxDB $version with $(go version | cut -d' ' -f3), Rust ${RUSTUP_TOOLCHAIN:-$(cargo --version)}; log: $cache/influxd-build.log"
# The lock's descriptor (9) is closed for whatever could outlive this script.
(while sleep 30; do say "still building ($((SECONDS - started)) s)"; done) 9>&- & ticker=$!

cd "$tools"
# A chain of &&, because bash forgets `set -e` in a function whose failure is looked at.
build() {
  export GOFLAGS="${GOFLAGS:-} -mod=readonly -buildvcs=false" CGO_ENABLED=1 &&
    go build -o "$temp/bin/pkg-config" github.com/influxdata/pkg-config &&
    # Go finds the Flux library through this pkg-config, which hands every other question to the system's.
    export PKG_CONFIG="$temp/bin/pkg-config" PATH="$temp/bin:$PATH" &&
    go build -trimpath -tags sqlite_foreign_keys,sqlite_json \
      -ldflags "-s -w -X main.version=v$version -X main.commit=module -X main.date=unknown" \
      -o "$temp/influxd" github.com/influxdata/influxdb/v2/cmd/influxd
}
(build) >"$cache/influxd-build.log" 2>&1 9>&- || { tail -n 40 "$cache/influxd-build.log" >&2; fail "the build failed after $((SECONDS - started)) s"; }

works "$temp/influxd" || fail "the new program says '$("$temp/influxd" version 2>&1 | head -1)' instead of $version"
mkdir -p "$(dirname "$target")"
mv -f "$temp/influxd" "$target"
say "built in $((SECONDS - started)) s"
echo "$target"
