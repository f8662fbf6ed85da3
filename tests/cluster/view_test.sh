#!/usr/bin/env bash
# A view at the edge: it answers status and lists, has nothing of the authorities' half, says `good` of nothing whose
# revocation was acknowledged, and falls silent when it is stopped, cut off or removed.
# ctest: timeout 900

. "$(dirname "$0")/machines.sh"
. "$(dirname "$0")/views.sh"

prepare_first
configure first "$LOG"
jpki cluster init --quiet
start first
until_true "the first machine does not lead" leads first
URL=$(url_of first)
ca_pem auth
prepare_view edge-1
# What an authority serves is not in its folder, and the other way round.
[[ $(ls "$(data_of edge-1)/keys") == view.key ]] || fail "a view has other keys than its own"
! on edge-1 serve 2>"$WORK/refused.txt" || fail "a view's store is served as an authority's"
grep -q 'serve --view' "$WORK/refused.txt"
! jpki view snapshot edge-9 --out "$WORK/none.snapshot" 2>/dev/null || fail "a snapshot for no view"
start_view edge-1
until_true "no certificate is issued" issue_on first
card=$(last_card)
comes_to edge-1 "$card/auth.cer" good
comes_to first "$card/auth.cer" good
on first cluster status | grep -q 'edge-1: view' || fail "the status does not name the view"
jpki cluster status --json >"$WORK/status.json"
described 'cluster status' "$WORK/status.json"

# It has responders of its own, seven days long, by the key that is here.
openssl x509 -inform DER -in "$card/auth.cer" -out "$WORK/asked.pem"
openssl ocsp -issuer "$WORK/ca-auth.pem" -cert "$WORK/asked.pem" -url "$(url_of edge-1)/ocsp/auth" \
  -CAfile "$WORK/ca-auth.pem" -resp_text >"$WORK/response.txt" 2>/dev/null
ls "$(data_of edge-1)/keys" | grep -q responder-auth || fail "the view has no key of a responder"

# Nothing of the operators' and the verifiers' APIs is here; lists are the authority's, byte for byte.
status_of() { curl -s -o /dev/null -w '%{http_code}' "$@"; }
for path in /v1/operators /v1/residents /verifier/v1/status /; do
  [[ $(status_of "$(url_of edge-1)$path") == 404 ]] || fail "$path is there"
done
[[ ! -S $(data_of edge-1)/admin.sock ]] || fail "a view has a socket for operators"
[[ $(status_of "$(url_of edge-1)/ca/auth.cer") == 200 ]] || fail "no CA certificate"
curl -sf "$(url_of first)/crl/auth/full.crl" -o "$WORK/first.crl"
same_list() {
  curl -sf "$(url_of edge-1)/crl/auth/full.crl" -o "$WORK/edge.crl" && cmp -s "$WORK/first.crl" "$WORK/edge.crl"
}
until_true "the view's list is not the authority's" same_list

# Its whole folder, and all that its role reads in the database: no item of a resident, no audit entry.
as_edge() { "$programs/psql" -h "$PG" -U edge-1 -d postgres -qtAc "$1"; }
as_edge 'SELECT number, for_views FROM jpki_log' >"$WORK/read.txt"
[[ $(wc -l <"$WORK/read.txt") -gt 3 ]] || fail "the view's role reads no rows"
sql 'SELECT number, for_authorities FROM jpki_log' >"$WORK/other-half.txt"
key=$(data_of first)/keys/registry.key
python3 "$(dirname "$0")/leaks.py" "$(cat "$card/resident")" "$key" "$(data_of first)/store/data.mdb" "$WORK/other-half.txt" -- \
  "$WORK/edge-1.snapshot" "$WORK/read.txt" $(find "$(data_of edge-1)" -type f) || fail "an item of a resident is on the view"
! as_edge 'SELECT for_authorities FROM jpki_log' 2>/dev/null || fail "the view's role reads the other half"
! as_edge "UPDATE jpki_epoch SET number = 9" 2>/dev/null || fail "the view's role leads"

