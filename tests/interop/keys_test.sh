#!/usr/bin/env bash
# Keys under a passphrase: the ceremony, the service, a changed passphrase, a backup; and what is given wrongly.
. "$(dirname "$0")/lib.sh"

printf 'correct horse battery staple\nsecond line\n' >"$WORK/pass"
printf 'another\n' >"$WORK/other-pass"
printf 'readable\n' >"$WORK/open-pass"
chmod 600 "$WORK/pass" "$WORK/other-pass"
chmod 644 "$WORK/open-pass"

echo "Without a source and a terminal, init refuses and leaves nothing."
printf '[urls]\npublic = "http://127.0.0.1:1"\n' >"$WORK/small.toml"
init_refused 'no-passphrase writes them in plain'
init_refused 'exclude each other' --no-passphrase --passphrase-file "$WORK/pass"
init_refused 'cannot be read' --passphrase-file "$WORK/nowhere"
init_refused 'descriptor 9 cannot be read' --passphrase-fd 9
exits 1 "$JPKI" init --data "$WORK/refused" --config "$WORK/small.toml" --passphrase-file "$WORK/open-pass"
says 'chmod 600'

echo "A terminal is asked twice, shows nothing, and two different answers leave nothing."
cat >"$WORK/talk.py" <<'PYTHON'
import os, pty, sys
# talk.py ANSWER:ANSWER:… PROGRAM ARGUMENT…: answers each question of the program on its terminal.
answers, command = sys.argv[1].split(":"), sys.argv[2:]
process, terminal = pty.fork()
if process == 0:
    os.execv(command[0], command)
said = b""
while True:
    try:
        piece = os.read(terminal, 4096)
    except OSError:
        break
    if not piece:
        break
    said += piece
    if said.endswith(b": ") and answers:
        os.write(terminal, answers.pop(0).encode() + b"\n")
print(said.decode(errors="replace"))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))
PYTHON
exits 2 python3 "$WORK/talk.py" one-secret:other-secret "$JPKI" init --data "$WORK/asked" --config "$WORK/small.toml"
says 'the two passphrases differ'
[[ ! -e $WORK/asked/keys ]] || fail "a refused init left something"
exits 0 python3 "$WORK/talk.py" one-secret:one-secret "$JPKI" init --data "$WORK/asked" --config "$WORK/small.toml"
says 'The same again'
! grep -qE 'one-secret|other-secret' "$WORK/out.txt" || fail "the terminal shows the passphrase"
exits 0 python3 "$WORK/talk.py" one-secret "$JPKI" check --store --data "$WORK/asked"
exits 2 python3 "$WORK/talk.py" wrong "$JPKI" check --store --data "$WORK/asked"
says 'the passphrase does not open it'

echo "A ceremony under a passphrase."
INIT_KEYS="--passphrase-file $WORK/pass" init_authority
grep -q 'CA sign-1' "$DATA/ceremony.txt" || fail "no report of the ceremony"
grep -q 'PBES2, scrypt' "$DATA/ceremony.txt" || fail "the report does not say how the keys are kept"
for key in "$DATA"/keys/*.key; do
  [[ $key == */registry.key ]] && continue
  grep -q 'BEGIN ENCRYPTED PRIVATE KEY' "$key" || fail "$key is plain"
done
grep -q '^scrypt' "$DATA/keys/registry.key" || fail "registry.key is plain"
# An outside program opens them.
openssl pkey -in "$DATA/keys/ca-sign-1.key" -passin "file:$WORK/pass" -pubout -out "$WORK/ca.pub" 2>"$WORK/out.txt" ||
  { cat "$WORK/out.txt" >&2; fail "openssl does not open the key"; }
exits 1 openssl pkey -in "$DATA/keys/ca-sign-1.key" -passin "file:$WORK/other-pass" -pubout

echo "serve needs the passphrase."
exits 2 setsid "$JPKI" serve --data "$DATA" </dev/null
says 'nothing gives the passphrase'
exits 2 jpki serve --passphrase-file "$WORK/other-pass"
says 'the passphrase does not open it'
! grep -q 'another' "$WORK/out.txt" || fail "the passphrase is shown"

# A systemd credential.
mkdir -p "$WORK/credentials"
cp -p "$WORK/pass" "$WORK/credentials/jpki-passphrase"
export CREDENTIALS_DIRECTORY=$WORK/credentials
start_server
jpki verifier add Shop --class authentication --ready --network 127.0.0.1 >"$WORK/out.txt"
jpki resident add --name 山田太郎 --birth 1980-01-02 --sex male --municipality 131016 --address 東京都千代田区1 >"$WORK/id"
make_requests
jpki cert issue "$(cat "$WORK/id")" --csr-sign "$WORK/sign.csr" --csr-auth "$WORK/auth.csr" --out "$WORK/card" >/dev/null
jpki crl publish >/dev/null
exits 4 jpki keys protect --new-passphrase-file "$WORK/other-pass"
stop_server
unset CREDENTIALS_DIRECTORY

echo "The passphrase is changed, and the former one opens nothing."
exits 2 jpki keys protect --passphrase-file "$WORK/other-pass" --new-passphrase-file "$WORK/other-pass"
says 'does not open'
exits 0 jpki keys protect --passphrase-file "$WORK/pass" --new-passphrase-file "$WORK/other-pass"
exits 2 jpki serve --passphrase-file "$WORK/pass"
exits 0 jpki check --store --passphrase-file "$WORK/other-pass"
exits 0 jpki keys show
says 'ca-sign-1.key: encrypted'

