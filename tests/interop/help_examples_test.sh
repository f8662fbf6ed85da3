#!/usr/bin/env bash
# The example of every command's help (and so of its manual page), run as it stands there. `jpki-data` in the current
# folder is served, as the examples have it; paths of a real machine stand for ones of this test.
# ctest: timeout 600

. "$(dirname "$0")/lib.sh"

DATA=$WORK/jpki-data
export HOME=$WORK/home
mkdir -p "$WORK/keys" "$WORK/backup" "$HOME/.local/share/bash-completion/completions"
ln -s "$SOURCE_DIR/testdata" "$WORK/testdata"
cd "$WORK"
jpki() { "$JPKI" "$@"; }

declare -A RUN
collect_examples

# line_of COMMAND: its example, with what is this test's own.
line_of() {
  [[ -n ${EXAMPLES[$1]:-} ]] || fail "jpki $1 has no example"
  sed -e "s|2026-12-01T13:05:00+09:00|$(date -Iseconds)|g; s|/run/keys/|$WORK/keys/|g; s|/backup/|$WORK/backup/|g; s|127\.0\.0\.1:9090|127.0.0.1:${OPS_PORT:-0}|g" \
    -e "s|jpki-safety/audit-heads-[0-9A-F]*|$(echo jpki-safety/audit-heads-*)|; s|man -l -|grep -q NAME|" \
    -e "s|127\.0\.0\.1:35963|127.0.0.1:${READER_PORT:-0}|" <<<"${EXAMPLES[$1]}"
}
# example COMMAND [CODE WORDS]: runs it. With a code other than 0 it needs what this test cannot make, and must be
# refused with these words, which a wrong command line never is.
example() {
  local got=0
  RUN["$1"]=yes
  (eval "$(line_of "$1")") >"$WORK/out.txt" 2>&1 </dev/null || got=$?
  [[ $got == "${2:-0}" ]] || { cat "$WORK/out.txt" >&2; fail "exit $got: the example of jpki $1: ${EXAMPLES[$1]}"; }
  [[ -z ${3:-} ]] || says "$3"
}
# with COMMAND OLD NEW: its example, with a number of this test in the place of its own.
with() {
  [[ ${EXAMPLES[$1]} == *"$2"* ]] || fail "the example of jpki $1 has no $2: ${EXAMPLES[$1]}"
  EXAMPLES[$1]=${EXAMPLES[$1]/"$2"/"$3"}
}

# shows_as_quoted DOCUMENT COMMAND: the document's block "$ jpki COMMAND …" with its output, which must be what is said.
shows_as_quoted() {
  local block
  block=$(awk -v start="    \$ jpki $2" 'index($0, start) == 1 { inside = 1 } inside && /^$/ { exit } inside { sub(/^    /, ""); print }' \
    "$SOURCE_DIR/$1")
  [[ $(wc -l <<<"$block") -gt 1 ]] || fail "$1 has no block of jpki $2 with an output"
  diff <(tail -n +2 <<<"$block") <(eval "$(head -n 1 <<<"$block" | sed 's/^\$ //')" 2>&1) >&2 || fail "$1 quotes another output"
}

echo "The key ceremony, with a passphrase."
mkdir ceremony
printf 'correct horse\n' >keys/jpki
chmod 600 keys/jpki
(cd ceremony && example init)
RUN[init]=yes

echo "A folder of its own, with the service stopped."
mkdir apart
cd apart
jpki init --data jpki-data --no-passphrase --public-url http://127.0.0.1:1 --quiet
for command in keys 'keys show' migrate; do example "$command"; done
example 'clock repair' 1 'nothing to repair'
example cluster 2 'cluster.log'
example 'cluster status' 2 'cluster.log'
example 'cluster init' 2 'cluster.log'
example 'cluster export' 2 'cluster.log'
example 'cluster trim' 2 'cluster.log'
example 'cluster forget' 2 'cluster.log'
example 'cluster join' 2 'cluster.log'
example 'view snapshot' 2 'cluster.log'
example 'view join' 2 'cluster.log'
example 'keys protect'
cd ..

echo "The service."
init_authority '[access]' 'open_to_all = true' '[crl]' 'scopes = "used"'
[[ ${EXAMPLES[serve]} == 'jpki serve --data jpki-data' ]] || fail "start_server runs something else: ${EXAMPLES[serve]}"
start_server
RUN[serve]=yes
# Both parts of the program's own example were run.
[[ ${EXAMPLES[jpki]} == 'jpki init --data jpki-data && jpki serve --data jpki-data' ]] || fail "${EXAMPLES[jpki]}"
RUN[jpki]=yes
for command in ready rules municipality 'municipality list' 'municipality find' completion man clock 'clock show'; do
  example "$command"
done
example 'clock accept' 1 'in doubt'

mkdir edge
(cd edge && example 'view key')
RUN['view key']=yes
cp edge/edge-1.pem .
for command in 'view add' view 'view list' 'view remove'; do example "$command"; done

echo "Residents and their certificates."
example 'resident add'
# The ids of the examples are the first that a new authority gives.
second=$(jpki resident add --name '模擬　花子' --birth 1985-05-05 --sex female --municipality 132217 \
  --address '東京都清瀬市模擬町１番' --card-expires "$(date -d '+8 years' +%F)")
[[ $second == 10000000014 ]] || fail "the second resident is $second"
for command in 'resident import' resident 'resident list' 'resident show' 'resident find' 'resident guardianship' \
  'resident history' stats sweep check retention; do
  example "$command"
