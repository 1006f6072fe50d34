#!/usr/bin/env bash
# lab.sh — a real, closed tailnet on this machine: headscale and three tailscaled.
#
#   lab.sh up                     start what does not run yet, print the environment lines
#   lab.sh down                   end all of it, remove its namespaces and its state
#   lab.sh env                    print the environment lines again (eval "$(lab.sh env)")
#   lab.sh exec NODE|hub CMD...   run CMD in the network namespace of a node, or of headscale
#   lab.sh kill NODE | start NODE end one tailscaled at once | start it again with its old state
#   lab.sh restart NODE | join NODE  as its service manager would | log in, after a logout
#   lab.sh stop-control | start-control  end headscale and its relay at once | start it with its old state
#   lab.sh stop-tls | start-tls   the same of what is in front of headscale with LAB_TLS
#   lab.sh link NODE up|down      plug in or pull a node's network cable
#   lab.sh path relay|direct N... take away or give back the direct way between nodes (default all)
#   lab.sh ts NODE ARGS... | hs ARGS...   the tailscale CLI of a node | the headscale CLI
#
# A hub namespace holds a bridge, headscale, DERP and STUN; each node has a namespace with one cable to
# the bridge. Nothing has a route out. What tests want is handed to 127.0.0.1 through unix sockets,
# which do not belong to a namespace. Needs root, and what install.sh installs.
#
#   LAB_DIR        state; keep it short, sockets have a limit   (default /tmp/tsmetrics-lab)
#   LAB_NODES      node names (default "a b c": a has tag:exporter, b is alice's, others have tag:server)
#   LAB_TUN        nodes with a TUN device instead of userspace networking  (default none)
#   LAB_PORT       first of 100 loopback ports                  (default: a free block from 22000 to 27999)
#   LAB_NODE_ENV   variables for tailscaled, as NAME=VALUE words
#   LAB_TLS        yes: headscale and DERP behind Caddy, with an authority of the lab's own (hs/ca.pem)
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/versions.sh"
LAB_DIR=${LAB_DIR:-/tmp/tsmetrics-lab}
# what `up` chose wins over the caller's environment, so that later calls mean the same lab
[ -f "$LAB_DIR/settings" ] && . "$LAB_DIR/settings"
HEADSCALE=$HEADSCALE_DIR/headscale
LAB_NODES=${LAB_NODES:-a b c} LAB_TUN=${LAB_TUN:-} LAB_PORT=${LAB_PORT:-} LAB_TLS=${LAB_TLS:-}
TAG=tm$(printf %s "$LAB_DIR" | cksum | cut -d' ' -f1)
HUB=$TAG-hub NET=10.99.0
CONTROL=http://$NET.1:8080
[ -n "$LAB_TLS" ] && CONTROL=https://$NET.1:8443

die() { echo "lab: $*" >&2; exit 1; }
within() { local space=$1; shift; nsenter --net="/run/netns/$space" "$@"; }
index_of() {
  local i=1 n
  for n in $LAB_NODES; do [ "$n" = "$1" ] && { echo $i; return; }; i=$((i + 1)); done
  die "no node $1, there are: $LAB_NODES"
}

# ---- processes: a pid file holds pid and start time, so a pid that was given away is never touched
start_time() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }
alive() { # NAME
  local pid started
  read -r pid started 2>/dev/null <"$LAB_DIR/pids/$1" || return 1
  # an init that does not reap leaves ended processes as zombies
  grep -qs '^State:.Z' "/proc/$pid/status" && return 1
  [ -n "$started" ] && [ "$(start_time "$pid")" = "$started" ]
}
spawn() { # NAME NAMESPACE|- CMD...
  local name=$1 space=$2; shift 2
  alive "$name" && return 0
  [ "$space" = - ] || set -- nsenter --net="/run/netns/$space" "$@"
  setsid "$@" >>"$LAB_DIR/log/$name.log" 2>&1 </dev/null 9>&- &
  echo "$! $(start_time $!)" >"$LAB_DIR/pids/$name"
  disown 2>/dev/null # it may have ended already, which `up` finds
}
stop() { # NAME SIGNAL
  local pid started
  alive "$1" || { rm -f "$LAB_DIR/pids/$1"; return 0; }
  read -r pid started <"$LAB_DIR/pids/$1"
  kill "-${2:-TERM}" "$pid" 2>/dev/null
  for _ in $(seq 200); do alive "$1" || break; sleep 0.05; done
  alive "$1" && kill -KILL "$pid"
  rm -f "$LAB_DIR/pids/$1"
}
wait_for() { # SECONDS CMD...
  local seconds=$1; shift
  for _ in $(seq $((seconds * 20))); do "$@" >/dev/null 2>&1 && return 0; sleep 0.05; done
  return 1
}
last_words() { tail -n 3 "$LAB_DIR/log/$1.log" 2>/dev/null; }

