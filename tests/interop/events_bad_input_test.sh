#!/usr/bin/env bash
# What an event may not say, at each of the three doors: `jpki event`, POST /v1/events and a feed. Each is
# refused with its field and its reason, and the store is as it was. What is late but lawful is recorded.

. "$(dirname "$0")/lib.sh"

init_authority '[crl]' 'scopes = "used"'
start_server
person() { jpki resident add --name '模擬　太郎' --birth 1980-02-17 --sex male --municipality 132217 --address '東京都清瀬市模擬町１番'; }
alive=$(person)
dead=$(person)
late=$(person)
jpki cert issue "$alive" --key-pool "$SOURCE_DIR/testdata/keys" --out "$WORK/card" --quiet
today=$(TZ=Asia/Tokyo date +%F)
day() { TZ=Asia/Tokyo date -d "$today $1 days" +%F; }
jpki event death "$dead" --date "$(day -3)" --quiet
jpki event address-change "$alive" --address '東京都清瀬市模擬町２番' --feed kiyose --feed-sequence 7 --quiet

# event, resident, the field that is named, words of the reason, items
cat >"$WORK/cases.txt" <<CASES
address-change|$alive|municipality|no municipality|address=東京都模擬町３番 municipality=999997
address-change|$alive|municipality|check digit|address=東京都模擬町３番 municipality=132218
address-change|$alive|municipality|city with wards|address=札幌市模擬町３番 municipality=011002
address-change|$alive|municipality|is a prefecture|address=東京都模擬町３番 municipality=130001
death|12345678901|resident|check digit|
birth-date-change|$alive|birth|existing day|birth=2023-02-29
birth-date-change|$alive|birth|existing day|birth=1900-02-29
death|$alive|date|existing day|date=2023-02-29
death|$alive|date|existing day|date=2026-11-31
move-out|$alive|planned|existing day|planned=2027-02-29
card-issue|$alive|card_expires|existing day|card_expires=2031-02-29
correction|$dead|birth|after the day of death|birth=$(day -2)
death|$alive|date|before the resident's birth|date=1980-02-16
move-out|$alive|planned|before the date of birth|planned=1980-02-16
birth-date-change|$alive|birth|in the future|birth=$(day 1)
birth-date-change|$alive|birth|Meiji|birth=1868-01-24
name-change|$alive|name|U+1F600, a character outside the repertoire|name=模擬😀
name-change|$alive|name|U+D55C, a character outside the repertoire|name=한글
name-change|$alive|furigana|outside the repertoire|furigana=ทดสอบ
alias-change|$alive|alias|outside the repertoire|alias=עלי
address-change|$alive|address|outside the repertoire|address=東京都清瀬市★🏠
address-change|$alive|feed_sequence|goes back|address=東京都清瀬市模擬町４番 feed=kiyose feed_sequence=6
address-change|$alive|feed_sequence|goes back|address=東京都清瀬市模擬町４番 feed=kiyose feed_sequence=7
death|$alive|date|in the future|date=$(day 1)
address-change|$alive|date|in the future|address=東京都清瀬市模擬町４番 date=2999-01-01
move-out|$alive|date|in the future|date=$(day 1) planned=$(day 9)
CASES

snapshot() {
  jpki resident list --json
  for one in "$alive" "$dead" "$late"; do
    jpki cert list "$one" --json
    jpki resident history "$one" --json
  done
  # The publisher goes on with its own work.
  jpki audit show --limit 1000 --json | python3 -c '
import json, sys
for entry in json.load(sys.stdin)["entries"]:
    looks = ("resident show", "resident list", "resident history", "certificate list")
    if entry["role"] != "system" and entry["action"] not in looks:
        print({name: value for name, value in entry.items() if name in ("recorded_at", "action", "subjects")})'
}
snapshot >"$WORK/before.json"

echo "jpki event: exit 2 and the reason, 1 for a number that goes back; with --dry-run the same."
while IFS='|' read -r event resident field words items <&3; do
  options=()
  for item in $items; do
    name=${item%%=*}
    options+=("--${name//_/-}" "${item#*=}")
  done
  expected=2
  [[ $words == "goes back" ]] && expected=1
  exits "$expected" jpki event "$event" "$resident" "${options[@]}" --yes
  says "$words"
  exits "$expected" jpki event "$event" "$resident" "${options[@]}" --dry-run
  says "$words"
done 3<"$WORK/cases.txt"

echo "POST /v1/events: 422 with the field, 409 for a number that goes back, alone and in a batch; a feed: line by line."
python3 - "$WORK/cases.txt" "$WORK" <<'PYTHON'
import csv, json, sys
cases, work = sys.argv[1:]
rows = [line.rstrip("\n").split("|") for line in open(cases, encoding="utf-8")]
events = []
for event, resident, field, words, items in rows:
    body = {"event": event, "resident": resident, **dict(item.split("=", 1) for item in items.split())}
    events.append(body)
