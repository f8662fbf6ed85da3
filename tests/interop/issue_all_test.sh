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

jpki cert issue --all --key-pool "$SOURCE_DIR/testdata/keys" --json >"$WORK/first.json"
[[ $(field residents "$WORK/first.json") == "$total" ]] || fail "the number of residents: $(cat "$WORK/first.json")"
[[ $(field issued "$WORK/first.json") == "$expected" ]] ||
  fail "$expected certificates were expected: $(cat "$WORK/first.json")"
grep -q "\"reason\":\"Act 3, administrative practice\",\"count\":$children" "$WORK/first.json" ||
  fail "$children children should be counted: $(cat "$WORK/first.json")"
echo "$expected certificates to $total residents, $children children refused"

# Twenty of them, spread over the file.
ca_pem sign
ca_pem auth
checked=0
for id in $(awk -F, 'NR > 1 && NR % 180 == 2 { print $1 }' "$residents"); do
  for name in $(jpki cert list "$id" | awk '{ print $1 }'); do
    kind=${name%%-*}
    jpki cert export "${name%/*}" "${name#*/}" --out "$WORK/one.cer" --quiet
    openssl x509 -inform DER -in "$WORK/one.cer" -out "$WORK/one.pem"
    openssl verify -x509_strict -CAfile "$WORK/ca-$kind.pem" "$WORK/one.pem" >/dev/null || fail "openssl verify $name of $id"
    checked=$((checked + 1))
  done
done
((checked >= 20)) || fail "only $checked certificates were checked"
echo "openssl verify accepts all of $checked certificates"

# Again, with two newcomers: they get theirs, everyone who has one is refused by Act 6 and Act 25, and that is
# no failure.
for name in '模擬　一郎' '模擬　桜'; do
  jpki resident add --name "$name" --birth 1980-02-17 --sex male --municipality 132217 --address '東京都清瀬市模擬町１番' --quiet
done
jpki cert issue --all --key-pool "$SOURCE_DIR/testdata/keys" --out "$WORK/cards" --json >"$WORK/second.json" ||
  fail "refusals of --all should exit 0"
[[ $(field issued "$WORK/second.json") == 4 ]] || fail "the newcomers alone should get some: $(cat "$WORK/second.json")"
auth=$((total - lapsed))
sign=$((expected - auth))
grep -q "\"reason\":\"Act 25\",\"count\":$auth" "$WORK/second.json" || fail "Act 25: $(cat "$WORK/second.json")"
grep -q "\"reason\":\"Act 6\",\"count\":$sign" "$WORK/second.json" || fail "Act 6: $(cat "$WORK/second.json")"

# Their cards: key and PKCS#12 file belong to the certificate and are for the owner alone.
password=$(cat "$WORK/cards/p12-password.txt")
cards=0
for card in "$WORK"/cards/*/; do
  for kind in sign auth; do
    openssl x509 -inform DER -in "$card/$kind.cer" -out "$WORK/one.pem"
    [[ $(openssl x509 -in "$WORK/one.pem" -noout -pubkey) == "$(openssl pkey -in "$card/$kind.key" -pubout)" ]] ||
      fail "the key of $card/$kind.cer"
    openssl pkcs12 -in "$card/$kind.p12" -passin "pass:$password" -nodes -nokeys -clcerts 2>/dev/null |
      openssl x509 | cmp -s - "$WORK/one.pem" || fail "the PKCS#12 file of $card/$kind.cer"
    [[ $(stat -c %a "$card/$kind.key" "$card/$kind.p12" "$WORK/cards/p12-password.txt" | sort -u) == 600 ]] ||
      fail "a secret is readable by others"
    cards=$((cards + 1))
  done
done
[[ $cards == 4 ]] || fail "$cards cards were written"

jpki crl publish --json >"$WORK/publish.json"
[[ $(field complete "$WORK/publish.json") -gt 100 ]] || fail "publication: $(cat "$WORK/publish.json")"
jpki crl check --quiet || fail "jpki crl check"
jpki audit verify --quiet || fail "jpki audit verify"
stop_server
