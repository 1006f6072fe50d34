# shellcheck shell=sh disable=SC2034
# What the e2e tests run against, and where it is kept. Read by install.sh and lab.sh; a change of a
# version is a new folder in the cache, so nothing old is ever taken for it.
TAILSCALE_VERSION=v1.102.3
HEADSCALE_VERSION=v0.29.3
GO_WANTED=1.26.6
E2E_CACHE=${TSMETRICS_E2E_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/tsmetrics-e2e}
TAILSCALE_DIR=$E2E_CACHE/tailscale-$TAILSCALE_VERSION
HEADSCALE_DIR=$E2E_CACHE/headscale-$HEADSCALE_VERSION
# Prometheus' own parser, built from tests/fuzz/oracle; tests/fuzz/oracle.ts looks for it there
ORACLE_DIR=$E2E_CACHE/oracle
