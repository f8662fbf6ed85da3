#!/usr/bin/env bash
# Two machines whose truth is a log in PostgreSQL: begun from an embedded store, joined from a backup; one leads and one
# stands by. The leader is killed, stopped, and cut off; nothing acknowledged is lost, no serial is given twice, and no
# machine answers from before a revocation that was acknowledged.
# ctest: timeout 900

. "$(dirname "$0")/machines.sh"

prepare_first

echo "What is wrong is said before anything begins, and no password is shown."
exits 2 jpki cluster status
says 'cluster.log is not set'
configure first "$LOG"
exits 1 jpki serve
says 'jpki cluster init'
exits 1 jpki cluster status
says 'the database has no log'
for wrong in 'host=/nowhere password=himitsu' 'postgresql://jpki:himitsu@[' 'password=himitsu a himitsu'; do
  configure first "$wrong"
  exits 3 jpki cluster init
  says 'cannot be reached'
  ! grep -q himitsu "$WORK/out.txt" || fail "a password was shown: $(cat "$WORK/out.txt")"
done

echo "The embedded store becomes the beginning of a log; what writes beside the service is refused from then on."
configure first ''
start first
until_true "the embedded store" curl -fs -o "$WORK/ready.json" "$(ops_of first)/readyz"
! grep -q role "$WORK/ready.json" || fail "an authority without a log has no role"
until_true "no certificate is issued" issue_on first
bank=$(jpki verifier add "Example Bank" --class specific-authentication)
jpki verifier notify "$bank" --quiet
jpki verifier agree "$bank" --network 127.0.0.1/32 --quiet
jpki verifier approve "$bank" --plan 'checks at the counter' --equipment 'one gate' --quiet
jpki verifier credential issue "$bank" --for pinless --out "$WORK/pinless.p12" --quiet
openssl pkcs12 -in "$WORK/pinless.p12" -passin "file:$WORK/p12-password.txt" -nodes -out "$WORK/pinless.pem" 2>/dev/null
# pinless WORD: what the first machine answers on the PIN-less path.
pinless() {
  openssl x509 -inform DER -in "$(last_card)/auth.cer" -out "$WORK/asked.pem"
  openssl ocsp -issuer "$WORK/ca-auth.pem" -cert "$WORK/asked.pem" -url "$(url_of first)/ocsp/auth/pinless" \
    -CAfile "$WORK/ca-auth.pem" -signer "$WORK/pinless.pem" >"$WORK/answer.txt" 2>&1 || true
  grep -q -- "$1" "$WORK/answer.txt" || { cat "$WORK/answer.txt" >&2; fail "'$1' expected of the PIN-less path"; }
}
URL=$(url_of first)
ca_pem auth
pinless ': good'
stop first
configure first "$LOG"
# Of a store that may be an old one no log is made: it would prove it to be the newest.
mv "$WORK/first/jpki-safety" "$WORK/away"
exits 1 jpki cluster init
says '--new-safety-folder'
rm -rf "$WORK/first/jpki-safety"
mv "$WORK/away" "$WORK/first/jpki-safety"
jpki cluster init
exits 1 jpki cluster init
says 'already belongs to a log'
exits 1 jpki clock repair --now "$(date -u +%FT%TZ)"
says 'belongs to a log'
exits 1 jpki operator recover akiko --out "$WORK/akiko.p12"
says 'belongs to a log'
configure first ''
exits 1 jpki serve
says 'belongs to a log'
configure first "$LOG"

start first
until_true "the first machine does not lead" leads first
URL=$(url_of first)
ca_pem auth
comes_to first "$(last_card)/auth.cer" good
# That the log began from its store does not say that this machine was the last one to remember nonces.
pinless 'trylater'

