#!/usr/bin/env bash
# Signed OCSP requests by openssl: credentials of the operations CA, a CA of the verifier's own, and the
# PIN-less path with its nonces.

. "$(dirname "$0")/lib.sh"

# ask PATH CERT openssl-options…: one question by openssl; its words.
ask() {
  local path=$1 cert=$2
  shift 2
  openssl ocsp "$@" -issuer "$WORK/ca-auth.pem" -cert "$cert" -url "$URL/ocsp/$path" -CAfile "$WORK/ca-auth.pem" 2>&1 || true
}
expect_in() { grep -q -- "$1" <<<"$2" || fail "expected '$1' in: $2"; }
expect_good() { expect_in 'Response verify OK' "$1"; expect_in ': good' "$1"; }
# take NAME: the PKCS#12 file NAME.p12 as NAME.pem and NAME.key.
take() {
  local file=$WORK/credentials/$1 password=file:$WORK/credentials/p12-password.txt
  openssl pkcs12 -in "$file.p12" -passin "$password" -nokeys -clcerts -out "$file.pem" 2>/dev/null
  openssl pkcs12 -in "$file.p12" -passin "$password" -nocerts -nodes -out "$file.key" 2>/dev/null
}
# issue VERIFIER USE NAME options…: a credential as NAME.p12, .pem, .key; prints its serial.
issue() {
  local verifier=$1 use=$2 name=$3
  shift 3
  jpki verifier credential issue "$verifier" --for "$use" --out "$WORK/credentials/$name.p12" --json "$@" >"$WORK/issued.json"
  take "$name"
  sed -n 's/.*"serial":"\([0-9]*\)".*/\1/p' "$WORK/issued.json"
}
with() { echo "-signer $WORK/credentials/$1.pem -signkey $WORK/credentials/$1.key"; }

init_authority '[crl]' 'scopes = "used"'
start_server
ca_pem auth
ca_pem sign
bank=$(jpki verifier add "Example Bank" --class specific-authentication --private --ready --signature)
id=$(jpki resident add --name '模擬　太郎' --birth 1980-02-17 --sex male --municipality 132217 --address '東京都清瀬市模擬町１番')
jpki cert issue "$id" --key-pool "$SOURCE_DIR/testdata/keys" --out "$WORK/card" --quiet
openssl x509 -inform DER -in "$WORK/card/auth.cer" -out "$WORK/auth.pem"
openssl x509 -inform DER -in "$WORK/card/sign.cer" -out "$WORK/sign.pem"
auth=$WORK/auth.pem

echo "Without a signature nobody is recognised here; with a credential's the verifier is."
expect_in unauthorized "$(ask auth "$auth")"
signature=$(issue "$bank" signature signature)
issue "$bank" tls tls >/dev/null
# shellcheck disable=SC2046
{
  expect_good "$(ask auth "$auth" $(with signature))"
  expect_good "$(ask auth "$auth" $(with signature) -no_nonce)"
  expect_good "$(ask auth "$auth" $(with signature) -sha256)"
  expect_good "$(ask auth "$auth" $(with signature) -sign_other "$WORK/credentials/tls.pem")"
  expect_in unauthorized "$(ask auth "$auth" $(with tls))"
  expect_in unauthorized "$(ask auth "$auth" $(with signature) -no_certs)"
}
for key in rsa-2048 p-384; do
  issue "$bank" signature "$key" --key "$key" >/dev/null
  # shellcheck disable=SC2046
  expect_good "$(ask auth "$auth" $(with "$key"))"
done

