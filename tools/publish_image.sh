#!/usr/bin/env bash
# publish_image.sh REF — builds both images for two platforms and pushes them under the tags of a
# branch or release: main, or vX.Y.Z, vX.Y and latest. Writes names and digests to dist/image.env.
# With PRINT_TAGS=yes it only prints the tags.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
ref=${1:?usage: publish_image.sh main or publish_image.sh vX.Y.Z}
name=$(sed -n 's/^export const REPOSITORY = "\(.*\)";$/ghcr.io\/\1/p' tools/project.ts)
case $ref in
  main) tags=(main) version=main ;;
  v*.*.*-*) tags=("$ref") version=${ref#v} ;; # a prerelease is neither latest nor vX.Y
  v*.*.*) tags=("$ref" "${ref%.*}" latest) version=${ref#v} ;;
  *) echo "publish_image: no tags for $ref, want main or vX.Y.Z" >&2; exit 1 ;;
esac
if [ "${PRINT_TAGS-}" = yes ]; then printf "%s\n" "${tags[@]/#/$name:}" "${tags[@]/#/$name-host:}"; exit; fi
mkdir -p dist
build_time=$(date -u -d "@$(git log -1 --format=%ct)" +%Y-%m-%dT%H:%M:%SZ)
publish() { # IMAGE TARGET PREFIX
  docker buildx build --push --target "$2" --platform linux/amd64,linux/arm64 --provenance=mode=max \
    --sbom=true --build-arg VERSION="$version" --build-arg BUILD_TIME="$build_time" \
    --metadata-file dist/image.json "${tags[@]/#/--tag=$1:}" .
  local digest
  digest=$(sed -n 's/.*"containerimage.digest": "\(sha256:[0-9a-f]*\)".*/\1/p' dist/image.json)
  printf '%sname=%s\n%sdigest=%s\n' "$3" "$1" "$3" "$digest"
}
{
  publish "$name" tsmetrics ""
  publish "$name-host" tsmetrics-host host_
} >dist/image.env
