#!/usr/bin/env bash
# CRLs through the eyes of strangers: what openssl, certtool and curl see of complete, delta, empty and CA
# lists, across a revocation, a hold and its release; and what the lists' own commands say.
# ctest: timeout 900

. "$(dirname "$0")/lib.sh"

status() { curl -s -o /dev/null -w '%{http_code}' "$@"; }
expect_in() { grep -q -- "$1" "$2" || { cat "$2" >&2; fail "expected '$1' in $2"; }; }
expect_not_in() { if grep -q -- "$1" "$2"; then cat "$2" >&2; fail "did not expect '$1' in $2"; fi; }

# fetch PATH NAME: a list as $WORK/NAME.der and .pem, judged by openssl and certtool with its CA's key.
fetch() {
  local ca=auth
  [[ $1 == sign* ]] && ca=sign
  curl -fs "$URL/crl/$1" -o "$WORK/$2.der" || fail "fetching $1"
  openssl crl -inform DER -in "$WORK/$2.der" -out "$WORK/$2.pem" || fail "openssl cannot read $1"
  openssl crl -in "$WORK/$2.pem" -noout -verify -CAfile "$WORK/ca-$ca.pem" >"$WORK/out.txt" 2>&1 || fail "openssl crl -verify $1"
  expect_in 'verify OK' "$WORK/out.txt"
  certtool --verify-crl --load-ca-certificate "$WORK/ca-$ca.pem" --infile "$WORK/$2.pem" >"$WORK/out.txt" 2>&1 ||
    { cat "$WORK/out.txt" >&2; fail "certtool --verify-crl $1"; }
  expect_in 'Verification output: Verified' "$WORK/out.txt"
}

# verdict CERT LISTS…: ok or revoked, by openssl verify with every check and the lists given.
verdict() {
  local certificate=$1 ca=$2 lists=()
  shift 2
  for list in "$@"; do lists+=(-CRLfile "$WORK/$list.pem"); done
  if openssl verify -CAfile "$WORK/ca-$ca.pem" -crl_check -extended_crl -use_deltas "${lists[@]}" "$certificate" \
    >"$WORK/verify.txt" 2>&1; then
    echo ok
  elif grep -q 'certificate revoked' "$WORK/verify.txt"; then
    echo revoked
  else
    cat "$WORK/verify.txt" >&2
    fail "openssl verify"
  fi
}
expect_verdict() { # expect_verdict WANTED CERT CA LISTS…
  local wanted=$1 found
  shift
  found=$(verdict "$@")
  [[ $found == "$wanted" ]] || fail "$1 with ${*:3}: $found instead of $wanted"
}

init_authority '[crl]' 'scopes = "used"' '[access]' 'open_to_all = true'
start_server
ca_pem sign
ca_pem auth
id=$(jpki resident add --name '模擬　太郎' --birth 1980-02-17 --sex male --municipality 132217 --address '東京都清瀬市模擬町１番')
other=$(jpki resident add --name '模擬　花子' --birth 1981-03-18 --sex female --municipality 132217 --address '東京都清瀬市模擬町２番')
for resident in "$id" "$other"; do
  jpki cert issue "$resident" --key-pool "$SOURCE_DIR/testdata/keys" --out "$WORK/$resident" --quiet
  for kind in sign auth; do openssl x509 -inform DER -in "$WORK/$resident/$kind.cer" -out "$WORK/$resident-$kind.pem"; done
done

echo "Empty lists: of a point, its delta, the generation, and the list of CAs."
jpki crl publish --quiet
for list in full delta; do
  fetch "sign-1/132217/$list.crl" "empty-$list"
  openssl crl -in "$WORK/empty-$list.pem" -noout -text >"$WORK/out.txt"
  expect_in 'No Revoked Certificates' "$WORK/out.txt"
done
fetch sign-1/full.crl whole
fetch sign/arl.crl arl
openssl crl -in "$WORK/arl.pem" -noout -text >"$WORK/out.txt"
expect_in 'Issuing Distribution Point: critical' "$WORK/out.txt"
expect_in 'Only CA Certificates' "$WORK/out.txt"
expect_verdict ok "$WORK/$id-sign.pem" sign empty-full empty-delta
expect_verdict ok "$WORK/$id-sign.pem" sign whole

