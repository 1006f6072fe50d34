#!/usr/bin/env bash
# booted.sh DIR — boots a systemd of its own over this machine's files, runs DIR/run as one of its
# services, and ends it; exit code 0 says that DIR/run ended with 0. Root only.
#
#   DIR/units  goes into its /etc/systemd/system, in place of this machine's units
#   DIR/bin    goes into its /usr/local/bin
#   DIR        is /probe in there
#
# What it writes is gone with it: its root is an overlay in memory, its network a loopback of its
# own, its clock, modules and kernel settings read-only.
set -euo pipefail
if [ "${2:-}" != inside ]; then
  dir=$(cd "$1" && pwd)
  unified=$(findmnt -n -t cgroup2 -o TARGET | head -n 1)
  group=$unified/tsmetrics-booted-$$
  mkdir "$group"
  (
    echo "$BASHPID" >"$group/cgroup.procs"
    exec timeout --signal=KILL 190 \
      unshare --fork --kill-child --pid --mount --uts --ipc --net --cgroup "$0" "$dir" inside
  ) &
  child=$!
  trap 'echo 1 >"$group/cgroup.kill"; wait; find "$group" -depth -type d -exec rmdir {} +' EXIT
  trap 'exit 1' TERM INT
  code=0
  wait "$child" || code=$?
  # 3 is what the last unit below ends it with
  [ $code = 3 ] || exit 1
  exit "$(cat "$dir/code")"
fi

dir=$1
mount --make-rprivate /
ip link set lo up
over=$dir/over
mkdir -p "$over"
mount -t tmpfs -o mode=755 tmpfs "$over"
mkdir "$over/upper" "$over/work" "$over/root"
root=$over/root
mount -t overlay -o "lowerdir=/,upperdir=$over/upper,workdir=$over/work" overlay "$root"
mount -t proc proc "$root/proc"
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
for each in run:755 tmp:1777 dev:755; do
  mount -t tmpfs -o "mode=${each#*:}" tmpfs "$root/${each%:*}"
done
for each in null:3 zero:5 full:7 random:8 urandom:9; do
  mknod -m 666 "$root/dev/${each%:*}" c 1 "${each#*:}"
done
mkdir "$root/dev/shm" "$root/dev/pts" "$root/probe"
mount -t devpts -o newinstance,ptmxmode=666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
mount --bind "$dir" "$root/probe"

units=$root/etc/systemd/system
rm -rf "${units:?}"/*
cp "$dir"/units/* "$units/"
cp "$dir"/bin/* "$root/usr/local/bin/"
for each in binfmt hwdb-update logind modules-load networkd pstore random-seed remount-fs resolved \
  sysctl timesyncd udev-trigger udevd update-utmp; do
  ln -s /dev/null "$units/systemd-$each.service"
done
: >"$root/etc/fstab"
: >"$root/etc/machine-id"
cat >"$units/booted.target" <<'UNIT'
[Unit]
Requires=basic.target booted.service
UNIT
cat >"$units/booted.service" <<'UNIT'
[Unit]
After=basic.target
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'code=0; /probe/run >/probe/out 2>&1 || code=$$?; echo $$code >/probe/code'
ExecStopPost=/bin/systemctl exit 3 --force --force
UNIT
# not chroot: systemd moves roots itself, for its services' own views of the files
cd "$root"
pivot_root . mnt
umount -l /mnt
exec setpriv --bounding-set=-sys_time,-sys_module,-sys_rawio,-syslog \
  env -i container=booted PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  /lib/systemd/systemd --system --unit=booted.target --show-status=no --log-level=warning \
  --log-target=console systemd.unified_cgroup_hierarchy=1
