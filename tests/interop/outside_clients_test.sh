#!/usr/bin/env bash
# OCSP and CRLs through the eyes of strangers: openssl, gnutls and curl.

. "$(dirname "$0")/lib.sh"

ask() { # ask KIND openssl-options…
  local kind=$1
  shift
  openssl ocsp -issuer "$WORK/ca-$kind.pem" -url "$URL/ocsp/$kind" -CAfile "$WORK/ca-$kind.pem" "$@" 2>&1 || true
}
expect_in() { grep -q -- "$1" <<<"$2" || fail "expected '$1' in: $2"; }
# status METHOD-OPTIONS… URL: the HTTP status.
status() { curl -s -o /dev/null -w '%{http_code}' "$@"; }

init_authority '[crl]' 'scopes = "used"'
start_server
ca_pem sign
ca_pem auth

echo "Nobody is registered: nobody is answered."
expect_in unauthorized "$(ask sign -serial 1)"
[[ $(status "$URL/crl/sign-1/full.crl") == 403 ]] || fail "a CRL for an unknown asker"
[[ $(status "$URL/crl/auth-1/132217/full.crl") == 403 ]] || fail "a CRL of a point for an unknown asker"
[[ $(status "$URL/ca/sign.cer") == 200 ]] || fail "CA certificates are open to all"

verifier=$(jpki verifier add "Example Bank" --class signature --class authentication --private --ready --network 127.0.0.1)
id=$(jpki resident add --name '模擬　太郎' --birth 1980-02-17 --sex male --municipality 132217 --address '東京都清瀬市模擬町１番')
other=$(jpki resident add --name '模擬　花子' --birth 1981-03-18 --sex female --municipality 131121 --address '東京都世田谷区模擬町１番')
for resident in "$id" "$other"; do
  jpki cert issue "$resident" --key-pool "$SOURCE_DIR/testdata/keys" --out "$WORK/$resident" --quiet
  for kind in sign auth; do openssl x509 -inform DER -in "$WORK/$resident/$kind.cer" -out "$WORK/$resident-$kind.pem"; done
done
jpki event address-change "$id" --address '東京都清瀬市元町１番' --quiet
jpki event hold "$other" --quiet

echo "openssl ocsp: nonce, SHA-1 and SHA-256 CertIDs, several certificates in one request."
expect_in "$id-auth.pem: good" "$(ask auth -cert "$WORK/$id-auth.pem")"
answer=$(ask sign -cert "$WORK/$id-sign.pem")
expect_in "$id-sign.pem: revoked" "$answer"
expect_in 'Reason: affiliationChanged' "$answer"
expect_in 'Response verify OK' "$answer"
grep -q 'WARNING: no nonce' <<<"$answer" && fail "the nonce was not echoed"
expect_in "$id-auth.pem: good" "$(ask auth -no_nonce -cert "$WORK/$id-auth.pem")"
expect_in "$id-auth.pem: good" "$(ask auth -sha256 -cert "$WORK/$id-auth.pem")"
answer=$(ask auth -cert "$WORK/$id-auth.pem" -cert "$WORK/$other-auth.pem" -serial 5)
expect_in "$id-auth.pem: good" "$answer"
expect_in "$other-auth.pem: revoked" "$answer"
expect_in 'Reason: certificateHold' "$answer"
expect_in '5: unknown' "$answer"
expect_in 'Response verify OK' "$answer"
answer=$(ask auth -sha256 -cert "$WORK/$id-auth.pem" -sha1 -cert "$WORK/$id-auth.pem")
expect_in 'Response verify OK' "$answer"

echo "gnutls: ocsptool and certtool."
ocsptool --ask="$URL/ocsp/auth" --load-cert "$WORK/$id-auth.pem" --load-issuer "$WORK/ca-auth.pem" \
  --load-trust "$WORK/ca-auth.pem" >"$WORK/ocsptool.txt" 2>&1 || { cat "$WORK/ocsptool.txt" >&2; fail "ocsptool"; }
