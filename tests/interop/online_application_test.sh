#!/usr/bin/env bash
# Online applications and notices (Act 9④, 28④) from end to end: documents signed by `openssl cms` with the card's
# signing key, recorded on the command line, and what a verifier is told afterwards.
# ctest: timeout 300

. "$(dirname "$0")/lib.sh"

init_authority '[crl]' 'scopes = "used"' '[access]' 'open_to_all = true'
start_server
add_resident() {
  jpki resident add --name "$1" --birth 1980-02-17 --sex male --municipality 132217 --address '東京都清瀬市模擬町１番' --json |
    grep -o '"id":"[0-9]*"' | grep -o '[0-9]*'
}
# issue_card ID FOLDER
issue_card() {
  jpki cert issue "$1" --key-pool "$SOURCE_DIR/testdata/keys" --out "$2" --quiet
  for kind in sign auth; do openssl x509 -inform DER -in "$2/$kind.cer" -out "$2/$kind.pem"; done
}
# certificate ID KIND: its generation and serial, e.g. auth-1/100000002.
certificate() { jpki cert list "$1" | awk -v kind="$2" '$2 == kind { print $1; exit }'; }
# application FILE PURPOSE CERTIFICATE SIGNER [KIND]: the holder's document, signed with a key of a card's folder.
application() {
  printf '{"purpose":"%s","certificate":"%s","given":"%s"}' "$2" "$3" "$(date -u +%FT%TZ)" >"$WORK/content"
  openssl cms -sign -binary -nodetach -outform DER -in "$WORK/content" -signer "$4/${5:-sign}.pem" \
    -inkey "$4/${5:-sign}.key" -out "$1"
}
stands() { # stands KIND FOLDER STATUS
  [[ $(ocsp_status "$1" "$2/$1.cer") == "$3"* ]] || fail "$2: the $1 certificate should be $3: $(cat "$WORK/ocsp.txt")"
}
ca_pem sign
ca_pem auth
holder=$(add_resident '模擬　一郎') other=$(add_resident '模擬　二郎')
issue_card "$holder" "$WORK/card"
issue_card "$other" "$WORK/others-card"
auth=$(certificate "$holder" auth) sign=$(certificate "$holder" sign)

echo "Refused, and nothing falls: another holder's signature, the authentication key, another purpose, altered bytes."
application "$WORK/a.der" holder-application "$auth" "$WORK/others-card"
exits 2 jpki event holder-application "$holder" --application "$WORK/a.der"
application "$WORK/a.der" holder-application "$auth" "$WORK/card" auth
exits 2 jpki event holder-application "$holder" --application "$WORK/a.der"
application "$WORK/a.der" key-notice "$auth" "$WORK/card"
exits 2 jpki event holder-application "$holder" --application "$WORK/a.der"
application "$WORK/a.der" holder-application "$auth" "$WORK/card"
sed 's/holder-application/holder-applicatiom/' "$WORK/a.der" >"$WORK/altered.der"
exits 2 jpki event holder-application "$holder" --application "$WORK/altered.der"
exits 2 jpki event holder-application "$other" --application "$WORK/a.der"
exits 1 jpki event holder-application "$holder" --application "$WORK/a.der" --as municipality:132217
stands auth "$WORK/card" good
stands sign "$WORK/card" good
stands auth "$WORK/others-card" good

echo "The holder's application takes the certificate that it names, and no other; a second time it takes nothing."
jpki event holder-application "$holder" --application "$WORK/a.der" --dry-run >"$WORK/out.txt"
says auth
stands auth "$WORK/card" good
jpki event holder-application "$holder" --application "$WORK/a.der"
stands auth "$WORK/card" revoked
stands sign "$WORK/card" good
exits 1 jpki event holder-application "$holder" --application "$WORK/a.der"

echo "Signed with a key that is on hold, it is refused."
jpki event hold "$holder" --kind sign --quiet
application "$WORK/b.der" holder-application "$sign" "$WORK/card"
exits 1 jpki event holder-application "$holder" --application "$WORK/b.der"

echo "The audit log names the certificate and no item of the holder."
jpki audit show --limit 20 >"$WORK/out.txt"
says "$auth"
! grep -q '模擬' "$WORK/out.txt" || fail "a personal item in the audit log"
