#!/usr/bin/env bash
# The disk is full: writes are refused before anything is acknowledged, status answers go on, readiness fails;
# with room again everything acknowledged is there, and the service goes on.

. "$(dirname "$0")/lib.sh"

ask() {
  openssl ocsp -issuer "$WORK/ca-auth.pem" -cert "$WORK/auth.pem" -url "$URL/ocsp/auth" -CAfile "$WORK/ca-auth.pem" 2>&1
}
readyz() { curl -s -o "$WORK/ready.json" -w '%{http_code}' "http://127.0.0.1:$OPS_PORT/readyz"; }

init_authority '[crl]' 'scopes = "used"'
start_server
jpki verifier add "Example Bank" --class authentication --ready --network 127.0.0.1 --quiet
id=$(jpki resident add --name '模擬　太郎' --birth 1980-02-17 --sex male --municipality 132217 --address '東京都清瀬市模擬町１番')
jpki cert issue "$id" --key-pool "$SOURCE_DIR/testdata/keys" --out "$WORK/card" --quiet
ca_pem auth
openssl x509 -inform DER -in "$WORK/card/auth.cer" -out "$WORK/auth.pem"
stop_server

echo "No file of the server may grow beyond what the store has now: as good as a full disk."
# RLIMIT_FSIZE in KiB; writing beyond it gives EFBIG when the signal is ignored.
blocks=$(($(stat -c %s "$DATA/store/data.mdb") / 1024 + 8))
server=$JPKI
JPKI=$WORK/limited
printf '#!/bin/sh\ntrap "" XFSZ\nulimit -f %s\nexec "%s" "$@"\n' "$((blocks * 2))" "$server" >"$JPKI"
chmod +x "$JPKI"
start_server
JPKI=$server

# The pages that are free are used up by as many as it takes; the last of them one by one.
long=$(printf '模擬%.0s' $(seq 60))
{
  echo name,birth,sex,municipality,address
  for i in $(seq 600); do echo "模擬　太郎,1980-02-17,male,132217,東京都清瀬市模擬町$i番 $long"; done
} >"$WORK/many.csv"
jpki resident import "$WORK/many.csv" --quiet >/dev/null 2>&1 || true
before=$(jpki resident list | wc -l)

entered=() refusals=0
for i in $(seq 400); do
  if one=$(jpki resident add --name "模擬　$i" --birth 1980-02-17 --sex male --municipality 132217 \
    --address "東京都清瀬市模擬町$i番" 2>"$WORK/refused.txt"); then
    entered+=("$one")
  else
    refusals=$((refusals + 1))
    grep -q 'nothing was stored' "$WORK/refused.txt" || { cat "$WORK/refused.txt" >&2; fail "the refusal says why"; }
    # Soon: a smaller write may still find room among freed pages, and readiness comes back with it. What readiness
    # said just before is served for a second.
    for _ in $(seq 20); do
      ready_after_refusal=$(readyz)
      [[ $ready_after_refusal != 503 ]] || break
      sleep 0.1
    done
    ((refusals < 3)) || break
  fi
done
((refusals == 3)) || fail "the store was never full"
echo "${#entered[@]} residents were entered before it was full"

[[ $ready_after_refusal == 503 ]] || fail "/readyz should fail: $(cat "$WORK/ready.json")"
grep -q 'store' "$WORK/ready.json" || fail "/readyz should name the store: $(cat "$WORK/ready.json")"
ask | grep -q 'auth.pem: good' || fail "status answers should go on"
code=0
jpki event death "$id" >"$WORK/out.txt" 2>&1 || code=$?
case $code in
  4) expected=good ;;
  0) expected=revoked ;;
  *) fail "an event that cannot be stored should exit 4, not $code: $(cat "$WORK/out.txt")" ;;
esac
ask | grep -q "auth.pem: $expected" || fail "what was refused must not be told, what was acknowledged must"
jpki audit verify --quiet || fail "the audit log"
stop_server

echo "With room again."
start_server
for one in "${entered[@]}"; do jpki resident show "$one" --quiet || fail "resident $one was acknowledged and is gone"; done
[[ $(jpki resident list | wc -l) == $((${#entered[@]} + before)) ]] || fail "a refused resident is in the register"
[[ $code == 0 ]] || jpki event death "$id" --quiet
ask | grep -q 'auth.pem: revoked' || fail "the event after the repair"
jpki audit verify --quiet || fail "the audit log after the repair"
stop_server
