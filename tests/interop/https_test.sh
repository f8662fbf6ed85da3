#!/usr/bin/env bash
# The verifiers' HTTPS listener with strangers' clients: who is let in, what they may ask, and how soon a
# revoked credential is worth nothing.

. "$(dirname "$0")/lib.sh"

expect_in() { grep -q -- "$1" <<<"$2" || fail "expected '$1' in: $2"; }
# status CURL-ARGUMENTS…: the HTTP status; 000 when there is none.
status() { curl -s -o /dev/null -w '%{http_code}' --cacert "$WORK/ops.pem" "$@" || true; }
# with NAME CURL-ARGUMENTS…: the same with a credential.
with() {
  local name=$1
  shift
  status --cert-type PEM --cert "$WORK/$name.pem" --key "$WORK/$name.pem" "$@"
}
# credential NAME VERIFIER ARGUMENTS…: issues one, as PEM in $WORK/NAME.pem; its serial in SERIAL.
credential() {
  local name=$1 verifier=$2
  shift 2
  jpki verifier credential issue "$verifier" --out "$WORK/$name.p12" "$@" --json >"$WORK/$name.json"
  SERIAL=$(sed -n 's/.*"serial":"\([0-9]*\)".*/\1/p' "$WORK/$name.json")
  [[ -n $SERIAL ]] || fail "no serial: $(cat "$WORK/$name.json")"
  openssl pkcs12 -in "$WORK/$name.p12" -passin "file:$WORK/p12-password.txt" -nodes -out "$WORK/$name.pem" 2>/dev/null
}

init_authority '[crl]' 'scopes = "used"'
start_server
ca_pem auth
curl -fs "$URL/ca/ops.cer" | openssl x509 -inform DER -out "$WORK/ops.pem"
list=$HTTPS_URL/crl/auth-1/full.crl

echo "The listener's certificate: of the operations CA, for this host by all its names."
openssl s_client -connect "127.0.0.1:$HTTPS_PORT" -CAfile "$WORK/ops.pem" -verify_return_error -verify_ip 127.0.0.1 \
  </dev/null >"$WORK/s_client.txt" 2>&1 || { cat "$WORK/s_client.txt" >&2; fail "openssl s_client"; }
grep -q 'TLSv1.3' "$WORK/s_client.txt" || fail "not TLS 1.3"
grep -q 'Acceptable client certificate CA names' "$WORK/s_client.txt" || fail "the server should name its CA to clients"
openssl s_client -connect "127.0.0.1:$HTTPS_PORT" -CAfile "$WORK/ops.pem" -verify_return_error -verify_hostname localhost \
  -tls1_2 </dev/null >"$WORK/s_client.txt" 2>&1 || fail "TLS 1.2 by the name localhost"
grep -q 'Compression: NONE' "$WORK/s_client.txt" || fail "compression"
grep -q 'Verify return code: 0' "$WORK/s_client.txt" || fail "the certificate does not verify"
grep -q 'session ticket' "$WORK/s_client.txt" && fail "a session ticket"
for version in -tls1 -tls1_1; do
  openssl s_client -connect "127.0.0.1:$HTTPS_PORT" "$version" -cipher 'ALL:@SECLEVEL=0' </dev/null >"$WORK/s_client.txt" 2>&1 &&
    fail "$version was accepted"
  grep -qi 'alert protocol version' "$WORK/s_client.txt" || { cat "$WORK/s_client.txt" >&2; fail "$version: another reason"; }
done
openssl s_client -connect "127.0.0.1:$HTTPS_PORT" -tls1_2 -cipher AES128-SHA </dev/null >/dev/null 2>&1 &&
  fail "a suite without forward secrecy"
for version in -tls1_2 -tls1_3; do
  openssl s_client -connect "127.0.0.1:$HTTPS_PORT" -CAfile "$WORK/ops.pem" "$version" -sess_out "$WORK/session" \
    </dev/null >/dev/null 2>&1 || true
  [[ -f $WORK/session ]] || continue
  openssl s_client -connect "127.0.0.1:$HTTPS_PORT" -CAfile "$WORK/ops.pem" "$version" -sess_in "$WORK/session" \
    </dev/null 2>&1 | grep -q '^Reused' && fail "a session was resumed with $version"
  rm -f "$WORK/session"
done
# R asks for a renegotiation; the connection goes on without one, or ends.
printf 'R\n' | timeout 10 openssl s_client -connect "127.0.0.1:$HTTPS_PORT" -tls1_2 >"$WORK/s_client.txt" 2>&1 &&
  fail "renegotiated"
