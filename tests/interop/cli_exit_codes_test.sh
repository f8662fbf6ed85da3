#!/usr/bin/env bash
# Exit codes of the contract: 0 done, 1 refused by a rule, 2 usage, 3 not reachable, 4 internal; `ocsp query`
# also 10 revoked, 11 unknown, 12 an OCSP error status, 13 an answer that does not verify.

. "$(dirname "$0")/lib.sh"

echo "Without a server: help, usage, not reachable."
exits 0 "$JPKI" --help
exits 0 "$JPKI" --version
for command in init serve mock rules 'resident add' 'resident import' event 'cert issue' 'verifier add' 'crl publish' \
  'crl check' 'ocsp query' 'audit verify'; do
  # shellcheck disable=SC2086
  exits 0 "$JPKI" $command --help
  says 'Example'
done
exits 0 "$JPKI" rules --on 2026-05-26
says 'address-change'
exits 2 "$JPKI"
exits 2 "$JPKI" nonsense
exits 2 "$JPKI" resident
exits 2 "$JPKI" resident add
exits 2 "$JPKI" resident add --colour red
exits 2 "$JPKI" rules --on yesterday
exits 2 "$JPKI" cert issue --data "$DATA"
exits 3 jpki resident list
says '^jpki: no jpki answers at .*: start it with `jpki serve`'
exits 3 "$JPKI" ocsp query --serial 1 --ca sign --url http://127.0.0.1:1/ocsp/sign
exits 2 "$JPKI" serve --data "$WORK/nowhere"

init_authority '[crl]' 'scopes = "used"'
exits 1 "$JPKI" init --data "$DATA" --quiet --no-passphrase
says 'never overwritten'
printf '[urls]\npublik = "x"\n' >"$WORK/wrong.toml"
exits 2 "$JPKI" init --data "$WORK/other" --config "$WORK/wrong.toml" --no-passphrase
says 'urls.publik'
says 'line 2.*did you mean urls.public'
: >"$WORK/empty.toml"
exits 2 "$JPKI" serve --data "$DATA" --config "$WORK/empty.toml" --check
says 'is empty'
exits 0 "$JPKI" serve --data "$DATA" --check
says 'is in order'
printf '[ca]\norganization = "JPKI"\n' >"$WORK/jpki-name.toml"
exits 2 "$JPKI" init --data "$WORK/other" --config "$WORK/jpki-name.toml" --no-passphrase
says 'J-LIS'
[[ ! -e $WORK/other/store ]] || fail "a refused init left a store"

start_server
exits 4 "$JPKI" serve --data "$DATA"
says 'in use by another jpki process'

echo "A usage error names the nearest command or option, and the help of that command."
usage_says() {
  local text
  text=$("$JPKI" "${@:2}" 2>&1 >/dev/null) && fail "${*:2} should be refused"
  [[ $text == *"$1"* ]] || fail "'${*:2}' should say '$1', but says: $text"
}
usage_says 'port takes a number in its range, not 99999' mock --port 99999
usage_says 'must be a number or a date, 1 or 2026-11-23: not x' verifier report --from x --data "$DATA"
usage_says 'name is empty' resident add --name '' --birth 1980-01-01 --sex male --municipality 132217 --address x
usage_says 'is not a CRL, DER or PEM' crl show "$0"
usage_says 'there is no configuration none.toml' serve --config none.toml
usage_says 'cannot create the folder /proc/none' init --data /proc/none --public-url http://x.example --no-passphrase
usage_says 'did you mean mock?): see `jpki --help`' moc
usage_says 'did you mean issue?): see `jpki cert --help`' cert isue
usage_says 'did you mean --address?): see `jpki event --help`' event address-change 10000000006 --adress x
usage_says 'jpki needs a command' --quiet
usage_says 'jpki resident needs a command: see `jpki resident --help`' resident --socket /nowhere --lang en
usage_says 'there is no command `jpki resident lisst`' resident --socket /nowhere lisst
usage_says 'there is no command `jpki mock frobnicate`' mock frobnicate
usage_says "'1e3' is not a whole number" mock --seed 1e3
usage_says 'did you mean --seed' mock --sead 3
usage_says 'did you mean --hold-open' mock --hold

echo "Output that cannot be written is an error, and with --json an error is one problem object."
for command in rules '--help' '--version' 'mock --help' 'cert issue --help'; do
  got=0
  # shellcheck disable=SC2086
  "$JPKI" $command >/dev/full 2>/dev/null || got=$?
  [[ $got == 2 ]] || fail "exit 2 expected when the output of $command cannot be written, not $got"