echo "A revocation and a hold: a verifier with the old lists does not know, one with the delta does."
jpki event address-change "$id" --address '東京都清瀬市元町１番' --quiet
jpki event hold "$other" --quiet
sleep 1.1
jpki crl publish --delta --quiet
fetch sign-1/132217/delta.crl delta
fetch auth-1/132217/full.crl auth-full
fetch auth-1/132217/delta.crl auth-delta
expect_verdict ok "$WORK/$id-sign.pem" sign empty-full empty-delta
expect_verdict revoked "$WORK/$id-sign.pem" sign empty-full delta
expect_verdict ok "$WORK/$id-auth.pem" auth auth-full auth-delta
expect_verdict revoked "$WORK/$other-auth.pem" auth auth-full auth-delta

echo "The next complete CRL carries both, and its delta says the same on the complete CRL before."
sleep 1.1
jpki crl publish --quiet
fetch sign-1/132217/full.crl full2
fetch sign-1/132217/delta.crl delta2
fetch auth-1/132217/full.crl auth-full2
fetch sign-1/full.crl whole2
expect_verdict revoked "$WORK/$id-sign.pem" sign full2
expect_verdict revoked "$WORK/$id-sign.pem" sign empty-full delta2
expect_verdict revoked "$WORK/$id-sign.pem" sign whole2
expect_verdict revoked "$WORK/$other-auth.pem" auth auth-full2
openssl crl -in "$WORK/auth-full2.pem" -noout -text >"$WORK/out.txt"
expect_in 'Certificate Hold' "$WORK/out.txt"
certtool --crl-info --infile "$WORK/full2.pem" >"$WORK/out.txt" 2>&1
expect_in 'Revoked certificates (2)' "$WORK/out.txt"

echo "The hold is released: removeFromCRL in the delta, and good again; the rest stays."
jpki event release "$other" --quiet
sleep 1.1
jpki crl publish --delta --quiet
fetch auth-1/132217/delta.crl auth-delta3
openssl crl -in "$WORK/auth-delta3.pem" -noout -text >"$WORK/out.txt"
expect_in 'Remove From CRL' "$WORK/out.txt"
expect_verdict revoked "$WORK/$other-auth.pem" auth auth-full2
expect_verdict ok "$WORK/$other-auth.pem" auth auth-full2 auth-delta3
sleep 1.1
jpki crl publish --quiet
fetch auth-1/132217/full.crl auth-full4
expect_verdict ok "$WORK/$other-auth.pem" auth auth-full4
[[ $(ocsp_status auth "$WORK/$other/auth.cer") == good ]] || fail "OCSP says otherwise than the CRL"
jpki crl check --quiet || fail "crl check"

echo "A notice of a leaked key: its day is on the lists only where the switch is on."
jpki event key-notice "$other" --kind auth --date "$(TZ=Asia/Tokyo date +%F)" --quiet
sleep 1.1
jpki crl publish --quiet
fetch auth-1/132217/full.crl notice
openssl crl -in "$WORK/notice.pem" -noout -text >"$WORK/out.txt"
expect_in 'Key Compromise' "$WORK/out.txt"
expect_not_in 'Invalidity Date' "$WORK/out.txt"
stop_server
sed -i 's/^invalidity_dates = false/invalidity_dates = true/' "$DATA/jpki.toml"
start_server
sleep 1.1
jpki crl publish --quiet
fetch auth-1/132217/full.crl notice2
openssl crl -in "$WORK/notice2.pem" -noout -text >"$WORK/out.txt"
expect_in 'Invalidity Date' "$WORK/out.txt"
expect_verdict revoked "$WORK/$other-auth.pem" auth notice2
jpki crl check --quiet || fail "crl check"

