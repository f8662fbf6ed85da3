#!/usr/bin/env bash
# Every row of the contract's table of bad input that this version has: each gets its named answer, and the
# store is as it was.

. "$(dirname "$0")/lib.sh"

status() { curl -s -o "$WORK/body" -w '%{http_code}' "$@"; }
# refused CODE WORD jpki-arguments…: the command exits with CODE, says WORD, and changes nothing.
refused() {
  local code=$1 word=$2 got=0
  shift 2
  jpki "$@" >"$WORK/out.txt" 2>&1 || got=$?
  [[ $got == "$code" ]] || { cat "$WORK/out.txt" >&2; fail "exit $code expected, not $got: jpki $*"; }
  grep -q -- "$word" "$WORK/out.txt" || { cat "$WORK/out.txt" >&2; fail "'$word' expected: jpki $*"; }
  grep -q '^jpki: ' "$WORK/out.txt" || { cat "$WORK/out.txt" >&2; fail "no message: jpki $*"; }
}
# ocsp_error FILE PATH: the responseStatus that openssl reads in the answer to the bytes of a file.
ocsp_error() {
  [[ $(status --data-binary @"$1" -H 'Content-Type: application/ocsp-request' "$URL$2") == 200 ]] || { echo "HTTP"; return; }
  openssl ocsp -respin "$WORK/body" -noverify -resp_text 2>&1 | sed -n 's/.*Responder Error: \([a-z]*\).*/\1/p; s/.*OCSP Response Status: \([a-z]*\).*/\1/p' | head -n 1
}
# What the store holds, as far as it can be seen from outside.
snapshot() {
  jpki resident list --json
  for one in "$id" "$other"; do
    jpki cert list "$one" --json
    jpki resident history "$one" --json
  done
  jpki verifier list --json
  # Looks at residents are audited, too, those of the snapshot among them.
  jpki audit show --limit 1000 --json | python3 -c '
import json, sys
for entry in json.load(sys.stdin)["entries"]:
    if entry["action"] not in ("resident show", "resident list", "resident history", "certificate list"):
        print({name: value for name, value in entry.items() if name != "sequence"})'
}

init_authority '[crl]' 'scopes = "used"'
start_server
ca_pem sign
ca_pem auth
verifier=$(jpki verifier add "Example Bank" --class signature --class authentication --private --ready --network 127.0.0.1)
id=$(jpki resident add --name '模擬　太郎' --birth 1980-02-17 --sex male --municipality 132217 --address '東京都清瀬市模擬町１番')
other=$(jpki resident add --name '模擬　花子' --birth 2015-03-18 --sex female --municipality 131121 --address '東京都世田谷区模擬町１番')
jpki cert issue "$id" --key-pool "$SOURCE_DIR/testdata/keys" --out "$WORK/card" --quiet
openssl x509 -inform DER -in "$WORK/card/sign.cer" -out "$WORK/sign.pem"
openssl x509 -inform DER -in "$WORK/card/auth.cer" -out "$WORK/auth.pem"
openssl ocsp -issuer "$WORK/ca-sign.pem" -cert "$WORK/sign.pem" -reqout "$WORK/good.der"
openssl ocsp -issuer "$WORK/ca-auth.pem" -cert "$WORK/auth.pem" -reqout "$WORK/auth.der"
snapshot >"$WORK/before.json"

echo "OCSP: what is not a request is malformedRequest."
data=$SOURCE_DIR/tests/ocsp/data
: >"$WORK/empty.der"
printf 'not a request' >"$WORK/text.der"
head -c 40 "$WORK/good.der" >"$WORK/cut.der"
{ cat "$WORK/good.der"; printf '\0'; } >"$WORK/longer.der"
cat "$WORK/card/sign.cer" >"$WORK/certificate.der"
for file in empty text cut longer certificate; do
  [[ $(ocsp_error "$WORK/$file.der" /ocsp/sign) == malformedrequest ]] || fail "$file: $(ocsp_error "$WORK/$file.der" /ocsp/sign)"
done
found=0
for file in "$data"/invalid_*.der; do
  [[ -f $file ]] || continue
  found=$((found + 1))
  [[ $(ocsp_error "$file" /ocsp/sign) == malformedrequest ]] || fail "$file: $(ocsp_error "$file" /ocsp/sign)"