# A view whose folder the authority makes: it needs listeners of its own, and the proof of its role.
! jpki view add edge-2 --quiet 2>/dev/null || fail "a view without a key"
mkdir "$WORK/edge-2"
jpki view add edge-2 --out "$(data_of edge-2)" --log "$LOG" --json >"$WORK/added.json"
described 'view add' "$WORK/added.json"
[[ $(stat -c %a "$(data_of edge-2)" "$(data_of edge-2)/jpki.toml" | tr '\n' ' ') == "700 600 " ]] || fail "others read it"
grep -q "^log = .*host='$PG'.*user='edge-2'" "$(data_of edge-2)/jpki.toml" || fail "not its role: $(cat "$(data_of edge-2)/jpki.toml")"
[[ $(ls "$(data_of edge-2)/keys") == view.key ]] || fail "the folder has other keys than the view's own"
! jpki view add edge-2 --out "$(data_of edge-2)" 2>"$WORK/refused.txt" || fail "a store was made twice"
grep -q 'store' "$WORK/refused.txt"
for key in verifier ops verifier_https admin_https; do
  sed -i "s/^$key = .*/$key = \"127.0.0.1:$(free_port)\"/" "$(data_of edge-2)/jpki.toml"
done
start_view edge-2
comes_to edge-2 "$card/auth.cer" good

# No good after an acknowledged revocation, the view running and stopped.
on first event death "$(cat "$card/resident")" --quiet
never_good edge-1 "$card/auth.cer"
comes_to edge-1 "$card/auth.cer" revoked
comes_to edge-2 "$card/auth.cer" revoked
stop edge-2
jpki view remove edge-2 --quiet
until_true "no second certificate is issued" issue_on first
card=$(last_card)
comes_to edge-1 "$card/auth.cer" good
kill -STOP "${PIDS[edge-1]}"
change first event death "$(cat "$card/resident")" --quiet
kill -CONT "${PIDS[edge-1]}"
never_good edge-1 "$card/auth.cer"
comes_to edge-1 "$card/auth.cer" revoked

# Cut off from the database: silent after its lease, and the leader goes on; back again, it has what it missed.
stop edge-1
mkdir "$PG/cut"
chmod 777 "$PG/cut"
python3 "$(dirname "$0")/proxy.py" "$PG/cut/.s.PGSQL.5432" "$PG/.s.PGSQL.5432" &
PROXY_PID=$!
until_true "the proxy does not listen" test -S "$PG/cut/.s.PGSQL.5432"
configure edge-1 "host=$PG/cut dbname=postgres user=edge-1"
start_view edge-1
until_true "no certificate is issued" issue_on first
card=$(last_card)
comes_to edge-1 "$card/auth.cer" good
kill -STOP "$PROXY_PID"
change first event death "$(cat "$card/resident")" --quiet
never_good edge-1 "$card/auth.cer"
falls_silent() { [[ $(ocsp_at "$1" "$card/auth.cer") == trylater ]]; }
until_true "a view that was cut off answers" falls_silent edge-1
kill -CONT "$PROXY_PID"
comes_to edge-1 "$card/auth.cer" revoked

# The leader dies and comes back: the view goes on by itself.
kill -KILL "${PIDS[first]}"
wait "${PIDS[first]}" 2>/dev/null || true
until_true "the view answers without a leader" falls_silent edge-1
start first
until_true "the first machine does not lead again" leads first
comes_to edge-1 "$card/auth.cer" revoked
until_true "no third certificate is issued" issue_on first
comes_to edge-1 "$(last_card)/auth.cer" good

# Removed, it falls silent, and does not come back by itself.
jpki view remove edge-1 --quiet
card=$(last_card)
until_true "the removed view goes on" falls_silent edge-1
change first event death "$(cat "$card/resident")" --quiet
never_good edge-1 "$card/auth.cer"
stop edge-1
start_view edge-1
sleep 3
never_good edge-1 "$card/auth.cer"
falls_silent edge-1 || fail "a removed view answers: $(cat "$WORK/ocsp-edge-1.txt")"
! jpki view remove edge-1 2>/dev/null || fail "it was removed twice"
! jpki view add edge-1 --public-key "$WORK/edge-1.pem" 2>/dev/null || fail "a removed key was let in again"
stop edge-1
stop first
