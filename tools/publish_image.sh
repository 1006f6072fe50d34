#!/usr/bin/env bash
# publish_image.sh REF — builds the image for two platforms and pushes it under the tags of a branch
# or release: main, or vX.Y.Z, vX.Y and latest. Writes name and digest to dist/image.env.
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
if [ "${PRINT_TAGS-}" = yes ]; then printf "$name:%s\n" "${tags[@]}"; exit; fi
mkdir -p dist
docker buildx build --push --platform linux/amd64,linux/arm64 --provenance=mode=max --sbom=true \
  --build-arg VERSION="$version" --build-arg BUILD_TIME="$(date -u -d "@$(git log -1 --format=%ct)" +%Y-%m-%dT%H:%M:%SZ)" \
  --metadata-file dist/image.json "${tags[@]/#/--tag=$name:}" .
digest=$(sed -n 's/.*"containerimage.digest": "\(sha256:[0-9a-f]*\)".*/\1/p' dist/image.json)
printf 'name=%s\ndigest=%s\n' "$name" "$digest" >dist/image.env
