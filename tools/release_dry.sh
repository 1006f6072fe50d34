#!/usr/bin/env bash
# release_dry.sh — makes a release twice, each from a clean clone of its own, and compares every
# byte. What is uncommitted is not in it. Nothing is published.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
work=$(mktemp -d "${TMPDIR:-/tmp}/tsmetrics-release.XXXXXX")
trap 'rm -rf "$work"' EXIT
for run in first second; do
  git clone -q --no-hardlinks . "$work/$run"
  echo "== $run clone"
  "$work/$run/tools/release.sh" --dry
done
cmp "$work/first/dist/SHA256SUMS" "$work/second/dist/SHA256SUMS"
(cd "$work/second/dist" && sha256sum --quiet -c "$work/first/dist/SHA256SUMS")
echo "$(wc -l <"$work/first/dist/SHA256SUMS") files are the same, byte for byte"
