#!/usr/bin/env bash
# release.sh TAG | --dry — makes the assets of a release in dist/: executables, archives, packages,
# source, bill of materials, checksums. The same commit gives the same bytes: all times are the
# commit's. --dry makes those of linux-amd64, around Deno itself in place of its smaller runtime,
# which would be downloaded.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
tools=$PWD/tools
tag=${1:?usage: release.sh TAG or release.sh --dry}
die() { echo "release: $*" >&2; exit 1; }

version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' deno.json)
[ -n "$version" ] || die "cannot read the version of deno.json"
[ -z "$(git status --porcelain)" ] || die "the checkout has changes: commit or remove them"
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
BUILD_TIME=$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)
export SOURCE_DATE_EPOCH BUILD_TIME VERSION=$version LC_ALL=C.UTF-8 TZ=UTC
platforms=(linux-amd64 linux-arm64 darwin-amd64 darwin-arm64 windows-amd64)
if [ "$tag" = --dry ]; then
  platforms=(linux-amd64)
  DENORT_BIN=${DENORT_BIN:-$(deno eval 'console.log(Deno.execPath())')}
  export DENORT_BIN
else
  [ "$tag" = "v$version" ] || die "the tag is $tag, and deno.json says $version"
  grep -q "^## \[$version\]" CHANGELOG.md || die "CHANGELOG.md has no section [$version]"
fi

rm -rf dist
# the embedded node; a build that is not the one of tools/tsnet/SHA256SUMS is refused
if command -v go >/dev/null; then
  deno task -q tsnet
elif [ "$tag" = --dry ]; then
  echo "release: no embedded node, because Go is not there" >&2
else
  die "Go is not there, which builds the embedded node"
fi
deno task -q deps
# an executable holds the time of each of its files; tools/bundle.ts gives them that of this one
touch -d "@$SOURCE_DATE_EPOCH" src/main.ts
deno task -q compile "${platforms[@]}"
deno task -q licences dist/LICENSES.txt
. tests/e2e/versions.sh
if PATH=$NFPM_DIR:$PATH command -v nfpm >/dev/null; then
  # without a platform every manifest is wanted, too
  packaged=()
  [ "$tag" != --dry ] || packaged=("${platforms[@]}")
  deno task -q packages "${packaged[@]}"
elif [ "$tag" = --dry ]; then
  echo "release: no packages, because nfpm is not there; tests/e2e/install.sh brings it" >&2
else
  die "nfpm is not there"
fi
rm dist/SHA256SUMS
cp .env.example dist/env.example
for shell in bash zsh fish; do
  file=tsmetrics.$shell
  [ $shell != zsh ] || file=_tsmetrics
  mkdir -p dist/more/completion
  deno run -q -P --no-prompt src/main.ts completion $shell >dist/more/completion/$file
done
deno run -q --no-prompt tools/packages/man.ts "$version" >dist/more/tsmetrics.1
cp README.md .env.example dist/LICENSES.txt dist/more
for platform in "${platforms[@]}"; do
  name=$PWD/dist/tsmetrics_${version}_$platform
  mapfile -t programs < <(cd dist && ls tsmetrics{,-host}-"$platform"{,.exe} 2>/dev/null)
  # hard links: the programs have 100 MB each
  (cd dist && ln -f "${programs[@]}" more)
  case $platform in
    windows-*) (cd dist/more && "$tools/pack.sh" "$name.zip" README.md .env.example LICENSES.txt "${programs[@]}") ;;
    *) (cd dist/more && "$tools/pack.sh" "$name.tar.gz" README.md .env.example LICENSES.txt tsmetrics.1 completion "${programs[@]}") ;;
  esac
done
rm -r dist/more
git archive --format=tar --prefix="tsmetrics-$version/" HEAD | gzip -n >"dist/tsmetrics_${version}_source.tar.gz"
deno run --no-prompt --allow-read=deno.lock,deno.json,src/embedded/dist tools/sbom.ts "$version" >dist/tsmetrics.cdx.json

(cd dist && find . -maxdepth 1 -type f ! -name SHA256SUMS -printf '%P\n' | sort | xargs sha256sum >SHA256SUMS)
if [ "$tag" != --dry ]; then
  mkdir -p dist/notes dist/chart
  # from the heading of this version to the next one
  awk -v head="## [$version]" 'index($0, "## [") == 1 { on = index($0, head) == 1; next } on' CHANGELOG.md >dist/notes/notes.md
  tools/pack_chart.sh "$version" dist/chart
fi
cat dist/SHA256SUMS
