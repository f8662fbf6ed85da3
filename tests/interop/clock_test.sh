#!/usr/bin/env bash
# A clock that leaps under a running service (libfaketime): the time that was trusted goes on, revocation never
# stops, nothing comes due that is not due, and a store from a false future is repaired.

. "$(dirname "$0")/lib.sh"

faketime=$(find /usr/lib -name libfaketimeMT.so.1 2>/dev/null | head -n 1)
[[ -n $faketime ]] || { echo "libfaketime is not installed"; exit 77; }
# AddressSanitizer's library must come first, where the program has it.
sanitizer=$(ldd "$JPKI" | awk '/libasan/ { print $3 }')
FAKE=$WORK/faketime.rc
server=$JPKI
JPKI=$WORK/leaping
printf '#!/bin/sh\nLD_PRELOAD="%s %s" FAKETIME_TIMESTAMP_FILE=%s FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1 exec "%s" "$@"\n' \
  "$sanitizer" "$faketime" "$FAKE" "$server" >"$JPKI"
chmod +x "$JPKI"
leap() { echo "$1" >"$FAKE"; }
plain() { "$server" "$@" --data "$DATA"; }
readyz() { curl -s -o "$WORK/ready.json" -w '%{http_code}' "http://127.0.0.1:$OPS_PORT/readyz$1"; }
doubt_seen() { # doubt_seen yes|no
  for _ in $(seq 100); do
    readyz '' >/dev/null || true
    if grep -q 'clock: ' "$WORK/ready.json"; then [[ $1 == yes ]] && return; else [[ $1 == no ]] && return; fi
    sleep 0.1
  done
  fail "a doubt about the clock: $1 expected, $(cat "$WORK/ready.json")"
}
start_in_doubt() { # As start_server, which would wait for readiness.
  "$JPKI" serve --data "$DATA" 2>>"$WORK/server.log" &
  SERVER_PID=$!
  for _ in $(seq 600); do
    readyz '' >/dev/null && break
    sleep 0.1
  done
}
year_of_list() { curl -fs "$URL/crl/auth-1/full.crl" | openssl crl -inform DER -noout -lastupdate | grep -o '20[0-9][0-9]'; }
add_resident() {
  plain resident add --name '模擬　太郎' --birth 1980-02-17 --sex male --municipality 132217 --address '東京都清瀬市模擬町１番'
}
this_year=$(date -u +%Y)

leap +0
init_authority '[crl]' 'scopes = "used"' '[access]' 'open_to_all = true'
start_server
id=$(add_resident)
plain cert issue "$id" --key-pool "$SOURCE_DIR/testdata/keys" --out "$WORK/card" --quiet
other=$(add_resident)
plain cert issue "$other" --key-pool "$SOURCE_DIR/testdata/keys" --out "$WORK/other" --quiet
plain event move-out "$other" --planned "$(date -u -d '+2 days' +%F)" --quiet
plain crl publish --quiet
ca_pem auth
ca_pem sign

echo "Three years ahead for some seconds: the doubt is named, answers and revocations go on in the trusted time."
leap +1096d
doubt_seen yes
[[ $(readyz '?for=answers') == 200 ]] || fail "answers go on: $(cat "$WORK/ready.json")"
plain clock show >"$WORK/out.txt"
grep -q 'in doubt' "$WORK/out.txt" || fail "clock show: $(cat "$WORK/out.txt")"
[[ $(ocsp_status auth "$WORK/other/auth.cer") == good* ]] || fail "status in doubt"
grep -q "This Update: .*$this_year" "$WORK/ocsp.txt" || fail "an answer from the future: $(cat "$WORK/ocsp.txt")"
plain event death "$id" --quiet || fail "a revocation in doubt"
[[ $(ocsp_status auth "$WORK/card/auth.cer") == revoked* ]] || fail "the revocation in doubt"
plain crl publish --quiet
[[ $(year_of_list) == "$this_year" ]] || fail "a list from the future: $(year_of_list)"
third=$(add_resident)
exits 4 plain cert issue "$third" --key-pool "$SOURCE_DIR/testdata/keys" --out "$WORK/third" --quiet
says 'nothing is issued while the time is in doubt'
leap +0
doubt_seen no
plain cert issue "$third" --key-pool "$SOURCE_DIR/testdata/keys" --out "$WORK/third" --quiet
plain audit verify --quiet

