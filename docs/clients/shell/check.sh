#!/bin/sh
# Checks a signing certificate with openssl while its holder's life goes on. Needs jpki, openssl, curl and jq.
set -eu

work=$(mktemp -d)
jpki mock --residents 1 --hold-open --quiet --ready-file "$work/mock.json" >/dev/null &
mock=$!
trap 'kill $mock; rm -r "$work"' EXIT
until [ -e "$work/mock.json" ]; do kill -0 $mock; sleep 0.1; done

first() { jq -r "$1" "$work/mock.json"; }
control=$(first .control)
openssl x509 -inform DER -in "$(first .ca.sign.cer)" -out "$work/ca.pem"
openssl x509 -inform DER -in "$(first .residents[0].sign.cer)" -out "$work/sign.pem"

# What OCSP says: good, revoked or unknown; "error" when there is no answer that can be trusted.
status() {
  openssl ocsp -issuer "$work/ca.pem" -CAfile "$work/ca.pem" -cert "$work/sign.pem" -url "$(first .ca.sign.ocsp)" \
    >"$work/answer" 2>&1 && grep -q '^Response verify OK' "$work/answer" || { echo error; return; }
  sed -n "s|^$work/sign.pem: ||p" "$work/answer"
}
expect() { [ "$2" = "$3" ] || { echo "$1: $3 was expected, not $2" >&2; exit 1; }; echo "$1: $2"; }

expect 'at first' "$(status)" good

curl -fsS "$control/mock/faults" -d '{"fault":"try-later"}' -o "$work/out"
expect 'a responder that is too busy' "$(status)" error
curl -fsS -X DELETE "$control/mock/faults" -o "$work/out"

curl -fsS "$control/mock/events" -o "$work/out" -d @- <<EOF
{"event": "address-change", "resident": "$(first .residents[0].id)", "address": "東京都清瀬市元町一丁目１番"}
EOF
expect 'the holder has moved house' "$(status)" revoked

curl -fsS -X POST "$control/mock/reset" -o "$work/out"
expect 'after a reset' "$(status)" good

now=$(curl -fsS -X PUT "$control/mock/clock" -d '{"advance":"P6Y"}' | jq -r .now)
openssl verify -attime "$(date -d "$now" +%s)" -CAfile "$work/ca.pem" "$work/sign.pem" >"$work/out" 2>&1 &&
  { echo 'a certificate lives five years at most' >&2; exit 1; }
echo "six years later: $(sed -n 's/^error [0-9].*: //p' "$work/out")"
