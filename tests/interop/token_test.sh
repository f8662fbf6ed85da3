#!/usr/bin/env bash
# A CA whose keys lie on a token: the ceremony, answers, lists, and a token that goes away and comes back. SoftHSM stands
# behind `p11-kit server`, so that the token can be stopped as one behind a network is.
. "$(dirname "$0")/lib.sh"

mkdir "$WORK/tokens"
printf 'directories.tokendir = %s\nlog.level = ERROR\n' "$WORK/tokens" >"$WORK/softhsm2.conf"
export SOFTHSM2_CONF=$WORK/softhsm2.conf
softhsm2-util --init-token --free --label 'jpki test' --pin 246810 --so-pin 135790 >/dev/null
module=/usr/lib/softhsm/libsofthsm2.so
client=$(find /usr/lib -name p11-kit-client.so | head -n 1)
[[ -n $client ]] || fail "p11-kit-client.so is missing: install p11-kit-modules"
umask 077
printf '246810\n' >"$WORK/pin"
printf '000000\n' >"$WORK/wrong-pin"
export P11_KIT_SERVER_ADDRESS=unix:path=$WORK/token.sock

TOKEN_PID=
start_token() {
  rm -f "$WORK/token.sock"
  p11-kit server --foreground --name "$WORK/token.sock" --provider "$module" 'pkcs11:token=jpki%20test' >/dev/null 2>>"$WORK/token.log" &
  TOKEN_PID=$!
  for _ in $(seq 100); do [[ -S $WORK/token.sock ]] && return; sleep 0.1; done
  fail "p11-kit server does not start"
}
stop_token() {
  pkill -TERM -P "$TOKEN_PID" 2>/dev/null || true
  kill -TERM "$TOKEN_PID"
  wait "$TOKEN_PID" 2>/dev/null || true
  TOKEN_PID=
}
end() {
  local code=$?
  set +e
  [[ -z $TOKEN_PID ]] || stop_token
  (exit "$code")
  cleanup
}
trap end EXIT
start_token

uri="pkcs11:token=jpki%20test?module-path=$client"
# What lies on the token; into a file, since a reader that has seen enough would end the writer.
on_token() { pkcs11-tool --module "$module" --login --pin 246810 --token-label 'jpki test' --list-objects >"$WORK/objects.txt" 2>/dev/null; cat "$WORK/objects.txt"; }
has_object() { on_token >/dev/null; grep -q -- "$1" "$WORK/objects.txt"; }

echo "A wrong label, PIN or module is named, and nothing is made."
printf '[urls]\npublic = "http://127.0.0.1:1"\n' >"$WORK/small.toml"
init_refused 'there is no token other' --token "pkcs11:token=other?module-path=$client" --pin-file "$WORK/pin"
init_refused 'refuses the PIN' --token "$uri" --pin-file "$WORK/wrong-pin"
! grep -q 000000 "$WORK/out.txt" || fail "the PIN is shown"
init_refused 'cannot be loaded' --token 'pkcs11:token=x?module-path=/nowhere.so' --pin-file "$WORK/pin"
init_refused 'is not a PKCS#11 URI' --token jpki --pin-file "$WORK/pin"
init_refused 'a PIN does not belong' --token 'pkcs11:token=x?pin-value=1' --pin-file "$WORK/pin"
init_refused 'nothing gives its PIN' --token "$uri"
[[ -z $(on_token | grep 'Private Key') ]] || fail "a refused ceremony left keys on the token"

echo "The ceremony."
# A token signs one list after another: those of all municipalities would take minutes on a busy machine.
INIT_KEYS="--token $uri --pin-file $WORK/pin" init_authority '[crl]' 'scopes = "used"'
grep -q "made on the token" "$DATA/ceremony.txt" || fail "the report does not name the token"
! grep -rlE 'BEGIN (ENCRYPTED )?PRIVATE KEY' "$DATA/keys" >"$WORK/out.txt" || { cat "$WORK/out.txt" >&2; fail "a private key in a file"; }
for label in ca-sign-1 ca-auth-1 ca-ops-1 responder-sign-1 responder-auth-1 registry; do
  has_object "label: *$label" || { on_token >&2; fail "no key $label on the token"; }
