#!/usr/bin/env bash
# An old store comes back; a backup, many more changes, a restore: nothing that was published is contradicted.
# A wrong sealing key and a cut store are refused in words.
# ctest: timeout 900

. "$(dirname "$0")/lib.sh"

KEYS=$SOURCE_DIR/testdata/keys
SAFETY=$WORK/jpki-safety

# person NAME [KIND…]: a new resident with certificates in $WORK/NAME; prints the resident's id.
person() {
  local id name=$1
  shift
  id=$(jpki resident add --name '模擬　一郎' --birth 1980-02-17 --sex male --municipality 132217 --address '東京都清瀬市模擬町１番' --json |
    grep -o '"id":"[0-9]*"' | grep -o '[0-9]*')
  jpki cert issue "$id" --key-pool "$KEYS" --out "$WORK/$name" --quiet "$@"
  echo "$id"
}
serial_of() { openssl x509 -inform DER -in "$1" -noout -serial | sed 's/serial=//'; }
status_of() { ocsp_status "${2:-sign}" "$WORK/$1/${2:-sign}.cer"; }
expect_status() { # expect_status WANTED NAME [KIND]
  local found
  found=$(status_of "$2" "${3:-sign}")
  [[ $found == "$1" ]] || fail "$2 ${3:-sign}: $found instead of $1"
}
# entries FILE GENERATION: the list of the whole generation, a line for each entry: serial, date, reason.
entries() {
  curl -fs "$URL/crl/$2/full.crl" | openssl crl -inform DER -noout -text |
    awk '/Serial Number:/ {serial = $3} /Revocation Date:/ {$1 = $2 = ""; date = $0; print serial, date}
         /X509v3 CRL Reason Code/ {getline; print serial, "reason", $0}' | sort >"$1"
}
# on_list NAME: whether the signing certificate stands on the list of the whole generation.
on_list() {
  curl -fs "$URL/crl/sign-1/full.crl" | openssl crl -inform DER -noout -text >"$WORK/list.txt"
  grep -q "Serial Number: $(serial_of "$WORK/$1/sign.cer")\$" "$WORK/list.txt"
}
refuses_to_serve() {
  exits 1 timeout 60 "$JPKI" serve --data "$DATA"
  says "$1"
}

init_authority '[crl]' 'scopes = "used"'
start_server
ca_pem sign
ca_pem auth
jpki verifier add 'Kiyose Bank' --class signature --class authentication --ready --network 127.0.0.1/32 --quiet
head -n 31 "$SOURCE_DIR/testdata/residents.csv" >"$WORK/first.csv"
{ head -n 1 "$SOURCE_DIR/testdata/residents.csv"; sed -n 32,51p "$SOURCE_DIR/testdata/residents.csv"; } >"$WORK/second.csv"
jpki resident import "$WORK/first.csv" --quiet
jpki cert issue --all --key-pool "$KEYS" --quiet
alice=$(person alice)
bob=$(person bob)
carol=$(person carol)
jpki event hold "$carol" --quiet
jpki crl publish --quiet
expect_status good alice

echo "A backup while the service runs; a copy of the folder as somebody would make it by hand."
exits 0 jpki backup "$WORK/backup.tar"
says 'Private keys and registry.key are not in it'
exits 1 jpki backup "$WORK/backup.tar"
says 'never overwritten'
tar tf "$WORK/backup.tar" >"$WORK/members.txt"
grep -q '^store/data.mdb$' "$WORK/members.txt" || fail "no store in the backup"
grep -q '^crl/sign-1/complete-' "$WORK/members.txt" || fail "no lists in the backup"
if grep -q 'key' "$WORK/members.txt"; then fail "a key in the backup"; fi
[[ $(stat -c %a "$WORK/backup.tar") == 600 ]] || fail "a backup that others can read"
stop_server
cp -a "$DATA/store" "$WORK/old-store"
start_server

echo "Afterwards, a thousand changes and more: revocations, a release, new certificates, one of which falls."
tail -n +2 "$WORK/first.csv" | cut -d, -f1 | awk 'BEGIN {print "event,resident,event_id,name"} {printf "name-change,%s,E%d,模擬　改名\n", $1, NR}' >"$WORK/feed.csv"
jpki events import "$WORK/feed.csv" --quiet
# Names that change again and again: each is a record, though only the first has revoked something.
tail -n +2 "$WORK/first.csv" | cut -d, -f1 | awk 'BEGIN {print "event,resident,event_id,name"; split("一 二 三 四 五 六 七 八 九", digit, " ")}
  {for (i = 0; i < 36; ++i) printf "name-change,%s,G%d-%d,模擬　%s%s郎\n", $1, NR, i, digit[i % 9 + 1], digit[int(i / 9) + 1]}' >"$WORK/feed.csv"
