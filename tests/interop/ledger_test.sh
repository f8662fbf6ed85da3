#!/usr/bin/env bash
# The ledger of a running service: real clients ask, refusals count, nothing is lost at a stop or counted twice at
# a start, the audit log stays quiet, and the reports say it.

. "$(dirname "$0")/lib.sh"

init_authority '[crl]' 'scopes = "used"'
start_server
id=$(jpki resident add --name '模擬　太郎' --birth 1980-02-17 --sex male --municipality 132217 --address '東京都清瀬市模擬町１番')
jpki cert issue "$id" --key-pool "$SOURCE_DIR/testdata/keys" --out "$WORK/card" --quiet
sign=$WORK/card/sign.cer

# count COLUMNS…: the sum of the rows of today's ledger that have all these values, e.g. answer=good.
count() {
  jpki verifier report --json | python3 -c '
import json, sys
want = dict(pair.split("=") for pair in sys.argv[1:])
rows = json.load(sys.stdin)["rows"]
print(sum(row["count"] for row in rows if all(str(row[k]) == v for k, v in want.items())))' "$@"
}
# counts N COLUMNS…: waits for the merge of the second.
counts() {
  local wanted=$1 got=
  shift
  for _ in $(seq 50); do
    got=$(count "$@")
    [[ $got == "$wanted" ]] && return
    sleep 0.1
  done
  jpki verifier report >&2
  fail "$wanted expected, not $got: $*"
}
query() { "$JPKI" ocsp query --cert "$sign" "$@" >/dev/null || true; }

echo "A stranger is refused and counted as nobody."
query
counts 1 answer=unauthorized verifier=None recognised_by=nobody

echo "A verifier is counted by name, answer, CA and method."
bank=$(jpki verifier add 'Example, "Bank"' --class signature --ready --network 127.0.0.1)
for _ in 1 2 3; do query; done
query --get
query --nonce
counts 5 answer=good verifier="$bank" recognised_by=network method=ocsp ca=sign purpose=normal
curl -fs "$URL/ca/sign.cer" -o "$WORK/ca.cer"
"$JPKI" ocsp query --serial 999999999 --ca sign --url "$URL/ocsp/sign" >/dev/null || true
counts 1 answer=unknown verifier="$bank"
"$JPKI" ocsp query --cert "$WORK/card/auth.cer" >/dev/null || true
counts 1 answer=unauthorized verifier="$bank" ca=auth
curl -s --data-binary x -H 'Content-Type: application/ocsp-request' "$URL/ocsp/sign" -o /dev/null
counts 1 answer=malformed ca=sign
jpki crl publish --quiet
curl -fs "$URL/crl/sign/132217/full.crl" -o "$WORK/full.crl"
counts 1 answer=given method=crl-complete verifier="$bank" provided=complete-crl
tag=$(curl -fsI "$URL/crl/sign/132217/full.crl" | tr -d '\r' | sed -n 's/^[Ee][Tt]ag: //p')
curl -fs "$URL/crl/sign/132217/full.crl" -H "If-None-Match: $tag" -o /dev/null
counts 1 answer=not-modified method=crl-complete
curl -s "$URL/crl/auth/132217/delta.crl" -o /dev/null
counts 1 answer=unauthorized method=crl-delta verifier="$bank" ca=auth
if jpki audit show --limit 1000 | grep -q ledger; then fail "counting wrote audit entries"; fi
jpki audit verify | grep -q 'closed days of the ledger' || fail "the audit log does not verify"

echo "A suspended verifier's refusals stand under its name."
jpki verifier suspend "$bank" --quiet
query
counts 1 answer=unauthorized verifier="$bank" ca=sign
jpki verifier resume "$bank" --quiet

echo "What was answered just before an orderly stop is there after the start, once."
for _ in $(seq 20); do query; done
stop_server
start_server
counts 25 answer=good verifier="$bank"
sleep 2
counts 25 answer=good verifier="$bank"

echo "The reports: words, CSV and JSON, of a period, a year and one verifier."
jpki verifier report "$bank" >"$WORK/words"
grep -q 'Ledger (Act 40)' "$WORK/words" || fail "words expected"
jpki verifier report "$bank" --csv >"$WORK/rows.csv"
python3 - "$WORK/rows.csv" <<'PYTHON'
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1], newline='')))
assert rows and {row['name'] for row in rows} == {'Example, "Bank"'}, rows
assert sum(int(row['count']) for row in rows if row['answer'] == 'good') == 25
PYTHON
year=$(TZ=Asia/Tokyo date +%Y)
jpki verifier report --year "$year" | grep -q 'Ordinance 72' || fail "the yearly report"
jpki verifier report --year "$year" --csv | head -n 1 | grep -q '^month,verifier,ca,provided' || fail "CSV of the year"
jpki verifier report --act66 "$bank" | grep -q 'class signature: active' || fail "the report of Act 66"
jpki verifier report --from 2020-01-01 --to 2020-12-31 | grep -q '0 provided' || fail "an empty period"
for wrong in "--year $year --from 2026-01-01" '--from x' '--csv --json' '--from 2026-01-02 --to 2026-01-01' \
  "1 --act66 1"; do
  # shellcheck disable=SC2086
  got=0; jpki verifier report $wrong >/dev/null 2>&1 || got=$?
  [[ $got == 2 ]] || fail "exit 2 expected, not $got: $wrong"
done
got=0; jpki verifier report 77 >/dev/null 2>&1 || got=$?
[[ $got == 1 ]] || fail "exit 1 expected for an unknown verifier, not $got"
echo "The ledger counts what was answered."
