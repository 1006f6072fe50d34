#!/usr/bin/env bash
# container.sh BINARY_FOLDER MOUNT_PATH... — runs the program containerboot of the folder as the
# kubelet runs a container of a restricted pod: no root, no capability, files read-only but for
# volumes, which root owns and the group of the user may write; no network but a loopback of its own.
# The environment is what env(1) gives; 6 s at most. Prints what the volumes hold at the end. Root
# only; leaves nothing behind.
set -euo pipefail
if [ "${INSIDE:-}" != yes ]; then
  INSIDE=yes exec unshare --mount --net --pid --mount-proc --fork --kill-child "$0" "$@"
fi
unset INSIDE
binaries=$1; shift
user=65534

mount --make-rprivate /
ip link set lo up
mount -t tmpfs tmpfs /opt
cp "$binaries"/* /opt/
chmod 755 /opt /opt/*
mount -t tmpfs tmpfs /mnt
for path in "$@"; do
  parent=$(dirname "$path")
  [ "$parent" = / ] || { mount -t tmpfs -o mode=755 tmpfs "$parent"; mkdir "$path"; }
  install -d -m 2775 -g $user "/mnt$path"
  mount --bind "/mnt$path" "$path"
done
mount -o remount,ro,bind /
PATH=/opt:$PATH HOME=/ timeout 6 setpriv --reuid $user --regid $user --clear-groups --no-new-privs \
  --bounding-set=-all --inh-caps=-all containerboot || true
find /mnt -type f
