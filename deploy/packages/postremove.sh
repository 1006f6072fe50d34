#!/bin/sh
# After a removal. `dpkg --purge` also takes the state of the services: Debian says "purge".
set -e

if [ "$1" = purge ]; then
  for name in tsmetrics tsmetrics-host tailscale-watchdog; do
    rm -rf "/var/lib/private/$name" "/var/lib/$name"
  done
  rm -rf /etc/tsmetrics
fi
[ ! -d /run/systemd/system ] || systemctl daemon-reload