# the CLI runs in the namespace too: some of its commands open sockets of their own
ts() { local n=$1; shift; within "$TAG-$n" "$TAILSCALE_DIR/tailscale" --socket="$LAB_DIR/$n/ts.sock" "$@"; }
hs() { within "$HUB" "$HEADSCALE" -c "$LAB_DIR/hs/hs.yaml" "$@"; }

# ---- network
ports_free() { ! ss -Hltn "sport >= :$1 and sport < :$(($1 + 100))" | grep -q .; }
# Takes a block at once by its last port, under a lock: the others are bound seconds later, and another
# lab may look for a block meanwhile.
take_ports() {
  (
    flock 9
    pick_port
    spawn block - socat -u "TCP-LISTEN:$((LAB_PORT + 99)),bind=127.0.0.1,reuseaddr,fork" OPEN:/dev/null
    wait_for 30 eval '! ports_free "$LAB_PORT"' || die "cannot take the ports from $LAB_PORT: $(last_words block)"
    echo "$LAB_PORT"
  ) 9>"${TMPDIR:-/tmp}/tsmetrics-lab-ports.lock"
}
pick_port() {
  if [ -n "$LAB_PORT" ]; then
    ports_free "$LAB_PORT" || die "a port of $LAB_PORT..$((LAB_PORT + 99)) is taken"
    return
  fi
  # below the ports that the system gives to connections, which `ports_free` does not see
  local at first=$((${TAG#tm} % 60))
  for at in $(seq $first $((first + 59))); do
    LAB_PORT=$((22000 + at % 60 * 100))
    ports_free "$LAB_PORT" && return
  done
  die "no free block of ports from 22000 to 27999"
}
make_space() { # NAME
  [ -e "/run/netns/$1" ] && return 1
  ip netns add "$1" || die "cannot make network namespaces: root is needed"
  echo "$1" >>"$LAB_DIR/spaces"
  ip -n "$1" link set lo up
}
network_up() {
  if make_space "$HUB"; then
    ip -n "$HUB" link add br0 type bridge && ip -n "$HUB" addr add $NET.1/24 dev br0 &&
      ip -n "$HUB" link set br0 up || die "cannot make the bridge"
  fi
  local n i
  for n in $LAB_NODES; do
    make_space "$TAG-$n" || continue
    i=$(index_of "$n")
    ip -n "$HUB" link add "n$i" type veth peer name eth0 netns "$TAG-$n" || die "cannot make a cable"
    ip -n "$HUB" link set "n$i" master br0 up
    ip -n "$TAG-$n" addr add $NET.$((10 + i))/24 dev eth0 && ip -n "$TAG-$n" link set eth0 up
  done
}

# ---- headscale
write_config() {
  cat >"$LAB_DIR/hs/hs.yaml" <<Y
server_url: $CONTROL
listen_addr: 0.0.0.0:8080
metrics_listen_addr: 127.0.0.1:9090
grpc_listen_addr: 127.0.0.1:50443
noise: { private_key_path: $LAB_DIR/hs/noise.key }
prefixes: { v4: 100.64.0.0/10, v6: fd7a:115c:a1e0::/48, allocation: sequential }
derp:
  server:
    enabled: true
    region_id: 999
    region_code: lab
    region_name: Lab
    verify_clients: true
    stun_listen_addr: 0.0.0.0:3478
    private_key_path: $LAB_DIR/hs/derp.key
    automatically_add_embedded_derp_region: true
    ipv4: $NET.1
  urls: []
  paths: []
  auto_update_enabled: false
disable_check_updates: true
database: { type: sqlite, sqlite: { path: $LAB_DIR/hs/db.sqlite } }
policy: { mode: file, path: $LAB_DIR/hs/policy.hujson }
dns: { magic_dns: true, base_domain: lab.test, override_local_dns: false, nameservers: { global: [] } }
unix_socket: $LAB_DIR/hs/hs.sock
unix_socket_permission: "0770"
logtail: { enabled: false }
log: { level: info }
Y
  cat >"$LAB_DIR/hs/policy.hujson" <<'Y'
// everybody may reach everybody
{
  "groups": {"group:ops": ["alice@"]},
  "tagOwners": {"tag:exporter": ["alice@"], "tag:server": ["alice@"]},
  "acls": [{"action": "accept", "src": ["*"], "dst": ["*:*"]}],
}
Y
}
headscale_up() {
  [ -f "$LAB_DIR/hs/hs.yaml" ] || write_config
  spawn headscale "$HUB" env -i PATH="$PATH" HOME="$LAB_DIR/hs" "$HEADSCALE" -c "$LAB_DIR/hs/hs.yaml" serve
  wait_for 60 within "$HUB" curl -fs -m 2 http://127.0.0.1:8080/health ||
    die "headscale is not healthy: $(last_words headscale)"
  [ -f "$LAB_DIR/hs/keys" ] && return
  hs users create alice -e alice@example.com -d "Alice Example" >/dev/null || die "cannot make a user"
  {
    echo "KEY_USER=$(hs preauthkeys create --user 1 --reusable -e 24h | tail -1)"
    echo "KEY_EXPORTER=$(hs preauthkeys create --tags tag:exporter --reusable -e 24h | tail -1)"
    echo "KEY_SERVER=$(hs preauthkeys create --tags tag:server --reusable -e 24h | tail -1)"
    echo "LAB_API_KEY=$(hs apikeys create -e 24h | tail -1)"
  } >"$LAB_DIR/hs/keys.new"
  mv "$LAB_DIR/hs/keys.new" "$LAB_DIR/hs/keys"
}

# Caddy in front of it, with certificate and authority of openssl
tls_up() {
  local d=$LAB_DIR/hs
  if [ ! -f "$d/ca.pem" ]; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=lab-authority \
      -addext basicConstraints=critical,CA:TRUE -keyout "$d/ca.key" -out "$d/ca.new" 2>/dev/null &&
      openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=lab \
        -keyout "$d/tls.key" -out "$d/tls.csr" 2>/dev/null &&
      openssl x509 -req -in "$d/tls.csr" -CA "$d/ca.new" -CAkey "$d/ca.key" -CAcreateserial -days 2 \
        -extfile <(echo "subjectAltName=IP:$NET.1") -out "$d/tls.pem" 2>/dev/null || die "openssl failed"
    cat >"$d/Caddyfile" <<Y
{
  admin off
  auto_https off
}
:8443 {
  tls $d/tls.pem $d/tls.key
  reverse_proxy 127.0.0.1:8080
}
Y
    mv "$d/ca.new" "$d/ca.pem"
  fi
  spawn caddy "$HUB" env -i PATH="$PATH" HOME="$d" caddy run --adapter caddyfile --config "$d/Caddyfile"
  wait_for 60 within "$HUB" curl -fs -m 2 --cacert "$d/ca.pem" "$CONTROL/health" ||
    die "Caddy does not pass on: $(last_words caddy)"
}

# ---- nodes
node_start() { # NODE: the daemon only
  local n=$1 tun=userspace-networking
  case " $LAB_TUN " in *" $n "*) tun=tailscale0 ;; esac
  mkdir -p "$LAB_DIR/$n"
  local tls=""
  [ -n "$LAB_TLS" ] && tls="TS_DEBUG_USE_DERP_HTTP=0 SSL_CERT_FILE=$LAB_DIR/hs/ca.pem"
  # the lab's DERP speaks plain http; the others keep the daemon from looking for the world, and make
  # it panic rather than call the real control plane
  # shellcheck disable=SC2086 # LAB_NODE_ENV is meant to be split
  spawn "node-$n" "$TAG-$n" env -i PATH="$PATH" HOME="$LAB_DIR/$n" TS_DEBUG_USE_DERP_HTTP=1 \
    TS_NO_LOGS_NO_SUPPORT=true TS_DISABLE_PORTMAPPER=1 TS_PANIC_IF_HIT_MAIN_CONTROL=1 $tls ${LAB_NODE_ENV:-} \
    "$TAILSCALE_DIR/tailscaled" --tun=$tun --statedir="$LAB_DIR/$n" --socket="$LAB_DIR/$n/ts.sock" \
    --port=41641 --socks5-server=127.0.0.1:1055 --outbound-http-proxy-listen=127.0.0.1:1055
  wait_for 60 ts "$n" status --json --peers=false || die "tailscaled $n: $(last_words "node-$n")"
}
node_join() { # NODE: log in; its state remembers that
  local n=$1 key KEY_USER KEY_EXPORTER KEY_SERVER
  . "$LAB_DIR/hs/keys"
  case $(index_of "$n") in 1) key=$KEY_EXPORTER ;; 2) key=$KEY_USER ;; *) key=$KEY_SERVER ;; esac
  # no netfilter: a TUN node needs no rules here, and iptables may not be there
  ts "$n" up --login-server="$CONTROL" --auth-key="$key" --hostname="node-$n" --accept-dns=false \
    --netfilter-mode=off --timeout=60s >>"$LAB_DIR/log/join.log" 2>&1 || die "node $n: $(last_words join)"
  ts "$n" set --webclient >>"$LAB_DIR/log/join.log" 2>&1 || die "node $n: $(last_words join)"
}
is_running() { ts "$1" status --json --peers=false | jq -e '.BackendState == "Running"'; }

