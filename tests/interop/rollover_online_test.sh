#!/usr/bin/env bash
# Both CAs and the operations CA roll while the service runs, asked by strangers' programs all the time; what a changed
# configuration brings without a restart; and a restore that two operators sign for.
# ctest: timeout 900

. "$(dirname "$0")/lib.sh"

ADMIN_PORT=$(free_port)
ADMIN=https://127.0.0.2:$ADMIN_PORT
export HOME=$WORK XDG_CONFIG_HOME=$WORK/config
by() { local name=$1; shift; "$JPKI" "$@" --url "$ADMIN" --credential "$WORK/op/$name.p12"; }
pem_of() {
  local password=$1.password
  [[ -e $password ]] || password=$(dirname "$1")/p12-password.txt
  openssl pkcs12 -in "$1" -passin "file:$password" -nodes -out "$2" 2>/dev/null
}
pem() { curl -fs "$URL/ca/$1.cer" | openssl x509 -inform DER -out "$WORK/$1.pem"; }
# roll ARGUMENTS…: requested by akiko, confirmed by saburo.
roll() {
  by akiko ca roll "$@" --online >"$WORK/out.txt"
  says 'waits for a second person'
  REQUEST=$(sed -n 's/^Request \([0-9]*\) .*/\1/p' "$WORK/out.txt")
  by saburo requests confirm "$REQUEST" >"$WORK/out.txt"
  says 'outcome: done'
  # The first lists of a generation are out when its rollover is done.
  curl -fs "http://127.0.0.1:$OPS_PORT/readyz" >"$WORK/ready.json" ||
    fail "not ready after a rollover: $(curl -s "http://127.0.0.1:$OPS_PORT/readyz")"
}
# answer_of KIND CER CA: what openssl says of a certificate by this CA certificate.
answer_of() {
  openssl x509 -inform DER -in "$2" -out "$WORK/asked.pem"
  openssl ocsp -issuer "$WORK/$3.pem" -cert "$WORK/asked.pem" -url "$URL/ocsp/$1" -CAfile "$WORK/$3.pem" \
    >"$WORK/ocsp.txt" 2>&1 || { cat "$WORK/ocsp.txt" >&2; fail "openssl ocsp"; }
  sed -n "s|^$WORK/asked.pem: ||p" "$WORK/ocsp.txt"
}

init_authority "admin_https = \"127.0.0.2:$ADMIN_PORT\"" '[access]' 'open_to_all = true' '[crl]' 'scopes = "used"'
start_server
jpki operator add akiko --role officer --out "$WORK/op/akiko.p12" --quiet
by akiko operator add saburo --role supervisor --out "$WORK/op/saburo.p12" --quiet
by akiko operator add kiyose --role municipality:132217 --out "$WORK/op/kiyose.p12" --quiet
id=$(by kiyose resident add --name '模擬　太郎' --birth 1980-02-17 --sex male --municipality 132217 \
  --address '東京都清瀬市模擬町１番' --json | sed -n 's/.*"id":"\([0-9]*\)".*/\1/p')
make_requests
by kiyose cert issue "$id" --csr-sign "$WORK/sign.csr" --csr-auth "$WORK/auth.csr" --out "$WORK/card" --quiet
pem sign-1
pem ops-1

echo "Who asks all the time, by one connection after another, sees no other answer while the CA rolls."
{
  rounds=0
  while [[ ! -e $WORK/rolled ]]; do
    [[ $(answer_of sign "$WORK/card/sign.cer" sign-1) == good ]] || touch "$WORK/wrong"
    rounds=$((rounds + 1))
  done
  echo "$rounds" >"$WORK/rounds"
} &
asker=$!
exits 0 by akiko ca roll sign --online --dry-run
says 'sign-2 would issue'
exits 1 by saburo ca roll sign --online
says 'the rule roll-ca'
roll sign --link-certificates
touch "$WORK/rolled"
wait "$asker"
[[ ! -e $WORK/wrong && $(<"$WORK/rounds") -gt 0 ]] || fail "a wrong or failed answer while the CA rolled"

