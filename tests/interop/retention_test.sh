#!/usr/bin/env bash
# What falls due by the law of retention: shown for a day to come, removed only when told and only when due.
# ctest: timeout 300

. "$(dirname "$0")/lib.sh"

init_authority '[crl]' 'scopes = "used"'
start_server
id=$(jpki resident add --name '模擬　一郎' --birth 1980-02-17 --sex male --municipality 132217 --address '東京都清瀬市模擬町１番' --json |
  grep -o '"id":"[0-9]*"' | grep -o '[0-9]*')
jpki cert issue "$id" --key-pool "$SOURCE_DIR/testdata/keys" --out "$WORK/card" --quiet
jpki event death "$id" --quiet

# due RECORDS [OPTION…]: how many records of a class are due.
due() {
  local records=$1
  shift
  jpki retention "$@" | awk -v records="$records:" '$2 == records { print $1 }'
}
[[ $(due issue-records) == 0 && $(due removed-residents) == 0 ]] || fail "nothing is due yet: $(jpki retention)"
[[ $(due issue-records --on 2050-01-01) == 2 ]] || fail "two issue records fall due: $(jpki retention --on 2050-01-01)"
[[ $(due revocation-records --on 2050-01-01) == 2 ]] || fail "two revocation records fall due"
# The certificates go first: while they are there, so is the resident.
[[ $(due removed-residents --on 2200-01-01) == 0 ]] || fail "the resident's certificates are still there"

code=0
jpki retention --remove --on 2050-01-01 2>"$WORK/error" || code=$?
[[ $code == 2 ]] && grep -q 'before it is due' "$WORK/error" || fail "a removal ahead of time: $code $(cat "$WORK/error")"
code=0
jpki retention --remove --as municipality:132217 2>"$WORK/error" || code=$?
[[ $code == 1 ]] || fail "a municipality removed records: $code"
jpki retention --remove >/dev/null
[[ $(jpki cert list "$id" | wc -l) == 2 ]] || fail "something was removed that is not due"
jpki resident show "$id" >/dev/null || fail "the resident was removed"
jpki audit verify >/dev/null || fail "audit verify"
stop_server
echo "retention says what falls due and removes nothing before"
