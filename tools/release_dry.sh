#!/usr/bin/env bash
# release_dry.sh [--small] — makes a release twice, each from a clean clone of its own, and compares
# every byte. The second clone has another path, other file times, umask, time zone and language, none
# of which may show. What is uncommitted is not in it. Nothing is published. --small takes a program of
# a few KB in place of the runtime: all that is ours is the same, in a minute instead of nine. Needs Go
# and nfpm: a release without the packages or the embedded node is refused.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
case ${1:-} in
  "") ;;
  --small) DENORT_BIN=$(type -P true) && export DENORT_BIN ;;
  *) echo "release_dry: got $*, want --small or nothing" >&2; exit 2 ;;
esac
work=$(mktemp -d "${TMPDIR:-/tmp}/tsmetrics-release.XXXXXX")
trap 'rm -rf "$work"' EXIT
second=$work/another/place/of/the-second
make_release() { # NAME CLONE
  git clone -q --no-hardlinks . "$2"
  echo "== $1 clone"
  [ "$1" = first ] || find "$2" -path "$2/.git" -prune -o -exec touch -h -d '2001-02-03 04:05:06' {} +
  "$2/tools/release.sh" --dry
}
make_release first "$work/first"
version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' deno.json)
names="LICENSES.txt env.example tsmetrics.cdx.json tsmetrics_${version}_source.tar.gz
  tsmetrics_${version}_linux-amd64.tar.gz tsmetrics-linux-amd64 tsmetrics-host-linux-amd64
  tsmetrics-linux-amd64.deb tsmetrics-linux-amd64.rpm"
diff <(printf '%s\n' $names | sort) <(sed 's/^[0-9a-f]*  //' "$work/first/dist/SHA256SUMS" | sort) >&2 ||
  { echo "release_dry: the release lacks files (<) or has others (>)" >&2; exit 1; }
grep -q '"pkg:golang/tailscale.com@' "$work/first/dist/tsmetrics.cdx.json" ||
  { echo "release_dry: the release has no embedded node: is Go there?" >&2; exit 1; }
mkdir -p "${second%/*}"
(umask 077; TZ=Pacific/Auckland LANG=tr_TR.UTF-8 make_release second "$second")
cmp "$work/first/dist/SHA256SUMS" "$second/dist/SHA256SUMS"
(cd "$second/dist" && sha256sum --quiet -c "$work/first/dist/SHA256SUMS")
echo "$(wc -l <"$work/first/dist/SHA256SUMS") files are the same, byte for byte"