done
[[ $(on_token | grep -A4 'Private Key') == *'sensitive, always sensitive, never extractable'* ]] || fail "the keys could leave the token"
exits 1 "$JPKI" init --data "$WORK/second" --config "$WORK/small.toml" --token "$uri" --pin-file "$WORK/pin"
says 'has a key'
[[ ! -e $WORK/second/keys ]] || fail "a second ceremony on the same token left something"

# strangers_say good|revoked KIND GENERATION CARD: OpenSSL, GnuTLS and, where it is installed, the JDK, of a certificate
# whose CA, responder and lists sign on the token: by OCSP, and by the complete list of that key.
strangers_say() {
  local state=$1 kind=$2 generation=$3 der=$4/$2.cer here=$WORK/strangers jdk=revoked
  [[ $state == revoked ]] || jdk=valid
  mkdir -p "$here"
  curl -fs "$URL/ca/$generation.cer" -o "$here/ca.cer"
  curl -fs "$URL/crl/$generation/full.crl" -o "$here/list.crl"
  openssl x509 -inform DER -in "$here/ca.cer" -out "$here/ca.pem"
  openssl x509 -inform DER -in "$der" -out "$here/asked.pem"
  openssl crl -inform DER -in "$here/list.crl" -out "$here/list.pem"
  openssl ocsp -issuer "$here/ca.pem" -cert "$here/asked.pem" -url "$URL/ocsp/$kind" -CAfile "$here/ca.pem" >"$WORK/out.txt" 2>&1 ||
    fail "openssl ocsp"
  says 'Response verify OK'
  says "asked.pem: $state"
  openssl verify -CAfile "$here/ca.pem" -crl_check -CRLfile "$here/list.pem" "$here/asked.pem" >"$WORK/out.txt" 2>&1 || true
  if [[ $state == good ]]; then says ': OK'; else says 'certificate revoked'; fi
  ocsptool --ask="$URL/ocsp/$kind" --load-cert "$here/asked.pem" --load-issuer "$here/ca.pem" --load-trust "$here/ca.pem" \
    >"$WORK/out.txt" 2>&1 || true
  says "Certificate Status: $state"
  says 'Verifying OCSP Response: Success'
  certtool --verify-crl --load-ca-certificate "$here/ca.pem" --infile "$here/list.pem" >"$WORK/out.txt" 2>&1 || true
  says 'Verification output: Verified'
  certtool --verify --load-ca-certificate "$here/ca.pem" --load-crl "$here/list.pem" --infile "$here/asked.pem" >"$WORK/out.txt" 2>&1 || true
  if [[ $state == good ]]; then says 'Chain verification output: Verified'; else says 'revoked'; fi
  command -v java >/dev/null || return 0
  java "$SOURCE_DIR/tests/interop/StatusClient.java" "$here/ca.cer" "$der" "$here/list.crl" >"$WORK/out.txt" 2>&1 || true
  [[ $(<"$WORK/out.txt") == "$jdk $jdk" ]] || { cat "$WORK/out.txt" >&2; fail "the JDK says otherwise than $jdk $jdk"; }
}
# publish: also where a run of the timer's is on its way.
publish() { for _ in $(seq 60); do jpki crl publish >/dev/null 2>&1 && return; sleep 1; done; fail "no publication"; }

echo "The service, judged by openssl, GnuTLS and the JDK."
mkdir "$WORK/credentials"
cp "$WORK/pin" "$WORK/credentials/jpki-pin"
export CREDENTIALS_DIRECTORY=$WORK/credentials
start_server
jpki verifier add Shop --class signature --class authentication --ready --network 127.0.0.1 >/dev/null
id=$(jpki resident add --name 山田太郎 --birth 1980-01-02 --sex male --municipality 131016 --address 東京都千代田区1)
make_requests
exits 0 jpki cert issue "$id" --csr-sign "$WORK/sign.csr" --csr-auth "$WORK/auth.csr" --out "$WORK/card"
ca_pem sign
ca_pem auth
for kind in sign auth; do
  openssl x509 -inform DER -in "$WORK/card/$kind.cer" -out "$WORK/$kind.pem"
  openssl verify -CAfile "$WORK/ca-$kind.pem" "$WORK/$kind.pem" >/dev/null || fail "openssl does not verify the $kind certificate"
  [[ $(ocsp_status "$kind" "$WORK/card/$kind.cer") == good ]] || fail "$kind is not good"
