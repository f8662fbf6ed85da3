#!/usr/bin/env bash
# The card of a mock in a virtual reader: Debian's pcscd and vpcd below, OpenSC's own driver of the JPKI card above,
# which reads certificates, verifies PINs and signs; and openssl logs in with the card's key by PKCS#11.
# In namespaces of its own, since pcscd's socket has one fixed place.

skip() {
  echo "skipped: $*"
  exit 77
}

if [[ ${OPENSC_TEST_INSIDE:-} != yes ]]; then
  for tool in pcscd opensc-tool pkcs11-tool pkcs15-tool openssl python3 unshare ip; do
    command -v "$tool" >/dev/null || skip "there is no $tool (Debian: opensc, pcscd, vsmartcard-vpcd)"
  done
  [[ -e /usr/lib/pcsc/drivers/serial/libifdvpcd.so ]] || skip "there is no vpcd (Debian: vsmartcard-vpcd)"
  apart=(unshare --mount --net)
  [[ $(id -u) == 0 ]] || apart+=(--user --map-root-user)
  "${apart[@]}" true 2>/dev/null || skip "no namespaces of its own can be had (unshare --mount --net)"
  OPENSC_TEST_INSIDE=yes exec "${apart[@]}" bash "$0" "$@"
fi

. "$(dirname "$0")/lib.sh"

