#!/usr/bin/env bash
# publish_release.sh TAG — makes the GitHub release of a tag from the files in dist/. A prerelease
# (vX.Y.Z-…) does not become the latest release, which installation scripts download.
# With PRINT_COMMAND=yes it only prints the command, without the files.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
tag=${1:?usage: publish_release.sh vX.Y.Z}
command=(gh release create "$tag" --verify-tag --notes-file dist/notes/notes.md)
case $tag in
  v*.*.*-*) command+=(--prerelease --latest=false) ;;
  v*.*.*) ;;
  *) echo "publish_release: $tag is no tag of a release, want vX.Y.Z" >&2; exit 1 ;;
esac
if [ "${PRINT_COMMAND-}" = yes ]; then echo "${command[*]}"; exit; fi
find dist -maxdepth 1 -type f -exec "${command[@]}" {} +
