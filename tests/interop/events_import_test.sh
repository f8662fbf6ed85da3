#!/usr/bin/env bash
# A municipality's feed against a running authority: both formats and encodings, bad lines kept apart and
# mended, a server that dies in the middle, and nothing recorded twice.

. "$(dirname "$0")/lib.sh"

# import CODE arguments…: the summary lands in $WORK/summary.json, the reasons in $WORK/reasons.txt.
import() {
  local code=$1 got=0
  shift
  jpki events import "$@" --json >"$WORK/summary.json" 2>"$WORK/reasons.txt" || got=$?
  [[ $got == "$code" ]] || { cat "$WORK/summary.json" "$WORK/reasons.txt" >&2; fail "exit $code expected, not $got: events import $*"; }
}
figure() { python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$WORK/summary.json" "$1"; }
wants() {
  local name
  for name in recorded repeated refused; do
    [[ $(figure $name) == "$1" ]] || { cat "$WORK/summary.json" "$WORK/reasons.txt" >&2; fail "$name: $1 expected, not $(figure $name)"; }
    shift
  done
}
address() { jpki resident show "$1" | sed -n 's/^address: *//p'; }
resident() { jpki resident add --name '模擬　太郎' --birth 1980-02-17 --sex male --municipality 132217 --address '東京都清瀬市模擬町１番'; }

init_authority '[crl]' 'scopes = "used"'
start_server
first=$(resident)
second=$(resident)
jpki cert issue "$first" --key-pool "$SOURCE_DIR/testdata/keys" --out "$WORK/card" --quiet
jpki cert issue "$second" --key-pool "$SOURCE_DIR/testdata/keys" --out "$WORK/card2" --quiet

echo "A CSV with good and bad lines: the bad ones are named and kept, the good ones recorded."
{
  printf '\xEF\xBB\xBFevent_id,event,resident,date,address,municipality,birth,feed_sequence\r\n'
  printf 'a-1,address-change,%s,,東京都清瀬市模擬町２番,,,1\r\n' "$first"
  printf 'a-2,address-change,%s,,東京都清瀬市模擬町３番,999999,,2\r\n' "$first"
  printf 'a-3,address-change,%s,,東京都清瀬市模擬町３番,132218,,3\r\n' "$first"
  printf 'a-4,birth-date-change,%s,,,,2023-02-29,4\r\n' "$first"
  printf 'a-5,death,%s,1970-01-01,,,,5\r\n' "$first"
  printf 'a-6,death,%s,2999-01-01,,,,6\r\n' "$first"
  printf 'a-7,address-change,%s,,東京都清瀬市模擬町４番,,,1\r\n' "$first"
  printf 'a-8,address-change,12345678901,,東京都清瀬市模擬町４番,,,8\r\n'
  printf 'a-9,address-change,%s,,東京都清瀬市\xE4\xBA,,,9\r\n' "$first"
  printf 'a-10,address-change,%s,,東京都清瀬市模擬町２番,,,1\r\n' "$second"
} >"$WORK/feed.csv"
# A guess that does not fit every line would record mojibake: nothing is sent until the encoding is given.
import 2 "$WORK/feed.csv"
grep -q 'line 10 is not utf-8' "$WORK/reasons.txt" || fail "the line that does not fit is not named"
[[ $(address "$first") == 東京都清瀬市模擬町１番 ]] || fail "a feed of no certain encoding was recorded"
# A dry run judges each line as the lines before would leave the register, so line 8 goes back there, too.
import 1 "$WORK/feed.csv" --dry-run --encoding utf-8
wants 2 0 8
[[ $(figure certificates_changed) == 2 ]] || fail "two signing certificates would fall"
[[ $(address "$first") == 東京都清瀬市模擬町１番 ]] || fail "a dry run recorded something"
import 1 "$WORK/feed.csv" --encoding utf-8 --reject-file "$WORK/rejects.csv"
wants 2 0 8
[[ $(figure certificates_changed) == 2 ]] || fail "two signing certificates should have fallen"
[[ $(address "$first") == 東京都清瀬市模擬町２番 && $(address "$second") == 東京都清瀬市模擬町２番 ]] || fail "the good lines are not recorded"
for line in 3 4 5 6 7 8 9 10; do
  grep -q "^line $line: " "$WORK/reasons.txt" || { cat "$WORK/reasons.txt" >&2; fail "line $line has no reason"; }
done
grep -q '^line 4: .*132217' "$WORK/reasons.txt" || fail "the right check digit is not told"
grep -q '^line 8: .*goes back' "$WORK/reasons.txt" || fail "the number that goes back is not told"
{ sed -n 1p "$WORK/feed.csv"; sed -n '3,10p' "$WORK/feed.csv"; } | cmp - "$WORK/rejects.csv" || fail "the reject file does not hold the refused lines as they stood"
[[ $(stat -c %a "$WORK/rejects.csv") == 600 ]] || fail "others may read the reject file"

echo "Mended, the reject file is a feed; what was recorded is not recorded again."
sed -e '/^a-\(4\|5\|6\|7\|8\|9\)/d' -e 's/999999/131121/; s/132218/131121/; s/模擬町３番,131121,,3/模擬町４番,131121,,3/' "$WORK/rejects.csv" >"$WORK/mended.csv"
import 0 "$WORK/mended.csv"
wants 2 0 0
[[ $(address "$first") == 東京都清瀬市模擬町４番 ]] || fail "the mended lines are not in their order"
import 0 "$WORK/mended.csv"
wants 0 2 0
import 2 "$WORK/mended.csv" --reject-file "$WORK/mended.csv"

echo "JSON Lines and Shift_JIS, from standard input as well."
{
  printf '{"event_id":"b-1","event":"name-change","resident":"%s","name":"模擬　表ソ"}\n' "$first"
  printf '{"event_id":"b-2","event":"marriage","resident":"%s"}\n' "$first"
} | iconv -f UTF-8 -t CP932 >"$WORK/feed.jsonl"
import 1 - --reject-file "$WORK/rejects.jsonl" <"$WORK/feed.jsonl"
wants 1 0 1
[[ $(figure encoding) == cp932 && $(figure format) == jsonl ]] || fail "the feed was taken for something else"
[[ $(jpki resident show "$first") == *'模擬　表ソ'* ]] || fail "the name did not come through Shift_JIS"
sed -n 2p "$WORK/feed.jsonl" | cmp - "$WORK/rejects.jsonl" || fail "the reject file of JSON Lines"
printf 'event,resident,address,date\naddress-change,%s,東京都清瀬市模擬町９番－１,\n' "$second" | iconv -f UTF-8 -t CP932 >"$WORK/sjis.csv"
import 0 "$WORK/sjis.csv" --encoding shift_jis
[[ $(address "$second") == 東京都清瀬市模擬町９番−１ ]] || fail "the address did not come through Shift_JIS"

echo "EUC-JP is an encoding of its own, and is never recorded as the mojibake of another."
printf 'event,resident,address\naddress-change,%s,東京都清瀬市模擬町１２番\n' "$second" | iconv -f UTF-8 -t EUC-JP >"$WORK/euc.csv"
import 0 "$WORK/euc.csv"
[[ $(figure encoding) == euc-jp ]] || fail "EUC-JP was taken for $(figure encoding)"
[[ $(address "$second") == 東京都清瀬市模擬町１２番 ]] || fail "the address did not come through EUC-JP"
iconv -f UTF-8 -t EUC-JP "$SOURCE_DIR/testdata/feed.csv" | jpki events import - --dry-run --json >"$WORK/summary.json" 2>/dev/null || true
[[ $(figure encoding) == euc-jp ]] || fail "a feed of many lines in EUC-JP was taken for $(figure encoding)"

echo "What is no feed is refused before anything is sent."
printf 'event,resident,adress\n' >"$WORK/typo.csv"
import 2 "$WORK/typo.csv"
grep -q adress "$WORK/reasons.txt" || fail "the unknown column is not named"
import 2 "$WORK/missing.csv"

echo "The feeds of the test data are recorded without a refusal; residents may come in Shift_JIS, too."
head -n 10 "$SOURCE_DIR/testdata/residents.csv" | iconv -f UTF-8 -t CP932 | jpki resident import - --json >"$WORK/residents.json"
grep -q '"refused":\[\]' "$WORK/residents.json" || fail "residents in Shift_JIS were refused"
sed "2,10d" "$SOURCE_DIR/testdata/residents.csv" >"$WORK/others.csv"
jpki resident import "$WORK/others.csv" --quiet
printf 'name,birth,sex,municipality,address\n模擬　二郎,2999-01-01,male,132217,東京都清瀬市模擬町１番\n' >"$WORK/wrong.csv"
got=0
jpki resident import "$WORK/wrong.csv" --quiet --reject-file "$WORK/wrong-rejects.csv" 2>"$WORK/reasons.txt" || got=$?
[[ $got == 1 ]] || fail "exit 1 expected for a refused resident, not $got"
grep -q '^line 2: ' "$WORK/reasons.txt" || fail "--quiet swallowed the reason"
grep -q '2999-01-01' "$WORK/wrong-rejects.csv" || fail "the refused line is not in the reject file"
[[ $(stat -c %a "$WORK/wrong-rejects.csv" "$WORK/rejects.csv" | sort -u) == 600 ]] ||
  fail "a reject file, which names people, is open to others"
for feed in feed.csv feed-sjis.csv feed.jsonl; do
  import 0 "$SOURCE_DIR/testdata/$feed"
  [[ $(figure recorded) -gt 0 ]] || fail "$feed is empty"
done

echo "A dry run over many requests: the last line depends on what the first ones would do."
python3 - "$first" "$second" >"$WORK/chain.csv" <<'PYTHON'
import sys
first, second = sys.argv[1:]
print("event_id,event,resident,address,feed,feed_sequence")
for i in range(1, 9001):
    who = first if i % 2 else second
    print(f"d-{i},address-change,{who},東京都清瀬市連鎖町{i}番,chain,{i}")
print(f"d-1,address-change,{first},東京都清瀬市連鎖町1番,chain,1")
print(f"d-9003,address-change,{second},東京都清瀬市連鎖町9000番,chain,9003")
print(f"d-9004,address-change,{first},東京都清瀬市連鎖町0番,chain,2")
print(f"d-9005,death,{first},,chain,9005")
print(f"d-9006,address-change,{first},東京都清瀬市連鎖町9006番,chain,9006")
PYTHON
# The newest entries of the audit log, without those of the publisher, which works at its own pace, and of looks at
# residents, as a dry run is one.
audit() {
  jpki audit show --limit 1000 --json |
    python3 -c 'import json,sys; print([{**e, "sequence": 0} for e in json.load(sys.stdin)["entries"] if e["operator"] != "publisher" and not e["action"].startswith(("resident ", "certificate ", "event dry-run"))][:5])'
}
audit >"$WORK/audit-before.txt"
before=$(address "$first")
import 1 "$WORK/chain.csv" --dry-run
wants 9001 1 3
for line in 9003 9004 9006; do
  grep -q "^line $line: " "$WORK/reasons.txt" || { cat "$WORK/reasons.txt" >&2; fail "line $line has no reason"; }
done
[[ $(address "$first") == "$before" ]] || fail "a dry run recorded something"
audit | cmp - "$WORK/audit-before.txt" || fail "a dry run left a trace"
# The real run says the same, line by line.
cp "$WORK/reasons.txt" "$WORK/dry-reasons.txt"
import 1 "$WORK/chain.csv"
wants 9001 1 3
cmp "$WORK/dry-reasons.txt" "$WORK/reasons.txt" || fail "the dry run said something else than the run"

echo "A server that dies in the middle: the same feed again completes it, and nothing is recorded twice."
python3 - "$second" >"$WORK/long.csv" <<'PYTHON'
import sys
print("event_id,event,resident,address,feed_sequence")
for i in range(1, 20001):
    print(f"c-{i},address-change,{sys.argv[1]},東京都清瀬市模擬町{i}番,{i + 100}")
PYTHON
jpki events import "$WORK/long.csv" --quiet 2>"$WORK/interrupted.txt" &
importer=$!
for _ in $(seq 600); do
  events=$(jpki resident history "$second" --json | python3 -c 'import json,sys; print(sum(e["event_id"].startswith("c-") for e in json.load(sys.stdin)["events"]))')
  [[ $events -gt 500 ]] && break
  sleep 0.05
done
kill -KILL "$SERVER_PID"
wait "$SERVER_PID" 2>/dev/null || true
got=0
wait "$importer" || got=$?
[[ $got == 3 ]] || { cat "$WORK/interrupted.txt" >&2; fail "exit 3 expected after the server died, not $got"; }
start_server
import 0 "$WORK/long.csv"
[[ $(figure refused) == 0 && $(($(figure recorded) + $(figure repeated))) == 20000 ]] || fail "the second run did not complete the feed"
[[ $(figure repeated) -ge 500 ]] || fail "what was recorded before the crash was forgotten"
[[ $(address "$second") == 東京都清瀬市模擬町20000番 ]] || fail "the events are not in their order"
total=$(jpki resident history "$second" --json | python3 -c 'import json,sys; print(sum(e["event_id"].startswith("c-") for e in json.load(sys.stdin)["events"]))')
[[ $total == 20000 ]] || fail "$total events are on record, not 20000"
echo "Every line was recorded once."