echo "A changed byte of a signed request, and a signature by another key, are unauthorized."
# shellcheck disable=SC2046
openssl ocsp -issuer "$WORK/ca-auth.pem" -cert "$auth" $(with signature) -reqout "$WORK/signed.der" >/dev/null 2>&1
post() { curl -fs --data-binary @"$1" "$URL/ocsp/$2" | od -An -tx1 -N5 | tr -d ' \n'; }
size=$(stat -c %s "$WORK/signed.der")
cp "$WORK/signed.der" "$WORK/changed.der"
# A byte of the nonce: the request still parses.
position=$(openssl asn1parse -inform DER -in "$WORK/signed.der" | awk '/OCSP Nonce/ {getline; print $0}' | cut -d: -f1 | tr -d ' ')
printf '\xA5' | dd of="$WORK/changed.der" bs=1 seek=$((position + 6)) conv=notrunc 2>/dev/null
[[ $size == $(stat -c %s "$WORK/changed.der") ]] || fail "the changed request"
[[ $(post "$WORK/changed.der" auth) == 30030a0106 ]] || fail "a changed request is unauthorized"
openssl ocsp -issuer "$WORK/ca-auth.pem" -cert "$auth" -signer "$WORK/credentials/signature.pem" \
  -signkey "$WORK/credentials/tls.key" -reqout "$WORK/forged.der" >/dev/null 2>&1 || true
if [[ -s $WORK/forged.der ]]; then
  [[ $(post "$WORK/forged.der" auth) == 30030a0106 ]] || fail "a signature by another key is unauthorized"
fi

echo "A revoked credential is refused by the next request; the others go on."
jpki verifier credential revoke "$bank" "$signature" --quiet
# shellcheck disable=SC2046
{
  expect_in unauthorized "$(ask auth "$auth" $(with signature))"
  expect_good "$(ask auth "$auth" $(with p-384))"
}
jpki verifier credential revoke "$bank" "$signature" --quiet 2>/dev/null && fail "a credential is revoked once"

echo "A CA of the verifier's own, with an intermediate one; SHA-1 is refused."
openssl req -x509 -newkey rsa:3072 -nodes -keyout "$WORK/own.key" -out "$WORK/own.pem" -subj '/C=JP/O=Example Bank/CN=Request CA' \
  -days 30 -addext basicConstraints=critical,CA:true -addext keyUsage=critical,keyCertSign,cRLSign 2>/dev/null
# child NAME ISSUER EXTENSIONS…: a certificate by an own CA.
child() {
  local name=$1 issuer=$2
  shift 2
  printf '%s\n' "$@" >"$WORK/child.ext"
  openssl req -new -newkey rsa:2048 -nodes -keyout "$WORK/$name.key" -out "$WORK/child.csr" -subj "/C=JP/O=Example Bank/CN=$name" 2>/dev/null
  openssl x509 -req -in "$WORK/child.csr" -CA "$WORK/$issuer.pem" -CAkey "$WORK/$issuer.key" -CAcreateserial -sha512 -days 20 \
    -extfile "$WORK/child.ext" -out "$WORK/$name.pem" 2>/dev/null
}
child middle own 'basicConstraints=critical,CA:true,pathlen:0' 'keyUsage=critical,keyCertSign'
child direct own 'keyUsage=critical,digitalSignature'
child below middle 'keyUsage=critical,digitalSignature' 'extendedKeyUsage=clientAuth'
child encipher own 'keyUsage=critical,keyEncipherment'
child other own 'extendedKeyUsage=codeSigning'
child asks own 'extendedKeyUsage=1.3.6.1.4.1.32473.1.1'
# As earlier versions named the use.
child former own 'extendedKeyUsage=2.25.48656613947607663598996213135220003476.1.1'
own() { echo "-signer $WORK/$1.pem -signkey $WORK/$1.key"; }
# shellcheck disable=SC2046
expect_in unauthorized "$(ask auth "$auth" $(own direct))"
jpki verifier agree "$bank" --signature --ca "$WORK/own.pem" --quiet
# shellcheck disable=SC2046
{
  expect_good "$(ask auth "$auth" $(own direct))"
  expect_good "$(ask auth "$auth" $(own direct) -rmd sha384)"
  expect_good "$(ask auth "$auth" $(own below) -sign_other "$WORK/middle.pem")"
  expect_in unauthorized "$(ask auth "$auth" $(own below))"
  expect_in unauthorized "$(ask auth "$auth" $(own encipher))"
  expect_in unauthorized "$(ask auth "$auth" $(own other))"
  expect_good "$(ask auth "$auth" $(own asks))"
  expect_good "$(ask auth "$auth" $(own former))"
}
serial=$(openssl x509 -in "$WORK/direct.pem" -noout -serial | cut -d= -f2)
jpki verifier refuse-signer "$bank" "0x$serial" --quiet
# shellcheck disable=SC2046
{
  expect_in unauthorized "$(ask auth "$auth" $(own direct))"
  expect_good "$(ask auth "$auth" $(own below) -sign_other "$WORK/middle.pem")"
}
# An intermediate CA that is refused takes with it whatever it has issued (RFC 5280 section 6.1.3).
jpki verifier refuse-signer "$bank" "0x$(openssl x509 -in "$WORK/middle.pem" -noout -serial | cut -d= -f2)" --quiet
# shellcheck disable=SC2046
expect_in unauthorized "$(ask auth "$auth" $(own below) -sign_other "$WORK/middle.pem")"
second=$(jpki verifier add "Other" --class authentication --ready)
jpki verifier agree "$second" --signature --ca "$WORK/own.pem" --quiet 2>/dev/null && fail "a CA belongs to one verifier"
jpki verifier agree "$second" --signature --ca "$WORK/ca-auth.pem" --quiet 2>/dev/null && fail "a CA of this authority is nobody's"