done
{ "$JPKI" resident list --json --socket "$WORK/none.sock" 2>&1 >/dev/null || true; } | python3 -c '
import json, sys
problem = json.load(sys.stdin)
assert problem["code"] == "unreachable" and problem["exit"] == 3 and problem["detail"], problem'

echo "Every resident id in the help has a right check digit: its examples can be typed as they stand."
"$JPKI" man --out "$WORK/pages"
grep -rhoE '\b[0-9]{11}\b' "$WORK/pages" | sort -u | python3 -c '
import sys
for text in sys.stdin.read().split():
    weights = [2, 3, 4, 5, 6, 7, 2, 3, 4, 5]
    rest = sum(int(d) * w for d, w in zip(reversed(text[:10]), weights)) % 11
    assert int(text[10]) == (0 if rest < 2 else 11 - rest), f"the check digit of {text} is wrong"'

echo "With a server: done, refused, usage."
id=$(jpki resident add --name '模擬　太郎' --birth 1980-02-17 --sex male --municipality 132217 --address '東京都清瀬市模擬町１番')
exits 0 jpki resident show "$id"
says '模擬　太郎'
exits 1 jpki resident show 00000000000
exits 2 jpki resident show 12345678901
exits 0 jpki cert issue "$id" --key-pool "$SOURCE_DIR/testdata/keys" --out "$WORK/card"
exits 1 jpki cert issue "$id" --key-pool "$SOURCE_DIR/testdata/keys" --out "$WORK/card2"
exits 2 jpki cert issue "$id" --out "$WORK/card2"
exits 2 jpki cert issue "$id" --key-pool "$SOURCE_DIR/testdata/keys"
exits 1 jpki cert show sign 5
exits 0 jpki cert export sign "$(openssl x509 -inform DER -in "$WORK/card/sign.cer" -noout -serial | sed 's/.*=/0x/')" --out "$WORK/exported.cer"
cmp -s "$WORK/exported.cer" "$WORK/card/sign.cer" || fail "the exported certificate is another one"
exits 0 jpki event death "$id" --dry-run
# A flag behind an option that wants a value is not that value: nothing is recorded that was only to be tried.
exits 2 jpki event name-change "$id" --name --dry-run
renamed=$(jpki resident add --name '模擬　花子' --birth 1985-05-05 --sex female --municipality 132217 \
  --address '東京都清瀬市模擬町３番' --former-name '模擬')
exits 0 jpki event former-name-change "$renamed" --former-name= --dry-run
says 'would be recorded'
exits 0 jpki --quiet crl publish
[[ ! -s $WORK/out.txt ]] || fail "--quiet says something"
exits 0 jpki crl check
exits 0 jpki audit show --limit 3
exits 0 jpki audit verify
exits 0 jpki crl list --issuer sign-1
exits 2 jpki crl list --issuer seal-1

echo "ocsp query: 12 without standing, 0 good, 10 revoked, 11 unknown, 13 not verified."
sign=$WORK/card/sign.cer auth=$WORK/card/auth.cer
exits 12 "$JPKI" ocsp query --cert "$sign"
says 'unauthorized'
jpki verifier add "Example Bank" --class signature --class authentication --ready --network 127.0.0.1 --quiet
exits 0 "$JPKI" ocsp query --cert "$sign"
exits 0 "$JPKI" ocsp query --cert "$auth" --nonce --hash sha1
exits 0 "$JPKI" ocsp query --cert "$auth" --get
exits 0 "$JPKI" ocsp query --cert "$auth" --json
says '"outcome":"good"'
jpki event address-change "$id" --address '東京都清瀬市元町１番' --quiet
exits 10 "$JPKI" ocsp query --cert "$sign"
says 'affiliationChanged'
exits 10 "$JPKI" ocsp query --cert "$sign" --get
exits 0 "$JPKI" ocsp query --cert "$auth"
exits 11 "$JPKI" ocsp query --serial 999999999 --ca sign --url "$URL/ocsp/sign"
exits 12 "$JPKI" ocsp query --cert "$sign" --url "$URL/ocsp/auth" --issuer <(curl -fs "$URL/ca/sign.cer")
# The CA that --ca names decides, whatever the path: not an answer about another certificate.
exits 12 "$JPKI" ocsp query --serial 999999999 --ca auth --url "$URL/ocsp/sign"
# A URL without a path is asked at "/", and where that is not found by the path of the AIA, or of --ca.
for bare in "$URL" "$URL/"; do
  exits 0 "$JPKI" ocsp query --cert "$auth" --url "$bare" --nonce
  exits 0 "$JPKI" ocsp query --cert "$auth" --url "$bare" --get
  exits 10 "$JPKI" ocsp query --cert "$sign" --url "$bare"
  exits 11 "$JPKI" ocsp query --serial 999999999 --ca auth --url "$bare"
  exits 11 "$JPKI" ocsp query --serial 999999999 --ca sign --url "$bare" --get