echo "The new generation issues; strangers verify both, and the links between their keys."
id2=$(by kiyose resident add --name '模擬　花子' --birth 1980-02-17 --sex female --municipality 132217 \
  --address '東京都清瀬市模擬町１番' --json | sed -n 's/.*"id":"\([0-9]*\)".*/\1/p')
by kiyose cert issue "$id2" --csr-sign "$WORK/sign.csr" --csr-auth "$WORK/auth.csr" --out "$WORK/card2" --quiet
for name in sign-2 sign-2-with-1 sign-1-with-2; do pem "$name"; done
[[ $(answer_of sign "$WORK/card/sign.cer" sign-1) == good ]] || fail "the old generation's answer"
[[ $(answer_of sign "$WORK/card2/sign.cer" sign-2) == good ]] || fail "the new generation's answer"
openssl x509 -inform DER -in "$WORK/card2/sign.cer" -out "$WORK/card2.pem"
openssl verify -CAfile "$WORK/sign-2.pem" "$WORK/card2.pem" >/dev/null || fail "the new certificate"
openssl verify -CAfile "$WORK/sign-1.pem" "$WORK/sign-2-with-1.pem" >/dev/null || fail "the new key by the old one"
openssl verify -CAfile "$WORK/sign-2.pem" "$WORK/sign-1-with-2.pem" >/dev/null || fail "the old key by the new one"
for path in crl/sign/full.crl crl/sign-1/full.crl crl/sign-2/full.crl crl/sign-2/132217/full.crl; do
  curl -fs "$URL/$path" -o "$WORK/list.crl" || fail "$path after the rollover"
done
[[ $(id -u) != 0 || -z $(find "$DATA/keys" ! -user "$(stat -c %U "$DATA")") ]] || fail "keys of another owner"

echo "The operations CA: credentials of both generations, and a listener that both find their way to."
verifier=$(by akiko verifier add 模擬銀行 --class signature --ready --json | sed -n 's/.*"id":"\([0-9]*\)".*/\1/p')
by akiko verifier agree "$verifier" --tls --quiet
by akiko verifier credential issue "$verifier" --for tls --out "$WORK/op/bank1.p12" --quiet
# What a rollover has left that was killed.
printf 'half a key' >"$DATA/keys/ca-ops-2.key"
chmod 600 "$DATA/keys/ca-ops-2.key"
[[ $(id -u) != 0 ]] || chown --reference="$DATA" "$DATA/keys/ca-ops-2.key"
roll ops
pem ops-2
[[ $(cat "$DATA"/keys/ca-ops-2.left-*.key) == 'half a key' ]] || fail "what was left should be kept"
grep -q 'has left the key ca-ops-2.key: it is kept as ca-ops-2.left-' "$WORK/server.log" || fail "the log should say what was set aside"
by akiko verifier credential issue "$verifier" --for tls --out "$WORK/op/bank2.p12" --quiet
by akiko operator add kei --role auditor --out "$WORK/op/kei.p12" --quiet
by akiko roles | grep -q 'You are akiko' || fail "an operator's credential of the older generation"
by kei roles | grep -q 'You are kei' || fail "an operator's credential of the newer generation"
for pair in 'bank1 ops-1' 'bank2 ops-2' 'bank1 ops-2' 'bank2 ops-1'; do
  read -r name ca <<<"$pair"
  pem_of "$WORK/op/$name.p12" "$WORK/$name.pem"
  curl -fs --cacert "$WORK/$ca.pem" --cert "$WORK/$name.pem" "$HTTPS_URL/crl/sign/full.crl" -o "$WORK/list.crl" ||
    fail "$name, who trusts $ca, on the verifiers' listener"
done
openssl s_client -connect "127.0.0.1:$HTTPS_PORT" -CAfile "$WORK/ops-2.pem" -verify_return_error </dev/null >"$WORK/s_client.txt" 2>&1 ||
  fail "the listener's certificate is not of the new generation"