echo "A CA that is withdrawn counts no longer, and is free for another verifier."
jpki verifier show "$bank" >"$WORK/shown.txt"
grep -q 'C=JP, O=Example Bank, CN=Request CA' "$WORK/shown.txt" || { cat "$WORK/shown.txt" >&2; fail "the CA is shown"; }
jpki verifier agree "$bank" --remove-ca 'C=JP, O=Example Bank, CN=Request CA' --quiet
# shellcheck disable=SC2046
expect_in unauthorized "$(ask auth "$auth" $(own asks))"
jpki verifier agree "$second" --signature --ca "$WORK/own.pem" --quiet
# shellcheck disable=SC2046
expect_good "$(ask auth "$auth" $(own asks))"

echo "The PIN-less path: its own credential, a fresh nonce, authentication certificates alone."
refused=0
jpki verifier credential issue "$second" --for pinless --out "$WORK/credentials/x.p12" --quiet 2>"$WORK/refusal.txt" || refused=$?
[[ $refused == 1 ]] || fail "the PIN-less credential without an approval: exit $refused"
grep -q 'Act 38-2' "$WORK/refusal.txt" || fail "the article of the refusal"
pinless=$(issue "$bank" pinless counter-1 --terminal 'counter 1')
issue "$bank" pinless counter-2 --terminal 'counter 2' >/dev/null
# Both are in the ledger (Act 38-3-2, Ordinance 71), and their recipient in the yearly report.
jpki verifier report "$bank" --csv >"$WORK/ledger.csv"
[[ $(grep -c ",pinless-credential,certificate,operator,pinless,given,1," "$WORK/ledger.csv") == 2 ]] ||
  { cat "$WORK/ledger.csv" >&2; fail "the credentials in the ledger"; }
