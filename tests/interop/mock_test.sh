#!/usr/bin/env bash
# `jpki mock`: one line of JSON, everything in it usable by strangers, and no trace of it afterwards.

. "$(dirname "$0")/lib.sh"

MOCKS=()
end_mocks() {
  local code=$?
  set +e
  ((${#MOCKS[@]} == 0)) || kill "${MOCKS[@]}" 2>/dev/null
  (exit "$code")
  cleanup
}
trap end_mocks EXIT

TMPDIR=$WORK/tmp
export TMPDIR
mkdir -p "$TMPDIR"

# start_mock NAME arguments…: its first line in $WORK/NAME.json, its pid in MOCK, its standard input open.
start_mock() {
  local name=$1
  shift
  mkfifo "$WORK/$name.in"
  # A mock must not keep another one's standard input open.
  if [[ -n ${first_input:-} ]]; then
    "$JPKI" mock --port 0 "$@" <"$WORK/$name.in" >"$WORK/$name.json" 2>"$WORK/$name.log" {first_input}>&- &
  else
    "$JPKI" mock --port 0 "$@" <"$WORK/$name.in" >"$WORK/$name.json" 2>"$WORK/$name.log" &
  fi
  MOCK=$!
  MOCKS+=("$MOCK")
  exec {MOCK_INPUT}>"$WORK/$name.in"
  for _ in $(seq 1200); do
    [[ -s $WORK/$name.json ]] && break
    kill -0 "$MOCK" 2>/dev/null || { cat "$WORK/$name.log" >&2; fail "the mock ended at its start"; }
    sleep 0.02
  done
  [[ -s $WORK/$name.json ]] || fail "the mock says nothing"
}
# value PATH FILE: the value that follows the keys of a path, one after another, in the line.
value() {
  awk -v path="$1" 'BEGIN { RS = "\0" } {
    n = split(path, keys, "."); text = $0
    for (i = 1; i <= n; ++i) {
      at = index(text, "\"" keys[i] "\":")
      if (at == 0) exit 1
      text = substr(text, at + length(keys[i]) + 3)
    }
    if (substr(text, 1, 1) == "\"") { text = substr(text, 2); print substr(text, 1, index(text, "\"") - 1) }
    else { match(text, /^[^,}\]]*/); print substr(text, 1, RLENGTH) }
  }' "$2"
}

start_mock one --residents 2 --seed 7
first=$MOCK first_input=$MOCK_INPUT
json=$WORK/one.json
[[ $(head -n 1 "$json" | cut -c1) == "{" ]] || fail "the first line is no JSON object: $(head -c 200 "$json")"
[[ $(value pid "$json") == "$first" ]] || fail "pid"
[[ -S $(value admin "$json") ]] || fail "the admin socket"

echo "openssl accepts its certificates, answers and lists."
for kind in sign auth; do
  openssl x509 -inform DER -in "$(value "ca.$kind.cer" "$json")" -out "$WORK/ca-$kind.pem"
  openssl x509 -inform DER -in "$(value "residents.$kind.cer" "$json")" -out "$WORK/$kind.pem"
  openssl verify -CAfile "$WORK/ca-$kind.pem" "$WORK/$kind.pem" >/dev/null || fail "openssl verify $kind"
  openssl ocsp -issuer "$WORK/ca-$kind.pem" -cert "$WORK/$kind.pem" -url "$(value "ca.$kind.ocsp" "$json")" \
    -CAfile "$WORK/ca-$kind.pem" >"$WORK/ocsp.txt" 2>&1 || { cat "$WORK/ocsp.txt" >&2; fail "openssl ocsp $kind"; }
  grep -q ': good' "$WORK/ocsp.txt" || { cat "$WORK/ocsp.txt" >&2; fail "OCSP of $kind"; }
  grep -q 'Response verify OK' "$WORK/ocsp.txt" || fail "the answer does not verify"
  for list in "ca.$kind.full_crl" "ca.$kind.delta_crl" "residents.$kind.full_crl" "residents.$kind.delta_crl"; do
    curl -fs "$(value "$list" "$json")" | openssl crl -inform DER -CAfile "$WORK/ca-$kind.pem" -noout -verify >"$WORK/crl.txt" 2>&1 || fail "$list"
    grep -q 'verify OK' "$WORK/crl.txt" || { cat "$WORK/crl.txt" >&2; fail "$list"; }
  done
  curl -fs "$(value "residents.$kind.full_crl" "$json")" | openssl crl -inform DER -out "$WORK/crl.pem"
  openssl verify -CAfile "$WORK/ca-$kind.pem" -crl_check -extended_crl -CRLfile "$WORK/crl.pem" "$WORK/$kind.pem" >/dev/null 2>&1 ||
    fail "openssl verify with the CRL of $kind"
  [[ $(openssl x509 -in "$WORK/$kind.pem" -noout -pubkey) == "$(openssl pkey -in "$(value "residents.$kind.key" "$json")" -pubout)" ]] ||
    fail "the key of $kind"
  openssl pkcs12 -in "$(value "residents.$kind.p12" "$json")" -passin "pass:$(value p12_password "$json")" -nodes -nokeys >/dev/null 2>&1 ||
    fail "the PKCS#12 file of $kind"
  openssl pkey -in "$(value "ca.$kind.key" "$json")" -noout || fail "the CA key of $kind"
  grep -qi test "$(value "ca.$kind.key" "$json")" || fail "the CA key is not marked as a test key"
