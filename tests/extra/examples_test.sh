#!/usr/bin/env bash
# The examples of docs/testing.md that need Node.js, Go or Apache httpd. The others: tests/interop/examples_test.sh.
#
#   JPKI=FILE: the program, instead of the one in the package

. "$(dirname "$0")/lib.sh"

if [[ -z ${JPKI:-} ]]; then
  dpkg-deb -x "$DEB" "$WORK/package"
  JPKI=$WORK/package/usr/bin/jpki
fi
EXAMPLES=$SOURCE_DIR/docs/clients
mkdir "$WORK/bin"
ln -s "$(realpath "$JPKI")" "$WORK/bin/jpki"
export PATH=$WORK/bin:$PATH:/usr/sbin
unset JPKI JPKI_MOCK_CONTROL

shows() {
  local name=$1
  shift
  echo "$name"
  "$@" >"$WORK/out.txt" 2>&1 || { cat "$WORK/out.txt" >&2; fail "$name"; }
}

shows 'Node.js' node --test "$EXAMPLES/node"
grep -q '^# pass 7' "$WORK/out.txt" || fail 'Node.js: seven tests'

shows 'Go' env -C "$EXAMPLES/go" GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE="$WORK/go" go test -v .
grep -q -- '--- PASS: TestExpired' "$WORK/out.txt" || fail 'Go: the tests did not run'

PORT=$((30000 + $$ % 2000)) shows 'Apache httpd' sh "$EXAMPLES/web-server/try.sh" apache
grep -q 'lost card: refused' "$WORK/out.txt" || fail 'Apache httpd: a lost card'