echo "A backup holds encrypted keys, and is restored without the folder."
exits 0 jpki backup "$WORK/backup.tar"
says 'that are encrypted or on a token are in it'
# Into files: a reader that has seen enough would end the writer, and with it the pipe.
tar tf "$WORK/backup.tar" >"$WORK/members"
grep -q '^keys/ca-sign-1.key$' "$WORK/members" || fail "no keys in the backup"
tar xOf "$WORK/backup.tar" keys/ca-sign-1.key >"$WORK/member"
! grep -q 'BEGIN PRIVATE' "$WORK/member" || fail "a plain key in the backup"
# With a safety folder of its own: the mark of the authority goes on.
mkdir -p "$WORK/again/data"
chmod 700 "$WORK/again/data"
exits 0 "$JPKI" restore "$WORK/backup.tar" --data "$WORK/again/data" --passphrase-file "$WORK/other-pass" --without-high-water
exits 0 "$JPKI" check --store --data "$WORK/again/data" --passphrase-file "$WORK/other-pass"

echo "A key file that is cut off is named."
cp -p "$DATA/keys/ca-sign-1.key" "$WORK/whole"
head -c 600 "$WORK/whole" >"$DATA/keys/ca-sign-1.key"
exits 2 jpki serve --passphrase-file "$WORK/other-pass"
says 'ca-sign-1.key'
says 'cut off or damaged'
cp -p "$WORK/whole" "$DATA/keys/ca-sign-1.key"

echo "Plain keys of a trial are encrypted later, and back."
exits 0 jpki keys protect --passphrase-file "$WORK/other-pass" --no-passphrase
grep -q 'BEGIN PRIVATE KEY' "$DATA/keys/ca-sign-1.key" || fail "still encrypted"
exits 0 jpki backup "$WORK/plain.tar"
says 'are not in it'
tar tf "$WORK/plain.tar" >"$WORK/members"
! grep -q '^keys/' "$WORK/members" || fail "plain keys in the backup"
exits 0 jpki keys protect --new-passphrase-fd 3 3<"$WORK/pass"
exec 3<"$WORK/pass"
exits 0 jpki check --store --passphrase-fd 3
exec 3<&-

echo "The sealing key lies elsewhere; without it status goes on and registers say what is missing."
mkdir "$WORK/elsewhere"
exits 0 jpki keys protect --passphrase-file "$WORK/pass" --new-passphrase-file "$WORK/pass" --sealing-key-file "$WORK/elsewhere/seal"
[[ ! -e $DATA/keys/registry.key ]] || fail "the sealing key is still among the keys"
mv "$WORK/elsewhere/seal" "$WORK/seal"
export CREDENTIALS_DIRECTORY=$WORK/credentials
"$JPKI" serve --data "$DATA" 2>>"$WORK/server.log" &
SERVER_PID=$!
for _ in $(seq 600); do
  curl -fs "http://127.0.0.1:$OPS_PORT/readyz?for=answers" >/dev/null && break
  kill -0 "$SERVER_PID" 2>/dev/null || fail "the server does not start without the sealing key"
  sleep 0.1
done
curl -s "http://127.0.0.1:$OPS_PORT/readyz" >"$WORK/out.txt"
says 'vault: the key of sealed records is missing'
exits 0 jpki ocsp query --cert "$WORK/card/auth.cer" --url "$URL"
exits 0 curl -fs -o "$WORK/list.crl" "$URL/crl/auth-1/full.crl"
exits 4 jpki resident show "$(cat "$WORK/id")"
says 'the key of sealed records is missing'
exits 4 jpki event hold "$(cat "$WORK/id")" --kind auth
says 'the key of sealed records is missing'
stop_server
mv "$WORK/seal" "$WORK/elsewhere/seal"
start_server
exits 0 jpki resident show "$(cat "$WORK/id")"

until_sealed_with() { # until_sealed_with NUMBER: waits for the end of a rotation, two minutes at most.
  for _ in $(seq 1200); do
    jpki keys rotation >"$WORK/out.txt"
    grep -q 'Every record' "$WORK/out.txt" && break
    sleep 0.1
  done
  says "Every record is sealed with data key $1"
}

echo "A new data key: all records are sealed again while the service runs, and open after a restart."
exits 0 jpki keys rotate
says 'data key 2'
until_sealed_with 2
exits 0 jpki resident show "$(cat "$WORK/id")"
jpki audit show --json >"$WORK/out.txt"
says 'data key rotation ends'
stop_server
start_server
exits 0 jpki resident show "$(cat "$WORK/id")"

echo "A rotation that is killed goes on after the next start; a backup of its middle has what it needs."
jpki resident import "$SOURCE_DIR/testdata/residents.csv" --quiet
exits 0 jpki keys rotate
exits 0 jpki backup "$WORK/middle.tar"
kill -KILL "$SERVER_PID"
wait "$SERVER_PID" 2>/dev/null || true
jpki keys show >"$WORK/out.txt"
says 'data key 3'
start_server
until_sealed_with 3
exits 0 jpki resident show "$(cat "$WORK/id")"
stop_server
exits 0 jpki check --store
mkdir -p "$WORK/middle/data"
chmod 700 "$WORK/middle/data"
exits 0 "$JPKI" restore "$WORK/middle.tar" --data "$WORK/middle/data" --without-high-water --dry-run
[[ -z $(ls -A "$WORK/middle/data") ]] || { ls -A "$WORK/middle/data" >&2; fail "a dry run left something"; }
exits 2 "$JPKI" restore "$WORK/middle.tar" --data "$WORK/middle/data" --without-high-water --passphrase-file "$WORK/other-pass"
[[ ! -e $WORK/middle/data/keys ]] || fail "a refused restore left keys"
exits 0 "$JPKI" restore "$WORK/middle.tar" --data "$WORK/middle/data" --without-high-water
exits 0 "$JPKI" check --store --data "$WORK/middle/data"
echo "keys: passed"