done
[[ $(curl -s -o /dev/null -w '%{http_code}' "$(value ops "$json")/readyz") == 200 ]] || fail "/readyz"

echo "HTTPS with the credentials it hands out."
https=$(value https "$json")
tls_credential=$(grep -o '[^"]*verifier-tls.p12' "$json" | head -n 1)
password=$(value p12_password "$json")
https_status() { curl -s -o /dev/null -w '%{http_code}' --cacert "$(value ops_ca "$json")" "$@" || true; }
[[ $(https_status "$https/ca/auth.cer") == 200 ]] || fail "HTTPS without a credential"
[[ $(https_status --cert-type P12 --cert "$tls_credential:$password" "$https/crl/auth-1/full.crl") == 200 ]] || fail "HTTPS with the credential"
for use in signature pinless; do
  [[ $(https_status --cert-type P12 --cert "${tls_credential/tls/$use}:$password" "$https/cps") == 000 ]] || fail "a credential for $use as a client certificate"
  openssl pkcs12 -in "${tls_credential/tls/$use}" -passin "pass:$password" -nodes -out "$WORK/$use.pem" 2>/dev/null
done
ask_signed() { # ask_signed PATH SIGNER
  openssl ocsp -issuer "$WORK/ca-auth.pem" -cert "$WORK/auth.pem" -url "$(value ca.auth.ocsp "$json")$1" -CAfile "$WORK/ca-auth.pem" \
    -signer "$WORK/$2.pem" 2>&1 || true
}
ask_signed '' signature | grep -q ': good' || fail "a request signed with the credential for signatures"
ask_signed /pinless pinless | grep -q ': good' || fail "the PIN-less path with its credential"
ask_signed /pinless signature | grep -q 'unauthorized' || fail "the PIN-less path with the other credential"

echo "The operators' door is open: a resident moves, and OCSP tells it."
socket=$(value admin "$json")
resident=$(value residents.id "$json")
"$JPKI" event address-change "$resident" --address '東京都清瀬市元町一丁目１番' --socket "$socket" --quiet
openssl ocsp -issuer "$WORK/ca-sign.pem" -cert "$WORK/sign.pem" -url "$(value ca.sign.ocsp "$json")" -CAfile "$WORK/ca-sign.pem" 2>&1 |
  grep -q ': revoked' || fail "the mock does not tell the revocation"

echo "Two of them live side by side, and the same seed makes the same residents."
start_mock two --residents 2 --seed 7
second=$MOCK second_input=$MOCK_INPUT
[[ $(value ca.sign.ocsp "$WORK/two.json") != "$(value ca.sign.ocsp "$json")" ]] || fail "two mocks on one port"
[[ $(value residents.id "$WORK/two.json") == "$resident" ]] || fail "the same seed, another resident"
"$JPKI" resident show "$resident" --socket "$(value admin "$WORK/two.json")" --json >"$WORK/there.json"
grep -q '元町' "$WORK/there.json" && fail "one mock sees the other's events"
openssl x509 -inform DER -in "$(value residents.sign.cer "$WORK/two.json")" -out "$WORK/sign2.pem"
openssl x509 -inform DER -in "$(value ca.sign.cer "$WORK/two.json")" -out "$WORK/ca2.pem"
openssl ocsp -issuer "$WORK/ca2.pem" -cert "$WORK/sign2.pem" -url "$(value ca.sign.ocsp "$WORK/two.json")" -CAfile "$WORK/ca2.pem" 2>&1 |
  grep -q ': good' || fail "the second mock"

echo "The consent that a thief has dated back opens nothing, whichever certificate is named."
start_mock robbed --residents 0 --scenario backdated-consent
robbed=$WORK/robbed.json
for serial in "$(value residents.earlier.serial "$robbed")" "$(value residents.sign.serial "$robbed")"; do
  status=$(curl -s -o "$WORK/refusal.json" -w '%{http_code}' --cacert "$(value ops_ca "$robbed")" --cert-type P12 \
    --cert "$(grep -o '[^"]*verifier-tls.p12' "$robbed" | head -n 1):$password" --data-binary "@$(value residents.consents.file "$robbed")" \
    -H 'Content-Type: application/cms' "$(value https "$robbed")/verifier/v1/certificates/sign/$serial/current-items")
  [[ $status == 409 ]] || fail "the consent for $serial: $status $(cat "$WORK/refusal.json")"
  case $serial in
  "$(value residents.sign.serial "$robbed")") grep -q 'Act 19-5' "$WORK/refusal.json" || fail "a certificate that stands" ;;
  *) grep -q 'Ordinance 35-2' "$WORK/refusal.json" || fail "a key that was reported: $(cat "$WORK/refusal.json")" ;;
  esac
done
exec {MOCK_INPUT}>&-
wait "$MOCK" || fail "the mock did not end cleanly"

echo "They end with their standard input, or with a signal, and leave nothing."
exec {first_input}>&-
for _ in $(seq 300); do kill -0 "$first" 2>/dev/null || break; sleep 0.1; done
kill -0 "$first" 2>/dev/null && fail "the mock outlives its standard input"
wait "$first" || fail "the mock did not end cleanly"
kill -TERM "$second"
wait "$second" || fail "the mock did not end cleanly on SIGTERM"
exec {second_input}>&-
[[ -z $(ls -A "$TMPDIR") ]] || fail "left behind: $(ls -A "$TMPDIR")"
[[ ! -e $socket ]] || fail "the socket is still there"
