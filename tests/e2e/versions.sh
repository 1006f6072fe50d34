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
# what reads the chart and the manifests of deploy/
HELM3_VERSION=v3.22.0
HELM4_VERSION=v4.3.1
KUSTOMIZE_VERSION=v5.8.1
KUBERNETES_VALIDATE_VERSION=1.37.0
HELM3_DIR=$E2E_CACHE/helm-$HELM3_VERSION
HELM4_DIR=$E2E_CACHE/helm-$HELM4_VERSION
KUSTOMIZE_DIR=$E2E_CACHE/kustomize-$KUSTOMIZE_VERSION
KUBERNETES_VALIDATE_DIR=$E2E_CACHE/kubernetes-validate-$KUBERNETES_VALIDATE_VERSION
# types of the Prometheus Operator and Gateway API, and pod security, built from tests/e2e/_kubernetes
KUBERNETES_DIR=$E2E_CACHE/kubernetes
# what makes the packages
NFPM_VERSION=v2.48.0
NFPM_DIR=$E2E_CACHE/nfpm-$NFPM_VERSION
# compose-go, which Docker Compose reads its files with, built from tests/e2e/_compose
COMPOSE_DIR=$E2E_CACHE/compose
# the embedded node, built from tools/tsnet
TSNET_DIR=$E2E_CACHE/tsnet
# what reads the workflows and looks for secrets
ACTIONLINT_VERSION=v1.7.12
GITLEAKS_VERSION=v8.30.1
ZIZMOR_VERSION=1.32.0
ACTIONLINT_DIR=$E2E_CACHE/actionlint-$ACTIONLINT_VERSION
GITLEAKS_DIR=$E2E_CACHE/gitleaks-$GITLEAKS_VERSION
ZIZMOR_DIR=$E2E_CACHE/zizmor-$ZIZMOR_VERSION
# what tests the images
STRUCTURE_VERSION=v1.22.1
STRUCTURE_DIR=$E2E_CACHE/container-structure-test-$STRUCTURE_VERSION