jpki events import "$WORK/feed.csv" --quiet
jpki resident import "$WORK/second.csv" --quiet
jpki cert issue --all --key-pool "$KEYS" --quiet
tail -n +2 "$WORK/second.csv" | cut -d, -f1 | head -n 15 | awk 'BEGIN {print "event,resident,event_id,name"} {printf "name-change,%s,F%d,模擬　再名\n", $1, NR}' >"$WORK/feed.csv"
jpki events import "$WORK/feed.csv" --quiet
jpki event name-change "$alice" --name '模擬　二郎' --quiet
jpki event key-notice "$bob" --kind auth --quiet
jpki event release "$carol" --quiet
dave=$(person dave)
erin=$(person erin)
jpki event name-change "$erin" --name '模擬　三郎' --quiet
jpki crl publish --quiet
for _ in 1 2 3; do person crowd-$_ >/dev/null; done
jpki crl publish --quiet
expect_status revoked alice
expect_status revoked bob auth
expect_status good carol auth
expect_status good dave
expect_status revoked erin
for generation in sign-1 auth-1; do entries "$WORK/before-$generation.txt" $generation; done
[[ $(grep -c reason "$WORK/before-sign-1.txt") -ge 25 ]] || fail "too few entries to compare"
stop_server
lists() { (cd "$DATA/crl" && find . -name '*.crls' -exec sha256sum {} + | sort); }
lists >"$WORK/published.txt"
cp -a "$SAFETY" "$WORK/safety"

echo "The old store, put back by hand, is not served; no list is removed, no serial is given again."
mv "$DATA/store" "$WORK/new-store"
cp -a "$WORK/old-store" "$DATA/store"
refuses_to_serve 'older than what was published'
exits 1 jpki ca roll sign
says 'older than what was published'
lists | cmp - "$WORK/published.txt" || fail "lists were changed"
mv "$DATA/crl" "$WORK/crl"
refuses_to_serve 'high-water'
mv "$WORK/crl" "$DATA/crl"
rm -rf "$SAFETY"
refuses_to_serve 'was published, while the numbers of the store end at'
cp -a "$WORK/safety" "$SAFETY"
mv "$DATA/crl/sign-1" "$DATA/crl/sign-2"
mv "$DATA/crl/auth-1" "$WORK/auth-1"
refuses_to_serve 'sign-2, which the store does not know'
mv "$WORK/auth-1" "$DATA/crl/auth-1"
mv "$DATA/crl/sign-2" "$DATA/crl/sign-1"

echo "A restore says first what it would do; a damaged or cut backup changes nothing."
head -c $(($(stat -c %s "$WORK/backup.tar") * 9 / 10)) "$WORK/backup.tar" >"$WORK/cut.tar"
exits 2 jpki restore "$WORK/cut.tar"
says 'is not a complete backup'
cp "$WORK/backup.tar" "$WORK/flipped.tar"
printf '\xff' | dd of="$WORK/flipped.tar" bs=1 seek=20000 conv=notrunc status=none
exits 2 jpki restore "$WORK/flipped.tar"
says 'is not a complete backup'
exits 0 jpki restore "$WORK/backup.tar" --dry-run
says 'Nothing was changed'
refuses_to_serve 'older than what was published'
mv "$SAFETY" "$WORK/elsewhere"
exits 1 jpki restore "$WORK/backup.tar"
says 'without-high-water'
mv "$WORK/elsewhere" "$SAFETY"
[[ ! -e $DATA/store.restoring ]] || fail "a restore that was refused left a store"

