# Two machines on one PostgreSQL in a temporary folder: helpers of the tests of this folder. NAME is a machine, and the
# folder below $WORK in which it lives.

. "$(dirname "${BASH_SOURCE[0]}")/../interop/lib.sh"

programs=$(find /usr/lib/postgresql/*/bin -maxdepth 0 2>/dev/null | sort -V | tail -n 1)
[[ -x $programs/initdb ]] || { echo "PostgreSQL is not installed"; exit 77; }

# The server refuses root.
as_server() {
  if [[ $(id -u) == 0 ]]; then (cd / && setpriv --reuid=65534 --regid=65534 --clear-groups "$@"); else "$@"; fi
}
PG=$(mktemp -d "${TMPDIR:-/tmp}/pg-XXXXXX")
declare -A PIDS
PROXY_PID=
start_database() { as_server "$programs/pg_ctl" --wait --pgdata="$PG/data" --log="$PG/log" \
  --options="-c listen_addresses='' -c unix_socket_directories='$PG'" start >/dev/null; }
stop_database() { as_server "$programs/pg_ctl" --wait --mode=immediate --pgdata="$PG/data" stop >/dev/null; }
finish() {
  local code=$? pid
  set +e
  for pid in "${PIDS[@]}" $PROXY_PID; do
    kill -CONT "$pid" 2>/dev/null || true
    kill -KILL "$pid" 2>/dev/null || true
  done
  stop_database 2>/dev/null || true
  rm -rf "$PG"
  if [[ $code != 0 ]]; then tail -n 15 "$WORK"/*.log >&2 2>/dev/null || true; fi
  (exit "$code")
  cleanup
}
trap finish EXIT
[[ $(id -u) != 0 ]] || chown 65534:65534 "$PG"
as_server "$programs/initdb" --no-sync --auth=trust --username=jpki --pgdata="$PG/data" >/dev/null
start_database
sql() { "$programs/psql" -h "$PG" -U jpki -d postgres -qtAc "$1"; }

data_of() { echo "$WORK/$1/data"; }
on() { # on NAME command…: jpki on that machine.
  local name=$1
  shift
  "$JPKI" --data "$(data_of "$name")" "$@"
}
listener_of() { sed -n "s/^$2 = \"127.0.0.1:\(.*\)\"/\1/p" "$(data_of "$1")/jpki.toml"; }
url_of() { echo "http://127.0.0.1:$(listener_of "$1" verifier)"; }
ops_of() { echo "http://127.0.0.1:$(listener_of "$1" ops)"; }
configure() { # configure NAME CONNECTION
  sed -i '/^\[cluster\]/,$d' "$(data_of "$1")/jpki.toml"
  printf '[cluster]\nlog = "%s"\nname = "%s"\n# End of the configuration.\n' "$2" "$1" >>"$(data_of "$1")/jpki.toml"
}
start() {
  "$JPKI" serve --data "$(data_of "$1")" 2>>"$WORK/$1.log" &
  PIDS[$1]=$!
}
# until_true WHAT command…: a minute and a half at most.
until_true() {
  local what=$1
  shift
  for _ in $(seq 900); do
    if "$@"; then return; fi
    sleep 0.1
  done
  fail "$what"
}
readiness() { curl -s "$(ops_of "$1")/readyz"; }
leads() { curl -fs "$(ops_of "$1")/readyz?for=answers" 2>/dev/null | grep -q '"role":"leader"'; }
stands_by() { readiness "$1" | grep -q '"role":"standby"'; }
stop() {
  kill -TERM "${PIDS[$1]}"
  wait "${PIDS[$1]}" || fail "$1 did not end cleanly"
  unset "PIDS[$1]"
}
# ocsp_at NAME CER: what the machine says of an authentication certificate: good, revoked, or an error's name.
ocsp_at() {
  openssl x509 -inform DER -in "$2" -out "$WORK/asked-$1.pem"
  openssl ocsp -issuer "$WORK/ca-auth.pem" -cert "$WORK/asked-$1.pem" -url "$(url_of "$1")/ocsp/auth" \
    -CAfile "$WORK/ca-auth.pem" -timeout 30 >"$WORK/ocsp-$1.txt" 2>&1 || true
  sed -n -e "s|^$WORK/asked-$1.pem: ||p" -e 's/^Responder Error: \([a-z]*\).*/\1/p' "$WORK/ocsp-$1.txt"
}
# change NAME command…: a change that is tried again while the machine is without its lease; a second time it may be
# refused as done.
change() {
  local name=$1 code tried=no
  shift
  for _ in $(seq 100); do
    code=0
    on "$name" "$@" 2>"$WORK/change.txt" || code=$?
    [[ $code == 0 || ($code == 1 && $tried == yes) ]] && return
    [[ $code == 4 ]] || break
    tried=yes
    sleep 0.3
  done
  cat "$WORK/change.txt" >&2
  fail "exit $code: $*"
}
NAMES=0
# issue_on NAME: another resident with certificates; the folder of the card.
issue_on() {
  NAMES=$((NAMES + 1))
  local id card=$WORK/card-$1-$NAMES
  id=$(on "$1" resident add --name "模擬　太郎" --birth 1980-02-17 --sex male --municipality 132217 \
    --address "東京都清瀬市模擬町${NAMES}番") || return
  on "$1" cert issue "$id" --key-pool "$SOURCE_DIR/testdata/keys" --out "$card" --quiet || return
  echo "$id" >"$card/resident"
  echo "$card" >>"$WORK/acknowledged"
}
last_card() { tail -n 1 "$WORK/acknowledged"; }
serial_of() { openssl x509 -inform DER -in "$1" -noout -serial; }
# comes_to NAME CER ANSWER: a busy machine may be without its lease for a moment.
comes_to() {
  local name=$1 card=$2 answer=$3
  is_so() { [[ $(ocsp_at "$name" "$card") == "$answer" ]]; }
  until_true "$name does not say $answer of $card" is_so
}
# never_good NAME CER: whatever it says.
never_good() { [[ $(ocsp_at "$1" "$2") != good ]] || fail "$1 says good of $2: $(cat "$WORK/ocsp-$1.txt")"; }
# is_known NAME CER: it is one that the authority has issued.
is_known() { [[ $(ocsp_at "$1" "$2") == @(good|revoked) ]]; }
# Every certificate that was acknowledged is known on NAME, and no serial is on two.
nothing_is_lost_on() {
  local card
  while read -r card; do
    until_true "$1 does not know $card" is_known "$1" "$card/auth.cer"
    serial_of "$card/auth.cer"
  done <"$WORK/acknowledged" >"$WORK/serials"
  [[ -z $(sort "$WORK/serials" | uniq -d) ]] || fail "a serial was given twice: $(sort "$WORK/serials" | uniq -d)"
}

