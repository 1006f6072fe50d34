#!/bin/sh
# Before a removal, not before an upgrade: Debian says "remove", rpm how many versions will be left.
set -e

case $1 in
  remove | 0) ;;
  *) exit 0 ;;
esac
[ -d /run/systemd/system ] || exit 0
systemctl --quiet disable --now \
  tsmetrics-textfile-native.timer tsmetrics-textfile-peers.timer tsmetrics-watchdog.timer \
  tsmetrics-host.service tsmetrics-keepalive.service tsmetrics.service
systemctl --quiet stop tsmetrics-watchdog.service 'tsmetrics-textfile@*.service'