bridge() { # NAME NAMESPACE HOST:PORT(in it) PORT(on the caller's 127.0.0.1)
  spawn "in-$1" "$2" socat "UNIX-LISTEN:$LAB_DIR/fwd/$1.sock,fork,unlink-early" "TCP:$3"
  spawn "out-$1" - socat "TCP-LISTEN:$4,bind=127.0.0.1,fork,reuseaddr" "UNIX-CONNECT:$LAB_DIR/fwd/$1.sock"
}
port_of() { echo $((LAB_PORT + 10 * $(index_of "$1"))); }
bridges_up() {
  local n
  bridge hs "$HUB" 127.0.0.1:8080 "$LAB_PORT"
  for n in $LAB_NODES; do bridge "socks-$n" "$TAG-$n" 127.0.0.1:1055 "$(($(port_of "$n") + 1))"; done
}

print_env() {
  [ -f "$LAB_DIR/hs/keys" ] || die "no lab in $LAB_DIR: lab.sh up"
  local n name
  echo "LAB_DIR=$LAB_DIR"
  echo "LAB_NODES='$LAB_NODES'"
  echo "LAB_TUN='$LAB_TUN'"
  echo "LAB_CONTROL_URL=$CONTROL"
  echo "LAB_API_URL=http://127.0.0.1:$LAB_PORT"
  grep ^LAB_ "$LAB_DIR/hs/keys"
  for n in $LAB_NODES; do
    name=$(echo "$n" | tr a-z- A-Z_)
    # shellcheck disable=SC2046 # two addresses, two words
    set -- $(ts "$n" ip 2>/dev/null)
    echo "LAB_${name}_IP4=${1:-}"
    echo "LAB_${name}_IP6=${2:-}"
    echo "LAB_${name}_DNS=node-$n.lab.test"
    echo "LAB_${name}_SOCKET=$LAB_DIR/$n/ts.sock"
    echo "LAB_${name}_SOCKS5=127.0.0.1:$(($(port_of "$n") + 1))"
  done
}

