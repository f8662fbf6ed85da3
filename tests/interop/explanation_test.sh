#!/usr/bin/env bash
# What people ask an authority: why does this certificate stand or not, and how many are there?

. "$(dirname "$0")/lib.sh"

says() { grep -q -- "$2" <<<"$1" || { echo "$1" >&2; fail "'$2' expected"; }; }

init_authority '[crl]' 'scopes = "used"'
start_server
id=$(jpki resident add --name '模擬　太郎' --birth 1980-02-17 --sex male --municipality 132217 --address '東京都清瀬市模擬町１番')
other=$(jpki resident add --name '模擬　花子' --birth 1990-03-18 --sex female --municipality 131121 --address '東京都世田谷区模擬町１番')
for one in "$id" "$other"; do
  jpki cert issue "$one" --key-pool "$SOURCE_DIR/testdata/keys" --out "$WORK/card-$one" --quiet
done
serial_of() { jpki cert list "$1" | sed -n "s|^$2-1/\([0-9]*\) .*|\1|p" | head -n 1; }
sign=$(serial_of "$id" sign)
auth=$(serial_of "$id" auth)

echo "History and certificates explain themselves in sentences, in English and Japanese."
says "$(jpki resident history "$id" --lang ja)" 'まだありません'
jpki event address-change "$id" --address '東京都清瀬市模擬町２番' --quiet
history=$(jpki resident history "$id")
says "$history" "JST, municipality 132217 (Kiyose-shi, Tokyo-to), operator uid $(id -u), recorded that the resident's address had changed"
says "$history" "The signing certificate sign-1/$sign was revoked, reason affiliationChanged"
says "$(jpki resident history "$id" --lang ja)" "署名用電子証明書 sign-1/${sign} は、公的個人認証法第12条第1項第1号.*により失効しました"
says "$(jpki cert show auth "$auth")" 'This left the certificate as it was (Act 31'
says "$(jpki cert show auth "$auth")" 'It is valid'
says "$(jpki cert show sign "$sign" --lang ja)" '失効しています'
says "$(jpki cert show sign "$sign" --json)" '"explanation":\["The signing certificate'
got=0
jpki resident history "$id" --lang fr >/dev/null 2>&1 || got=$?
[[ $got == 2 ]] || fail "exit 2 expected for another language, not $got"

echo "Renewal supersedes, and says so."
jpki cert issue "$other" --renew --kind auth --key-pool "$SOURCE_DIR/testdata/keys" --out "$WORK/renewed" --quiet
says "$(jpki cert show auth "$(serial_of "$other" auth)")" 'renewed\|superseded'

echo "The statistics add up, as text, CSV and JSON."
text=$(jpki stats)
says "$text" '^Special wards  *1  *1  *2  *1$'
says "$text" '^Other cities  *1  *0  *1  *1$'
says "$text" '^Tokyo-to  *2  *1  *3  *2$'
says "$(jpki stats --lang ja)" '^特別区'
jpki stats --format csv >"$WORK/stats.csv"
jpki stats --json >"$WORK/stats.json"
python3 - "$WORK/stats.csv" "$WORK/stats.json" <<'PYTHON'
import collections, csv, json, sys
states = ["issued", "valid", "held", "revoked", "expired"]
sums, totals = collections.Counter(), collections.Counter()
for row in csv.DictReader(open(sys.argv[1])):
    for state in states:
        (totals if row["code"] == "total" else sums)[row["table"], row["kind"], state] += int(row[state])
assert sums == totals and totals, (sums - totals, totals - sums)
statistics = json.load(open(sys.argv[2]))
for (table, kind, state), figure in totals.items():
    assert figure == statistics["total"][kind][state] == statistics["tables"][table]["total"][kind][state]
assert statistics["total"]["auth"] == {"issued": 3, "valid": 2, "held": 0, "revoked": 1, "expired": 0}, statistics["total"]
PYTHON
says "$(jpki stats --tables regions)" '^By prefecture'
[[ $(jpki stats --tables regions) != *"By sex"* ]] || fail "regions alone should not tell ages"
says "$(jpki stats --on 2016-01-01)" '^Total  *0  *0  *0  *0$'
got=0
jpki stats --on 2999-01-01 >/dev/null 2>&1 || got=$?
[[ $got == 2 ]] || fail "exit 2 expected for a day to come, not $got"