done
((found > 3)) || fail "the folder of malformed requests is empty"

echo "OCSP: another CA's certificate, or two CAs in one request, is unauthorized; a foreign serial is unknown."
[[ $(ocsp_error "$WORK/auth.der" /ocsp/sign) == unauthorized ]] || fail "an auth CertID at /ocsp/sign"
[[ $(ocsp_error "$WORK/good.der" /ocsp/auth) == unauthorized ]] || fail "a sign CertID at /ocsp/auth"
openssl ocsp -issuer "$WORK/ca-sign.pem" -cert "$WORK/sign.pem" -issuer "$WORK/ca-auth.pem" -cert "$WORK/auth.pem" -reqout "$WORK/two.der"
[[ $(ocsp_error "$WORK/two.der" /ocsp/sign) == unauthorized ]] || fail "two CAs in one request"
[[ $(ocsp_error "$data/good_openssl.der" /ocsp/sign) == unauthorized ]] || fail "a CertID of a foreign CA"
openssl ocsp -issuer "$WORK/ca-sign.pem" -serial 999999 -url "$URL/ocsp/sign" -CAfile "$WORK/ca-sign.pem" 2>&1 |
  grep -q '999999: unknown' || fail "a serial never issued"

echo "HTTP: too large, not HTTP, too long a header, a wrong method, an unknown path."
head -c 70000 /dev/zero >"$WORK/large.der"
[[ $(status --data-binary @"$WORK/large.der" -H 'Expect:' "$URL/ocsp/sign") == 413 ]] || fail "a body over 64 KiB"
answer=$(printf 'GARBAGE\r\n\r\n' | timeout 20 bash -c "exec 3<>/dev/tcp/127.0.0.1/$PORT; cat >&3; cat <&3" || true)
grep -q '^HTTP/1.1 400' <<<"$answer" || fail "not HTTP: $answer"
[[ $(status -H "X-Long: $(head -c 40000 /dev/zero | tr '\0' x)" "$URL/ca/sign.cer") == 431 ]] || fail "a long header"
[[ $(status -X DELETE "$URL/ocsp/sign") == 405 ]] || fail "DELETE"
[[ $(status "$URL/nothing") == 404 ]] || fail "an unknown path"
[[ $(status "$URL/mock/clock") == 404 ]] || fail "the mock's paths are never mounted by serve"
[[ $(status "$URL/v1/residents") == 404 ]] || fail "the operators' API on the verifiers' listener"

