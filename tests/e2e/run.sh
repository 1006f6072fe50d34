#!/usr/bin/env bash
# run.sh [FILE...] — runs the e2e tests, or the files named, in two lanes, because most tests wait most
# of the time. Files that measure response times run afterwards, alone. Ends like `deno test`: the names
# of failures, then one line with the totals of all files. Types are checked by `deno task lint`.
#
#   E2E_LANES   files that run at once           (default 2)
#   E2E_TIMEOUT time after which a file is ended (default 10m)
#   LAB_DIR     each lane keeps its lab in LAB_DIR-LANE
set -uo pipefail
export NO_COLOR=1 # the totals are read from the output
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
export LAB_DIR=${LAB_DIR:-/tmp/tsmetrics-lab-test} E2E_TIMEOUT=${E2E_TIMEOUT:-10m}
lanes=${E2E_LANES:-2}
# they hold the program to a second or two, of which a second lane would take its part
alone=(demo hard_host hard_page hard_stall host_status prometheus)

[ $# -gt 0 ] || set -- tests/e2e/*_test.ts
for file in "$@"; do
  [ -f "$file" ] || { echo "run: there is no file $file" >&2; exit 2; }
done
deno=(deno)
command -v deno >/dev/null || deno=(npx --yes --prefer-offline deno@2.9.6)
export E2E_DENO="${deno[*]}" E2E_LOGS
E2E_LOGS=$(mktemp -d "${TMPDIR:-/tmp}/tsmetrics-e2e.XXXXXX")
clean_up() {
  local lane
  for lane in $(seq 0 "$lanes"); do LAB_DIR=$LAB_DIR-$lane tests/e2e/lab.sh down 2>/dev/null; done
  rm -rf "$E2E_LOGS"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

run_file() { # FILE: prints its output in one piece, failures and totals apart, which come at the end
  local log=$E2E_LOGS/${1##*/} started=$SECONDS status
  # shellcheck disable=SC2086 # the command's words
  LAB_DIR=$LAB_DIR-$E2E_LANE timeout -k 30 "$E2E_TIMEOUT" $E2E_DENO test -A --no-check --sanitize-ops \
    --sanitize-resources "$1" >"$log" 2>&1 </dev/null &
  trap 'kill $! 2>/dev/null; wait $!; exit 130' INT TERM HUP
  wait $!
  status=$?
  echo $status >"$log.status"
  { sed '/^ FAILURES/,$d' "$log"; printf '\n%s: %d s\n\n' "$1" $((SECONDS - started)); } | flock "$E2E_LOGS" cat
}
export -f run_file
run_files() { # LANES FILE...
  local at_once=$1; shift
  [ $# -eq 0 ] || printf '%s\0' "$@" |
    xargs -0 -n 1 -P "$at_once" --process-slot-var=E2E_LANE bash -c 'run_file "$1"' run.sh &
  wait $!
}

shared=() single=()
for file in "$@"; do
  name=${file##*/}
  case " ${alone[*]} " in
    *" ${name%_test.ts} "*) single+=("$file") ;;
    *) shared+=("$file") ;;
  esac
done
run_files "$lanes" "${shared[@]}"
run_files 1 "${single[@]}"

passed=0 failed=0 failures=()
for file in "$@"; do
  log=$E2E_LOGS/${file##*/} p='' f=''
  read -r p f < <(sed -nE 's/^(ok|FAILED) \| ([0-9]+) passed.* \| ([0-9]+) failed.*/\2 \3/p' "$log" | tail -n 1)
  mapfile -t names < <(sed -n '/^ FAILURES/,/^FAILED |/s/ => .*:[0-9]*$/&/p' "$log")
  status=$(cat "$log.status" 2>/dev/null)
  # timed out, does not compile, or failed outside of a test
  if [ "${status:-1}" != 0 ] && [ ${#names[@]} -eq 0 ] || [ -z "$p" ]; then
    case $status in 124 | 137) why="took more than $E2E_TIMEOUT" ;; *) why="status ${status:-unknown}" ;; esac
    names=("all of the file: $why => $file:1:1")
    [ "${f:-0}" != 0 ] || f=1
  fi
  passed=$((passed + ${p:-0})) failed=$((failed + ${f:-0})) failures+=("${names[@]}")
done
if [ $failed -gt 0 ]; then printf '\n FAILURES\n\n'; printf '%s\n' "${failures[@]}"; fi
printf '\n%s | %s passed | %s failed (%dm%ds)\n' "$([ $failed -eq 0 ] && echo ok || echo FAILED)" \
  $passed $failed $((SECONDS / 60)) $((SECONDS % 60))
[ $failed -eq 0 ]
