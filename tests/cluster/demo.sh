#!/usr/bin/env bash
# Beyond one machine, in plain words: an authority on two machines and two views, whose truth is a log in PostgreSQL. What is said of a
# certificate is what the real openssl hears.

. "$(dirname "$0")/machines.sh"
. "$(dirname "$0")/views.sh"

# Who is asked about a certificate, beside the machine that leads: those that stand by, and views.
OTHERS=()

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
show() { sed 's/^/    /'; }
# everywhere LEADER CER ANSWER: the leader and every other machine say so.
everywhere() {
  local name
  for name in "$1" "${OTHERS[@]}"; do
    comes_to "$name" "$2" "$3"
    echo "    openssl ocsp asks $name: $3."
  done
}
status() { on "$1" cluster status | show; }
# The signing certificate falls with a move; the machines are asked by openssl as in the tests, but for this kind.
ocsp_at() {
  openssl x509 -inform DER -in "$2" -out "$WORK/asked-$1.pem"
  openssl ocsp -issuer "$WORK/ca-sign.pem" -cert "$WORK/asked-$1.pem" -url "$(url_of "$1")/ocsp/sign" \
    -CAfile "$WORK/ca-sign.pem" -timeout 30 >"$WORK/ocsp-$1.txt" 2>&1 || true
  sed -n -e "s|^$WORK/asked-$1.pem: ||p" -e 's/^Responder Error: \([a-z]*\).*/\1/p' "$WORK/ocsp-$1.txt"
}
# issue_card LEADER RESIDENT: two certificates for keys that openssl has made, in $WORK/card-RESIDENT.
issue_card() {
  make_requests
  on "$1" cert issue "$2" --csr-sign "$WORK/sign.csr" --csr-auth "$WORK/auth.csr" --out "$WORK/card-$2" | show
}

say "1. PostgreSQL, on a socket in a temporary folder. Nothing else listens, and nothing of it stays."
"$programs/postgres" --version | show

say "2. The key ceremony on the first machine. Its store becomes the beginning of a log in PostgreSQL."
prepare_first
configure first "$LOG"
jpki cluster init | show
start first
until_true "the first machine does not lead" leads first
URL=$(url_of first)
ca_pem sign

say "3. A second machine joins, from a backup of the first and a copy of its keys. It stands by."
prepare_second
start second
until_true "the second machine does not stand by" stands_by second
VIEWS=(edge-1 edge-2)
for view in "${VIEWS[@]}"; do
  prepare_view "$view"
  start_view "$view"
done
echo "    And two views, which answer status alone: they have no resident, no certificate, no key of the authority."
OTHERS=(second "${VIEWS[@]}")
status first

say "4. A resident of Kiyose gets two certificates. Every change is a row of the log before it is acknowledged."
id=$(on first resident add --name '模擬　太郎' --birth 1980-02-17 --sex male --municipality 132217 \
  --address '東京都清瀬市中里五丁目８４２番地')
issue_card first "$id"
everywhere first "$WORK/card-$id/sign.cer" good

say "5. The resident moves: the signing certificate falls. It is acknowledged when no machine says good any more."
on first event address-change "$id" --address '東京都清瀬市元町一丁目１番' | show
everywhere first "$WORK/card-$id/sign.cer" revoked

say "6. The leader is killed, as by a cut of its power."
OTHERS=("${VIEWS[@]}")
kill -KILL "${PIDS[first]}"
killed=$(date +%s%N)
wait "${PIDS[first]}" 2>/dev/null || true
unset "PIDS[first]"
until_true "the second machine does not take over" leads second
echo "    The second machine leads after $((($(date +%s%N) - killed) / 1000000)) ms, with all that was acknowledged:"
everywhere second "$WORK/card-$id/sign.cer" revoked

say "7. It issues the next certificates; no serial is given twice."
next=$(on second resident add --name '模擬　花子' --birth 1985-07-01 --sex female --municipality 132217 \
  --address '東京都清瀬市中里五丁目８４３番地')
issue_card second "$next"
everywhere second "$WORK/card-$next/sign.cer" good
[[ $(serial_of "$WORK/card-$id/sign.cer") != "$(serial_of "$WORK/card-$next/sign.cer")" ]] || fail "one serial for two"

say "8. The first machine comes back, and stands by. The log and both stores say the same."
start first
until_true "the first machine does not stand by" stands_by first
OTHERS=(first "${VIEWS[@]}")
everywhere second "$WORK/card-$id/sign.cer" revoked
status second
on second audit verify | show
stop second
OTHERS=("${VIEWS[@]}")
until_true "the first machine does not lead again" leads first
everywhere first "$WORK/card-$id/sign.cer" revoked
everywhere first "$WORK/card-$next/sign.cer" good
for view in "${VIEWS[@]}"; do stop "$view"; done
stop first

cat <<'END'

Done. docs/cluster.md says how to run it, and what it does in which failure.
END
