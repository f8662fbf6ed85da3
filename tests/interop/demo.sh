#!/usr/bin/env bash
# The main job, end to end, in plain words. Every check is made by openssl or curl, never by our own reader.

. "$(dirname "$0")/lib.sh"

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
show() { sed 's/^/    /'; }
expect() { [[ $2 == "$1" ]] || fail "expected $1, but $3 says: $2"; }

say "1. The key ceremony: two CAs, their OCSP responders, the operations CA."
init_authority '[crl]' 'scopes = "used"'
start_server
echo "    The authority runs at $URL with its data in a temporary folder."
ca_pem sign
ca_pem auth
openssl x509 -in "$WORK/ca-sign.pem" -noout -subject -nameopt utf8,sep_comma_plus_space | show

say "2. A verifier is registered: an organisation that may ask for status, known by its network."
before=$(openssl ocsp -issuer "$WORK/ca-sign.pem" -serial 1 -url "$URL/ocsp/sign" 2>&1 || true)
grep -q unauthorized <<<"$before" || fail "an unknown asker was answered: $before"
echo "    Before, openssl ocsp from here is told: unauthorized."
verifier=$(jpki verifier add "Demo Bank" --class signature --class authentication --private --ready --network 127.0.0.1)
jpki verifier show "$verifier" | show

say "3. A resident of Kiyose is entered in the register."
id=$(jpki resident add --name '模擬　太郎' --birth 1980-02-17 --sex male --municipality 132217 \
  --address '東京都清瀬市中里五丁目８４２番地')
echo "    The resident's id (住民票コード) is $id."

say "4. Keys are made by openssl; the municipality sends the requests; two certificates are issued."
make_requests
jpki cert issue "$id" --csr-sign "$WORK/sign.csr" --csr-auth "$WORK/auth.csr" --out "$WORK/card" | show
for kind in sign auth; do
  openssl x509 -inform DER -in "$WORK/card/$kind.cer" -out "$WORK/$kind.pem"
  openssl verify -CAfile "$WORK/ca-$kind.pem" "$WORK/$kind.pem" | sed "s|$WORK/||" | show
done

say "5. An outside client asks OCSP."
expect good "$(ocsp_status sign "$WORK/card/sign.cer")" "openssl ocsp"
expect good "$(ocsp_status auth "$WORK/card/auth.cer")" "openssl ocsp"
echo "    openssl ocsp: sign is good, auth is good."
jpki crl publish | show

say "6. The resident moves house. First a dry run: which certificates would be revoked, and under which article?"
jpki event address-change "$id" --address '東京都清瀬市元町一丁目１番' --dry-run | show
jpki event address-change "$id" --address '東京都清瀬市元町一丁目１番' | show
expect revoked "$(ocsp_status sign "$WORK/card/sign.cer")" "openssl ocsp"
expect good "$(ocsp_status auth "$WORK/card/auth.cer")" "openssl ocsp"
echo "    openssl ocsp: only the signing certificate fell, since it alone records the address."

say "7. The delta CRL carries it."
point=$URL/crl/sign-1/132217
curl -fs "$point/full.crl" -o "$WORK/full.crl"
jpki crl publish --delta | show
curl -fs "$point/delta.crl" -o "$WORK/delta.crl"
openssl crl -inform DER -in "$WORK/full.crl" -CAfile "$WORK/ca-sign.pem" -noout -verify 2>&1 | show
openssl crl -inform DER -in "$WORK/delta.crl" -out "$WORK/delta.pem"
openssl crl -inform DER -in "$WORK/full.crl" -out "$WORK/full.pem"
openssl crl -in "$WORK/delta.pem" -noout -text -nameopt utf8 |
  grep -E 'Serial Number|Revocation Date|X509v3 (CRL Reason|CRL Number|Delta CRL)|Affiliation' | show
cat "$WORK/full.pem" "$WORK/delta.pem" >"$WORK/crls.pem"
check=(openssl verify -CAfile "$WORK/ca-sign.pem" -crl_check -extended_crl -CRLfile)
"${check[@]}" "$WORK/full.pem" "$WORK/sign.pem" >/dev/null 2>&1 || fail "the complete CRL alone should still pass"
echo "    openssl verify with the complete CRL of before: OK (it is older than the move)."
if "${check[@]}" "$WORK/crls.pem" -use_deltas "$WORK/sign.pem" >"$WORK/verify.txt" 2>&1; then
  fail "openssl verify with the delta should say revoked"
fi
grep -q 'certificate revoked' "$WORK/verify.txt" || { cat "$WORK/verify.txt" >&2; fail "another error than revoked"; }
echo "    openssl verify with complete and delta CRL: certificate revoked."

say "8. The resident dies: the rest falls."
jpki event death "$id" | show
expect revoked "$(ocsp_status auth "$WORK/card/auth.cer")" "openssl ocsp"
jpki crl publish | show
curl -fs "$URL/crl/auth-1/132217/full.crl" | openssl crl -inform DER -noout -text | grep -c 'Serial Number' |
  sed 's/^/    entries in the complete CRL of Kiyose, authentication: /'

say "9. What happened, and why:"
jpki resident history "$id" | show
jpki crl check | show
jpki audit verify | show
stop_server

cat <<'END'

Done. To try it yourself:
    ./dev serve                       # an authority in ./jpki-data
    build/release/jpki --help         # all commands
    build/release/jpki rules          # the law as a table
    build/release/jpki mock --port 0 --hold-open   # a temporary authority for your tests
END