grep -q 'Certificate Status: good' "$WORK/ocsptool.txt" || { cat "$WORK/ocsptool.txt" >&2; fail "ocsptool: good"; }
grep -q 'Verifying OCSP Response: Success' "$WORK/ocsptool.txt" || { cat "$WORK/ocsptool.txt" >&2; fail "ocsptool: signature"; }
jpki crl publish --quiet
# A second later, so that the date alone tells this list from the one before it.
sleep 1.1
jpki crl publish --quiet
curl -fs "$URL/crl/sign-1/132217/full.crl" -o "$WORK/full.crl"
certtool --crl-info --inder --infile "$WORK/full.crl" >"$WORK/crl.txt" 2>&1 || { cat "$WORK/crl.txt" >&2; fail "certtool --crl-info"; }
grep -q 'Revoked certificates (1)' "$WORK/crl.txt" || { cat "$WORK/crl.txt" >&2; fail "certtool: one entry"; }
openssl crl -inform DER -in "$WORK/full.crl" -out "$WORK/full.pem"
certtool --verify-crl --load-ca-certificate "$WORK/ca-sign.pem" --infile "$WORK/full.pem" >"$WORK/verify.txt" 2>&1 ||
  { cat "$WORK/verify.txt" >&2; fail "certtool --verify-crl"; }
grep -q 'Verification output: Verified' "$WORK/verify.txt" || { cat "$WORK/verify.txt" >&2; fail "certtool: verified"; }

echo "GET: base64 raw and percent-encoded, with and without padding, in lower and upper case escapes."
openssl ocsp -issuer "$WORK/ca-sign.pem" -cert "$WORK/$id-sign.pem" -no_nonce -reqout "$WORK/request.der"
curl -fs --data-binary @"$WORK/request.der" -H 'Content-Type: application/ocsp-request' "$URL/ocsp/sign" -o "$WORK/post.der"
raw=$(base64 -w0 "$WORK/request.der")
escaped=$(sed 's/+/%2B/g; s,/,%2F,g; s/=/%3D/g' <<<"$raw")
for path in "$raw" "$escaped" "${raw%%=*}" "$(tr '+/' '-_' <<<"$raw")" "${escaped//%2F/%2f}" "/$raw"; do
  curl -fs --path-as-is "$URL/ocsp/sign/$path" -o "$WORK/get.der" || fail "GET /ocsp/sign/$path"
  cmp -s "$WORK/post.der" "$WORK/get.der" || fail "GET and POST should give the same kept answer: $path"
done
curl -fs --path-as-is --data-binary @"$WORK/request.der" "$URL//ocsp//sign/" | cmp -s - "$WORK/post.der" ||
  fail "POST with slashes too many"
# shellcheck disable=SC2046
openssl ocsp -issuer "$WORK/ca-sign.pem" -sha512 $(seq -f '-serial %.0f' 100000001 100000100) -no_nonce -reqout "$WORK/many.der"
many=$(base64 -w0 "$WORK/many.der" | sed 's/+/%2B/g; s,/,%2F,g; s/=/%3D/g')
curl -fs "$URL/ocsp/sign/$many" -o "$WORK/many.answer" || fail "GET about a hundred certificates by SHA-512"
openssl ocsp -reqin "$WORK/many.der" -respin "$WORK/many.answer" -issuer "$WORK/ca-sign.pem" -CAfile "$WORK/ca-sign.pem" \
  >"$WORK/many.txt" 2>&1 || { cat "$WORK/many.txt" >&2; fail "openssl: a hundred answers"; }
grep -q 'Response verify OK' "$WORK/many.txt" || { cat "$WORK/many.txt" >&2; fail "openssl: a hundred answers"; }
headers=$(curl -fsi "$URL/ocsp/sign/$escaped" -o /dev/null -D -)
expect_in 'Content-Type: application/ocsp-response' "$headers"
expect_in 'Content-Length:' "$headers"
grep -iq 'Cache-Control:.*public' <<<"$headers" && fail "an answer for verifiers is not public: $headers"

