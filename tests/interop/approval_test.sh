#!/usr/bin/env bash
# The approval of the PIN-less class by the command line: plan and equipment on record, a change to come, the
# cancellation; openssl asks on the PIN-less path at every step, and on the ordinary path, which needs no approval.

. "$(dirname "$0")/lib.sh"

# give NAME: a credential of the PIN-less path as NAME.pem with its key.
give() {
  jpki verifier credential issue "$bank" --for pinless --out "$WORK/$1.p12" --quiet
  openssl pkcs12 -in "$WORK/$1.p12" -passin "file:$WORK/p12-password.txt" -nodes -out "$WORK/$1.pem" 2>/dev/null
}
# pinless WORD NAME: what the path answers to the credential.
pinless() {
  openssl ocsp -issuer "$WORK/ca-auth.pem" -cert "$WORK/auth.pem" -url "$URL/ocsp/auth/pinless" -CAfile "$WORK/ca-auth.pem" \
    -signer "$WORK/$2.pem" >"$WORK/answer.txt" 2>&1 || true
  grep -q -- "$1" "$WORK/answer.txt" || { cat "$WORK/answer.txt" >&2; fail "'$1' expected"; }
}
# ordinary WORD: what /ocsp/auth answers to the bank's network.
ordinary() {
  openssl ocsp -issuer "$WORK/ca-auth.pem" -cert "$WORK/auth.pem" -url "$URL/ocsp/auth" -CAfile "$WORK/ca-auth.pem" \
    >"$WORK/answer.txt" 2>&1 || true
  grep -q -- "$1" "$WORK/answer.txt" || { cat "$WORK/answer.txt" >&2; fail "'$1' expected of the ordinary check"; }
}

init_authority '[crl]' 'scopes = "used"'
start_server
ca_pem auth
id=$(jpki resident add --name '模擬　太郎' --birth 1980-02-17 --sex male --municipality 132217 --address '東京都清瀬市模擬町１番')
jpki cert issue "$id" --kind auth --key-pool "$SOURCE_DIR/testdata/keys" --out "$WORK/card" --quiet
openssl x509 -inform DER -in "$WORK/card/auth.cer" -out "$WORK/auth.pem"
today=$(TZ=Asia/Tokyo date +%F)
tomorrow=$(TZ=Asia/Tokyo date -d '1 day' +%F)

echo "Without an approval there is no credential; with one its plan and equipment are shown."
bank=$(jpki verifier add "Example Bank" --class specific-authentication)
exits 0 jpki verifier show "$bank"
says 'Ordinance 61'
jpki verifier notify "$bank" --quiet
list() { curl -s -o /dev/null -w '%{http_code}' "$URL/crl/auth/132217/full.crl"; }
ordinary unauthorized
[[ $(list) == 403 ]] || fail "the lists before the agreement"
jpki verifier agree "$bank" --network 127.0.0.1/32 --quiet
ordinary ': good'
jpki crl publish --quiet
[[ $(list) == 200 ]] || fail "the lists before an approval"
exits 0 jpki verifier show "$bank"
says 'PIN-less path: closed'
exits 1 jpki verifier credential issue "$bank" --for pinless --out "$WORK/no.p12"
says 'Act 38-2'
printf 'checks at the counter\nby two clerks\n' >"$WORK/plan.txt"
exits 2 jpki verifier approve "$bank" --plan x --plan-file "$WORK/plan.txt"
exits 0 jpki verifier approve "$bank" --plan-file "$WORK/plan.txt" --equipment 'one gate'
exits 0 jpki verifier show "$bank"
says "approval from $today (in force)"
says 'by two clerks'
says 'equipment: one gate'
says 'PIN-less path: open'
give first
# A client with a strict decoder of its own reads the credential, with its extended key usage.
/usr/bin/python3 - "$WORK/first.pem" <<'END' || fail "python3-cryptography cannot read the credential"
import sys
from cryptography import x509
certificate = x509.load_pem_x509_certificate(open(sys.argv[1], "rb").read())
usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
assert [purpose.dotted_string for purpose in usage] == ["1.3.6.1.4.1.32473.1.2"], usage
END
pinless ': good' first

echo "A change to come leaves the present approval in force."
exits 0 jpki verifier approve "$bank" --date "$tomorrow" --equipment 'two gates'
exits 0 jpki verifier show "$bank"
says 'specific-authentication: active'
says "change from $tomorrow"
says 'equipment: two gates'
pinless ': good' first
exits 0 jpki verifier show "$bank" --json
grep -q "\"approved\":\"$today\"" "$WORK/out.txt" || fail "the day of the approval"
grep -q '"equipment":"one gate"' "$WORK/out.txt" || fail "the equipment in force"

echo "The cancellation ends it at once, and what was planned; the registration goes on."
exits 2 jpki verifier cancel-approval "$bank" --date "$tomorrow"
exits 0 jpki verifier cancel-approval "$bank"
says 'must erase'
pinless unauthorized first
ordinary ': good'
exits 0 jpki verifier show "$bank"
says "cancelled on $today (Act 38-2"
grep -q "$tomorrow" "$WORK/out.txt" && fail "the planned change is left"
exits 1 jpki verifier cancel-approval "$bank"
exits 0 jpki verifier report --act66 "$bank"
says "cancellation from $today"

echo "A new approval needs a new credential."
exits 0 jpki verifier approve "$bank" --plan 'another'
pinless unauthorized first
give second
pinless ': good' second

echo "The verifier ends its checks: told beforehand they go on until the day, today they end at once."
exits 0 jpki verifier minor-change "$bank" --equipment 'a better gate'
exits 0 jpki verifier end-approval "$bank" --date "$tomorrow"
says "minor-change from $today (in force)"
says "end from $tomorrow"
pinless ': good' second
exits 2 jpki verifier end-approval "$bank" --date 2020-01-01
exits 0 jpki verifier end-approval "$bank"
says 'must erase'
pinless unauthorized second
ordinary ': good'
exits 0 jpki verifier show "$bank"
says "ended the approved checks on $today (Order 25-5)"
exits 2 jpki verifier notify "$bank" --until "$tomorrow"
says 'until'
stop_server
echo OK