up() {
  local n f started
  started=$(date +%s%N)
  for f in "$TAILSCALE_DIR/tailscaled" "$TAILSCALE_DIR/tailscale" "$HEADSCALE"; do
    [ -x "$f" ] || die "$f is missing: install.sh"
  done
  case " $LAB_TUN " in *[a-z]*) [ -c /dev/net/tun ] || die "LAB_TUN: no /dev/net/tun here" ;; esac
  mkdir -p "$LAB_DIR"/{pids,log,hs,fwd} && chmod 700 "$LAB_DIR" || die "cannot make $LAB_DIR"
  if [ ! -f "$LAB_DIR/settings" ]; then
    LAB_PORT=$(take_ports) || exit 1
    for f in LAB_NODES LAB_TUN LAB_PORT LAB_TLS; do printf '%s=%q\n' $f "${!f}"; done >"$LAB_DIR/settings"
  fi
  network_up
  headscale_up
  [ -n "$LAB_TLS" ] && tls_up
  for n in $LAB_NODES; do node_start "$n"; done
  if [ ! -f "$LAB_DIR/joined" ]; then
    # one after the other: the addresses then follow the order of the names
    for n in $LAB_NODES; do node_join "$n"; done
    touch "$LAB_DIR/joined"
  fi
  bridges_up
  for n in $LAB_NODES; do wait_for 60 is_running "$n" || die "node $n is not running: $(last_words "node-$n")"; done
  for f in "$LAB_DIR"/pids/*; do alive "${f##*/}" || die "${f##*/} ended at once: $(last_words "${f##*/}")"; done
  echo "lab: up in $((($(date +%s%N) - started) / 1000000)) ms" >&2
  print_env
}
down() {
  [ -d "$LAB_DIR/pids" ] || { echo "lab: nothing to stop in $LAB_DIR" >&2; return 0; }
  local f n
  for f in "$LAB_DIR"/pids/*; do [ -e "$f" ] && [ "${f##*/}" != headscale ] && stop "${f##*/}"; done
  stop headscale
  if [ -f "$LAB_DIR/spaces" ]; then
    while read -r n; do ip netns del "$n" 2>/dev/null; done <"$LAB_DIR/spaces"
  fi
  # only what `up` made, so a wrong LAB_DIR costs nothing else
  for n in $LAB_NODES hs fwd pids log; do rm -rf "${LAB_DIR:?}/$n"; done
  rm -f "$LAB_DIR"/{settings,spaces,joined}
  rmdir "$LAB_DIR" 2>/dev/null || true
}
path() { # relay|direct [NODE...]: isolated ports of a bridge exchange nothing with each other
  local isolated n
  case ${1:-} in relay) isolated=on ;; direct) isolated=off ;; *) die "path relay|direct [NODE...]" ;; esac
  shift
  # shellcheck disable=SC2086 # names, one word each
  [ $# -gt 0 ] || set -- $LAB_NODES
  for n in "$@"; do
    ip -n "$HUB" link set "n$(index_of "$n")" type bridge_slave isolated $isolated
  done
}