echo "HTTP: past lists by number, compression, ranges, conditions, refusals."
jpki crl list --issuer sign-1 --point 132217 --kind complete --json >"$WORK/list.json"
path=$(python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["crls"][0]["path"])' "$WORK/list.json")
curl -fs "$URL$path" -o "$WORK/by-number.der"
curl -fs "$URL/crl/sign/132217/full.crl" | cmp - "$WORK/by-number.der" || fail "the alias and the number name another list"
[[ $(jpki crl list --issuer sign-1 --current | wc -l) == 3 ]] || fail "crl list --current"
[[ $(jpki crl list --date 2000-01-01 | wc -l) == 0 ]] || fail "crl list --date"
curl -fs --compressed -D "$WORK/head.txt" "$URL/crl/sign-1/full.crl" -o "$WORK/compressed.der"
expect_in 'Content-Encoding: gzip' "$WORK/head.txt"
curl -fs "$URL/crl/sign-1/full.crl" | cmp - "$WORK/compressed.der" || fail "the compressed copy is another list"
curl -fs -r 0-99 "$URL/crl/sign-1/full.crl" -o "$WORK/part"
curl -fs -r 100- "$URL/crl/sign-1/full.crl" >>"$WORK/part"
cmp "$WORK/part" "$WORK/compressed.der" || fail "two ranges do not make the list"
etag=$(curl -fsI "$URL/crl/sign-1/full.crl" | tr -d '\r' | sed -n 's/^ETag: //p')
[[ $(status -H "If-None-Match: $etag" "$URL/crl/sign-1/full.crl") == 304 ]] || fail "If-None-Match"
[[ $(status -H 'Range: bytes=0-9' -H 'If-Range: "other"' "$URL/crl/sign-1/full.crl") == 200 ]] || fail "If-Range"
[[ $(status -H 'Range: bytes=0-9' -H "If-Range: $etag" "$URL/crl/sign-1/full.crl") == 206 ]] || fail "If-Range"
[[ $(status -H 'Range: bytes=999999999-' "$URL/crl/sign-1/full.crl") == 416 ]] || fail "a range beyond the end"
[[ $(status "$URL/crl/sign-1/132217/arl.crl") == 404 ]] || fail "a list of CAs below a point"
[[ $(status "$URL/crl/sign-1/nothing.crl") == 404 ]] || fail "a path that does not exist"
curl -s "$URL/crl/sign-1/132218/full.crl" >"$WORK/out.txt"
expect_in 'check digit' "$WORK/out.txt"

echo "The last CRLs of a generation are refused while it issues."
if jpki crl publish --final --ca sign-1 2>"$WORK/out.txt"; then fail "the last CRLs of a CA that issues"; fi
expect_in 'still issues' "$WORK/out.txt"
if jpki crl publish --final 2>/dev/null; then fail "--final without --ca"; fi

echo "Lists of other CAs are explained."
openssl req -x509 -newkey ed25519 -nodes -keyout "$WORK/f.key" -out "$WORK/f.pem" -subj '/CN=Foreign' 2>/dev/null
printf 'crl_next_update = 10\ncrl_number = 7\n' >"$WORK/f.tmpl"
certtool --generate-crl --load-ca-privkey "$WORK/f.key" --load-ca-certificate "$WORK/f.pem" --template "$WORK/f.tmpl" \
  --outfile "$WORK/foreign.pem" >/dev/null 2>&1 || fail "certtool --generate-crl"
jpki crl show "$WORK/foreign.pem" >"$WORK/out.txt" || fail "crl show of GnuTLS's list"
expect_in 'signature: Ed25519' "$WORK/out.txt"
expect_in 'entries: 0' "$WORK/out.txt"
if jpki crl show "$WORK/f.pem" 2>"$WORK/out.txt"; then fail "a certificate is no CRL"; fi

echo "Numbers rise over a restart."
before=$(jpki crl list --issuer sign-1 --current --kind complete --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["crls"][0]["number"])')
stop_server
start_server
jpki crl publish --quiet
after=$(jpki crl list --issuer sign-1 --current --kind complete --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["crls"][0]["number"])')
[[ $after -gt $before ]] || fail "number $after after $before"
jpki crl check --quiet || fail "crl check after the restart"
stop_server
echo "done"