# prepare_first: an authority with an embedded store; it does not serve.
prepare_first() {
  mkdir "$WORK/first"
  DATA=$(data_of first)
  LOG="host=$PG dbname=postgres user=jpki"
  init_authority '[crl]' 'scopes = "used"' '[access]' 'open_to_all = true'
}
# prepare_folder NAME: the configuration and the keys of the first machine's, with listeners of its own; no store.
prepare_folder() {
  local key
  mkdir -p -m 700 "$(data_of "$1")"
  cp -a "$(data_of first)/keys" "$(data_of first)/jpki.toml" "$(data_of "$1")/"
  chmod -R go= "$(data_of "$1")"
  for key in verifier ops verifier_https admin_https; do
    sed -i "s/^$key = .*/$key = \"127.0.0.1:$(free_port)\"/" "$(data_of "$1")/jpki.toml"
  done
  configure "$1" "$LOG"
}
# prepare_second: joins from a backup of the first, which serves, with a copy of its keys; it does not serve.
prepare_second() {
  prepare_folder second
  jpki backup "$WORK/backup.tar" --quiet
  on second cluster join "$WORK/backup.tar" --json >"$WORK/join.json"
  described 'cluster join' "$WORK/join.json"
  # It has no list of the first machine's: as the leader it makes its own.
  rm -rf "$(data_of second)/crl"
}
