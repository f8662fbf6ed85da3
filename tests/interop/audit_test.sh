#!/usr/bin/env bash
# The tail of the audit log: signed heads outside the store show that it was cut, and openssl agrees about the
# signature.

. "$(dirname "$0")/lib.sh"

SAFETY=$WORK/jpki-safety

init_authority '[crl]' 'scopes = "used"'
start_server
curl -fs "$URL/ca/ops.cer" -o "$WORK/ops.cer"
for _ in $(seq 100); do ls "$SAFETY"/audit-heads-* >/dev/null 2>&1 && break; sleep 0.1; done
heads=$(ls "$SAFETY"/audit-heads-*)
grep -q 'audit-head ' "$WORK/server.log" || fail "the log does not show the signed head"

exits 0 jpki audit verify
says 'nothing proves that its end was not cut off'
head=$(jpki audit verify --json | sed 's/.*"head":"\([^"]*\)".*/\1/')
exits 0 jpki audit verify --expect "$head"
exits 1 jpki audit verify --expect "99999:${head#*:}"
says 'was removed'
exits 1 jpki audit verify --expect "${head%%:*}:$(printf '0%.0s' $(seq 64))"
says 'differs from the expected one'
exits 2 jpki audit verify --expect nonsense
exits 2 jpki audit verify --heads "$heads"
says '--ca is missing'
exits 0 jpki audit verify --heads "$heads" --ca "$WORK/ops.cer"
says 'proved by signatures until entry'
grep 'audit-head ' "$WORK/server.log" >"$WORK/from-log.txt"
exits 0 jpki audit verify --heads "$WORK/from-log.txt" --ca "$WORK/ops.cer"

echo "openssl verifies the signature over the same text."
read -r _ authority signed time signature < <(tail -n 1 "$heads")
printf 'jpki audit head\nauthority %s\n%s\n%s\n' "$authority" "$signed" "$time" >"$WORK/text"
base64 -d <<<"$signature" >"$WORK/signature"
openssl x509 -inform DER -in "$WORK/ops.cer" -noout -pubkey >"$WORK/ops.pub"
openssl dgst -sha256 -verify "$WORK/ops.pub" -signature "$WORK/signature" "$WORK/text" >/dev/null || fail "openssl dgst"

echo "A line that a full disk cut proves nothing; the next one does."
{ head -c -20 "$heads"; echo; cat "$heads"; } >"$WORK/cut.txt"
exits 0 jpki audit verify --heads "$WORK/cut.txt" --ca "$WORK/ops.cer"
says 'is cut, as a full disk leaves it'
says 'proved by signatures until entry'

echo "An altered line, another CA's certificate."
sed 's/audit-head \([^ ]*\) \([0-9]*\):/audit-head \1 9\2:/' "$heads" >"$WORK/altered.txt"
exits 1 jpki audit verify --heads "$WORK/altered.txt" --ca "$WORK/ops.cer"
says 'does not verify'
curl -fs "$URL/ca/sign.cer" -o "$WORK/sign.cer"
exits 1 jpki audit verify --heads "$heads" --ca "$WORK/sign.cer"
