#!/usr/bin/env bash
# Joining a log and leaving it: from a checked backup, after old rows were removed, and back into a store that is complete
# in itself. Who lacks rows says so; who has left goes on with everything, and nobody else leads again.
# ctest: timeout 900

. "$(dirname "$0")/machines.sh"

prepare_first
cp "$WORK/jpki.toml" "$WORK/plain.toml"
jpki backup "$WORK/plain.tar" --quiet
configure first "$LOG"
jpki cluster init --json >"$WORK/init.json"
described 'cluster init' "$WORK/init.json"
start first
until_true "the first machine does not lead" leads first
URL=$(url_of first)
ca_pem auth
until_true "no certificate is issued" issue_on first

echo "A machine joins from a backup of which every byte is checked, and from no other."
jpki backup "$WORK/early.tar" --quiet
prepare_folder third
exits 1 on third cluster join "$WORK/plain.tar"
says 'belongs to no log'
head -c 100000 "$WORK/early.tar" >"$WORK/cut.tar"
exits 2 on third cluster join "$WORK/cut.tar"
says 'not a complete backup'
sed -i 's/^name = "third"/name = "first"/' "$(data_of third)/jpki.toml"
exits 1 on third cluster join "$WORK/early.tar"
says 'with the name first is running'
sed -i 's/^name = "first"/name = "third"/' "$(data_of third)/jpki.toml"
[[ ! -e $(data_of third)/store && ! -e $(data_of third)/store.joining ]] || fail "a refused join left something"
prepare_second
exits 1 on second cluster join "$WORK/backup.tar"
says 'There is a store in\|there is a store in'
jpki cluster status | grep -q 'second: joining' || fail "status does not name who joins: $(jpki cluster status)"
start second
until_true "the second machine does not stand by" stands_by second
# Its reports take the place of what it said when it joined.
reports() { jpki --lang ja cluster status | grep -q 'second: 待機中'; }
until_true "the second machine does not report" reports

echo "The chain of the log is verified against the store of each machine."
jpki audit verify >"$WORK/out.txt"
says 'the log in PostgreSQL is whole from row 1 to row'
on second check --store >"$WORK/out.txt" || fail "check: $(cat "$WORK/out.txt")"
says 'ok       log'

echo "A SIGHUP is for a machine that stands by, too."
sed -i 's/^#* *stranger_connections = .*/stranger_connections = 99/' "$(data_of second)/jpki.toml"
kill -HUP "${PIDS[second]}"
read_again() { grep -q 'in use from now on: limits.stranger_connections' "$WORK/second.log"; }
until_true "the standby does not read its configuration again" read_again

echo "What changes the store beside the service is refused, in the same words and with the same exit code."
stop second
for refused in "clock repair" migrate "ca roll sign" "operator recover akiko --out $WORK/akiko.p12" \
  "restore $WORK/plain.tar --without-high-water"; do
  # shellcheck disable=SC2086
  exits 1 on second $refused
  says 'this store belongs to a log'
done
mv "$(data_of second)/store" "$WORK/store.kept"
exits 1 on second restore "$WORK/plain.tar" --without-high-water
says 'nothing is restored over the store of a machine of a cluster'
mv "$WORK/store.kept" "$(data_of second)/store"
start second
prepare_folder fourth
exits 1 on fourth restore "$WORK/early.tar"
says 'jpki cluster join'

echo "Old rows are removed by the owner of the tables alone, and none that a machine lacks."
until_true "the second machine does not stand by" stands_by second
sql "CREATE ROLE machine LOGIN IN ROLE jpki_authority"
first_row() { sql 'SELECT min(number) FROM jpki_log'; }
until_true "no certificate is issued" issue_on first
exits 1 jpki cluster trim --before 2099-01-01 --log "host=$PG dbname=postgres user=machine"
says 'only the owner of the log'
exits 1 jpki cluster forget second --log "host=$PG dbname=postgres user=machine"
exits 2 jpki cluster trim --before yesterday
[[ $(first_row) == 1 ]] || fail "a machine's role has removed rows"
jpki cluster trim --before 2020-01-01 --quiet
[[ $(first_row) == 1 ]] || fail "rows were removed that are not old"
follows() { [[ $(sql "SELECT number FROM jpki_machine WHERE name = 'second'") == "$(sql 'SELECT max(number) FROM jpki_log')" ]]; }
until_true "the second machine does not follow" follows
jpki cluster trim --before 2099-01-01 --json >"$WORK/trim.json"
described 'cluster trim' "$WORK/trim.json"
(($(first_row) > 1)) || fail "no row was removed"
audited() { jpki audit show --action "$1" | grep -q "$2"; }
until_true "the audit log does not have the removal" audited 'cluster trim' 'rows removed'
jpki audit verify >"$WORK/out.txt"
says "whole from row $(first_row) to row"
stop second
row=$(sql "SELECT number FROM jpki_machine WHERE name = 'second'")
until_true "no certificate is issued" issue_on first
jpki cluster trim --before 2099-01-01 --quiet
[[ $(first_row) == "$row" ]] || fail "the log begins with $(first_row), and a machine is at $row"
start second
until_true "the second machine does not stand by" stands_by second
until_true "the second machine does not follow" follows