echo "Operators: a wrong field, code, date or check digit is named; the law refuses with its article."
entry=(--name '模擬　次郎' --birth 1990-01-01 --sex male --municipality 132217 --address '東京都清瀬市模擬町３番')
# refused_entry CODE WORD OPTION VALUE: a new resident with one item replaced or added.
refused_entry() {
  local i given=()
  for ((i = 0; i < ${#entry[@]}; i += 2)); do
    if [[ ${entry[i]} != "$3" ]]; then given+=("${entry[i]}" "${entry[i + 1]}"); fi
  done
  refused "$1" "$2" resident add "${given[@]}" "$3" "$4"
}
refused_entry 2 'check digit' --municipality 132218
refused_entry 2 '132217 would be right' --municipality 132218
refused_entry 2 'no municipality' --municipality 999997
refused_entry 2 'city with wards' --municipality 011002
refused_entry 2 'birth' --birth 1990-02-30
refused_entry 2 'future' --birth 2999-01-01
refused_entry 2 'sex' --sex m
refused_entry 2 'check digit' --id 12345678901
refused_entry 2 'name' --name ''
refused_entry 2 'without control' --name $'模擬\t次郎'
refused_entry 1 'already' --id "$id"
refused 1 'Act 6' cert issue "$id" --kind sign --key-pool "$SOURCE_DIR/testdata/keys" --out "$WORK/second"
refused 1 'Act 25' cert issue "$id" --kind auth --key-pool "$SOURCE_DIR/testdata/keys" --out "$WORK/second"
refused 1 'Act 3' cert issue "$other" --kind sign --key-pool "$SOURCE_DIR/testdata/keys" --out "$WORK/second"
refused 1 'Act 3' cert issue 00000000000 --kind sign --key-pool "$SOURCE_DIR/testdata/keys" --out "$WORK/second"
refused 1 'Act 3' event death 00000000000
refused 1 'Act 3, 22' event death "$id" --as municipality:131121
refused 1 'Ordinance 74' event death "$id" --as auditor
refused 1 'CPS' event death "$id" --as call-centre
refused 1 'CPS' event release "$id" --as officer
refused 1 'CPS 4.9.9' event release "$id"
refused 2 'address' event address-change "$id"
refused 1 'nothing changes' event address-change "$id" --address '東京都清瀬市模擬町１番'
refused 2 'future' event death "$id" --date 2999-01-01
refused 2 'birth' event death "$id" --date 1970-01-01
refused 2 'no event' event marriage "$id"
refused 2 'eleven digits' event death 123
refused 2 'municipality:CODE' event death "$id" --as municipality
refused 1 'registered for verifier' verifier add Other --class signature --network 127.0.0.1
refused 2 'classes' verifier add Other --class seal
refused 2 'zero' verifier add Other --class signature --network 127.0.0.1/8
refused 1 'no verifier' verifier suspend 99

echo "Words in another character set, digits of full width, an option twice, a file that is none."
refused 2 'not UTF-8' event name-change "$id" --name "$(iconv -t euc-jp <<<'模擬　梅')"
refused 2 'eleven digits' resident show '１０００００００００６'
refused 2 'eleven digits' resident show '1000 0000 006'
refused 2 'give it once' resident list --data "$DATA"
refused 2 'is a file' events import /
refused 2 'check its folder' audit export --out "$WORK/nowhere/audit.jsonl"
echo "A request without proof of possession, of a wrong key, or that is no request."
openssl genrsa -out "$WORK/small.key" 1024 2>/dev/null
openssl req -new -key "$WORK/small.key" -subj /CN=x -out "$WORK/small.csr"
openssl req -new -newkey rsa:2048 -nodes -keyout "$WORK/k.key" -subj /CN=x -outform DER -out "$WORK/fresh.csr" 2>/dev/null
{ head -c -1 "$WORK/fresh.csr"; printf 'x'; } >"$WORK/spoiled.csr"
grandchild=$(jpki resident add --name '模擬　桜' --birth 1985-03-18 --sex female --municipality 132217 --address '東京都清瀬市模擬町９番')
snapshot >"$WORK/before.json"
for csr in small.csr spoiled.csr text.der; do
  refused 2 '.' cert issue "$grandchild" --csr-auth "$WORK/$csr" --out "$WORK/none"
done
[[ ! -e $WORK/none/auth.cer ]] || fail "a refused request left a certificate"

echo "The operators' API over its socket: 400, 409, 422 with the field."
api() { curl -s --unix-socket "$DATA/admin.sock" -o "$WORK/body" -w '%{http_code}' "$@"; }
[[ $(api -X POST -d 'not json' http://jpki/v1/residents) == 400 ]] || fail "not JSON"
[[ $(api -X POST -d '{"name":1}' http://jpki/v1/residents) == 422 ]] || fail "a wrong type"
grep -q '"field":"name"' "$WORK/body" || fail "the field is named: $(cat "$WORK/body")"
[[ $(api -X POST -d "{\"resident\":\"$id\",\"event\":\"death\",\"colour\":\"red\"}" http://jpki/v1/events) == 422 ]] || fail "an unknown field"
grep -q '"field":"colour"' "$WORK/body" || fail "the unknown field is named: $(cat "$WORK/body")"
[[ $(api http://jpki/v1/nothing) == 404 ]] || fail "an unknown path of the API"

snapshot >"$WORK/after.json"
cmp "$WORK/before.json" "$WORK/after.json" || { diff "$WORK/before.json" "$WORK/after.json" | head -c 2000 >&2; fail "the store was changed"; }
jpki audit verify --quiet || fail "jpki audit verify"
[[ $(stat -c %a "$DATA/admin.sock") == 600 ]] || fail "the admin socket is open to others: $(stat -c %a "$DATA/admin.sock")"
openssl ocsp -issuer "$WORK/ca-sign.pem" -cert "$WORK/sign.pem" -url "$URL/ocsp/sign" -CAfile "$WORK/ca-sign.pem" 2>&1 |
  grep -q 'sign.pem: good' || fail "others should not notice"
echo "Nothing was stored, and the service goes on."
jpki verifier show "$verifier" --quiet
stop_server