done
publish
for kind in sign auth; do strangers_say good "$kind" "$kind-1" "$WORK/card"; done
curl -fs "$URL/crl/sign-1/full.crl" -o "$WORK/full.crl"
openssl crl -inform DER -in "$WORK/full.crl" -CAfile "$WORK/ca-sign.pem" -noout 2>"$WORK/out.txt"
says 'verify OK'
exits 0 jpki crl check

# until_ready_says WORDS: what readiness said before is served for a second.
until_ready_says() {
  for _ in $(seq 600); do
    curl -s "http://127.0.0.1:$OPS_PORT/readyz" >"$WORK/out.txt"
    grep -qF "$1" "$WORK/out.txt" && return
    sleep 0.1
  done
  says "$1"
}

echo "The token is away: kept answers and lists go on, what must be signed is to be tried later."
no_nonce() {
  openssl ocsp -issuer "$WORK/ca-auth.pem" -cert "$WORK/auth.pem" -url "$URL/ocsp/auth" -no_nonce -CAfile "$WORK/ca-auth.pem" \
    >"$WORK/out.txt" 2>&1 || true
}
no_nonce
says 'auth.pem: good'
stop_token
until_ready_says 'token: the token jpki test is away'
exits 0 curl -fs -o "$WORK/again.crl" "$URL/crl/sign-1/full.crl"
cmp "$WORK/full.crl" "$WORK/again.crl" || fail "another list"
no_nonce
says 'auth.pem: good'
openssl ocsp -issuer "$WORK/ca-auth.pem" -cert "$WORK/auth.pem" -url "$URL/ocsp/auth" -CAfile "$WORK/ca-auth.pem" >"$WORK/out.txt" 2>&1 || true
says 'trylater'
other=$(jpki resident add --name 佐藤花子 --birth 1981-01-02 --sex female --municipality 131016 --address 東京都千代田区2)
exits 4 jpki cert issue "$other" --csr-sign "$WORK/sign.csr" --csr-auth "$WORK/auth.csr" --out "$WORK/card2"
says 'is away'
# What needs no key goes on.
exits 0 jpki event hold "$id" --kind auth

