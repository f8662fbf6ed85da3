#!/usr/bin/env bash
# A resident of a ward of a designated city (Act 71, Order 31), from the entry to the list of the ward: the
# certificate's distribution point is the ward's, and openssl finds the revocation there and nowhere else.

. "$(dirname "$0")/lib.sh"

chuo=011011 kita=011029 sapporo=011002
init_authority '[crl]' 'scopes = "used"' '[access]' 'open_to_all = true'
start_server
ca_pem sign
# point CER: the code in the certificate's distribution point, which stands there as a URI and as a name.
point() { openssl x509 -inform DER -in "$1" -noout -ext crlDistributionPoints | sed -n 's|.*/crl/[a-z]*-1/\([0-9]*\)/full.crl.*|\1|p'; }
serial() { openssl x509 -inform DER -in "$1" -noout -serial | sed 's/serial=//'; }
# listed CODE SERIAL: whether the ward's complete list has the serial; the list must verify.
listed() {
  curl -fs "$URL/crl/sign-1/$1/full.crl" -o "$WORK/list.crl" || fail "no list of $1"
  openssl crl -inform DER -in "$WORK/list.crl" -CAfile "$WORK/ca-sign.pem" -noout 2>"$WORK/verified" && grep -q 'verify OK' "$WORK/verified" ||
    fail "the list of $1 does not verify: $(cat "$WORK/verified")"
  openssl crl -inform DER -in "$WORK/list.crl" -noout -text | grep -q "Serial Number: $2\$"
}

echo "A ward is a place of residence, its city and its prefecture are not."
entry=(--name '模擬　雪子' --birth 1980-02-17 --sex female)
exits 2 jpki resident add "${entry[@]}" --municipality $sapporo --address '北海道札幌市中央区模擬町１番'
says 'city with wards: give the code of the ward'
id=$(jpki resident add "${entry[@]}" --municipality $chuo --address '北海道札幌市中央区模擬町１番')
jpki cert issue "$id" --key-pool "$SOURCE_DIR/testdata/keys" --out "$WORK/card" --quiet
[[ $(point "$WORK/card/sign.cer") == "$chuo" && $(point "$WORK/card/auth.cer") == "$chuo" ]] || fail "the distribution point is not the ward's"
openssl x509 -inform DER -in "$WORK/card/sign.cer" -noout -ext crlDistributionPoints | grep -q 'CN *= *Sapporo-shi-Chuo-ku CRLDP' || fail "the point's name"
openssl x509 -inform DER -in "$WORK/card/sign.cer" -noout -subject -nameopt RFC2253 | grep -q 'L=Sapporo-shi-Chuo-ku,L=Hokkaido' || fail "the subject: $(openssl x509 -inform DER -in "$WORK/card/sign.cer" -noout -subject)"
jpki resident show "$id" | grep -q '^certificate: *sign-1/[0-9]* sign, good' || fail "the kind is not shown"
jpki resident show "$id" | grep -q '^certificate: *auth-1/[0-9]* auth, good' || fail "the kind is not shown"

echo "A move to another ward of the city revokes the signing certificate alone and starts no clock of a departure."
jpki event address-change "$id" --address '北海道札幌市北区模擬町２番' --municipality $kita --json >"$WORK/moved.json"
python3 - "$WORK/moved.json" <<'PYTHON' || fail "the move: $(cat "$WORK/moved.json")"
import json, sys
answer = json.load(open(sys.argv[1]))
assert [c["kind"] for c in answer["certificates"]] == ["sign"], answer
assert answer["certificates"][0]["reason"] == "affiliationChanged", answer
assert answer["upcoming"] == [], answer
PYTHON
jpki crl publish --quiet
old=$(serial "$WORK/card/sign.cer")
listed $chuo "$old" || fail "the old ward's list does not have it"
jpki cert issue "$id" --kind sign --key-pool "$SOURCE_DIR/testdata/keys" --out "$WORK/new" --quiet
[[ $(point "$WORK/new/sign.cer") == "$kita" ]] || fail "the new certificate is not the new ward's"
jpki crl publish --quiet
listed $chuo "$old" || fail "the old ward's list lost it"
listed $kita "$old" && fail "the new ward's list has what was issued in the old one"

echo "The ward's counter may act, and the city for its wards; another ward and another city may not."
exits 1 jpki event death "$id" --as municipality:$chuo --dry-run
says 'only that one may'
exits 1 jpki event death "$id" --as municipality:132217 --dry-run
exits 1 jpki event death "$id" --as municipality:141003 --dry-run
exits 0 jpki event death "$id" --as municipality:$kita --dry-run
exits 0 jpki event death "$id" --as municipality:$sapporo --dry-run
second=$(jpki resident add "${entry[@]}" --municipality $kita --address '北海道札幌市北区模擬町３番' --as municipality:$sapporo)
exits 1 jpki resident add "${entry[@]}" --municipality 141011 --address '神奈川県横浜市鶴見区模擬町３番' --as municipality:$sapporo
jpki cert issue "$second" --key-pool "$SOURCE_DIR/testdata/keys" --out "$WORK/second" --as municipality:$sapporo --quiet
jpki resident history "$id" --json | grep -q "\"recorded_by\":\"municipality:$chuo\"" || fail "the move was not recorded by the ward"

echo "The city's feed: its wards' residents, one of whom moves in from elsewhere; a stranger's line is refused."
stranger=$(jpki resident add "${entry[@]}" --municipality 132217 --address '東京都清瀬市模擬町１番')
elsewhere=$(jpki resident add "${entry[@]}" --municipality 132217 --address '東京都清瀬市模擬町１番')
{
  echo 'event_id,event,resident,address,municipality'
  echo "s-1,address-change,$second,北海道札幌市中央区模擬町４番,$chuo"
  echo "s-2,address-change,$stranger,北海道札幌市北区模擬町５番,$kita"
  echo "s-3,address-change,$second,北海道札幌市模擬町４番,$sapporo"
  echo "s-4,address-change,$elsewhere,東京都清瀬市模擬町２番,132217"
} >"$WORK/feed.csv"
for run in --dry-run ''; do
  exits 1 jpki events import "$WORK/feed.csv" --as municipality:$sapporo --json $run
  grep -q '"recorded":2' "$WORK/out.txt" || { cat "$WORK/out.txt" >&2; fail "two lines should be recorded"; }
  grep -q '^line 4: .*city with wards' "$WORK/out.txt" || fail "line 4 has no reason"
  grep -q '^line 5: .*only that one may' "$WORK/out.txt" || fail "line 5 has no reason"
done
[[ $(jpki resident show "$stranger" | sed -n 's/^municipality: *//p') == "$kita" ]] || fail "the stranger did not move in"
exits 1 jpki events import "$WORK/feed.csv" --as municipality:$sapporo --json
grep -q '"repeated":2' "$WORK/out.txt" || { cat "$WORK/out.txt" >&2; fail "the feed again"; }

echo "The ministry's table counts wards for their city."
jpki stats --json | python3 -c '
import json, sys
tables = json.load(sys.stdin)["tables"]
groups = {row["group"]: row["certificates"]["sign"]["issued"] for row in tables["groups"]["rows"]}
assert groups["designated-cities"] == 3, groups' || fail "jpki stats"
stop_server
echo "Wards stand for their city everywhere."