echo "A second machine joins from a backup of the first, with a copy of its keys, and stands by."
prepare_second
until_true "no certificate is issued" issue_on first
start second
until_true "the second machine does not stand by" stands_by second
# It answers status under its read lease, and the lists that it fetches.
comes_to second "$(last_card)/auth.cer" good
# A nonce is accepted once over all machines: as soon as their common table is older than nonces are remembered.
pinless_request() {
  openssl x509 -inform DER -in "$(last_card)/auth.cer" -out "$WORK/asked.pem"
  openssl ocsp -issuer "$WORK/ca-auth.pem" -cert "$WORK/asked.pem" -signer "$WORK/pinless.pem" -reqout "$1" >/dev/null 2>&1
}
# pinless_at NAME REQUEST: good, or the error's name.
pinless_at() {
  curl -s -H 'Content-Type: application/ocsp-request' --data-binary "@$2" -o "$WORK/pinless.der" "$(url_of "$1")/ocsp/auth/pinless"
  openssl ocsp -respin "$WORK/pinless.der" -issuer "$WORK/ca-auth.pem" -cert "$WORK/asked.pem" -CAfile "$WORK/ca-auth.pem" \
    -no_nonce >"$WORK/pinless.txt" 2>&1 || true
  sed -n -e "s|^$WORK/asked.pem: ||p" -e 's/^Responder Error: \([a-z]*\).*/\1/p' "$WORK/pinless.txt"
}
pinless_is() { [[ $(pinless_at "$1" "$2") == "$3" ]] || fail "$1 does not say $3 of $2 on the PIN-less path: $(cat "$WORK/pinless.txt")"; }
pinless_comes_to() { [[ $(pinless_at "$1" "$2") == "$3" ]]; }
for number in 1 2 3 4 5; do pinless_request "$WORK/pinless-$number.der"; done
pinless_is second "$WORK/pinless-1.der" trylater
sql "UPDATE jpki_nonce_memory SET begun = begun - interval '1 hour'"
until_true "the second machine does not answer the PIN-less path" pinless_comes_to second "$WORK/pinless-1.der" good
pinless_is second "$WORK/pinless-1.der" unauthorized
pinless_is first "$WORK/pinless-1.der" unauthorized
until_true "the first machine does not answer the PIN-less path" pinless_comes_to first "$WORK/pinless-2.der" good
pinless_is second "$WORK/pinless-2.der" unauthorized
# Both at once: one of them, and the other refuses.
curl -s --data-binary "@$WORK/pinless-3.der" -o "$WORK/a.der" "$(url_of first)/ocsp/auth/pinless" &
curl -s --data-binary "@$WORK/pinless-3.der" -o "$WORK/b.der" "$(url_of second)/ocsp/auth/pinless"
wait $!
(($(stat -c %s "$WORK/a.der") > 100)) && (($(stat -c %s "$WORK/b.der") > 100)) && fail "one nonce was accepted twice"
# Where the table cannot be asked, that path alone answers tryLater.
sql 'ALTER TABLE jpki_nonce RENAME TO jpki_nonce_away'
pinless_is first "$WORK/pinless-4.der" trylater
pinless_is second "$WORK/pinless-4.der" trylater
comes_to second "$(last_card)/auth.cer" good
comes_to first "$(last_card)/auth.cer" good
sql 'ALTER TABLE jpki_nonce_away RENAME TO jpki_nonce'
until_true "the PIN-less path does not come back" pinless_comes_to second "$WORK/pinless-4.der" good
audited() { jpki audit show --json | grep -q '"machine second"'; }
until_true "a refusal of the machine that stands by is not in the audit log" audited
serves_list_of() { curl -fs -o "$WORK/list-second" "$(url_of second)/crl/auth/full.crl" &&
  curl -fs -o "$WORK/list-first" "$(url_of first)/crl/auth/full.crl" && cmp -s "$WORK/list-first" "$WORK/list-second"; }
until_true "a standby does not serve the leader's list" serves_list_of
python3 - "$(data_of second)"/crl/auth-1/complete-*.crls <<'PY'
import sys
for name in sys.argv[1:]:
    content = bytearray(open(name, "rb").read())
    for at in range(60, len(content), 100):
        content[at] ^= 1
    with open(name, "r+b") as file:
        file.write(content)
