#!/usr/bin/env bash
# Operators over HTTPS: a municipality's machine enters a resident, issues and records a move; another municipality
# is refused; the call centre holds; a supervisor confirms; the auditor sees who did what. And who is not let in.
# Operators' machines are in a network namespace of their own, joined to ours by one wire, where root may make one (`ip`);
# elsewhere they reach another address of this machine.

. "$(dirname "$0")/lib.sh"

ADMIN_PORT=$(free_port)
OFFICE=jpki-$$
ADMIN_HOST=127.0.0.2 NEAR=
# open_office: gives the namespace and its wire, of which this end has $ADMIN_HOST (RFC 2544's range); fails without a trace.
open_office() {
  local net=198.18.$(($$ / 64 % 256)).$(($$ % 64 * 4))
  local near=${net%.*}.$((${net##*.} + 1)) far=${net%.*}.$((${net##*.} + 2))
  [[ $(id -u) == 0 ]] && command -v ip >/dev/null && ip netns add "$OFFICE" 2>/dev/null || return 1
  if ip link add "jo$$" type veth peer name eth0 netns "$OFFICE" && ip addr add "$near/30" dev "jo$$" &&
    ip link set "jo$$" up && ip -n "$OFFICE" addr add "$far/30" dev eth0 && ip -n "$OFFICE" link set eth0 up &&
    ip -n "$OFFICE" link set lo up && ip netns exec "$OFFICE" true; then
    ADMIN_HOST=$near NEAR=yes
  else
    close_office
    return 1
  fi
} 2>/dev/null
close_office() { ip link del "jo$$"; ip netns del "$OFFICE"; } 2>/dev/null
end() {
  local code=$?
  set +e
  [[ -z $NEAR ]] || close_office
  (exit "$code")
  cleanup
}
trap end EXIT
if open_office; then echo "(The operators' machines are in the network namespace $OFFICE.)"; else echo "(No network namespace here: 127.0.0.2.)"; fi
ADMIN=https://$ADMIN_HOST:$ADMIN_PORT
export HOME=$WORK XDG_CONFIG_HOME=$WORK/config
# at_office command…: on the operators' side of the wire.
at_office() { if [[ -n $NEAR ]]; then ip netns exec "$OFFICE" "$@"; else "$@"; fi; }
# by NAME command…: as a machine that has nothing but the operator's credential.
by() { local name=$1; shift; at_office "$JPKI" "$@" --url "$ADMIN" --credential "$WORK/op/$name.p12"; }
# status CURL-ARGUMENTS…: the HTTP status over HTTPS; 000 when the handshake fails.
status() { curl -s -o "$WORK/body.json" -w '%{http_code}' --cacert "$WORK/ops.pem" "$@" || true; }
pem_of() {
  local password=$1.password
  [[ -e $password ]] || password=$(dirname "$1")/p12-password.txt
  openssl pkcs12 -in "$1" -passin "file:$password" -nodes -out "$2" 2>/dev/null
}

init_authority "admin_https = \"$ADMIN_HOST:$ADMIN_PORT\"" '[access]' 'open_to_all = true' '[crl]' 'scopes = "used"'

echo "On trial: without operators the socket acts in every role, and says so."
start_server
curl -fs "http://127.0.0.1:$OPS_PORT/readyz" | grep -q '"on_trial":true' || fail "readyz should say that it is on trial"
grep -q 'on trial' "$WORK/server.log" || fail "the log should say that it is on trial"
curl -fs "$URL/ca/ops.cer" | openssl x509 -inform DER -out "$WORK/ops.pem"
[[ $(status "$ADMIN/v1/roles") == 403 ]] || fail "HTTPS without a certificate"
exits 1 jpki operator add early --role auditor --out "$WORK/op/early.p12"
says 'first operator must have the role officer'

echo "An officer and a supervisor end the trial."
jpki operator add akiko --role officer --out "$WORK/op/akiko.p12" --quiet
exits 1 jpki resident list
says 'is not an operator'
by akiko operator add saburo --role supervisor --out "$WORK/op/saburo.p12" --quiet
for _ in $(seq 100); do
  curl -fs "http://127.0.0.1:$OPS_PORT/readyz" >"$WORK/out.txt"
  grep -q on_trial "$WORK/out.txt" || break
  sleep 0.1
done
grep -q on_trial "$WORK/out.txt" && fail "the trial should have ended"
for one in kiyose:municipality:132217 setagaya:municipality:131121 centre:call-centre kei:auditor; do
  by akiko operator add "${one%%:*}" --role "${one#*:}" --out "$WORK/op/${one%%:*}.p12" --quiet
done
by kei roles >"$WORK/out.txt"
says 'You are kei: auditor'
[[ $(cat "$WORK"/op/*.p12.password | sort -u | wc -l) == 6 ]] || fail "two operators' files have the same password"

[[ -z $NEAR ]] || {
  # Nothing but that wire leads to the service.
  exits 3 at_office "$JPKI" roles --url "https://127.0.0.1:$ADMIN_PORT" --credential "$WORK/op/kei.p12"
  [[ $(at_office curl -s -o /dev/null -w '%{http_code}' "$URL/ca/ops.cer" || true) == 000 ]] || fail "the office reaches the verifiers' listener"
}

echo "The municipality's machine enters a resident, issues and records a move."
id=$(by kiyose resident add --name '模擬　太郎' --birth 1980-02-17 --sex male --municipality 132217 \
  --address '東京都清瀬市模擬町１番' --json | sed -n 's/.*"id":"\([0-9]*\)".*/\1/p')
[[ -n $id ]] || fail "no id"
make_requests
by kiyose cert issue "$id" --csr-sign "$WORK/sign.csr" --csr-auth "$WORK/auth.csr" --out "$WORK/card" --quiet
ca_pem auth
ca_pem sign
by kiyose resident show "$id" >"$WORK/out.txt"
says '模擬　太郎'

echo "Another municipality, the auditor and the officer are refused, by a named rule."
exits 1 by setagaya resident show "$id"
says 'read-register'
exits 1 by setagaya event address-change "$id" --address '東京都清瀬市模擬町２番'
exits 1 by kei resident show "$id"
says 'the rule read-register'
exits 1 by akiko event hold "$id"
says 'the rule hold'
by setagaya resident list --json >"$WORK/out.txt"
[[ $(<"$WORK/out.txt") == '{"residents":[]}' ]] || fail "another municipality's list"

echo "The call centre finds the card by what its holder can say, and holds it; the municipality releases."
found=$(by centre resident find --name 模擬太郎 --birth 1980-02-17 --json | sed -n 's/.*"id":"\([0-9]*\)".*/\1/p')
[[ $found == "$id" ]] || fail "found $found"
by centre event hold "$id" --quiet
exits 1 by centre resident show "$id"
by kiyose event release "$id" --kind auth --quiet
by kiyose event address-change "$id" --address '東京都清瀬市模擬町２番' --quiet

echo "Files and variables name the endpoint and the credential."
mkdir -p "$XDG_CONFIG_HOME/jpki"
printf 'url = "%s"\ncredential = "%s"\n' "$ADMIN" "$WORK/op/kei.p12" >"$XDG_CONFIG_HOME/jpki/client.toml"
"$JPKI" roles | grep -q 'You are kei' || fail "the client's configuration"
JPKI_CREDENTIAL=$WORK/op/akiko.p12 "$JPKI" roles | grep -q 'You are akiko' || fail "JPKI_CREDENTIAL"
printf 'ulr = "x"\n' >"$XDG_CONFIG_HOME/jpki/client.toml"
exits 2 "$JPKI" roles
says 'line 1: ulr is not known'
rm "$XDG_CONFIG_HOME/jpki/client.toml"
exits 2 "$JPKI" roles --url "$ADMIN"
says 'credential'

echo "Two persons: an approval waits until a supervisor confirms it."
verifier=$(by akiko verifier add 模擬銀行 --class specific-authentication --json | sed -n 's/.*"id":"\([0-9]*\)".*/\1/p')
by akiko verifier notify "$verifier" --quiet
by akiko verifier agree "$verifier" --signature --quiet
by akiko verifier approve "$verifier" --until "$(date -d '+300 days' +%F)" >"$WORK/out.txt"
says 'waits for a second person'
by saburo requests list >"$WORK/out.txt"
says 'approve-verifiers'
exits 1 by akiko requests confirm 1
says 'decide-requests'
exits 1 by saburo requests confirm 1 --digest "$(printf '0%.0s' {1..64})"
says 'not those that were seen'
by saburo requests confirm 1 >"$WORK/out.txt"
says 'outcome: done'
exits 1 by saburo requests confirm 1
says 'is confirmed'

echo "A second officer is made by two persons; the key is kept until then."
by akiko operator add jun --role officer --out "$WORK/op/jun.p12" >"$WORK/out.txt"
says 'The key is kept'
by saburo requests confirm 2 --quiet
by akiko operator credential fetch jun --key-file "$WORK/op/jun.p12.key" --out "$WORK/op/jun.p12" --quiet
[[ ! -e $WORK/op/jun.p12.key ]] || fail "the key without a password was left beside the credential"
exits 2 by akiko operator credential issue jun --out "$WORK/op/jun.p12"
by jun roles | grep -q 'You are jun: officer' || fail "jun's credential"

echo "A requested compromise makes the generation answer tryLater until it is rejected."
by akiko event ca-key-compromise --ca auth-1 >"$WORK/out.txt"
says 'waits for a second person'
exits 12 "$JPKI" ocsp query --cert "$WORK/card/auth.cer" --url "$URL/ocsp/auth" --data "$DATA"
says 'tryLater'
by saburo requests reject 3 --quiet

echo "The auditor sees who did what."
by kei audit show --limit 1000 >"$WORK/audit.txt"
for line in 'kiyose.*resident add' 'kiyose.*resident show' 'setagaya.*refused: read-register' 'centre.*event hold' \
  'akiko.*verifier approve' 'saburo.*request confirm'; do
  grep -q "$line" "$WORK/audit.txt" || { cat "$WORK/audit.txt" >&2; fail "the audit log lacks $line"; }
done
by kei audit verify --quiet

echo "Who is not let in: a verifier's credential, one made by oneself, one that is revoked on an open connection."
by akiko verifier credential issue "$verifier" --for tls --out "$WORK/op/bank.p12" --quiet
exits 3 by bank roles
by akiko verifier credential issue "$verifier" --for pinless --out "$WORK/op/pinless.p12" --quiet
pem_of "$WORK/op/pinless.p12" "$WORK/pinless.pem"
[[ $(status --cert "$WORK/pinless.pem" "$ADMIN/v1/roles") == 000 ]] || fail "a credential of the PIN-less path"
# The holder's own certificate is of another CA, although it is for clientAuth.
openssl x509 -inform DER -in "$WORK/card/auth.cer" -out "$WORK/holder.pem"
cat "$WORK/auth.key" >>"$WORK/holder.pem"
[[ $(status --cert "$WORK/holder.pem" "$ADMIN/v1/roles") == 000 ]] || fail "a holder's certificate"
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$WORK/own.pem" -out "$WORK/own.cer" -subj /CN=akiko 2>/dev/null
cat "$WORK/own.cer" >>"$WORK/own.pem"
[[ $(status --cert "$WORK/own.pem" "$ADMIN/v1/roles") == 000 ]] || fail "a certificate made by oneself"
pem_of "$WORK/op/kei.p12" "$WORK/kei.pem"
[[ $(status --cert "$WORK/kei.pem" "$ADMIN/v1/roles") == 200 ]] || fail "kei by curl"
[[ $(status --cert "$WORK/kei.pem" --tls-max 1.2 "$ADMIN/v1/roles") == 200 ]] || fail "kei by TLS 1.2"
[[ $(status --cert "$WORK/kei.pem" --cacert "$WORK/ops.pem" "$HTTPS_URL/ca/sign.cer") == 000 ]] ||
  fail "an operator's credential on the verifiers' listener"
# One connection, two requests, with the revocation in between.
serial=$(by akiko operator show kei --json | sed -n 's/.*"serial":"\([0-9]*\)".*/\1/p')
mkfifo "$WORK/pipe"
openssl s_client -connect "$ADMIN_HOST:$ADMIN_PORT" -cert "$WORK/kei.pem" -key "$WORK/kei.pem" -CAfile "$WORK/ops.pem" -quiet \
  <"$WORK/pipe" >"$WORK/s_client.txt" 2>/dev/null &
client=$!
exec 7>"$WORK/pipe"
printf 'GET /v1/roles HTTP/1.1\r\nHost: x\r\n\r\n' >&7
for _ in $(seq 100); do grep -q '200 OK' "$WORK/s_client.txt" && break; sleep 0.1; done
grep -q '200 OK' "$WORK/s_client.txt" || fail "the first request on the open connection"
by akiko operator credential revoke kei "$serial" --quiet
printf 'GET /v1/roles HTTP/1.1\r\nHost: x\r\n\r\n' >&7
for _ in $(seq 100); do grep -q '403 Forbidden' "$WORK/s_client.txt" && break; sleep 0.1; done
grep -q 'is revoked' "$WORK/s_client.txt" || { cat "$WORK/s_client.txt" >&2; fail "the second request should be refused"; }
exec 7>&-
kill "$client" 2>/dev/null || true
exits 3 by kei roles

echo "On the socket the user is an operator by [operators.local]."
stop_server
sed -i "s/^\[operators.local\]/[operators.local]\n\"$(id -un)\" = \"akiko\"/" "$DATA/jpki.toml"
start_server
jpki roles | grep -q 'You are akiko: officer' || fail "operators.local"
exits 1 jpki operator list --as supervisor
says 'does not have the role supervisor'

echo "When no officer can act: a new credential, while nothing serves."
by akiko operator disable jun --quiet
stop_server
exits 2 jpki operator recover akiko --out "$WORK/op/akiko.p12"
says 'not overwritten'
exits 2 jpki operator recover akiko --out "$WORK/out.txt/new.p12"
says 'cannot write the file'
jpki operator recover akiko --out "$WORK/op/new.p12" --quiet
start_server
by new roles | grep -q 'You are akiko: officer' || fail "the recovered officer"
exits 3 by akiko roles

echo "A rollover takes both credentials."
stop_server
exits 1 jpki ca roll sign
says 'needs two persons'
exits 1 jpki ca roll sign --credential "$WORK/op/new.p12" --confirm-with "$WORK/op/new.p12"
says 'does not have the role supervisor'
exits 1 jpki ca roll sign --credential "$WORK/op/akiko.p12" --confirm-with "$WORK/op/saburo.p12"
says 'is revoked'
exits 0 jpki ca roll sign --credential "$WORK/op/new.p12" --confirm-with "$WORK/op/saburo.p12"

echo "init makes the first two."
"$JPKI" init --data "$WORK/two" --public-url "$URL" --officer akiko --supervisor saburo --no-passphrase --json >"$WORK/out.txt" 2>/dev/null
says 'supervisor.p12'
[[ -f $WORK/two/operators/officer.p12 && -f $WORK/two/operators/supervisor.p12 ]] || fail "no credentials"
password_of() { cat "$WORK/two/operators/$1.p12.password"; }
[[ $(password_of officer) != "$(password_of supervisor)" ]] || fail "one password opens both credentials"
openssl pkcs12 -in "$WORK/two/operators/officer.p12" -passin "pass:$(password_of supervisor)" -nodes -out /dev/null \
  2>/dev/null && fail "the supervisor's password opens the officer's credential"
exits 2 "$JPKI" init --data "$WORK/three" --public-url "$URL" --officer akiko --supervisor saburo --no-passphrase \
  --credentials "$WORK/out.txt/operators"
says 'cannot write the file'
[[ ! -e $WORK/three ]] || fail "an authority was made whose operators have no keys"
exits 2 "$JPKI" init --data "$WORK/three" --public-url "$URL" --officer akiko --no-passphrase
echo "operators: passed"