jpki verifier report --year "$(TZ=Asia/Tokyo date +%Y)" >"$WORK/year.txt"
grep -q "PIN-less class (Act 38-3-2) to verifier $bank," "$WORK/year.txt" || { cat "$WORK/year.txt" >&2; fail "the recipient in the year"; }
grep -q pinless-credential "$WORK/year.txt" && fail "the year has numbers that Ordinance 72 leaves out"
# shellcheck disable=SC2046
{
  expect_good "$(ask auth/pinless "$auth" $(with counter-1))"
  expect_good "$(ask auth/pinless "$auth" $(with counter-2))"
  expect_in sigrequired "$(ask auth/pinless "$auth" | tr '[:upper:]' '[:lower:]' | tr -d ' ')"
  expect_in unauthorized "$(ask auth/pinless "$auth" $(with p-384))"
  expect_in unauthorized "$(ask auth/pinless "$auth" $(own below) -sign_other "$WORK/middle.pem")"
  expect_in unauthorized "$(ask auth "$auth" $(with counter-1))"
  expect_in unauthorized "$(ask auth/pinless "$auth" $(with counter-1) -no_nonce)"
  openssl ocsp -issuer "$WORK/ca-sign.pem" -cert "$WORK/sign.pem" $(with counter-1) -reqout "$WORK/sign-asked.der" >/dev/null 2>&1
  openssl ocsp -issuer "$WORK/ca-auth.pem" -cert "$auth" $(with counter-1) -reqout "$WORK/once.der" >/dev/null 2>&1
}
[[ $(post "$WORK/sign-asked.der" auth/pinless) == 30030a0106 ]] || fail "a signing certificate on the PIN-less path"
[[ $(post "$WORK/once.der" auth/pinless) == 308* ]] || fail "the first use of a nonce"
[[ $(post "$WORK/once.der" auth/pinless) == 30030a0106 ]] || fail "a repeated nonce is unauthorized"
path=$(base64 -w0 "$WORK/once.der" | sed 's/+/%2B/g; s,/,%2F,g; s/=/%3D/g')
[[ $(curl -fs "$URL/ocsp/auth/pinless/$path" | od -An -tx1 -N5 | tr -d ' \n') == 30030a0106 ]] || fail "the repeat by GET"
jpki audit show --json >"$WORK/audit.json"
grep -q 'ocsp refusal: repeated nonce' "$WORK/audit.json" || fail "the repeat is audited"
grep -q 'ocsp refusal: missing nonce' "$WORK/audit.json" || fail "the missing nonce is audited"
jpki audit verify --quiet || fail "the audit log"

echo "A request captured before a restart is refused after it, whether the server ended cleanly or was killed."
stop_server
start_server
[[ $(post "$WORK/once.der" auth/pinless) == 30030a0106 ]] || fail "the repeat after a restart"
# shellcheck disable=SC2046
openssl ocsp -issuer "$WORK/ca-auth.pem" -cert "$auth" $(with counter-2) -reqout "$WORK/twice.der" >/dev/null 2>&1
[[ $(post "$WORK/twice.der" auth/pinless) == 308* ]] || fail "the first use of another nonce"
kill -KILL "$SERVER_PID"
wait "$SERVER_PID" 2>/dev/null || true
start_server
[[ $(post "$WORK/twice.der" auth/pinless) == 30030a0106 ]] || fail "the repeat after a crash"
[[ $(post "$WORK/once.der" auth/pinless) == 30030a0106 ]] || fail "the repeat after two restarts"

echo "One terminal is revoked alone; suspension and cancellation end all at once."
jpki verifier credential revoke "$bank" "$pinless" --quiet
# shellcheck disable=SC2046
{
  expect_in unauthorized "$(ask auth/pinless "$auth" $(with counter-1))"
  expect_good "$(ask auth/pinless "$auth" $(with counter-2))"
  jpki verifier suspend "$bank" --quiet
  expect_in unauthorized "$(ask auth/pinless "$auth" $(with counter-2))"
  expect_in unauthorized "$(ask auth "$auth" $(with p-384))"
  jpki verifier resume "$bank" --quiet
  expect_good "$(ask auth/pinless "$auth" $(with counter-2))"
  jpki verifier cancel "$bank" >"$WORK/cancelled.txt"
  expect_in unauthorized "$(ask auth/pinless "$auth" $(with counter-2))"
}
grep -q 'must erase' "$WORK/cancelled.txt" || fail "the verifier is reminded of the erasure"
jpki verifier credential list "$bank" >"$WORK/list.txt"
grep -q 'good' "$WORK/list.txt" && fail "a cancelled verifier's credentials are revoked"
jpki verifier credential erased "$bank" "$pinless" --quiet || fail "the erasure is recorded"
jpki verifier credential list "$bank" | grep "^$pinless " | grep -q erased || fail "the erasure is shown"
stop_server
echo OK