echo "A machine that has gone for good is forgotten; should it come back, it joins again."
stop second
exits 1 jpki cluster forget second
says 'stop it first'
until_true "no certificate is issued" issue_on first
forgotten() { jpki cluster forget second --json >"$WORK/forget.json" 2>/dev/null; }
until_true "the second machine is not forgotten" forgotten
described 'cluster forget' "$WORK/forget.json"
until_true "the audit log does not have the machine" audited 'cluster forget' 'machine second'
exits 1 jpki cluster forget second
says 'knows no machine second'
jpki cluster trim --before 2099-01-01 --quiet
start second
lacks() { readiness second | grep -q 'Join again from a backup'; }
until_true "the second machine does not say that it lacks rows" lacks
stop second
sql "DELETE FROM jpki_machine WHERE name = 'second'"
exits 1 on third cluster join "$WORK/early.tar"
says 'Join again from a backup'
rm -rf "$(data_of second)"
rm "$WORK/backup.tar"
prepare_second
start second
until_true "the second machine does not stand by again" stands_by second

echo "While a machine leads, no store leaves; and no other machine leads once one has left."
stop second
exits 1 on second cluster export
says 'first leads the log'
until_true "no certificate is issued" issue_on first
change first event death "$(cat "$(last_card)/resident")" --quiet
revoked=$(last_card)
until_true "no certificate is issued" issue_on first
until_true "no list" curl -fs -o "$WORK/list" "$(url_of first)/crl/auth/full.crl"
number_of() { openssl crl -inform DER -in "$WORK/list" -noout -crlnumber | sed 's/.*=0x//;s/.*=//'; }
former=$(number_of)
stop first
leaves() { on second cluster export --json >"$WORK/export.json" 2>"$WORK/export.txt"; }
until_true "the store does not leave" leaves
described 'cluster export' "$WORK/export.json"
exits 1 on second cluster export
says 'belongs to no log'
exits 1 on second serve
says 'jpki cluster init'
start first
closed() { readiness first | grep -q 'second has taken its store out of it'; }
until_true "the first machine does not say that the log is closed" closed
jpki cluster status >"$WORK/out.txt"
says 'the log is closed: second has taken its store out of it'
jpki cluster status --json >"$WORK/status.json"
grep -q '"closed_by":"second"' "$WORK/status.json" || fail "status: $(cat "$WORK/status.json")"
described 'cluster status' "$WORK/status.json"
[[ $(ocsp_at first "$(last_card)/auth.cer") == trylater ]] || fail "a machine of a closed log answers"
stop first
exits 1 jpki cluster export
says 'second has taken its store out of it'

echo "The store that has left is an ordinary one, with everything that was acknowledged."
configure second ''
start second
alone() { curl -fs -o "$WORK/ready.json" "$(ops_of second)/readyz"; }
until_true "it does not serve alone" alone
! grep -q role "$WORK/ready.json" || fail "an authority without a log has no role"
nothing_is_lost_on second
comes_to second "$revoked/auth.cer" revoked
comes_to second "$(last_card)/auth.cer" good
NAMES=100
until_true "no certificate is issued" issue_on second
nothing_is_lost_on second
until_true "it publishes no lists" curl -fs -o "$WORK/list" "$(url_of second)/crl/auth/full.crl"
[[ $((16#$(number_of))) -gt $((16#$former)) ]] || fail "the list has number $(number_of) after $former"
on second audit verify >"$WORK/out.txt"
! grep -q PostgreSQL "$WORK/out.txt" || fail "it still speaks of the log"
on second audit show --action 'cluster export' >"$WORK/out.txt"
says 'cluster export'
on second backup "$WORK/alone.tar" --quiet
stop second
exits 1 on second clock repair
says 'nothing to repair\|not ahead\|lies before'
on second migrate --quiet
on second ca roll ops --quiet
on second restore "$WORK/alone.tar" --quiet
"$JPKI" check --store --quiet --data "$(data_of second)" || fail "the store is not in order"
# A log in another database can begin with it.
sql 'CREATE DATABASE another'
configure second "host=$PG dbname=another user=jpki"
on second cluster init --quiet
echo "One truth, and one who has it."