echo "It is back: the service signs again by itself."
start_token
for _ in $(seq 600); do
  [[ $(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$OPS_PORT/readyz?for=answers") == 200 ]] && break
  sleep 0.1
done
[[ $(ocsp_status auth "$WORK/card/auth.cer") == revoked ]] || fail "the hold is not answered"
publish
strangers_say revoked auth auth-1 "$WORK/card"
exits 0 jpki cert issue "$other" --csr-sign "$WORK/sign.csr" --csr-auth "$WORK/auth.csr" --out "$WORK/card2"

echo "The token hangs: what goes on when it is away goes on, and what waits for it is given up, also by the service's end."
pkill -STOP -P "$TOKEN_PID"
kill -STOP "$TOKEN_PID"
nonce_query() {
  openssl ocsp -issuer "$WORK/ca-sign.pem" -cert "$WORK/sign.pem" -url "$URL/ocsp/sign" -CAfile "$WORK/ca-sign.pem" >"$WORK/out.txt" 2>&1 || true
}
nonce_query
says 'trylater'
until_ready_says 'token: the token jpki test is away (it does not answer)'
exits 0 curl -fs -o "$WORK/again.crl" "$URL/crl/sign-1/full.crl"
third=$(jpki resident add --name 鈴木一郎 --birth 1982-01-02 --sex male --municipality 131016 --address 東京都千代田区3)
exits 4 jpki cert issue "$third" --csr-sign "$WORK/sign.csr" --csr-auth "$WORK/auth.csr" --out "$WORK/card3"
says 'it does not answer'
exits 0 jpki event release "$id"
stop_server
kill -CONT "$TOKEN_PID"
pkill -CONT -P "$TOKEN_PID"
start_server
for _ in $(seq 600); do
  [[ $(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$OPS_PORT/readyz?for=answers") == 200 ]] && break
  sleep 0.1
done
[[ $(ocsp_status auth "$WORK/card/auth.cer") == good ]] || fail "the release is not answered"

echo "CAs roll on the token while the service runs; one whose token is away leaves nothing."
stop_token
exits 4 jpki ca roll auth --online
says 'is away'
[[ -z $(ls "$DATA/keys" | grep 'auth-2') ]] || fail "a rollover without its token left a key file"
start_token
for _ in $(seq 600); do
  jpki ca roll auth --online >"$WORK/out.txt" 2>&1 && break
  sleep 0.1
done
says 'auth-2 issues from now on'
exits 0 jpki ca roll ops --online
for label in ca-auth-2 responder-auth-2 ca-ops-2; do
  has_object "label: *$label" || { on_token >&2; fail "no key $label on the token"; }
done
! grep -lE 'BEGIN (ENCRYPTED )?PRIVATE KEY' "$DATA"/keys/{ca,responder}-*.key || fail "a rolled key in a file"
[[ $(ocsp_status auth "$WORK/card2/auth.cer") == good ]] || fail "the older generation's answer"
exits 0 jpki cert issue "$third" --csr-sign "$WORK/sign.csr" --csr-auth "$WORK/auth.csr" --out "$WORK/card3"
exits 0 jpki ocsp query --cert "$WORK/card3/auth.cer" --url "$URL"
publish
strangers_say good auth auth-2 "$WORK/card3"
exits 0 jpki verifier credential issue 1 --for signature --out "$WORK/card3/shop.p12"
stop_server

echo "A start without the token: what is kept is served, and the service recovers."
stop_token
"$JPKI" serve --data "$DATA" 2>>"$WORK/server.log" &
SERVER_PID=$!
for _ in $(seq 600); do
  curl -s "http://127.0.0.1:$OPS_PORT/readyz" >"$WORK/out.txt" && break
  kill -0 "$SERVER_PID" 2>/dev/null || fail "the server does not start without its token"
  sleep 0.1
done
says 'token:'
exits 0 curl -fs -o "$WORK/again.crl" "$URL/crl/sign-1/full.crl"
start_token
for _ in $(seq 600); do
  [[ $(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$OPS_PORT/readyz?for=answers") == 200 ]] && break
  sleep 0.1
done
[[ $(ocsp_status sign "$WORK/card2/sign.cer") == good ]] || fail "no answer after the token came back"
stop_server

echo "A wrong PIN is tried once and ends the start."
cp "$WORK/wrong-pin" "$WORK/credentials/jpki-pin"
exits 2 jpki serve
says 'refuses the PIN'
cp "$WORK/pin" "$WORK/credentials/jpki-pin"

echo "A rollover on the token, after one that was killed when its key was made."
pkcs11-tool --module "$module" --login --pin 246810 --token-label 'jpki test' --keypairgen --key-type rsa:2048 --label ca-sign-2 \
  --id 0a0b >/dev/null 2>&1 || fail "pkcs11-tool --keypairgen"
sed -e '/BEGIN PUBLIC KEY/,$d' -e 's/^label: .*/label: ca-sign-2/; s/^id: .*/id: 0a0b/' "$DATA/keys/ca-sign-1.key" >"$DATA/keys/ca-sign-2.key"
exits 0 jpki ca roll sign
says 'has left the key ca-sign-2.key: it is kept as ca-sign-2.left-'
grep -q '^id: 0a0b' "$DATA"/keys/ca-sign-2.left-*.key || fail "what was left should be kept"
has_object 'label: *ca-sign-2-2$' || { on_token >&2; fail "no key of the new generation on the token"; }
echo "token: passed"