echo "Restored: nothing that was published is contradicted."
exits 0 jpki restore "$WORK/backup.tar"
says '1 released'
says '1 verifiers are barred'
lists | comm -13 - "$WORK/published.txt" | grep . && fail "published lists were changed or removed"
start_server
openssl x509 -inform DER -in "$WORK/alice/sign.cer" -out "$WORK/asked.pem"
openssl ocsp -issuer "$WORK/ca-sign.pem" -cert "$WORK/asked.pem" -url "$URL/ocsp/sign" >"$WORK/out.txt" 2>&1 || true
says 'unauthorized'
exits 0 jpki verifier show 1
says 'barred since the store was restored'
jpki verifier confirm 1 --quiet
exits 1 jpki verifier confirm 1
jpki crl publish --quiet
expect_status revoked alice
expect_status revoked bob auth
expect_status good bob
expect_status good carol auth
expect_status revoked erin
expect_status revoked dave
expect_status revoked crowd-2 auth
for generation in sign-1 auth-1; do
  entries "$WORK/after-$generation.txt" $generation
  comm -23 "$WORK/before-$generation.txt" "$WORK/after-$generation.txt" >"$WORK/contradicted.txt"
  [[ ! -s $WORK/contradicted.txt ]] || { cat "$WORK/contradicted.txt" >&2; fail "$generation: a published entry is contradicted"; }
done
for name in alice erin dave crowd-1; do on_list "$name" || fail "$name is not on the list"; done
if on_list bob; then fail "bob is on the list"; fi
lists | comm -13 - "$WORK/published.txt" | grep . && fail "published lists were removed by the service"
exits 0 jpki crl check
exits 0 jpki audit verify

echo "No serial is given a second time."
frank=$(person frank)
for name in alice bob carol dave erin crowd-1 crowd-2 crowd-3 frank; do
  serial_of "$WORK/$name/sign.cer"
done | sort >"$WORK/serials.txt"
[[ -z $(uniq -d "$WORK/serials.txt") ]] || fail "a serial was given twice"
expect_status good frank

echo "A lost certificate comes back with itself as proof; one that a list shows stays revoked."
again=$(jpki resident add --name '模擬　一郎' --birth 1980-02-17 --sex male --municipality 132217 --address '東京都清瀬市模擬町１番' --json |
  grep -o '"id":"[0-9]*"' | grep -o '[0-9]*')
exits 0 jpki cert adopt "$WORK/dave/sign.cer" --resident "$again"
says 'on record again: good'
exits 1 jpki cert adopt "$WORK/dave/sign.cer" --resident "$again"
exits 1 jpki cert adopt "$WORK/frank/sign.cer" --resident "$again"
says 'not lost'
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$WORK/x.key" -out "$WORK/x.pem" -subj /CN=x -days 9 2>/dev/null
exits 1 jpki cert adopt "$WORK/x.pem" --resident "$again"
says 'proves nothing'
expect_status good dave
stranger=$(jpki resident add --name '模擬　三郎' --birth 1980-02-17 --sex male --municipality 132217 --address '東京都清瀬市模擬町１番' --json |
  grep -o '"id":"[0-9]*"' | grep -o '[0-9]*')
exits 1 jpki cert adopt "$WORK/erin/sign.cer" --resident "$stranger"
says 'records another name'
other=$(jpki resident add --name '模擬　一郎' --birth 1980-02-17 --sex male --municipality 132217 --address '東京都清瀬市模擬町１番' --json |
  grep -o '"id":"[0-9]*"' | grep -o '[0-9]*')
exits 0 jpki cert adopt "$WORK/erin/sign.cer" --resident "$other"
says 'revoked'
expect_status revoked erin
jpki crl publish --quiet
if on_list dave; then fail "dave is still on the list"; fi
on_list erin || fail "erin is not on the list"
exits 0 jpki crl check
exits 0 jpki check --store
exits 0 jpki cert show sign "0x$(serial_of "$WORK/dave/sign.cer")"
stop_server

echo "A wrong sealing key is found before anything is written."
cp -a "$DATA/keys/registry.key" "$WORK/registry.key"
tr '0-9A-F' '1-9A-F0' <"$WORK/registry.key" >"$DATA/keys/registry.key"
refuses_to_serve 'is not the key of this store'
cp -a "$WORK/registry.key" "$DATA/keys/registry.key"

echo "A cut store is refused in words."
cp "$DATA/store/data.mdb" "$WORK/data.mdb"
for percent in 90 50 0; do
  head -c $(($(stat -c %s "$WORK/data.mdb") * percent / 100)) "$WORK/data.mdb" >"$DATA/store/data.mdb"
  exits 4 timeout 60 "$JPKI" serve --data "$DATA"
  says 'is cut'
done
cp "$WORK/data.mdb" "$DATA/store/data.mdb"
start_server
expect_status revoked alice
