#!/usr/bin/env bash
# pack.sh ARCHIVE FILE... — packs files and folders as .tar.gz, or as .zip for Windows. The same
# content gives the same bytes: every time is SOURCE_DATE_EPOCH.
set -euo pipefail
archive=${1:?usage: pack.sh ARCHIVE FILE...}; shift
: "${SOURCE_DATE_EPOCH:?}"
export TZ=UTC LC_ALL=C.UTF-8
case $archive in
  *.zip)
    find "$@" -exec touch -d "@$SOURCE_DATE_EPOCH" {} +
    find "$@" -type f | sort | zip -qX@ "$archive"
    ;;
  *.tar.gz)
    tar --sort=name --owner=0 --group=0 --numeric-owner --mode=go=rX --mtime="@$SOURCE_DATE_EPOCH" -c "$@" | gzip -n >"$archive"
    ;;
  *) echo "pack: cannot make $archive, want .tar.gz or .zip" >&2; exit 1 ;;
esac
