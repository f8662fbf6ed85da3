#!/usr/bin/env bash
# An operator's credential that ends: on a connection that is open then, and at the next handshake. The service was begun
# three days ago (libfaketime), with credentials of one day; it goes on by that time until the clock is confirmed.

. "$(dirname "$0")/lib.sh"

faketime=$(find /usr/lib -name libfaketimeMT.so.1 2>/dev/null | head -n 1)
[[ -n $faketime ]] || { echo "libfaketime is not installed"; exit 77; }
# AddressSanitizer's library must come first, where the program has it.
sanitizer=$(ldd "$JPKI" | awk '/libasan/ { print $3 }')
program=$JPKI
JPKI=$WORK/days-ago
printf '#!/bin/sh\nLD_PRELOAD="%s %s" FAKETIME_TIMESTAMP_FILE=%s FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1 exec "%s" "$@"\n' \
  "$sanitizer" "$faketime" "$WORK/faketime.rc" "$program" >"$JPKI"
chmod +x "$JPKI"

ADMIN_PORT=$(free_port)
ADMIN=https://127.0.0.2:$ADMIN_PORT
export HOME=$WORK XDG_CONFIG_HOME=$WORK/config
by() { local name=$1; shift; "$program" "$@" --url "$ADMIN" --credential "$WORK/op/$name.p12"; }
local_officer() { "$program" "$@" --data "$DATA"; }
# ask_again WORDS: the same request on the connection that is open, until the answer holds the words.
ask_again() {
  : >"$WORK/s_client.txt"
  printf 'GET /v1/roles HTTP/1.1\r\nHost: x\r\n\r\n' >&7
  for _ in $(seq 100); do grep -q "$1" "$WORK/s_client.txt" && return; sleep 0.1; done
  cat "$WORK/s_client.txt" >&2
  fail "'$1' expected on the open connection"
}

echo -3d >"$WORK/faketime.rc"
init_authority "admin_https = \"127.0.0.2:$ADMIN_PORT\"" '[access]' 'open_to_all = true' '[crl]' 'scopes = "used"' \
  '[credentials]' 'life_days = 1'
start_server
local_officer operator add akiko --role officer --out "$WORK/op/akiko.p12" --quiet
by akiko operator add saburo --role supervisor --out "$WORK/op/saburo.p12" --quiet
by akiko operator add kiyose --role municipality:132217 --out "$WORK/op/kiyose.p12" --quiet
stop_server
sed -i "s/^\[operators.local\]/[operators.local]\n\"$(id -un)\" = \"akiko\"/" "$DATA/jpki.toml"

echo "The clock is three days ahead of what the service trusts: the credential is in force by the trusted time."
echo +0 >"$WORK/faketime.rc"
"$JPKI" serve --data "$DATA" 2>>"$WORK/server.log" &
SERVER_PID=$!
for _ in $(seq 600); do
  curl -s "http://127.0.0.1:$OPS_PORT/readyz" >"$WORK/out.txt" && break
  kill -0 "$SERVER_PID" 2>/dev/null || fail "the server ended at its start"
  sleep 0.1
done
says 'clock: '
by kiyose roles >"$WORK/out.txt"
says 'You are kiyose: municipality'
curl -fs "$URL/ca/ops.cer" | openssl x509 -inform DER -out "$WORK/ops.pem"
openssl pkcs12 -in "$WORK/op/kiyose.p12" -passin "file:$WORK/op/kiyose.p12.password" -nodes -out "$WORK/kiyose.pem" 2>/dev/null
mkfifo "$WORK/pipe"
openssl s_client -connect "127.0.0.2:$ADMIN_PORT" -cert "$WORK/kiyose.pem" -key "$WORK/kiyose.pem" -CAfile "$WORK/ops.pem" -quiet \
  <"$WORK/pipe" >>"$WORK/s_client.txt" 2>/dev/null &
client=$!
exec 7>"$WORK/pipe"
ask_again '200 OK'

echo "The clock is confirmed: the credential has ended, and the open connection is refused at its next request."
local_officer clock accept --quiet
ask_again '403 Forbidden'
grep -q 'kiyose' "$WORK/s_client.txt" || { cat "$WORK/s_client.txt" >&2; fail "the refusal names the operator"; }
grep -q 'has ended' "$WORK/s_client.txt" || { cat "$WORK/s_client.txt" >&2; fail "the refusal says why"; }
exec 7>&-
kill "$client" 2>/dev/null || true

echo "A handshake with it is refused, by TLS 1.3 and 1.2, as are those of the officers; a recovered one is let in."
for name in kiyose akiko saburo; do exits 3 by "$name" roles; done
for version in 1.2 1.3; do
  [[ $(curl -s -o /dev/null -w '%{http_code}' --tls-max "$version" --cacert "$WORK/ops.pem" --cert "$WORK/kiyose.pem" \
    "$ADMIN/v1/roles" || true) == 000 ]] || fail "TLS $version took a credential that has ended"
done
stop_server
local_officer operator recover akiko --out "$WORK/op/new.p12" --quiet
start_server
by new roles >"$WORK/out.txt"
says 'You are akiko: officer'
stop_server
echo "expired credential: passed"
