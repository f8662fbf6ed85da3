#!/usr/bin/env bash
# The examples of docs/testing.md, each as a reader would run it, and what the document quotes of them. Those that need
# Node.js, Go or Apache run in tests/extra/examples_test.sh.

. "$(dirname "$0")/lib.sh"

EXAMPLES=$SOURCE_DIR/docs/clients
mkdir "$WORK/bin" "$WORK/tmp"
ln -s "$(realpath "$JPKI")" "$WORK/bin/jpki"
export PATH=$WORK/bin:$PATH TMPDIR=$WORK/tmp PYTHONDONTWRITEBYTECODE=1
unset JPKI_MOCK_CONTROL
cd "$WORK"

# shows NAME command…: runs it; what it said is in $WORK/out.txt.
shows() {
  local name=$1
  shift
  echo "$name"
  "$@" >"$WORK/out.txt" 2>&1 || { cat "$WORK/out.txt" >&2; fail "$name"; }
}

shows 'What docs/testing.md quotes stands in the files.' \
  python3 "$SOURCE_DIR/tests/interop/quotations.py" "$SOURCE_DIR" docs/testing.md docs/ja/testing.md

shows 'shell, openssl' sh "$EXAMPLES/shell/check.sh"
says 'moved house: revoked'
says 'six years later: certificate has expired'

shows 'Python, pytest' /usr/bin/python3 -m pytest -q -p no:cacheprovider "$EXAMPLES/python"
says '10 passed'

shows 'Java, PKIXRevocationChecker' java "$EXAMPLES/java/RelyingParty.java"
says 'moved house: REVOKED'

flags=$(pkg-config --cflags --libs botan-2 2>/dev/null || pkg-config --cflags --libs botan-3)
# shellcheck disable=SC2086
shows 'C++, Botan: it compiles' c++ -std=c++20 -Wall -Wextra -Werror "$EXAMPLES/botan/relying_party.cpp" $flags -o relying_party
shows 'C++, Botan' ./relying_party
says 'moved house: revoked'

if command -v nginx >/dev/null || [[ -x /usr/sbin/nginx ]]; then
  PATH=$PATH:/usr/sbin PORT=$(free_port) shows 'nginx' sh "$EXAMPLES/web-server/try.sh" nginx
  says 'lost card: refused'
fi

shows 'a workflow' python3 "$SOURCE_DIR/tests/interop/workflow.py" "$EXAMPLES/workflow/jpki.yaml" --skip Install
says 'bad-signature'

# The last one was sent a signal, and may still be at it.
for _ in $(seq 100); do
  [[ -n $(ls -A "$WORK/tmp") ]] || break
  sleep 0.1
done
[[ -z $(ls -A "$WORK/tmp") ]] || fail "left behind: $(ls -A "$WORK/tmp")"

echo "A workflow that fails is noticed, and a quotation that is none."
sed 's/"$code" = 10/"$code" = 0/' "$EXAMPLES/workflow/jpki.yaml" >"$WORK/jpki.yaml"
exits 1 python3 "$SOURCE_DIR/tests/interop/workflow.py" "$WORK/jpki.yaml" --skip Install
mkdir -p "$WORK/docs"
cp -r "$EXAMPLES" "$WORK/docs/clients"
sed 's/stdin=subprocess.PIPE/stdin=None/' "$SOURCE_DIR/docs/testing.md" >"$WORK/docs/testing.md"
exits 1 python3 "$SOURCE_DIR/tests/interop/quotations.py" "$WORK" docs/testing.md
says 'docs/clients/python/conftest.py does not say'