with open(f"{work}/events.jsonl", "w", encoding="utf-8") as file:
    for body in events:
        file.write(json.dumps(body, ensure_ascii=False) + "\n")
with open(f"{work}/batch.json", "w", encoding="utf-8") as file:
    json.dump({"events": events}, file)
columns = sorted({name for body in events for name in body})
with open(f"{work}/feed.csv", "w", encoding="utf-8", newline="") as file:
    writer = csv.DictWriter(file, columns, restval="")
    writer.writeheader()
    writer.writerows(events)
PYTHON
api() { curl -s --unix-socket "$DATA/admin.sock" -o "$WORK/body" -w '%{http_code}' "$@"; }
fields() { python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["field"])' "$WORK/body"; }
mapfile -t wanted < <(cut -d'|' -f3 "$WORK/cases.txt")
mapfile -t why < <(cut -d'|' -f4 "$WORK/cases.txt")
number=0
while IFS= read -r body <&3; do
  status=422
  [[ ${why[number]} == "goes back" ]] && status=409
  [[ $(api -X POST -d "$body" http://jpki/v1/events) == "$status" ]] || fail "$status expected: $body: $(cat "$WORK/body")"
  [[ $(fields) == "${wanted[number]}" ]] ||
    fail "field ${wanted[number]} expected, not $(fields): $body"
  number=$((number + 1))
done 3<"$WORK/events.jsonl"
((number == ${#wanted[@]} && number > 20)) || fail "$number cases were tried"
[[ $(api -X POST --data-binary @"$WORK/batch.json" http://jpki/v1/events/batch) == 200 ]] || fail "the batch: $(cat "$WORK/body")"
python3 - "$WORK/body" "$WORK/cases.txt" <<'PYTHON' || fail "the batch: $(cat "$WORK/body")"
import json, sys
results = json.load(open(sys.argv[1]))["results"]
rows = [line.split("|") for line in open(sys.argv[2], encoding="utf-8")]
assert len(results) == len(rows)
for result, row in zip(results, rows):
    assert result["status"] == (409 if row[3] == "goes back" else 422) and result["field"] == row[2] and row[3] in result["detail"], (result, row)
PYTHON
exits 1 jpki events import "$WORK/feed.csv" --reject-file "$WORK/rejects.csv"
line=1
while IFS='|' read -r event resident field words items; do
  line=$((line + 1))
  grep "^line $line: " "$WORK/out.txt" | grep -qF -- "$words" || { cat "$WORK/out.txt" >&2; fail "line $line: '$words' expected"; }
done <"$WORK/cases.txt"
says "0 events recorded, 0 were recorded already, ${#wanted[@]} refused"
cmp "$WORK/feed.csv" "$WORK/rejects.csv" || fail "the reject file is not the feed"

echo "The entry of a resident is as strict, and so is what stands for a character."
entry=(--name '模擬　次郎' --sex male --address '東京都清瀬市模擬町３番')
exits 2 jpki resident add "${entry[@]}" --birth 2023-02-29 --municipality 132217
says 'existing day'
exits 2 jpki resident add --name '模擬😀' --sex male --address '東京都清瀬市模擬町３番' --birth 1990-01-01 --municipality 132217
says 'outside the repertoire'
exits 2 jpki resident add "${entry[@]}" --birth 1990-01-01 --municipality 132217 --furigana 'ไทย'
says 'outside the repertoire'
exits 2 jpki cert issue "$late" --kind sign --key-pool "$SOURCE_DIR/testdata/keys" --out "$WORK/none" --name-substitute '髙橋'
says 'outside the repertoire'
[[ ! -e $WORK/none/sign.cer ]] || fail "a refused request left a certificate"

snapshot >"$WORK/after.json"
cmp "$WORK/before.json" "$WORK/after.json" || { diff <(sed "s/},{/},\n{/g" "$WORK/before.json") <(sed "s/},{/},\n{/g" "$WORK/after.json") >&2; fail "the store was changed"; }

echo "What is late but lawful is recorded: a move told on the third day, a death of the first day on the fifth."
jpki event address-change "$late" --address '東京都清瀬市模擬町９番' --date "$(day -2)" --quiet
jpki event death "$late" --date "$(day -4)" >"$WORK/out.txt"
says 'death was recorded'
jpki resident history "$late" | grep -q "$(day -4)" || fail "the day of the death is not shown"
jpki event move-out "$alive" --planned "$(day 30)" --quiet
jpki event birth-date-change "$alive" --birth 1980-02-29 --quiet
jpki audit verify --quiet || fail "jpki audit verify"
stop_server
echo "Every case was refused at every door, and nothing was stored."
