#!/usr/bin/env bash
# What a restore must not forget or pass over: a compromise, damaged newer lists, an earlier restore; and an older store
# that is put back with nothing but the safety folder to show it.
# ctest: timeout 600

. "$(dirname "$0")/lib.sh"

KEYS=$SOURCE_DIR/testdata/keys
SAFETY=$WORK/jpki-safety

# person NAME: a new resident with certificates in $WORK/NAME; prints the resident's id.
person() {
  local id
  id=$(jpki resident add --name '模擬　一郎' --birth 1980-02-17 --sex male --municipality 132217 --address '東京都清瀬市模擬町１番' --json |
    grep -o '"id":"[0-9]*"' | grep -o '[0-9]*')
  jpki cert issue "$id" --key-pool "$KEYS" --out "$WORK/$1" --quiet
  echo "$id"
}
expect_status() { # expect_status WANTED NAME KIND
  local found
  found=$(ocsp_status "$3" "$WORK/$2/$3.cer")
  [[ $found == "$1" ]] || fail "$2 $3: $found instead of $1"
}
refuses_to_serve() {
  exits 1 timeout 60 "$JPKI" serve --data "$DATA"
  says "$1"
}
lost() { grep -o '^[0-9]* certificates were issued' "$WORK/out.txt" | grep -o '[0-9]*'; }

init_authority '[crl]' 'scopes = "used"' '[access]' 'open_to_all = true'
start_server
ca_pem sign
ca_pem auth
alice=$(person alice)
bob=$(person bob)
jpki verifier add 'Kiyose Bank' --class signature --ready --network 127.0.0.1/32 --quiet
jpki verifier credential issue 1 --for tls --out "$WORK/bank.p12" --json >"$WORK/bank.json"
credential=$(sed -n 's/.*"serial":"\([0-9]*\)".*/\1/p' "$WORK/bank.json")
jpki crl publish --quiet
jpki backup "$WORK/backup.tar" --quiet
stop_server
cp -a "$DATA/store" "$WORK/old-store"
start_server

echo "Between two publications the mark alone shows that an older store was put back."
jpki event hold "$alice" --quiet
jpki event key-notice "$bob" --kind auth --quiet
expect_status revoked bob auth
kill -9 "$SERVER_PID"
wait "$SERVER_PID" 2>/dev/null || true
SERVER_PID=
mv "$DATA/store" "$WORK/new-store"
cp -a "$WORK/old-store" "$DATA/store"
refuses_to_serve 'change .* was given, while the store ends at'
rm -rf "$DATA/store"
mv "$WORK/new-store" "$DATA/store"

echo "A safety folder that is not there is not begun again without a word."
mv "$SAFETY" "$WORK/elsewhere"
refuses_to_serve 'mount the disk of safety.folder'
[[ ! -e $SAFETY ]] || fail "a safety folder was made below the mount point"
mv "$WORK/elsewhere" "$SAFETY"

echo "A compromise after the backup, and a revocation on the lists that follow."
start_server
person carol >/dev/null
jpki verifier credential revoke 1 "$credential" --quiet
jpki event ca-key-compromise --ca sign-1 --as supervisor --wait --quiet
jpki crl publish --quiet
curl -fs "$URL/crl/sign-1/arl.crl" | openssl crl -inform DER -noout -text | grep -A1 'Serial Number: 01$' >"$WORK/arl-before.txt"
stop_server

echo "Damaged newer lists are not passed over."
tar tf "$WORK/backup.tar" >"$WORK/members.txt"
newest=$(find "$DATA/crl/auth-1" -name 'complete-*.crls' | sort | tail -n 1)
cp -a "$newest" "$WORK/newest.crls"
printf '\xff\xff\xff\xff' | dd of="$newest" bs=1 seek=200 conv=notrunc status=none
exits 1 jpki restore "$WORK/backup.tar"
says "$newest"
[[ ! -e $DATA/store.restoring ]] || fail "a restore that was refused left a store"
exits 0 jpki restore "$WORK/backup.tar" --dry-run --without-damaged-lists
says '1 files of newer lists are damaged'
cp -a "$WORK/newest.crls" "$newest"

echo "Restored, the compromise is known, with its date; the key issues nothing."
exits 0 jpki restore "$WORK/backup.tar"
says 'compromise of 1 CA generations is recorded again'
says '1 credentials of verifiers are revoked'
first=$(lost)
start_server
jpki crl publish --quiet
curl -fs "$URL/crl/sign-1/arl.crl" | openssl crl -inform DER -noout -text | grep -A1 'Serial Number: 01$' >"$WORK/arl-after.txt"
cmp "$WORK/arl-before.txt" "$WORK/arl-after.txt" || fail "the list of CAs says otherwise than before"
exits 0 jpki ca list
says 'compromised'
for name in alice bob carol; do expect_status revoked "$name" sign; done
expect_status revoked bob auth
exits 1 jpki cert issue "$alice" --kind sign --key-pool "$KEYS" --out "$WORK/again" --quiet
stop_server

echo "A second restore of the same backup knows what the first has skipped."
exits 0 jpki restore "$WORK/backup.tar"
second=$(lost)
[[ $second -le $((first + 200)) ]] || fail "$second certificates lost in place of some more than $first"
start_server
expect_status revoked bob auth
expect_status revoked carol sign
jpki crl publish --quiet
exits 0 jpki crl check
exits 0 jpki audit verify
