#!/usr/bin/env bash
# Checks the model store/model/log.pml with spin, all states of it:
#
#   store/model/check.sh small       what holds, and two of the planted faults: some seconds (the test suite)
#   store/model/check.sh faults      each planted fault is found
#   store/model/check.sh full        two authorities, a crash and a cut, from small to two views and two rows: hours
#
# One core. MEMORY: the most MiB that the checker takes (6000). 77: spin or gcc is not installed.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
command -v spin >/dev/null && command -v gcc >/dev/null || { echo "spin or gcc is not installed" >&2; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
model=$PWD/log.pml

# check NAME DEFINES…: sets `errors`, `states` and `seconds`.
check() {
  local report
  shift
  (cd "$work" && spin -a "$@" "$model" && gcc -O1 -w -DSAFETY -DCOLLAPSE -DMEMLIM="${MEMORY:-6000}" -o pan pan.c)
  report=$(cd "$work" && ./pan -m1000000 -w24) || true
  if grep -qE "max search depth too small|reached -DMEMLIM|out of memory|error:" <<<"$report"; then
    printf '%s\n' "$report" >&2
    exit 1
  fi
  errors=$(sed -n 's/.*errors: \([0-9]*\).*/\1/p' <<<"$report")
  states=$(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' <<<"$report")
  seconds=$(sed -n 's/^pan: elapsed time \([0-9.e+]*\) seconds/\1/p' <<<"$report")
  broken=$(sed -n 's/^pan:[0-9]*: \(.*\) (at depth.*/\1/p' <<<"$report" | head -n 1)
}

# holds NAME DEFINES…: no promise is broken in any state.
holds() {
  check "$@"
  [ "$errors" = 0 ] || { echo "$1: $broken" >&2; exit 1; }
  echo "$1: holds in all of $states states ($seconds s)"
}

# found FAULT DEFINES…: the planted fault breaks a promise.
found() {
  check "$1" "-DFAULT_$1" "${@:2}"
  [ "$errors" != 0 ] || { echo "the planted fault $1 was not found in $states states" >&2; exit 1; }
  echo "$1: found ($broken)"
}

small=(-DVIEWS=1 -DROWS=1 -DASKS=1 -DCRASHES=0 -DCUTS=0)
faults() {
  local fault
  # One view and one row will do for these.
  for fault in NO_LEASE WALL_TIME EARLY_ACKNOWLEDGEMENT NO_EPOCH_CHECK NO_SHARE_LOCK TAKEOVER_WITHOUT_ROWS \
    HEAD_OF_A_LATER_EPOCH NO_TAKEOVER_WAIT SELF_GRANT GRANT_WITHOUT_EPOCH GRANT_BEHIND; do
    found $fault "${small[@]}"
  done
  # These need a second lease, a crash, or a cut.
  found SNAPSHOT_FIRST -DVIEWS=1 -DROWS=1 -DASKS=2 -DCRASHES=0 -DCUTS=0
  found GRANT_OF_ANY_REQUEST -DVIEWS=1 -DROWS=1 -DASKS=2 -DCRASHES=0 -DCUTS=0
  found READ_BACK_ONCE -DVIEWS=1 -DROWS=1 -DASKS=1 -DCRASHES=0 -DCUTS=1
  found STORE_FIRST -DVIEWS=1 -DROWS=1 -DASKS=1 -DCRASHES=1 -DCUTS=0
  # And this one an engine that fails over.
  found WARNING_IS_SUCCESS -DVIEWS=1 -DROWS=1 -DASKS=1 -DCRASHES=0 -DCUTS=1 -DFAILOVERS=1
}

case ${1:-} in
  small)
    holds "one view, one row" "${small[@]}"
    found NO_SHARE_LOCK "${small[@]}"
    found EARLY_ACKNOWLEDGEMENT "${small[@]}"
    ;;
  faults) faults ;;
  full)
    holds "the engine fails over: one view, one row, a cancelled wait" \
      -DFAILOVERS=1 -DVIEWS=1 -DROWS=1 -DASKS=1 -DCRASHES=0
    holds "a crash and a cut: one view, one row" -DVIEWS=1 -DROWS=1 -DASKS=1
    holds "a crash and a cut: two views, one row" -DROWS=1 -DASKS=1
    holds "a crash and a cut: one view, two rows" -DVIEWS=1 -DASKS=1
    holds "a crash and a cut: two views, two rows, two leases"
    ;;
  *) echo "usage: check.sh small|faults|full" >&2; exit 2 ;;
esac