done
make_requests
example 'cert issue'
ln -s card/sign.cer sign.cer
for command in cert 'cert list' ocsp 'ocsp query'; do example "$command"; done
serial=$(jpki cert list 10000000006 --json | sed -n 's/.*"sign-1\/\([0-9]*\)".*/\1/p')
for command in 'cert show' 'cert export'; do with "$command" 100000001 "$serial"; done
example 'cert show'
rm sign.cer
example 'cert export'
example 'cert adopt' 1
example event
for document in docs/cli.md docs/ja/cli.md; do shows_as_quoted "$document" 'event address-change'; done
printf 'event,resident,event_id,furigana\nfurigana-entry,10000000006,f-1,モギ　タロウ\n' >feed.csv
example events
example 'events import'

echo "Verifiers."
example 'verifier add'
jpki verifier add 'Second Bank' --class specific-authentication --ready --signature --quiet
jpki verifier add 'Third Bank' --class signature --ready --network 192.0.2.9 --quiet
echo 'faces are compared with the photograph on the card' >plan.txt
echo 'two readers at the counter' >equipment.txt
for command in consent 'consent list' 'consent withdraw' verifier 'verifier list' 'verifier show' 'verifier notify' \
  'verifier agree' 'verifier certify' 'verifier approve' 'verifier minor-change' 'verifier cancel-approval' \
  'verifier suspend' 'verifier resume' 'verifier credential' 'verifier credential list' \
  'verifier credential issue'; do
  example "$command"
done
example 'verifier approve'
example 'verifier end-approval'
openssl req -x509 -newkey rsa:2048 -nodes -keyout /dev/null -subj /CN=Bank -addext keyUsage=critical,keyCertSign \
  -out bank.pem 2>/dev/null
jpki verifier agree 1 --signature --ca bank.pem --quiet
example 'verifier refuse-signer'
example 'verifier confirm' 1
serial=$(jpki verifier credential list 1 --json | sed -n 's/.*"serial":"\([0-9]*\)".*/\1/p')
for command in 'verifier credential revoke' 'verifier credential erased'; do
  with "$command" ' 1 7' " 1 $serial"
  example "$command"
done
example 'verifier report'
example 'verifier cancel'

echo "Lists, the audit log, keys, generations."
for command in crl 'crl publish' 'crl check' 'crl list'; do example "$command"; done
curl -fs "$URL/crl/sign/full.crl" -o full.crl
example 'crl show'
curl -fs "$URL/ca/ops.cer" -o ops.cer
for command in audit 'audit show' 'audit export' 'audit verify' 'keys rotate' 'keys rotation' ca 'ca list' 'ca roll' \
  backup; do
  example "$command"
done

echo "A mock."
coproc MOCK { eval "exec ${EXAMPLES[mock]/#jpki/\"\$JPKI\"}"; }
RUN[mock]=yes
read -r line <&"${MOCK[0]}"
of_mock() { python3 -c 'import json, sys; print(json.loads(sys.argv[1])[sys.argv[2]])' "$line" "$1"; }
JPKI_MOCK_CONTROL=$(of_mock control)
export JPKI_MOCK_CONTROL
for command in 'mock show' 'mock snapshot' 'mock clock' 'mock faults' 'mock requests' 'mock publish' 'mock reset'; do
  example "$command"
done

echo "A card in a reader that goes at once."
READER_PORT=$(free_port)
python3 -c '
import socket, sys
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
listener.accept()[0].close()' "$READER_PORT" &
for _ in $(seq 100); do [[ -n $(ss -Hltn "sport = :$READER_PORT" 2>/dev/null) ]] && break; sleep 0.1; done
example card
wait $!
exec {MOCK[1]}>&-
wait "$MOCK_PID"

echo "Operators, whose first ends the trial."
jpki operator add first --role officer --out first.p12 --quiet
export JPKI_URL=https://127.0.0.1:$(sed -n 's/^admin_https = "127.0.0.1:\(.*\)"/\1/p' jpki.toml) JPKI_CREDENTIAL=$WORK/first.p12
for command in 'operator add' operator 'operator list' 'operator show' 'operator credential' 'operator disable' \
  'operator enable' roles; do
  example "$command"
done
serial=$(jpki operator show kiyose --json | sed -n 's/.*"serial":"\([0-9]*\)".*/\1/p')
with 'operator credential revoke' ' 7' " $serial"
example 'operator credential revoke'
rm kiyose-2.p12 kiyose-2.p12.password
example 'operator credential issue'

echo "What waits for a second person."
jpki operator add second --role supervisor --out second.p12 --quiet
jpki operator add akiko --role officer --out akiko.p12 --quiet
jpki operator add jun --role officer --out jun.p12 --quiet
for command in 'requests show' 'requests confirm'; do with "$command" ' 7' ' 1'; done
with 'requests reject' ' 7' ' 2'
for command in requests 'requests list' 'requests show'; do example "$command"; done
for command in 'requests confirm' 'requests reject'; do JPKI_CREDENTIAL=$WORK/second.p12 example "$command"; done
example 'operator credential fetch'
unset JPKI_URL JPKI_CREDENTIAL
stop_server
example restore
rm akiko.p12 akiko.p12.password
example 'operator recover'

for command in "${!EXAMPLES[@]}"; do
  [[ -n ${RUN[$command]:-} ]] || fail "the example of jpki $command is not run: add it above"
done
echo "${#EXAMPLES[@]} examples run."