echo "45 days ahead for some seconds: no clock of a resident ends."
leap +45d
doubt_seen yes
exits 4 plain sweep
says 'the time is in doubt'
leap +0
doubt_seen no
for kind in sign auth; do
  [[ $(ocsp_status $kind "$WORK/other/$kind.cer") == good* ]] || fail "a leap of the clock revoked a certificate"
done

echo "Three hours ahead, and a restart: the doubt goes on with the trusted time, answers and revocations too."
leap +3h
doubt_seen yes
stop_server
start_in_doubt
doubt_seen yes
[[ $(readyz '?for=answers') == 200 ]] || fail "answers go on after a restart in doubt: $(cat "$WORK/ready.json")"
exits 4 plain cert issue "$other" --renew --key-pool "$SOURCE_DIR/testdata/keys" --out "$WORK/renewed" --quiet
says 'nothing is issued while the time is in doubt'
leap +0
doubt_seen no
stop_server

echo "Ten days ahead while nothing runs: elapsed time carries the trusted one over the restart."
leap +10d
start_in_doubt
doubt_seen yes
[[ $(readyz '?for=answers') == 200 ]] || fail "answers after a leap while nothing ran: $(cat "$WORK/ready.json")"
stop_server

echo "A start after a gap that nothing carries: tryLater until an operator confirms it."
# What the last process has left is of no use after a start of the machine.
rm "$DATA/store/clock-mark"
start_in_doubt
doubt_seen yes
openssl x509 -inform DER -in "$WORK/other/auth.cer" -out "$WORK/asked.pem"
openssl ocsp -issuer "$WORK/ca-auth.pem" -cert "$WORK/asked.pem" -url "$URL/ocsp/auth" -CAfile "$WORK/ca-auth.pem" >"$WORK/ocsp.txt" 2>&1 || true
grep -qi 'trylater' "$WORK/ocsp.txt" || fail "tryLater after a gap: $(cat "$WORK/ocsp.txt")"
plain event death "$third" --quiet || fail "a revocation after a gap"
plain clock accept --json >"$WORK/out.txt"
described 'clock accept' "$WORK/out.txt"
doubt_seen no
openssl ocsp -issuer "$WORK/ca-auth.pem" -cert "$WORK/asked.pem" -url "$URL/ocsp/auth" -CAfile "$WORK/ca-auth.pem" >"$WORK/ocsp.txt" 2>&1 || true
# The client's own clock says that the answer is not yet valid.
grep -q '^good' "$WORK/ocsp.txt" || grep -q 'asked.pem: good' "$WORK/ocsp.txt" || fail "status after the acceptance: $(cat "$WORK/ocsp.txt")"
plain audit show --limit 50 >"$WORK/audit.txt"
grep -q 'clock accept' "$WORK/audit.txt" || fail "the acceptance is audited"
exits 1 plain clock accept
plain crl publish --quiet
stop_server

echo "It was confirmed wrongly: the store lies ten days ahead, and is repaired."
leap +0
exits 2 plain clock repair
says 'a repair would take that for the present'
says 'crl/auth-1/full.crl number'
says 'nothing was changed: look at a clock'
exits 2 plain clock repair --now noon
says 'a time with its offset'
exits 1 plain clock repair --now "$(date -u -d '+3 days' +%FT%TZ)"
says 'Correct the clock first'
! plain clock repair --json >"$WORK/plan.json" 2>/dev/null || fail "a plan is done"
described 'clock repair' "$WORK/plan.json"
exits 0 plain clock repair --now "$(date -u +%FT%TZ)"
says 'clock accept\|event death\|publish'
says 'crl/auth-1/full.crl number'
exits 1 plain clock repair --now "$(date -u +%FT%TZ)"
start_server
fourth=$(add_resident)
plain cert issue "$fourth" --key-pool "$SOURCE_DIR/testdata/keys" --out "$WORK/fourth" --quiet
curl -fs "$URL/crl/auth-1/full.crl" | openssl crl -inform DER -noout -lastupdate -crlnumber >"$WORK/list.txt"
grep -q "$(date -u +'%b %e')" "$WORK/list.txt" || fail "the list after the repair: $(cat "$WORK/list.txt")"
plain crl check --current --quiet || fail "crl check after the repair"
plain audit verify --quiet || fail "the audit log after the repair"
plain audit show --limit 50 >"$WORK/audit.txt"
grep -q 'clock repair' "$WORK/audit.txt" || fail "the repair is audited"
stop_server