echo "The auditor finds who did it, and takes the log away as JSON Lines."
by kei audit show --operator saburo --action request --from "$(date +%F)" >"$WORK/out.txt"
says 'request confirm'
by kei audit show --action 'keys of a broken rollover set aside' >"$WORK/out.txt"
says 'key ca-ops-2.key as ca-ops-2.left-'
by kei audit export --action 'key rollover' --out "$WORK/audit.jsonl" --quiet
[[ $(stat -c %a "$WORK/audit.jsonl") == 600 ]] || fail "an exported audit log is open to others"
[[ $(wc -l <"$WORK/audit.jsonl") == 2 ]] || { cat "$WORK/audit.jsonl" >&2; fail "two rollovers in the export"; }
python3 -c 'import json,sys; assert [json.loads(line)["subjects"] for line in open(sys.argv[1])] == [["issuer sign-2"], ["issuer ops-2"]]' \
  "$WORK/audit.jsonl" || fail "the exported entries"
exits 2 by kei audit export --out "$WORK/audit.jsonl"
says 'not overwritten'

echo "SIGHUP: limits and the log's level at once; what waits for a restart is named; a file with mistakes changes nothing."
sed -i 's/^stranger_connections = .*/stranger_connections = 9/; s/^threads = .*/threads = 7/' "$DATA/jpki.toml"
kill -HUP "$SERVER_PID"
for _ in $(seq 100); do grep -q 'read again' "$WORK/server.log" && break; sleep 0.1; done
grep 'read again' "$WORK/server.log" >"$WORK/out.txt" || fail "SIGHUP"
says 'in use from now on: limits.stranger_connections'
says 'after a restart: admin.threads'
sed -i 's/^stranger_connections = .*/stranger_conections = 10/; s/^threads = .*/threads = 0/' "$DATA/jpki.toml"
exits 2 jpki serve --check
says 'did you mean limits.stranger_connections'
says 'admin.threads must be'
kill -HUP "$SERVER_PID"
for _ in $(seq 100); do grep -q 'goes on as it was' "$WORK/server.log" && break; sleep 0.1; done
grep -q 'goes on as it was' "$WORK/server.log" || fail "a file with mistakes"
by akiko roles --quiet
sed -i 's/^stranger_conections = .*/stranger_connections = 9/; s/^threads = .*/threads = 7/' "$DATA/jpki.toml"

echo "A restore is signed for by an officer and a supervisor, as the present store knows them, else the backup."
jpki backup "$WORK/backup.tar" --quiet
by saburo operator credential issue saburo --out "$WORK/op/saburo2.p12" --json >"$WORK/out.txt"
first=$(by saburo operator show saburo --json | sed 's/.*"credentials":\[{"serial":"\([0-9]*\)".*/\1/')
by akiko operator credential revoke saburo "$first" --quiet
stop_server
exits 0 jpki restore "$WORK/backup.tar" --dry-run
exits 1 jpki restore "$WORK/backup.tar"
says 'needs two persons'
exits 1 jpki restore "$WORK/backup.tar" --credential "$WORK/op/akiko.p12" --confirm-with "$WORK/op/akiko.p12"
says 'does not have the role supervisor'
exits 1 jpki restore "$WORK/backup.tar" --credential "$WORK/op/bank1.p12" --confirm-with "$WORK/op/saburo.p12"
says "not an operator's credential"
exits 1 jpki restore "$WORK/backup.tar" --credential "$WORK/op/akiko.p12" --confirm-with "$WORK/op/saburo.p12"
says 'is revoked'
exits 0 jpki restore "$WORK/backup.tar" --credential "$WORK/op/akiko.p12" --confirm-with "$WORK/op/saburo2.p12"
start_server
# Whoever is neither officer nor supervisor is barred until an officer has looked.
by akiko operator enable kei --quiet
by kei audit show --operator 'akiko, confirmed by saburo' >"$WORK/out.txt"
[[ -s $WORK/out.txt ]] || fail "the restore is not in the names of both"
stop_server