done
exits 12 "$JPKI" ocsp query --cert "$sign" --url "$URL/nowhere"
says 'HTTP 404'
exits 2 "$JPKI" ocsp query
exits 2 "$JPKI" ocsp query --serial x --ca sign
# A responder that signs with a key of its own is not believed.
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$WORK/rogue.key" -out "$WORK/rogue.pem" -subj /CN=Rogue -days 2 2>/dev/null
openssl x509 -inform DER -in "$sign" -out "$WORK/sign.pem"
curl -fs "$URL/ca/sign.cer" -o "$WORK/ca-sign.cer"
ca_pem sign
rogue_port=$(free_port)
: >"$WORK/rogue.txt"
openssl ocsp -index "$WORK/rogue.txt" -port "$rogue_port" -rsigner "$WORK/rogue.pem" -rkey "$WORK/rogue.key" \
  -CA "$WORK/ca-sign.pem" -nrequest 20 >"$WORK/rogue.log" 2>&1 &
rogue=$!
# It serves one connection at a time: a probe would block it.
for _ in $(seq 100); do grep -q 'waiting for OCSP client' "$WORK/rogue.log" && break; sleep 0.1; done
got=0
"$JPKI" ocsp query --cert "$sign" --url "http://127.0.0.1:$rogue_port/" --issuer "$WORK/ca-sign.cer" >"$WORK/out.txt" 2>&1 || got=$?
kill "$rogue" 2>/dev/null || true
wait "$rogue" 2>/dev/null || true
[[ $got == 13 ]] || { cat "$WORK/out.txt" >&2; fail "exit 13 expected, not $got, for a rogue responder"; }

# Certificates of version 1, as old roots are: openssl 3.2 and later make them on demand, earlier ones by default.
openssl genrsa -out "$WORK/old.key" 2048 2>/dev/null
openssl req -new -key "$WORK/old.key" -subj /CN=Old -out "$WORK/old.csr"
openssl req -x509 -x509v1 -config /dev/null -in "$WORK/old.csr" -key "$WORK/old.key" -days 2 -out "$WORK/old.pem" 2>/dev/null ||
  openssl x509 -req -in "$WORK/old.csr" -signkey "$WORK/old.key" -days 2 -out "$WORK/old.pem" 2>/dev/null
openssl x509 -in "$WORK/old.pem" -noout -text | grep -q 'Version: 1 ' || fail "not version 1"
printf 'V\t991231235959Z\t\t01\tunknown\t/CN=x\n' >"$WORK/old.txt"
old_port=$(free_port)
openssl ocsp -index "$WORK/old.txt" -port "$old_port" -rsigner "$WORK/old.pem" -rkey "$WORK/old.key" \
  -CA "$WORK/old.pem" -nrequest 20 >"$WORK/old.log" 2>&1 &
old=$!
for _ in $(seq 100); do grep -q 'waiting for OCSP client' "$WORK/old.log" && break; sleep 0.1; done
got=0
"$JPKI" ocsp query --serial 1 --url "http://127.0.0.1:$old_port/" --issuer "$WORK/old.pem" --hash sha1 >"$WORK/out.txt" 2>&1 || got=$?
kill "$old" 2>/dev/null || true
wait "$old" 2>/dev/null || true
[[ $got == 0 ]] || { cat "$WORK/out.txt" >&2; fail "exit 0 expected, not $got, for a CA of version 1"; }
# A file that is no certificate is named.
exits 2 "$JPKI" ocsp query --cert "$WORK/old.txt" --issuer "$WORK/old.pem" --url "$URL/ocsp/sign"
says old.txt

echo "SIGTERM drains and exits 0."
stop_server
exits 3 jpki resident list