PY
serves_nothing() { [[ $(curl -s -o "$WORK/list" -w '%{http_code}' "$(url_of second)/crl/auth/full.crl") == 503 ]]; }
until_true "a standby serves a list that was damaged" serves_nothing
rm "$(data_of second)"/crl/auth-1/complete-*.crls
until_true "a list that is gone is not fetched again" serves_list_of
exits 3 on second resident show "$(cat "$(last_card)/resident")"
says 'this machine stands by, and first leads'
says "https://127.0.0.1:$(listener_of first admin_https)"
rows=$(sql 'SELECT count(*) FROM jpki_log')
change first event death "$(cat "$(last_card)/resident")" --quiet
never_good() { [[ $(ocsp_at "$1" "$2") != good ]] || fail "$1 says good of what was revoked: $(cat "$WORK/ocsp-$1.txt")"; }
never_good second "$(last_card)/auth.cer"
comes_to second "$(last_card)/auth.cer" revoked
(($(sql 'SELECT count(*) FROM jpki_log') > rows)) || fail "the revocation is no row of the log"
jpki cluster status --json >"$WORK/status.json"
grep -q '"leader":"first"' "$WORK/status.json" || fail "status: $(cat "$WORK/status.json")"
grep -q '"name":"second","role":"standby"' "$WORK/status.json" || fail "status: $(cat "$WORK/status.json")"
has_lease() { jpki cluster status | grep -q 'second: standby, row [0-9]*, 0 rows behind, .*read lease: [0-9]* ms left'; }
until_true "cluster status shows no lease" has_lease

echo "A machine that is stopped, or cut off, while a revocation is acknowledged says good of it never again."
until_true "no certificate is issued" issue_on first
card=$(last_card)
comes_to second "$card/auth.cer" good
kill -STOP "${PIDS[second]}"
change first event death "$(cat "$card/resident")" --quiet
# The question waits in the socket of the machine that does not know.
ocsp_at second "$card/auth.cer" >"$WORK/late-answer" &
asking=$!
sleep 0.5
kill -CONT "${PIDS[second]}"
wait "$asking"
[[ $(cat "$WORK/late-answer") == trylater || $(cat "$WORK/late-answer") == revoked ]] ||
  fail "a machine that was stopped says: $(cat "$WORK/late-answer")"
comes_to second "$card/auth.cer" revoked

# What the standby has answered comes into the ledger, which the leader keeps.
counted() { sql "SELECT count(*) FROM jpki_inbox WHERE machine = 'second'" | grep -qv '^0$'; }
until_true "the standby's answers are not counted" counted

