#!/bin/sh
# After an installation or an upgrade: Debian says "configure" and the version before, rpm how many
# versions there are now. Services that run get the new program; none is started or enabled, because
# without settings it could only fail.
set -e

# A chroot or a container has no systemd to tell.
[ -d /run/systemd/system ] || exit 0
systemctl daemon-reload
systemd-tmpfiles --create tsmetrics.conf || true
if { [ "$1" = configure ] && [ -n "$2" ]; } || [ "$1" = 2 ]; then
  systemctl try-restart tsmetrics.service tsmetrics-host.service tsmetrics-keepalive.service
fi