command=${1:-}
[ $# -gt 0 ] && shift
case $command in
up) up ;;
down) down ;;
env) print_env ;;
path) path "$@" ;;
kill) index_of "$1" >/dev/null && stop "node-$1" KILL ;;
start) index_of "$1" >/dev/null && node_start "$1" ;;
restart) index_of "$1" >/dev/null && stop "node-$1" && node_start "$1" ;;
stop-control) stop headscale KILL ;;
start-control) headscale_up ;;
stop-tls) stop caddy KILL ;;
start-tls) tls_up ;;
join) index_of "$1" >/dev/null && node_join "$1" ;;
link) ip -n "$HUB" link set "n$(index_of "$1")" "$2" ;;
exec)
  node=$1; shift
  if [ "$node" = hub ]; then space=$HUB; else space=$TAG-$node; fi
  exec nsenter --net="/run/netns/$space" "$@"
  ;;
ts) # exec: a signal reaches the CLI
  node=$1; shift
  exec nsenter --net="/run/netns/$TAG-$node" "$TAILSCALE_DIR/tailscale" --socket="$LAB_DIR/$node/ts.sock" "$@"
  ;;
hs) hs "$@" ;;
*) sed -n '2,15p' "${BASH_SOURCE[0]}"; exit 2 ;;
esac