echo "The leader is killed while it issues: the standby leads, and lacks nothing that was acknowledged."
until_true "no list" curl -fs -o "$WORK/list" "$(url_of first)/crl/auth/full.crl"
number_of() { openssl crl -inform DER -in "$WORK/list" -noout -crlnumber | sed 's/.*=0x//;s/.*=//'; }
former=$(number_of)
cp "$WORK/list" "$WORK/former-list"
(while kill -0 "${PIDS[first]}" 2>/dev/null; do issue_on first || true; done) 2>>"$WORK/issuing.log" &
issuing=$!
count=$(wc -l <"$WORK/acknowledged")
some_more() { (($(wc -l <"$WORK/acknowledged") > count + 2)); }
until_true "no certificate was issued" some_more
kill -KILL "${PIDS[first]}"
killed=$(date +%s%N)
wait "${PIDS[first]}" 2>/dev/null || true
wait "$issuing" || true
until_true "the second machine does not take over" leads second
# What another machine has accepted is not accepted by the new leader; all else is at once.
pinless_is second "$WORK/pinless-2.der" unauthorized
pinless_is_answered() { [[ $(pinless_at "$1" "$2") == @(good|revoked) ]]; }
until_true "a new leader does not answer the PIN-less path" pinless_is_answered second "$WORK/pinless-5.der"
echo "It took over after $((($(date +%s%N) - killed) / 1000000)) ms."
nothing_is_lost_on second
NAMES=100
until_true "no certificate is issued" issue_on second
nothing_is_lost_on second
until_true "the new leader publishes no lists" curl -fs -o "$WORK/list" "$(url_of second)/crl/auth/full.crl"
# It has fetched the list of the one before, or makes another.
[[ $((16#$(number_of))) -gt $((16#$former)) ]] || cmp "$WORK/list" "$WORK/former-list" ||
  fail "the new leader's list has number $(number_of) after $former"

echo "A machine without a responder's key gets a responder of its own while it stands by."
rm "$(data_of first)"/keys/responder-*.key
start first
until_true "the first machine does not stand by" stands_by first
comes_to first "$(last_card)/auth.cer" good
ls "$(data_of first)"/keys/responder-auth-1-own-*.key >/dev/null || fail "it has made no key"

echo "The leader is stopped, and answers nothing old when it goes on."
card=$(last_card)
comes_to second "$card/auth.cer" good
kill -STOP "${PIDS[second]}"
until_true "the first machine does not take over" leads first
NAMES=200
change first event death "$(cat "$card/resident")" --quiet
never_good first "$card/auth.cer"
comes_to first "$card/auth.cer" revoked
# The question lies in the stopped machine's socket when it goes on.
ocsp_at second "$card/auth.cer" >"$WORK/late.txt" &
asking=$!
until_true "the question is not sent" pgrep -P "$asking" openssl >/dev/null
sleep 0.5
kill -CONT "${PIDS[second]}"
wait "$asking"
[[ $(cat "$WORK/late.txt") == @(trylater|) ]] || fail "a machine that was replaced says: $(cat "$WORK/late.txt")"
until_true "the machine that was replaced does not step down" stands_by second
never_good second "$card/auth.cer"
comes_to second "$card/auth.cer" revoked
grep -q 'second steps down\|steps down' "$WORK/second.log" || fail "the log does not say why"
until_true "no certificate is issued" issue_on first
nothing_is_lost_on first

echo "A leader that is cut off from the database answers nothing; the other one takes over."
stop second
mkdir "$PG/cut"
python3 "$(dirname "$0")/proxy.py" "$PG/cut/.s.PGSQL.5432" "$PG/.s.PGSQL.5432" &
PROXY_PID=$!
until_true "the proxy does not listen" test -S "$PG/cut/.s.PGSQL.5432"
stop first
configure first "host=$PG/cut dbname=postgres user=jpki"
start first
until_true "the first machine does not lead over the proxy" leads first
start second
until_true "the second machine does not stand by again" stands_by second
card=$(last_card)
comes_to first "$card/auth.cer" good
kill -STOP "$PROXY_PID"
until_true "the second machine does not take over from one that is cut off" leads second
change second event death "$(cat "$card/resident")" --quiet
[[ $(ocsp_at first "$card/auth.cer") == trylater ]] || fail "a leader that is cut off answers: $(cat "$WORK/ocsp-first.txt")"
[[ $(curl -s -o "$WORK/list" -w '%{http_code}' "$(url_of first)/crl/auth/full.crl") == 503 ]] || fail "it serves lists"
exits 4 on first resident show "$(cat "$card/resident")"
says 'lease'
kill -CONT "$PROXY_PID"
until_true "the machine that was cut off does not step down" stands_by first
comes_to second "$card/auth.cer" revoked
nothing_is_lost_on second

echo "Without the database nothing is stored and nothing answered; then all goes on."
NAMES=300
until_true "no certificate is issued" issue_on second
stop first
stop_database
exits 4 on second event death "$(cat "$(last_card)/resident")" --quiet
no_answers() { [[ $(curl -s -o "$WORK/ready.json" -w '%{http_code}' "$(ops_of second)/readyz?for=answers") == 503 ]]; }
until_true "the lease does not run out" no_answers
grep -q 'the lease on the log has run out' "$WORK/ready.json" || fail "readiness: $(cat "$WORK/ready.json")"
[[ $(ocsp_at second "$(last_card)/auth.cer") == trylater ]] || fail "without the database it answers"
start_database
until_true "it does not go on" leads second
nothing_is_lost_on second

echo "A row changed by hand, and the log of another instance, are noticed, and such a machine never leads."
configure first "$LOG"
stop second
sql "UPDATE jpki_log SET for_views = for_views || '\\x00' WHERE number = (SELECT max(number) FROM jpki_log)" >/dev/null
start first
changed() { readiness first | grep -q 'was changed after it was written'; }
until_true "the changed row is not noticed" changed
stands_by first || fail "it leads all the same"
stop first
exits 1 on first check --store
says 'FINDINGS log'
says 'was changed after it was written'
[[ $(grep -c FINDINGS "$WORK/out.txt") == 1 ]] || fail "the store is not in order: $(cat "$WORK/out.txt")"
echo "Two machines, one truth."
