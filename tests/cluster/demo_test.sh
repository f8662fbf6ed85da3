#!/usr/bin/env bash
# `./dev demo --cluster` ends well, and leaves neither a process nor a folder.
# ctest: timeout 900

. "$(dirname "$0")/../interop/lib.sh"
[[ -n $(find /usr/lib/postgresql/*/bin -name initdb 2>/dev/null) ]] || { echo "PostgreSQL is not installed"; exit 77; }

# Its folders are made in one of its own, which the server's user can enter.
OWN=$(mktemp -d "${TMPDIR:-/tmp}/demo-XXXXXX")
chmod 755 "$OWN"
code=0
TMPDIR=$OWN bash "$SOURCE_DIR/tests/cluster/demo.sh" >"$WORK/demo.txt" 2>&1 || code=$?
left=$(ls -A "$OWN")
running=$(pgrep -f "$OWN" || true)
rm -rf "$OWN"
[[ $code == 0 ]] || { tail -n 40 "$WORK/demo.txt" >&2; fail "exit $code"; }
[[ -z $left ]] || fail "it leaves $left"
[[ -z $running ]] || fail "it leaves processes: $running"
for words in 'asks first: good' 'asks first: revoked' 'asks second: revoked' \
  'asks second: good' 'asks edge-1: good' 'asks edge-1: revoked' 'asks edge-2: revoked' 'The second machine leads after' 'is whole from row 1'; do
  grep -q -- "$words" "$WORK/demo.txt" || { cat "$WORK/demo.txt" >&2; fail "it does not say: $words"; }
done
