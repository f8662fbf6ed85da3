#!/usr/bin/env bash
# Every test case that docs/law.md names is one that the executable of its folder runs: compiled in, and not skipped.
# tests/cli/law_document_test.cpp reads the sources, where a case may stand that no compiler sees.

set -euo pipefail

: "${JPKI:?set JPKI to the jpki program}"
SOURCE_DIR=${JPKI_SOURCE_DIR:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
TESTS=$(dirname "$JPKI")/tests
# An installed program has no tests beside it.
[[ -x $TESTS/law_tests ]] || exit 77
WORK=$(mktemp -d "${TMPDIR:-/tmp}/jpki-XXXXXX")
trap 'rm -rf "$WORK"' EXIT

# missing_of DOCUMENT: the cases that it names and that no executable runs, as "file: case".
missing_of() {
  local file=
  sed -n '/^## 2\. /,/^## 3\. /p' "$1" | grep '^| ' | grep -oE '`tests/[a-z_]+/[a-z_]+\.cpp`|"[^"]+"' |
    while IFS= read -r token; do
      if [[ $token == \`* ]]; then
        file=${token//\`/}
        continue
      fi
      run_by "$file" | grep -Fx -- "${token:1:-1}" >/dev/null || echo "$file: ${token:1:-1}"
    done
}

# run_by FILE: the cases of the file that its executable runs.
run_by() {
  local folder=${1#tests/} list=$WORK/${1//\//_}
  folder=${folder%%/*}
  [[ -e $list ]] || (cd "$SOURCE_DIR" && "$TESTS/${folder}_tests" --list-test-cases --source-file="*/${1#tests/}") >"$list"
  cat "$list"
}

missing=$(missing_of "$SOURCE_DIR/docs/law.md")
[[ -z $missing ]] || { echo "named by docs/law.md, and run by no executable: $missing" >&2; exit 1; }
count=$(cat "$WORK"/tests_* | grep -cv '^\[doctest\]\|^=')
[[ $count -gt 80 ]] || { echo "only $count cases were found" >&2; exit 1; }

# A case that vanished is noticed.
sed 's/"a notice that is withdrawn in time takes nothing"/"a case that vanished"/' "$SOURCE_DIR/docs/law.md" >"$WORK/law.md"
[[ $(missing_of "$WORK/law.md") == "tests/law/due_test.cpp: a case that vanished" ]] ||
  { echo "a case that vanished was not noticed" >&2; exit 1; }
echo "every case that docs/law.md names is run"