echo "CRLs by curl: ETag, If-None-Match, If-Modified-Since, Range, HEAD."
list=$URL/crl/sign-1/132217/full.crl
headers=$(curl -fsI "$list")
expect_in 'Content-Type: application/pkix-crl' "$headers"
size=$(stat -c %s "$WORK/full.crl")
expect_in "Content-Length: $size" "$headers"
etag=$(sed -n 's/^ETag: *//Ip' <<<"$headers" | tr -d '\r')
modified=$(sed -n 's/^Last-Modified: *//Ip' <<<"$headers" | tr -d '\r')
[[ -n $etag && -n $modified ]] || fail "ETag and Last-Modified: $headers"
[[ $(status -H "If-None-Match: $etag" "$list") == 304 ]] || fail "If-None-Match"
[[ $(status -H 'If-None-Match: "another"' "$list") == 200 ]] || fail "If-None-Match with another tag"
[[ $(status -H "If-Modified-Since: $modified" "$list") == 304 ]] || fail "If-Modified-Since"
[[ $(status -r 0-9 "$list") == 206 ]] || fail "Range"
{ curl -fs -r 0-99 "$list"; curl -fs -r 100- "$list"; } | cmp -s - "$WORK/full.crl" || fail "two ranges make the whole"
[[ $(status -r "$((size + 5))-" "$list") == 416 ]] || fail "a range beyond the end"
[[ $(status "$URL/crl/sign-1/132218/full.crl") == 404 ]] || fail "a wrong check digit"
[[ $(status "$URL/crl/sign-1/132217/half.crl") == 404 ]] || fail "an unknown file"
curl -fs "$URL/crl/sign/132217/full.crl" | cmp -s - "$WORK/full.crl" || fail "the alias of the current generation"
[[ $(status -X PUT "$list") == 405 ]] || fail "PUT"

echo "openssl verify with complete and delta CRLs: hold, release, revocation."
point=$URL/crl/auth-1/131121
check() { # check WANTED PEM: what -crl_check -extended_crl -use_deltas says of a certificate
  local wanted=$1 pem=$2 kind=full
  rm -f "$WORK/crls.pem"
  for kind in full delta; do
    curl -fs "$point/$kind.crl" | openssl crl -inform DER >>"$WORK/crls.pem" || fail "$point/$kind.crl"
  done
  if openssl verify -CAfile "$WORK/ca-auth.pem" -crl_check -extended_crl -use_deltas -CRLfile "$WORK/crls.pem" "$pem" \
    >"$WORK/checked.txt" 2>&1; then
    [[ $wanted == good ]] || fail "openssl should say $wanted, and says good"
  else
    [[ $wanted == revoked ]] || { cat "$WORK/checked.txt" >&2; fail "openssl should say good"; }
    grep -q 'certificate revoked' "$WORK/checked.txt" || { cat "$WORK/checked.txt" >&2; fail "another error than revoked"; }
  fi
}
check revoked "$WORK/$other-auth.pem"
jpki event release "$other" --quiet
jpki crl publish --delta --quiet
check good "$WORK/$other-auth.pem"
curl -fs "$point/delta.crl" | openssl crl -inform DER -noout -text | grep -q 'Remove From CRL' ||
  fail "the delta should say removeFromCRL"
jpki crl publish --quiet
check good "$WORK/$other-auth.pem"
jpki event hold "$other" --quiet
jpki crl publish --delta --quiet
check revoked "$WORK/$other-auth.pem"
jpki event death "$other" --quiet
jpki crl publish --delta --quiet
check revoked "$WORK/$other-auth.pem"
# A hold that became a revocation since the base is in the delta with its new reason.
curl -fs "$point/delta.crl" | openssl crl -inform DER -noout -text | grep -q 'Cessation Of Operation' ||
  fail "the delta should have the new reason"
jpki crl check --quiet || fail "jpki crl check"

echo "Suspension takes effect at once, on every channel."
jpki verifier suspend "$verifier" --quiet
expect_in unauthorized "$(ask sign -cert "$WORK/$id-sign.pem")"
expect_in unauthorized "$(ask sign -no_nonce -cert "$WORK/$id-sign.pem")"
[[ $(status "$list") == 403 ]] || fail "a CRL for a suspended verifier"
jpki verifier resume "$verifier" --quiet
expect_in "$id-sign.pem: revoked" "$(ask sign -cert "$WORK/$id-sign.pem")"
[[ $(status "$list") == 200 ]] || fail "a CRL after the suspension"

echo "Out of its class a verifier is a stranger."
jpki verifier cancel "$verifier" --quiet
bank=$(jpki verifier add "Signature Bank" --class signature --private --ready --network 127.0.0.1)
expect_in "$id-sign.pem: revoked" "$(ask sign -cert "$WORK/$id-sign.pem")"
expect_in unauthorized "$(ask auth -cert "$WORK/$id-auth.pem")"
[[ $(status "$URL/crl/sign-1/full.crl") == 200 ]] || fail "a CRL of its class"
[[ $(status "$URL/crl/auth-1/full.crl") == 403 ]] || fail "a CRL out of its class"
jpki verifier show "$bank" --quiet
stop_server
