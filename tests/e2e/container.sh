#!/usr/bin/env bash
# container.sh FOLDER SOURCE:PATH... -- COMMAND... — runs a command as the kubelet runs a container of a
# restricted pod: as user 65534, without a capability, all files read-only but for the volumes, which are
# folders of this machine. FOLDER is /mnt there, its bin /usr/local/bin. Several containers may share a
# volume. The environment is what env(1) gives. Needs root; the process becomes the command, and what it
# mounts is gone with it.
set -euo pipefail
if [ "${INSIDE:-}" != yes ]; then INSIDE=yes exec unshare --mount "$0" "$@"; fi
unset INSIDE
folder=$1; shift
user=65534

mount --make-rprivate /
mount --bind "$folder" /mnt
mount --bind "$folder/bin" /usr/local/bin
while [ "$1" != -- ]; do
  source=${1%%:*} path=${1#*:}; shift
  # a file system of its own: the path need not be there, and nothing else of the parent is
  parent=$(dirname "$path")
  [ "$parent" = / ] || { mount -t tmpfs -o mode=755 tmpfs "$parent"; mkdir "$path"; }
  mount --bind "$source" "$path"
done
shift
mount -o remount,ro,bind /
cd /
export HOME=/
exec setpriv --reuid $user --regid $user --clear-groups --no-new-privs --bounding-set=-all \
  --inh-caps=-all -- "$@"
