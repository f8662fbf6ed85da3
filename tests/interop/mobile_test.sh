#!/usr/bin/env bash
# The mobile pair from end to end: requests by openssl, applications by `openssl cms` with the card's signing
# key, issue, status, and the fall together with the card's certificate.
# ctest: timeout 300

. "$(dirname "$0")/lib.sh"

init_authority '[crl]' 'scopes = "used"' '[access]' 'open_to_all = true'
start_server
id=$(jpki resident add --name '模擬　一郎' --birth 1980-02-17 --sex male --municipality 132217 --address '東京都清瀬市模擬町１番' --json |
  grep -o '"id":"[0-9]*"' | grep -o '[0-9]*')
jpki cert issue "$id" --key-pool "$SOURCE_DIR/testdata/keys" --out "$WORK/card" --quiet
openssl x509 -inform DER -in "$WORK/card/sign.cer" -out "$WORK/card/sign.pem"

for kind in sign auth; do
  openssl req -new -newkey rsa:2048 -nodes -keyout "$WORK/phone-$kind.key" -outform DER -out "$WORK/phone-$kind.csr" \
    -subj /CN=phone 2>/dev/null
  openssl cms -sign -binary -nodetach -outform DER -in "$WORK/phone-$kind.csr" -signer "$WORK/card/sign.pem" \
    -inkey "$WORK/card/sign.key" -out "$WORK/phone-$kind.cms"
done

# Refused: no application (usage), the other request's application, an application of a stranger.
code=0
jpki cert issue "$id" --kind mobile-sign --csr-sign "$WORK/phone-sign.csr" --out "$WORK/phone" 2>"$WORK/error" || code=$?
[[ $code == 2 ]] && grep -q -- --application "$WORK/error" || fail "without an application: $code $(cat "$WORK/error")"
jpki cert issue "$id" --kind mobile-sign --csr-sign "$WORK/phone-sign.csr" --application "$WORK/phone-auth.cms" \
  --out "$WORK/phone" 2>"$WORK/error" && fail "an application over another request"
openssl req -x509 -new -key "$WORK/phone-sign.key" -subj /CN=stranger -days 30 -out "$WORK/stranger.pem"
openssl cms -sign -binary -nodetach -outform DER -in "$WORK/phone-sign.csr" -signer "$WORK/stranger.pem" \
  -inkey "$WORK/phone-sign.key" -out "$WORK/stranger.cms"
jpki cert issue "$id" --kind mobile-sign --csr-sign "$WORK/phone-sign.csr" --application "$WORK/stranger.cms" \
  --out "$WORK/phone" 2>"$WORK/error" && fail "a stranger's application"
grep -q "own card" "$WORK/error" || fail "the refusal should say why: $(cat "$WORK/error")"
[[ $(jpki cert list "$id" | wc -l) == 2 ]] || fail "something was stored"

for kind in sign auth; do
  jpki cert issue "$id" --kind "mobile-$kind" "--csr-$kind" "$WORK/phone-$kind.csr" --application "$WORK/phone-$kind.cms" \
    --out "$WORK/phone"
  ca_pem "$kind"
  openssl x509 -inform DER -in "$WORK/phone/mobile-$kind.cer" -out "$WORK/phone/mobile-$kind.pem"
  openssl x509 -inform DER -in "$WORK/card/$kind.cer" -out "$WORK/card/$kind.pem"
  openssl verify -x509_strict -CAfile "$WORK/ca-$kind.pem" "$WORK/phone/mobile-$kind.pem" >/dev/null || fail "openssl verify"
  cmp <(openssl x509 -in "$WORK/phone/mobile-$kind.pem" -noout -enddate) <(openssl x509 -in "$WORK/card/$kind.pem" -noout -enddate) ||
    fail "the mobile certificate must end with the card's"
  cmp <(openssl x509 -in "$WORK/phone/mobile-$kind.pem" -noout -pubkey) <(openssl pkey -in "$WORK/phone-$kind.key" -pubout) ||
    fail "the key is not the phone's"
done
openssl x509 -in "$WORK/phone/mobile-sign.pem" -noout -text | grep -q '1.2.392.200149.8.5.1.1.40' || fail "the policy"

code=0
jpki cert issue "$id" --kind mobile-sign --csr-sign "$WORK/phone-sign.csr" --application "$WORK/phone-sign.cms" \
  --out "$WORK/phone" 2>"$WORK/error" || code=$?
[[ $code == 1 ]] && grep -q 'Act 16-5' "$WORK/error" || fail "a second one: $code $(cat "$WORK/error")"

card=$(jpki cert list "$id" | awk '$2 == "sign" { print $1 }') mobile=$(jpki cert list "$id" | awk '$2 == "mobile-sign" { print $1 }')
jpki cert show "${card%/*}" "${card#*/}" | grep -q "mobile_certificate: *$mobile" || fail "the card's counterpart"
jpki cert show "${mobile%/*}" "${mobile#*/}" | grep -q "card_certificate: *$card" || fail "the phone's counterpart"

# asked KIND: what the responder says about the phone's certificate.
asked() {
  local code=0
  jpki ocsp query --cert "$WORK/phone/mobile-$1.cer" --url "$URL/ocsp/$1" >/dev/null || code=$?
  echo "$code"
}
[[ $(asked sign) == 0 && $(asked auth) == 0 ]] || fail "both should be good"
jpki event address-change "$id" --address '東京都清瀬市模擬町２番' >"$WORK/event.txt"
grep -q "$mobile (mobile-sign) affiliationChanged: Act 16-13" "$WORK/event.txt" || fail "the event: $(cat "$WORK/event.txt")"
[[ $(asked sign) == 10 && $(asked auth) == 0 ]] || fail "the mobile signing certificate alone should fall"
jpki event death "$id" --quiet
[[ $(asked auth) == 10 ]] || fail "both should have fallen"
jpki audit verify >/dev/null || fail "audit verify"
stop_server
echo "the mobile pair was issued on the card's signature and fell with the card"
