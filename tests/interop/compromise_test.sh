#!/usr/bin/env bash
# The compromise of a CA's key, with openssl as the outsider: what stood answers revoked at once, the lists
# follow, nothing more is issued from the key, and a new generation goes on.
# ctest: timeout 600

. "$(dirname "$0")/lib.sh"

init_authority '[crl]' 'scopes = "used"' '[access]' 'open_to_all = true'
start_server

# issue NAME [KIND…]: a new resident with certificates in $WORK/NAME; prints the resident's id.
issue() {
  local id
  id=$(jpki resident add --name '模擬　一郎' --birth 1980-02-17 --sex male --municipality 132217 --address '東京都清瀬市模擬町１番' --json |
    grep -o '"id":"[0-9]*"' | grep -o '[0-9]*')
  jpki cert issue "$id" --key-pool "$SOURCE_DIR/testdata/keys" --out "$WORK/$1" --quiet
  openssl x509 -inform DER -in "$WORK/$1/sign.cer" -out "$WORK/$1/sign.pem"
  echo "$id"
}

# status GENERATION NAME: what openssl hears about the signing certificate.
status() {
  curl -fs "$URL/ca/$1.cer" | openssl x509 -inform DER -out "$WORK/ca.pem"
  openssl ocsp -issuer "$WORK/ca.pem" -cert "$WORK/$2/sign.pem" -url "$URL/ocsp/sign" -CAfile "$WORK/ca.pem" \
    -no_nonce >"$WORK/ocsp.txt" 2>"$WORK/ocsp.err" || fail "openssl ocsp: $(cat "$WORK/ocsp.err")"
  grep -q 'Response verify OK' "$WORK/ocsp.err" || fail "the answer does not verify"
  sed -n 's/.*sign.pem: //p; s/^[[:space:]]*Reason: //p' "$WORK/ocsp.txt" | paste -sd' '
}

good=$(issue good)
held=$(issue held)
changed=$(issue changed)
jpki event hold "$held" --quiet
jpki event name-change "$changed" --name '模擬　二郎' --quiet
[[ $(status sign-1 good) == good ]] || fail "the certificate should be good: $(cat "$WORK/ocsp.txt")"
curl -fs "$URL/notices" | grep -q 'There is none' || fail "no notice was expected"

jpki event ca-key-compromise --ca sign-1 --dry-run | grep -q '1 good and 1 held' || fail "the dry run"
[[ $(status sign-1 good) == good ]] || fail "a dry run recorded something"
jpki event ca-key-compromise --ca sign-1 --as call-centre 2>/dev/null && fail "the call centre recorded it"
jpki event ca-key-compromise "$good" --ca sign-1 2>/dev/null && fail "a resident was accepted"
jpki event ca-key-compromise --ca sign-9 2>"$WORK/error" && fail "an unknown generation was accepted"
grep -q 'jpki ca list' "$WORK/error" || fail "the error should say what to do: $(cat "$WORK/error")"

jpki event ca-key-compromise --ca sign-1 --as supervisor
[[ $(status sign-1 good) == 'revoked cACompromise' ]] || fail "good: $(cat "$WORK/ocsp.txt")"
[[ $(status sign-1 held) == 'revoked cACompromise' ]] || fail "held: $(cat "$WORK/ocsp.txt")"
[[ $(status sign-1 changed) == 'revoked affiliationChanged' ]] || fail "changed: $(cat "$WORK/ocsp.txt")"
code=0
jpki ocsp query --serial 999999999 --ca sign --url "$URL/ocsp/sign" >/dev/null || code=$?
[[ $code == 11 ]] || fail "a serial never issued should stay unknown: exit code $code"
jpki event ca-key-compromise --ca sign-1 --wait | grep -q 'recorded already' || fail "the second record"
jpki ca list | grep -q '2 rows filled in, complete' || fail "the progress: $(jpki ca list)"
jpki cert show sign-1 "$(jpki cert list "$good" | sed -n 's|^sign-1/\([0-9]*\) .*|\1|p')" | grep -q cACompromise ||
  fail "cert show"
curl -fs "$URL/notices" | grep -q 'sign-1: the key' || fail "the notice"

# The lists follow at the end, signed with the old key, and openssl refuses the certificate.
for _ in $(seq 100); do
  # The first list may still be in the making.
  curl -fs "$URL/crl/sign-1/132217/full.crl" | openssl crl -inform DER -out "$WORK/crl.pem" 2>/dev/null || { sleep 0.1; continue; }
  [[ $(openssl crl -in "$WORK/crl.pem" -noout -text | grep -c 'CA Compromise') == 2 ]] && break
  sleep 0.1
done
[[ $(openssl crl -in "$WORK/crl.pem" -noout -text | grep -c 'CA Compromise') == 2 ]] || fail "the list does not follow"
jpki crl check >/dev/null || fail "crl check"

jpki cert issue "$good" --kind sign --key-pool "$SOURCE_DIR/testdata/keys" --out "$WORK/good" 2>"$WORK/error" &&
  fail "issued with a compromised key"
grep -q 'jpki ca roll sign' "$WORK/error" || fail "the refusal should say what to do: $(cat "$WORK/error")"
jpki ca roll sign 2>/dev/null && fail "rolled under a running server"
stop_server
jpki ca roll sign
start_server
jpki cert issue "$good" --kind sign --key-pool "$SOURCE_DIR/testdata/keys" --out "$WORK/new" --quiet
openssl x509 -inform DER -in "$WORK/new/sign.cer" -out "$WORK/new/sign.pem"
[[ $(status sign-2 new) == good ]] || fail "the new generation: $(cat "$WORK/ocsp.txt")"
[[ $(status sign-1 good) == 'revoked cACompromise' ]] || fail "the old generation: $(cat "$WORK/ocsp.txt")"
# jpki finds the generation that issued a certificate by itself.
for pair in new:0 good:10; do
  got=0
  "$JPKI" ocsp query --cert "$WORK/${pair%:*}/sign.cer" --nonce >"$WORK/query.txt" 2>&1 || got=$?
  [[ $got == "${pair#*:}" ]] || { cat "$WORK/query.txt" >&2; fail "ocsp query of ${pair%:*}: exit $got"; }
done
curl -fs "$URL/ca/sign.cer" | cmp - <(curl -fs "$URL/ca/sign-2.cer") || fail "the current certificate is sign-2's"
openssl verify -x509_strict -CAfile "$WORK/ca.pem" "$WORK/new/sign.pem" >/dev/null 2>&1 && fail "verified by the wrong key"
curl -fs "$URL/ca/sign-2.cer" | openssl x509 -inform DER -out "$WORK/ca2.pem"
openssl verify -x509_strict -CAfile "$WORK/ca2.pem" "$WORK/new/sign.pem" >/dev/null || fail "openssl verify"
jpki audit verify >/dev/null || fail "audit verify"
stop_server
echo "a compromised generation answers revoked, its lists follow, and the next one issues"
