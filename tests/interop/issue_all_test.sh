#!/usr/bin/env bash
# The committed residents are imported, and everyone who may have certificates gets them: refusals are counted
# by reason, a second run issues nothing, and openssl accepts what came out.
# ctest: timeout 1200

. "$(dirname "$0")/lib.sh"

# field NAME FILE: a number or text of a JSON object on one line.
field() { grep -o "\"$1\":\"\?[^,\"}]*" "$2" | head -n 1 | sed 's/.*:"\?//'; }

init_authority '[crl]' 'scopes = "used"'
start_server
residents=$SOURCE_DIR/testdata/residents.csv
total=$(($(wc -l <"$residents") - 1))

jpki resident import "$residents" --json >"$WORK/import.json"
[[ $(field entered "$WORK/import.json") == "$total" ]] || fail "not everyone was entered: $(cat "$WORK/import.json")"
jpki resident import "$residents" --quiet >/dev/null 2>&1 && fail "a second import should be refused"
[[ $(jpki resident list | wc -l) == "$total" ]] || fail "the list of residents"

# Who is under 15 today in Japan, from the file itself.
today=$(TZ=Asia/Tokyo date +%Y-%m-%d)
limit=$(($(TZ=Asia/Tokyo date +%Y) - 15))-$(TZ=Asia/Tokyo date +%m-%d)
children=$(awk -F, -v limit="$limit" 'NR > 1 && $6 > limit' "$residents" | wc -l)
lapsed=$(awk -F, -v today="$today" 'NR > 1 && $10 != "" && $10 < today' "$residents" | wc -l)
lapsed_children=$(awk -F, -v today="$today" -v limit="$limit" \
  'NR > 1 && $10 != "" && $10 < today && $6 > limit' "$residents" | wc -l)
expected=$((2 * total - children - 2 * lapsed + lapsed_children))

jpki cert issue --all --key-pool "$SOURCE_DIR/testdata/keys" --out "$WORK/cards" --json >"$WORK/first.json"
[[ $(field residents "$WORK/first.json") == "$total" ]] || fail "the number of residents: $(cat "$WORK/first.json")"
[[ $(field issued "$WORK/first.json") == "$expected" ]] ||
  fail "$expected certificates were expected: $(cat "$WORK/first.json")"
grep -q "\"reason\":\"Act 3, administrative practice\",\"count\":$children" "$WORK/first.json" ||
  fail "$children children should be counted: $(cat "$WORK/first.json")"
echo "$expected certificates to $total residents, $children children refused"

# Again: everyone who has one is refused by Act 6 and Act 25, and that is no failure.
jpki cert issue --all --key-pool "$SOURCE_DIR/testdata/keys" --json >"$WORK/second.json" ||
  fail "refusals of --all should exit 0"
[[ $(field issued "$WORK/second.json") == 0 ]] || fail "a second run issued something: $(cat "$WORK/second.json")"
auth=$((total - lapsed))
sign=$((expected - auth))
grep -q "\"reason\":\"Act 25\",\"count\":$auth" "$WORK/second.json" || fail "Act 25: $(cat "$WORK/second.json")"
grep -q "\"reason\":\"Act 6\",\"count\":$sign" "$WORK/second.json" || fail "Act 6: $(cat "$WORK/second.json")"

# Ten residents, spread over the file, both certificates each.
ca_pem sign
ca_pem auth
checked=0
for card in $(find "$WORK/cards" -mindepth 1 -maxdepth 1 -type d | sort | awk 'NR % 190 == 1'); do
  for kind in sign auth; do
    [[ -f $card/$kind.cer ]] || continue
    openssl x509 -inform DER -in "$card/$kind.cer" -out "$WORK/one.pem"
    openssl verify -x509_strict -CAfile "$WORK/ca-$kind.pem" "$WORK/one.pem" >/dev/null || fail "openssl verify $card/$kind.cer"
    # The key beside it belongs to it, and so does the PKCS#12 file.
    [[ $(openssl x509 -in "$WORK/one.pem" -noout -pubkey) == "$(openssl pkey -in "$card/$kind.key" -pubout)" ]] ||
      fail "the key of $card/$kind.cer"
    password=$(cat "$WORK/cards/p12-password.txt")
    openssl pkcs12 -in "$card/$kind.p12" -passin "pass:$password" -nodes -nokeys -clcerts 2>/dev/null |
      openssl x509 | cmp -s - "$WORK/one.pem" || fail "the PKCS#12 file of $card/$kind.cer"
    [[ $(stat -c %a "$card/$kind.key") == 600 ]] || fail "the key is readable by others"
    checked=$((checked + 1))
  done
done
((checked >= 15)) || fail "only $checked certificates were checked"
echo "openssl verify accepts all of $checked certificates"

jpki crl publish --json >"$WORK/publish.json"
[[ $(field complete "$WORK/publish.json") -gt 100 ]] || fail "publication: $(cat "$WORK/publish.json")"
jpki crl check --quiet || fail "jpki crl check"
jpki audit verify --quiet || fail "jpki audit verify"
stop_server