grep -q 'no renegotiation' "$WORK/s_client.txt" || { cat "$WORK/s_client.txt" >&2; fail "renegotiation: another reason"; }
[[ $(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$HTTPS_PORT/cps") == 400 ]] || fail "plain HTTP there"

echo "Without a certificate: what is open to all, and nothing else."
[[ $(status "$HTTPS_URL/ca/auth.cer") == 200 ]] || fail "/ca without a certificate"
[[ $(status "$HTTPS_URL/cps") == 200 ]] || fail "/cps without a certificate"
[[ $(status "$list") == 403 ]] || fail "a CRL without a certificate"

bank=$(jpki verifier add "Example Bank" --class authentication --private --ready --tls)
credential bank "$bank" --for tls
bank_serial=$SERIAL
id=$(jpki resident add --name '模擬　太郎' --birth 1980-02-17 --sex male --municipality 132217 --address '東京都清瀬市模擬町１番')
jpki cert issue "$id" --key-pool "$SOURCE_DIR/testdata/keys" --out "$WORK/card" --quiet
openssl x509 -inform DER -in "$WORK/card/auth.cer" -out "$WORK/auth.pem"
jpki crl publish --quiet

echo "With its credential a verifier asks OCSP and CRLs of its class."
openssl ocsp -issuer "$WORK/ca-auth.pem" -cert "$WORK/auth.pem" -no_nonce -reqout "$WORK/request.der"
ask() { # ask NAME [curl arguments]: what openssl reads from the answer
  local name=$1
  shift
  curl -s --cacert "$WORK/ops.pem" --cert "$WORK/$name.pem" --data-binary @"$WORK/request.der" \
    -H 'Content-Type: application/ocsp-request' "$@" "$HTTPS_URL/ocsp/auth" -o "$WORK/answer.der" || { echo "curl: $?"; return; }
  openssl ocsp -respin "$WORK/answer.der" -issuer "$WORK/ca-auth.pem" -cert "$WORK/auth.pem" -CAfile "$WORK/ca-auth.pem" 2>&1 || true
}
answer=$(ask bank)
expect_in 'auth.pem: good' "$answer"
expect_in 'Response verify OK' "$answer"
expect_in 'auth.pem: good' "$(ask bank --http1.0 --tls-max 1.2)"
[[ $(with bank "$list") == 200 ]] || fail "a CRL with the credential"
[[ $(with bank "$HTTPS_URL/crl/sign-1/full.crl") == 403 ]] || fail "a CRL out of the class"
curl -fs --cacert "$WORK/ops.pem" --cert "$WORK/bank.pem" "$list" | openssl crl -inform DER -noout -CAfile "$WORK/ca-auth.pem" -verify 2>&1 |
  grep -q 'verify OK' || fail "the list"
# The same by GET, and its fields for caches.
path=$(base64 -w0 "$WORK/request.der" | sed 's/+/%2B/g; s,/,%2F,g; s/=/%3D/g')
headers=$(curl -fs --cacert "$WORK/ops.pem" --cert "$WORK/bank.pem" "$HTTPS_URL/ocsp/auth/$path" -o "$WORK/get.der" -D -)
expect_in 'Cache-Control: no-store' "$headers"
expect_in 'Content-Length:' "$headers"
headers=$(curl -fsI --cacert "$WORK/ops.pem" --cert "$WORK/bank.pem" "$list")
expect_in 'Cache-Control: private' "$headers"
etag=$(sed -n 's/^ETag: *//Ip' <<<"$headers" | tr -d '\r')
[[ $(with bank -H "If-None-Match: $etag" "$list") == 304 ]] || fail "304 over TLS"
[[ $(with bank -r 0-9 "$list") == 206 ]] || fail "206 over TLS"

echo "The verifier services are here alone, and for clients with a credential."
service=/verifier/v1/certificates/auth/100000001/counterpart
[[ $(curl -s -o "$WORK/plain.txt" -w '%{http_code}' "$URL$service") == 404 ]] || fail "a verifier service without TLS: $(cat "$WORK/plain.txt")"
[[ $(status "$HTTPS_URL$service") == 403 ]] || fail "a verifier service without a certificate"
curl -s --cacert "$WORK/ops.pem" --cert "$WORK/bank.pem" "$HTTPS_URL$service" -o "$WORK/service.txt" -w '%{http_code} %{content_type}\n' >"$WORK/service.status"
grep -q 'json' "$WORK/service.status" || fail "the verifier service: $(cat "$WORK/service.status" "$WORK/service.txt")"
grep -q '"title":"Not Found"' "$WORK/service.txt" && fail "the verifier service is not there"

echo "A certificate for another use, of another CA or out of its time does not get in."
specific=$(jpki verifier add "Terminal Operator" --class specific-authentication --ready --tls --signature)
credential pinless "$specific" --for pinless
[[ $(with pinless "$HTTPS_URL/cps") == 000 ]] || fail "a pinless credential as a client certificate"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$WORK/stranger.pem" -out "$WORK/stranger.cer" \
  -subj /CN=stranger -addext extendedKeyUsage=clientAuth 2>/dev/null
cat "$WORK/stranger.cer" >>"$WORK/stranger.pem"
[[ $(with stranger "$HTTPS_URL/cps") == 000 ]] || fail "a stranger's certificate"
# The holder's own certificate is of another CA, although it is for clientAuth.
cat "$WORK/auth.pem" "$WORK/card/auth.key" >"$WORK/holder.pem"
[[ $(with holder "$HTTPS_URL/cps") == 000 ]] || fail "a holder's certificate"

echo "Two kinds of evidence that name different verifiers are refused."
network=$(jpki verifier add "Loopback Office" --class authentication --ready --network 127.0.0.1)
[[ $(with bank "$list") == 403 ]] || fail "two verifiers at once"
expect_in unauthorized "$(ask bank)"
[[ $(status "$list") == 200 ]] || fail "the network alone"
jpki verifier cancel "$network" --quiet
[[ $(with bank "$list") == 200 ]] || fail "the certificate alone, again"

echo "On an open connection: suspension, its end, and the credential's revocation count at once."
coproc TLS { exec openssl s_client -connect "127.0.0.1:$HTTPS_PORT" -CAfile "$WORK/ops.pem" -cert "$WORK/bank.pem" -key "$WORK/bank.pem" -quiet 2>/dev/null; }
tls_in=${TLS[1]} tls_out=${TLS[0]}
# head_status PATH: the status of a HEAD on the open connection.
head_status() {
  local line first=
  printf 'HEAD %s HTTP/1.1\r\nHost: x\r\n\r\n' "$1" >&"$tls_in"
  while IFS= read -r -t 10 line <&"$tls_out"; do
    [[ -n $first ]] || first=$line
    [[ $line == $'\r' ]] && break
  done
  cut -d' ' -f2 <<<"$first"
}
[[ $(head_status /crl/auth-1/full.crl) == 200 ]] || fail "the open connection"
jpki verifier suspend "$bank" --quiet
[[ $(head_status /crl/auth-1/full.crl) == 403 ]] || fail "suspended, on the open connection"
expect_in unauthorized "$(ask bank)"
jpki verifier resume "$bank" --quiet
[[ $(head_status /crl/auth-1/full.crl) == 200 ]] || fail "resumed, on the open connection"
jpki verifier credential revoke "$bank" "$bank_serial" --quiet
[[ $(head_status /crl/auth-1/full.crl) == 403 ]] || fail "a revoked credential on the open connection"
[[ $(head_status /cps) == 200 ]] || fail "the open connection is still a connection"
exec {tls_in}>&-
[[ $(with bank "$HTTPS_URL/cps") == 000 ]] || fail "a revoked credential in a new handshake"
credential second "$bank" --for tls
[[ $(with second "$list") == 200 ]] || fail "a new credential"
[[ $(curl -fs "http://127.0.0.1:$OPS_PORT/metrics" | sed -n 's/^jpki_http_handshakes_failed_total{listener="verifier-https"} //p') != 0 ]] ||
  fail "failed handshakes are not counted"

echo "The certificate stays over a restart, and follows the names it is for."
fingerprint() {
  openssl s_client -connect "127.0.0.1:$HTTPS_PORT" </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256
}
before=$(fingerprint)
stop_server
start_server
[[ $(fingerprint) == "$before" ]] || fail "another certificate after a restart"
stop_server
sed -i 's/^https_names = .*/https_names = ["ocsp.example", "192.0.2.7"]/' "$DATA/jpki.toml"
start_server
[[ $(fingerprint) != "$before" ]] || fail "the same certificate for other names"
[[ $(status --resolve "ocsp.example:$HTTPS_PORT:127.0.0.1" "https://ocsp.example:$HTTPS_PORT/cps") == 200 ]] || fail "the new name"
[[ $(with second "$list") == 200 ]] || fail "the credential after the change"
jpki verifier suspend "$bank" --quiet
[[ $(with second "$list") == 403 ]] || fail "suspended, in a new connection: it hears why"
jpki verifier resume "$bank" --quiet
jpki verifier cancel "$bank" --quiet
[[ $(with second "$HTTPS_URL/cps") == 000 ]] || fail "a cancelled verifier in a new handshake"
stop_server

echo "A chosen port that is taken is an error; switched off there is no listener."
sed -i "s/^verifier_https = .*/verifier_https = \"127.0.0.1:$PORT\"/" "$DATA/jpki.toml"
timeout 60 "$JPKI" serve --data "$DATA" >"$WORK/taken.txt" 2>&1 && fail "two listeners on one port"
grep -q "cannot listen on 127.0.0.1:$PORT" "$WORK/taken.txt" || { cat "$WORK/taken.txt" >&2; fail "the port is not named"; }
sed -i 's/^verifier_https = .*/verifier_https = "off"/' "$DATA/jpki.toml"
start_server
[[ $(status "$HTTPS_URL/cps") == 000 ]] || fail "switched off"
stop_server
