#!/usr/bin/env bash
# install.sh — fetches and builds what the e2e tests need; a second run finds everything there.
#
#   TSMETRICS_E2E_CACHE  where to keep it     (default: tsmetrics-e2e in the user's cache directory)
#
# System packages come by apt (root, or all of them there already), the rest from Go modules.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/versions.sh"

say() { echo "install: $*"; }
die() { echo "install: $*" >&2; exit 1; }

# ---- system packages: command and the Debian package that has it
packages() {
  local missing=() pair
  for pair in promtool:prometheus prometheus:prometheus socat:socat jq:jq curl:curl ip:iproute2 \
    openssl:openssl \
    nsenter:util-linux setsid:util-linux git:git faketime:faketime \
    prometheus-node-exporter:prometheus-node-exporter victoria-metrics:victoria-metrics influxd:influxdb \
    prometheus-alertmanager:prometheus-alertmanager chromium:chromium nginx:nginx caddy:caddy rsyslogd:rsyslog \
    nix-instantiate:nix-bin systemd-analyze:systemd \
    buildah:buildah rpm:rpm man:man-db zsh:zsh fish:fish zip:zip unzip:unzip; do
    command -v "${pair%%:*}" >/dev/null || missing+=("${pair#*:}")
  done
  # Debian keeps a part of Python that makes environments in a package of its own
  python3 -c 'import ensurepip' 2>/dev/null || missing+=(python3-venv)
  [ ${#missing[@]} -eq 0 ] && { say "system packages: all there"; return; }
  command -v apt-get >/dev/null || die "these are missing, and there is no apt-get: ${missing[*]}"
  [ "$(id -u)" = 0 ] || die "these are missing; install them as root: ${missing[*]}"
  say "system packages: ${missing[*]}"
  # apt may not know any package yet, so the first failure is a reason to ask for the lists
  apt() { DEBIAN_FRONTEND=noninteractive apt-get -qq "$@" </dev/null >/dev/null; }
  # Debian's packages start their services; the tests start what they need themselves
  local policy=/usr/sbin/policy-rc.d
  if [ ! -e $policy ]; then
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod +x $policy
  fi
  apt install -y --no-install-recommends "${missing[@]}" ||
    { apt update && apt install -y --no-install-recommends "${missing[@]}"; } ||
    die "apt-get cannot install: ${missing[*]}"
  [ -z "$(trap -p EXIT)" ] || { rm -f $policy; trap - EXIT; }
}

# ---- Go programs: built into a folder of their own, which gets its name only when it is whole
go_there() {
  command -v go >/dev/null || die "Go $GO_WANTED or newer is needed to build tailscaled, headscale and the oracle"
  local version; version=$(go env GOVERSION | sed 's/^go//; s/[^0-9.].*//')
  printf '%s\n%s\n' "$GO_WANTED" "$version" | sort -VC || die "Go $version is too old, wanted $GO_WANTED"
}
build() { # NAME FOLDER FUNCTION BINARY...
  local name=$1 folder=$2 make=$3 new binary started=$SECONDS; shift 3
  local whole=yes
  for binary in "$@"; do [ -x "$folder/$binary" ] || whole=no; done
  [ $whole = yes ] && { say "$name: there"; return; }
  go_there
  say "$name: building, a few minutes the first time"
  new=$folder.new.$$
  mkdir -p "$new"
  (
    [ "$(nice)" -ge 10 ] || renice -n 10 "$BASHPID" || true
    export GOFLAGS=-buildvcs=false CGO_ENABLED=0
    "$make" "$new"
  ) >"$new/build.log" 2>&1 </dev/null || {
    tail -n 20 "$new/build.log" >&2
    mv "$new/build.log" "$folder.log"; rm -rf "$new"
    die "$name: the build failed, see $folder.log"
  }
  for binary in "$@"; do [ -x "$new/$binary" ] || die "$name: the build left no $binary in $new"; done
  rm -rf "$folder"; mv "$new" "$folder"
  say "$name: built in $((SECONDS - started)) s"
}
make_tailscale() { # without the stamps a build by `go install` calls itself 1.102.3-ERR-BuildInfo
  local version=${TAILSCALE_VERSION#v} name
  for name in tailscaled tailscale; do
    GOBIN=$1 go install -p 2 -ldflags "-s -w -X tailscale.com/version.longStamp=$version \
      -X tailscale.com/version.shortStamp=$version" "tailscale.com/cmd/$name@$TAILSCALE_VERSION" || return
  done
}
# FOLDER MODULE VERSION: `go install …@version` asks the proxy for a list that some proxies refuse
make_module() {
  local source name=${2##*/}
  source=$(cd "$1" && go mod download -json "$2@$3" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
  [ -n "$source" ] || { echo "cannot download $2@$3"; return 1; }
  cd "$source" || return
  go build -p 2 -mod=readonly -ldflags '-s -w' -o "$1/$name" "./cmd/$name"
}
make_headscale() { make_module "$1" github.com/juanfont/headscale "$HEADSCALE_VERSION"; }
make_go() { # FOLDER PACKAGE@VERSION
  GOBIN=$1 go install -p 2 -trimpath -ldflags '-s -w' "$2"
}
make_helm3() { make_go "$1" "helm.sh/helm/v3/cmd/helm@$HELM3_VERSION"; }
make_helm4() { make_go "$1" "helm.sh/helm/v4/cmd/helm@$HELM4_VERSION"; }
make_kustomize() { make_go "$1" "sigs.k8s.io/kustomize/kustomize/v5@$KUSTOMIZE_VERSION"; }
make_kubernetes_validate() {
  python3 -m venv "$1" &&
    "$1/bin/python" -m pip install -q "kubernetes-validate==$KUBERNETES_VALIDATE_VERSION"
}
kubernetes_source=$here/_kubernetes
kubernetes_sum() { cat "$kubernetes_source"/main.go "$kubernetes_source"/go.mod "$kubernetes_source"/go.sum | sha256sum; }
make_kubernetes() {
  (cd "$kubernetes_source" && go build -p 2 -mod=readonly -trimpath -ldflags '-s -w' -o "$1/kubernetes" .) || return
  kubernetes_sum >"$1/sum"
}
make_actionlint() { make_go "$1" "github.com/rhysd/actionlint/cmd/actionlint@$ACTIONLINT_VERSION"; }
make_gitleaks() { make_go "$1" "github.com/zricethezav/gitleaks/v8@$GITLEAKS_VERSION"; }
make_zizmor() { python3 -m venv "$1" && "$1/bin/python" -m pip install -q "zizmor==$ZIZMOR_VERSION"; }
make_nfpm() { make_go "$1" "github.com/goreleaser/nfpm/v2/cmd/nfpm@$NFPM_VERSION"; }
make_structure() { make_module "$1" github.com/GoogleContainerTools/container-structure-test "$STRUCTURE_VERSION"; }
compose_source=$here/_compose
compose_sum() { cat "$compose_source"/main.go "$compose_source"/go.mod "$compose_source"/go.sum | sha256sum; }
make_compose() {
  (cd "$compose_source" && go build -p 2 -mod=readonly -trimpath -ldflags '-s -w' -o "$1/compose" .) || return
  compose_sum >"$1/sum"
}
oracle_source=$here/../fuzz/oracle
oracle_sum() { cat "$oracle_source"/main.go "$oracle_source"/go.mod "$oracle_source"/go.sum | sha256sum; }
make_oracle() {
  (cd "$oracle_source" && go build -p 2 -mod=readonly -trimpath -ldflags '-s -w' -o "$1/oracle" .) || return
  oracle_sum >"$1/sum"
}
# the embedded node goes into the checkout, where the program looks for it
root=$here/../..
deno=(deno)
command -v deno >/dev/null || deno=(npx --yes --prefer-offline deno@2.9.6)
# of the module, of the Worker, and of what bundles that
tsnet_sum() (
  cd "$root" && sources=$("${deno[@]}" info --json src/embedded/_worker.ts | jq -re '.modules[].local') ||
    die "cannot list what the Worker is made of"
  mapfile -t sources <<<"$sources"
  find tools/tsnet -type f ! -name '*_test.go' -print0 | sort -z | xargs -0 cat tools/tsnet.ts tools/go.ts .dvmrc deno.json "${sources[@]}" | sha256sum
)
make_tsnet() {
  (cd "$root" && "${deno[@]}" task tsnet) || return
  cp "$root"/src/embedded/dist/* "$1" && chmod +x "$1"/* && tsnet_sum >"$1/sum"
}
install_tsnet() {
  local sum; sum=$(tsnet_sum)
  [ "$(cat "$TSNET_DIR/sum" 2>/dev/null)" = "$sum" ] || rm -rf "$TSNET_DIR"
  build "the embedded node" "$TSNET_DIR" make_tsnet module.txt worker.txt
  mkdir -p "$root/src/embedded/dist" && (cd "$TSNET_DIR" && cp -- *.txt "$root/src/embedded/dist")
}
mkdir -p "$E2E_CACHE"
packages
build "tailscale $TAILSCALE_VERSION" "$TAILSCALE_DIR" make_tailscale tailscaled tailscale
build "headscale $HEADSCALE_VERSION" "$HEADSCALE_DIR" make_headscale headscale
[ "$(cat "$ORACLE_DIR/sum" 2>/dev/null)" = "$(oracle_sum)" ] || rm -rf "$ORACLE_DIR"
build "Prometheus' parser" "$ORACLE_DIR" make_oracle oracle
build "helm $HELM3_VERSION" "$HELM3_DIR" make_helm3 helm
build "helm $HELM4_VERSION" "$HELM4_DIR" make_helm4 helm
build "kustomize $KUSTOMIZE_VERSION" "$KUSTOMIZE_DIR" make_kustomize kustomize
build "kubernetes-validate $KUBERNETES_VALIDATE_VERSION" "$KUBERNETES_VALIDATE_DIR" make_kubernetes_validate bin/python
[ "$(cat "$KUBERNETES_DIR/sum" 2>/dev/null)" = "$(kubernetes_sum)" ] || rm -rf "$KUBERNETES_DIR"
build "types of the Prometheus Operator and Gateway API" "$KUBERNETES_DIR" make_kubernetes kubernetes
build "nfpm $NFPM_VERSION" "$NFPM_DIR" make_nfpm nfpm
[ "$(cat "$COMPOSE_DIR/sum" 2>/dev/null)" = "$(compose_sum)" ] || rm -rf "$COMPOSE_DIR"
build "container-structure-test $STRUCTURE_VERSION" "$STRUCTURE_DIR" make_structure container-structure-test
build "the reader of Docker Compose" "$COMPOSE_DIR" make_compose compose
build "actionlint $ACTIONLINT_VERSION" "$ACTIONLINT_DIR" make_actionlint actionlint
build "gitleaks $GITLEAKS_VERSION" "$GITLEAKS_DIR" make_gitleaks gitleaks
build "zizmor $ZIZMOR_VERSION" "$ZIZMOR_DIR" make_zizmor bin/zizmor
install_tsnet
say "all there, in $E2E_CACHE"