PIDS=()
end_all() {
  local code=$?
  set +e
  ((${#PIDS[@]} == 0)) || kill "${PIDS[@]}" 2>/dev/null
  if [[ $code != 0 && $code != 77 ]]; then tail -n 20 "$WORK"/*.log >&2; fi
  (exit "$code")
  cleanup
}
trap end_all EXIT

mount -t tmpfs tmpfs /run && ip link set lo up || skip "the namespace can neither be given a /run nor a loopback"
mkdir -p /run/pcscd "$WORK/readers"
MODULE=$(ls /usr/lib/*/opensc-pkcs11.so | head -n 1)
export OPENSC_CONF=$WORK/opensc.conf
printf 'app default { card_drivers = jpki; framework pkcs15 { use_file_caching = no; } }\n' >"$OPENSC_CONF"

# until_true command…: for at most a minute.
until_true() {
  for _ in $(seq 600); do "$@" >/dev/null 2>&1 && return; sleep 0.1; done
  fail "this did not come true: $*"
}
member() { python3 -c 'import functools, json, sys
print(functools.reduce(lambda at, key: at[int(key) if key.isdigit() else key], sys.argv[2:], json.load(open(sys.argv[1]))))' "$@"; }
ask() { curl -s "$CONTROL/mock/cards/$ID$1" ${2:+-d "$2"} >"$WORK/answer.json"; }

"$JPKI" mock --residents 1 --hold-open --ready-file "$WORK/mock.json" >/dev/null 2>"$WORK/mock.log" &
PIDS+=("$!")
until_true test -s "$WORK/mock.json"
CONTROL=$(member "$WORK/mock.json" control)
ID=$(member "$WORK/mock.json" residents 0 id)
TERMINAL=$(member "$WORK/mock.json" verifiers 2 serial)
for kind in sign auth; do
  openssl x509 -inform DER -in "$(member "$WORK/mock.json" residents 0 "$kind" cer)" -out "$WORK/$kind.pem"
  openssl x509 -in "$WORK/$kind.pem" -noout -pubkey >"$WORK/$kind.pub"
  openssl x509 -inform DER -in "$(member "$WORK/mock.json" ca "$kind" cer)" -out "$WORK/ca-$kind.pem"
done

# refuses WORDS command…: it fails, and says so.
refuses() {
  local words=$1
  shift
  ! "$@" >"$WORK/out.txt" 2>&1 || fail "this should fail: $*"
  says "$words"
}

echo "A card without a reader, a reader without a card, and a card that nobody has."
READER=$(free_port)
exits 3 "$JPKI" card "$ID" --control "$CONTROL" --vpcd "127.0.0.1:$READER"
says "no reader answers at 127.0.0.1:$READER"
exits 2 "$JPKI" card "$ID" --control "$CONTROL" --vpcd "nowhere"
says "HOST:PORT"
exits 1 "$JPKI" card 10000000014 --control "$CONTROL"
says "no resident 10000000014 has a card"
exits 2 "$JPKI" card "$ID" --control "$CONTROL" --terminal "$TERMINAL"
says "terminal"
exits 0 "$JPKI" card "$ID" --control "$CONTROL"
says "tries left: 3 of 3"
exits 0 "$JPKI" card "$ID" --control "$CONTROL" --lang ja
says "残り 3 回（全 3 回）"

printf 'a document' >"$WORK/document"
openssl dgst -sha256 -binary "$WORK/document" >"$WORK/digest"
echo "Without a reader: the card signs in PSS as well, though no driver here asks for it."
ask /apdu '{"power":"on"}'
ask /apdu '{"command":"00A4040C0AD392F000260100000001"}'
ask /apdu "{\"command\":\"0020009804$(printf 1234 | od -An -tx1 | tr -d ' \n')\"}"
ask /apdu "{\"command\":\"802A049720$(od -An -tx1 "$WORK/digest" | tr -d ' \n')00\"}"
python3 -c 'import json, sys; sys.stdout.buffer.write(bytes.fromhex(json.load(open(sys.argv[1]))["response"])[:-2])' \
  "$WORK/answer.json" >"$WORK/pss.sig"
openssl pkeyutl -verify -pubin -inkey "$WORK/auth.pub" -in "$WORK/digest" -sigfile "$WORK/pss.sig" \
  -pkeyopt digest:sha256 -pkeyopt rsa_padding_mode:pss -pkeyopt rsa_pss_saltlen:32 >/dev/null || fail "PSS"

printf 'FRIENDLYNAME "Virtual PCD"\nDEVICENAME /dev/null:0x%X\nLIBPATH /usr/lib/pcsc/drivers/serial/libifdvpcd.so\nCHANNELID 0x%X\n' \
  "$READER" "$READER" >"$WORK/readers/vpcd"
pcscd --foreground --config "$WORK/readers" >"$WORK/pcscd.log" 2>&1 &
PIDS+=("$!")
until_true test -S /run/pcscd/pcscd.comm
exits 0 opensc-tool --list-readers
says "Virtual PCD"

# put_in [--terminal SERIAL]: the card into the reader; take_out: and out of it.
put_in() {
  "$JPKI" card "$ID" --control "$CONTROL" --vpcd "127.0.0.1:$READER" "$@" >"$WORK/card.log" 2>&1 &
  CARD=$!
  PIDS+=("$CARD")
  until_true opensc-tool --atr
}
take_out() {
  kill "$CARD"
  wait "$CARD" || true
}
put_in

echo "OpenSC knows the card by its answer to reset, and reads what needs no PIN."
exits 0 opensc-tool --atr --name
says "3b:e0:00:ff:81:31:fe:45:14"
says "^jpki"
exits 0 pkcs15-tool --list-certificates
for name in "User Authentication Certificate" "Digital Signature Certificate" "User Authentication Certificate CA"; do
  says "$name"
done
for pair in 1:auth 3:ca-auth 4:ca-sign; do
  pkcs15-tool --read-certificate "${pair%:*}" >"$WORK/read.pem" 2>/dev/null
  openssl x509 -in "$WORK/read.pem" -outform DER | cmp - <(openssl x509 -in "$WORK/${pair#*:}.pem" -outform DER) ||
    fail "certificate $pair"
done
exits 0 pkcs15-tool --list-pins
says "Tries left *: 3"
says "Tries left *: 5"
refuses "certificate read failed" pkcs15-tool --read-certificate 2

echo "The signing certificate is read after its password."
pkcs15-tool --read-certificate 2 --verify-pin --auth-id 2 --pin JPKI1234 >"$WORK/read.pem" 2>/dev/null ||
  fail "the signing certificate"
openssl x509 -in "$WORK/read.pem" -outform DER | cmp - <(openssl x509 -in "$WORK/sign.pem" -outform DER) ||
  fail "another certificate"

echo "pkcs11-tool signs with both keys, and openssl verifies."
pkcs11() { pkcs11-tool --module "$MODULE" "$@"; }
exits 0 pkcs11 --token-label "JPKI (User Authentication PIN)" --list-objects
says "User Authentication Certificate"
exits 0 pkcs11 --token-label "JPKI (User Authentication PIN)" --login --pin 1234 --sign --id 01 \
  --mechanism SHA256-RSA-PKCS --input-file "$WORK/document" --output-file "$WORK/auth.sig"
openssl dgst -sha256 -verify "$WORK/auth.pub" -signature "$WORK/auth.sig" "$WORK/document" >/dev/null ||
  fail "the authentication key's signature"
exits 0 pkcs11 --token-label "JPKI (Digital Signature PIN)" --login --pin JPKI1234 --sign --id 02 \
  --mechanism SHA256-RSA-PKCS --input-file "$WORK/document" --output-file "$WORK/sign.sig"
openssl dgst -sha256 -verify "$WORK/sign.pub" -signature "$WORK/sign.sig" "$WORK/document" >/dev/null ||
  fail "the signing key's signature"

ENGINE=$(ls /usr/lib/*/engines-3/pkcs11.so 2>/dev/null | head -n 1)
if [[ -n $ENGINE ]]; then
  echo "A login by TLS with the card's key, which stays on the card."
  cat >"$WORK/engine.cnf" <<CNF
openssl_conf = openssl_init
[openssl_init]
engines = engines
[engines]
pkcs11 = pkcs11
[pkcs11]
engine_id = pkcs11
dynamic_path = $ENGINE
MODULE_PATH = $MODULE
init = 0
CNF
  openssl req -x509 -newkey rsa:2048 -nodes -keyout "$WORK/server.key" -out "$WORK/server.pem" -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost 2>/dev/null
  # The driver knows PKCS#1 v1.5 alone, and TLS 1.3 asks for PSS.
  TLS=$(free_port)
  openssl s_server -accept "127.0.0.1:$TLS" -cert "$WORK/server.pem" -key "$WORK/server.key" -www \
    -tls1_2 -client_sigalgs RSA+SHA256 -CAfile "$WORK/ca-auth.pem" -Verify 3 -verify_return_error >"$WORK/s_server.log" 2>&1 &
  PIDS+=("$!")
  until_true bash -c "exec 3<>/dev/tcp/127.0.0.1/$TLS"
  URI='pkcs11:token=JPKI%20%28User%20Authentication%20PIN%29;object=User%20Authentication%20Key;type=private;pin-value=1234'
  printf 'GET / HTTP/1.0\r\n\r\n' | OPENSSL_CONF=$WORK/engine.cnf openssl s_client -connect "127.0.0.1:$TLS" \
    -servername localhost -CAfile "$WORK/server.pem" -cert "$WORK/auth.pem" -engine pkcs11 -keyform engine \
    -key "$URI" -ign_eof >"$WORK/s_client.txt" 2>&1 || { cat "$WORK/s_client.txt" >&2; fail "the login"; }
  grep -q 'Client certificate' "$WORK/s_client.txt" || { cat "$WORK/s_client.txt" >&2; fail "no client certificate"; }
  # And with a file in place of the card, for those who only need a client.
  ask ""
  # s_server closes without a word, which curl reports.
  curl -s --cacert "$WORK/server.pem" --cert "$(member "$WORK/answer.json" auth tls)" \
    --resolve "localhost:$TLS:127.0.0.1" "https://localhost:$TLS/" >"$WORK/curl.txt" || true
  grep -q 'Client certificate' "$WORK/curl.txt" || { cat "$WORK/curl.txt" >&2; fail "the login with a file"; }
else
  echo "(No PKCS#11 engine for openssl here; Debian: libengine-pkcs11-openssl.)"
fi

echo "Three wrong PINs lock the card for the reader and for the control alike; the municipality unlocks it."
for left in 2 1 0; do
  refuses "PIN code or key incorrect" pkcs15-tool --verify-pin --auth-id 1 --pin 0000
  ask ""
  [[ $(member "$WORK/answer.json" auth pin tries_left) == "$left" ]] || fail "not $left tries left"
done
refuses "reference data not usable" pkcs15-tool --verify-pin --auth-id 1 --pin 1234
ask /authenticate '{"pin":"1234","digest":"'"$(base64 <"$WORK/digest")"'"}'
[[ $(member "$WORK/answer.json" status) == 409 ]] || fail "a locked PIN was taken"
ask /unlock '{"kind":"auth","new_pin":"4711"}'
exits 0 pkcs15-tool --verify-pin --auth-id 1 --pin 4711

echo "A mock that ends takes its card along; what is wrong with a terminal is said before the card is in."
take_out
exits 2 "$JPKI" card "$ID" --control "$CONTROL" --vpcd "127.0.0.1:$READER" --terminal 1
says "use without PIN"
put_in --terminal "$TERMINAL"
take_out

echo "Passed."
