#!/usr/bin/env bash
# One scope over all generations of a CA: after one and two rollovers and after a compromise, whatever lists a verifier
# hands to the JDK, Bouncy Castle, GnuTLS or OpenSSL, none accepts a revoked or held certificate and none refuses a
# good one. RFC 5280 section 5 ties a CRL to its issuer's name, not to a key, and these clients read it so.
# ctest: timeout 900

. "$(dirname "$0")/lib.sh"

init_authority '[crl]' 'scopes = "used"' '[access]' 'open_to_all = true'
start_server
QUESTIONS=$WORK/questions
KEYS=$SOURCE_DIR/testdata/keys

# issue NAME: a resident with certificates in $WORK/NAME; RESIDENT[NAME] is the resident's id.
declare -A RESIDENT GENERATION STATE
issue() {
  RESIDENT[$1]=$(jpki resident add --name '模擬　一郎' --birth 1980-02-17 --sex male --municipality 132217 --address '東京都清瀬市模擬町１番')
  jpki cert issue "${RESIDENT[$1]}" --kind auth --key-pool "$KEYS" --out "$WORK/$1" --quiet
  GENERATION[$1]=$2
  STATE[$1]=good
}

# three GENERATION: a good, a revoked and a held certificate of it.
three() {
  issue "good-$1" "$1"
  issue "revoked-$1" "$1"
  issue "held-$1" "$1"
  jpki event key-notice "${RESIDENT[revoked-$1]}" --quiet
  jpki event hold "${RESIDENT[held-$1]}" --quiet
  STATE[revoked-$1]=revoked
  STATE[held-$1]=revoked
}

roll() {
  stop_server
  jpki ca roll auth --quiet
  start_server
}

# fetch PHASE: the lists as they are now, in a folder of their own.
fetch() {
  local lists=$WORK/$1 generation kind
  mkdir -p "$lists"
  for generation in $GENERATIONS; do
    curl -fs "$URL/ca/auth-$generation.cer" -o "$lists/ca-$generation.cer" || fail "the certificate of auth-$generation"
    for kind in full delta; do
      curl -fs "$URL/crl/auth-$generation/$kind.crl" -o "$lists/$kind-$generation.crl" || fail "$kind of auth-$generation"
      curl -fs "$URL/crl/auth-$generation/132217/$kind.crl" -o "$lists/point-$kind-$generation.crl" ||
        fail "$kind of a point of auth-$generation"
    done
  done
  curl -fs "$URL/crl/auth/full.crl" -o "$lists/full-alias.crl" || fail "the alias"
}

# combination PHASE NAME KEYS LIST…: asks about each certificate with these lists. KEYS are the generations whose
# complete list of a state not older than the certificate's is among them: who looks for the list by its key finds it.
combination() {
  local phase=$1 name=$2 keys=" $3 " lists= anchors= certificate generation list
  shift 3
  for list in "$@"; do lists+="${lists:+ }$WORK/$phase/$list.crl"; done
  for generation in $GENERATIONS; do anchors+="${anchors:+ }$WORK/$phase/ca-$generation.cer"; done
  for certificate in "${!STATE[@]}"; do
    local wanted=${STATE[$certificate]}
    [[ $wanted == skip ]] && continue
    [[ $keys == *" ${GENERATION[$certificate]} "* ]] || wanted=not-$([[ $wanted == good ]] && echo revoked || echo good)
    printf '%s\t%s\t%s\t%s\n' "$phase/$name/$certificate/$wanted" "$WORK/$certificate/auth.cer" "$anchors" "$lists" >>"$QUESTIONS"
  done
}

# All that can be handed over while complete lists say everything.
combinations() {
  local phase=$1 generation other newest=${GENERATIONS##* } all= backwards= points= back_points=
  for generation in $GENERATIONS; do
    combination "$phase" "full-$generation" "$generation" "full-$generation"
    combination "$phase" "point-$generation" "$generation" "point-full-$generation"
    all+=" full-$generation" backwards="full-$generation $backwards"
    points+=" point-full-$generation" back_points="point-full-$generation $back_points"
    for other in $GENERATIONS; do
      combination "$phase" "full-$generation-delta-$other" "$generation" "full-$generation" "delta-$other"
      combination "$phase" "point-$generation-delta-$other" "$generation" "point-full-$generation" "point-delta-$other"
    done
  done
  # shellcheck disable=SC2086
  {
    combination "$phase" full-all "$GENERATIONS" $all
    combination "$phase" full-all-backwards "$GENERATIONS" $backwards
    combination "$phase" point-all "$GENERATIONS" $points
    combination "$phase" point-all-backwards "$GENERATIONS" $back_points
  }
  combination "$phase" alias "$newest" full-alias
}

echo "One generation, then a rollover, then another, each with a good, a revoked and a held certificate."
GENERATIONS=1
three 1
jpki crl publish --quiet
for generation in 2 3; do
  roll
  GENERATIONS+=" $generation"
  three "$generation"
  jpki crl publish --quiet
  fetch "rolled-$generation"
  combinations "rolled-$generation"
done
jpki crl check --quiet || fail "jpki crl check"

echo "What changes after the complete lists stands on every key's deltas."
for generation in $GENERATIONS; do issue "changing-$generation" 3; done
jpki crl publish --quiet
sleep 1.1
jpki event hold "${RESIDENT[changing-1]}" --quiet
jpki event key-notice "${RESIDENT[changing-2]}" --quiet
jpki event release "${RESIDENT[held-1]}" --quiet
jpki crl publish --delta --quiet
fetch changed
STATE[changing-1]=revoked STATE[changing-2]=revoked STATE[changing-3]=good STATE[held-1]=good
# With a delta of its own key each client that knows deltas knows all; the JDK and GnuTLS look at complete lists alone.
for generation in $GENERATIONS; do
  combination changed "deltas-$generation" "$generation" "full-$generation" "delta-$generation"
  combination changed "deltas-of-the-point-$generation" "$generation" "point-full-$generation" "point-delta-$generation"
done
# With another key's delta a client may know as much, or what the complete list says. Of what has not changed it knows
# the same either way.
declare -A CHANGED
for certificate in changing-1 changing-2 changing-3 held-1; do
  CHANGED[$certificate]=${STATE[$certificate]}
  STATE[$certificate]=skip
done
for generation in $GENERATIONS; do
  for other in $GENERATIONS; do
    [[ $generation == "$other" ]] && continue
    combination changed "full-$generation-delta-$other" "$generation" "full-$generation" "delta-$other"
    combination changed "point-$generation-delta-$other" "$generation" "point-full-$generation" "point-delta-$other"
    combination changed "both-$generation-$other" "$generation $other" "full-$generation" "full-$other" "delta-$other" "delta-$generation"
  done
done
for certificate in "${!CHANGED[@]}"; do STATE[$certificate]=${CHANGED[$certificate]}; done
jpki crl check --quiet || fail "jpki crl check with deltas"

echo "The key of the first generation is compromised; its anchor is still there."
jpki event ca-key-compromise --ca auth-1 --as supervisor --wait --quiet
for certificate in "${!STATE[@]}"; do
  [[ ${GENERATION[$certificate]} == 1 ]] && STATE[$certificate]=revoked
done
jpki crl publish --quiet
fetch compromised
combinations compromised
jpki crl publish --final --ca auth-1 --quiet
issue late 3
jpki event key-notice "${RESIDENT[late]}" --quiet
STATE[late]=revoked
jpki crl publish --quiet
last=$(curl -fs "$URL/crl/auth-1/full.crl" | openssl crl -inform DER -noout -nextupdate)
fetch ended
# What the first key signed last does not know of what came after it: only the lists of the others do.
GENERATIONS="2 3"
combinations ended
jpki crl check --quiet || fail "jpki crl check after the end of a key"
stop_server

# Whoever has the first key signs an empty list of the name.
printf '[ca]\ndefault_ca=forger\n[forger]\ndatabase=%s\ncrlnumber=%s\ndefault_md=sha256\ncrl_extensions=list\n[list]\nauthorityKeyIdentifier=keyid\n' \
  "$WORK/index.txt" "$WORK/number.txt" >"$WORK/forger.cnf"
: >"$WORK/index.txt"
echo 0FFFFFFFFFFFFF >"$WORK/number.txt"
openssl x509 -inform DER -in "$WORK/compromised/ca-1.cer" -out "$WORK/forger.pem"
mkdir "$WORK/forged"
cp "$WORK"/compromised/ca-?.cer "$WORK/forged"
openssl ca -gencrl -config "$WORK/forger.cnf" -cert "$WORK/forger.pem" -keyfile "$DATA/keys/ca-auth-1.key" -crldays 1 \
  -out "$WORK/forged.pem" 2>"$WORK/forger.txt" || fail "the forged list: $(cat "$WORK/forger.txt")"
openssl crl -in "$WORK/forged.pem" -outform DER -out "$WORK/forged/empty.crl"
combination forged without-the-anchor none empty
# With the anchor still there it works: what docs/clients.md warns of.
printf '%s\t%s\t%s\t%s\n' forged/with-the-anchor/revoked-2/deceived "$WORK/revoked-2/auth.cer" \
  "$WORK/forged/ca-1.cer $WORK/forged/ca-2.cer" "$WORK/forged/empty.crl" >>"$QUESTIONS"

# judge CLIENT: reads "id verdict" lines and compares each with what its id wants.
judge() {
  local client=$1 count=0 wrong=0 id verdict
  while read -r id verdict; do
    local wanted=${id##*/}
    count=$((count + 1))
    case $wanted:$verdict in
      good:valid* | revoked:revoked* | not-good:revoked* | not-good:unknown* | not-revoked:valid* | not-revoked:unknown*) ;;
      *) echo "$client: $id: $verdict" >&2; wrong=$((wrong + 1)) ;;
    esac
  done
  [[ $count -gt 0 ]] || fail "$client answered nothing"
  echo "$client: $count cases, $wrong wrong"
  [[ $wrong == 0 ]] || WRONG+="${WRONG:+, }$client"
}
WRONG=

pem() { [[ -f ${1%.*}.pem ]] || openssl "$2" -inform DER -in "$1" -out "${1%.*}.pem"; }
for file in "$WORK"/*/*.crl; do pem "$file" crl; done
for file in "$WORK"/*/*.cer; do pem "$file" x509; done
# with_pem FILES: their PEM one after another.
with_pem() { local file; for file in $1; do cat "${file%.*}.pem"; done; }

openssl_verdicts() {
  local id certificate anchors lists
  while IFS=$'\t' read -r id certificate anchors lists; do
    with_pem "$anchors" >"$WORK/anchors.pem"
    with_pem "$lists" >"$WORK/lists.pem"
    if openssl verify -CAfile "$WORK/anchors.pem" -crl_check -extended_crl -use_deltas -CRLfile "$WORK/lists.pem" \
      "${certificate%.*}.pem" >"$WORK/verify.txt" 2>&1; then
      echo "$id valid"
    elif grep -q 'certificate revoked' "$WORK/verify.txt"; then
      echo "$id revoked"
    else
      echo "$id unknown $(tail -n 1 "$WORK/verify.txt")"
    fi
  done
}

gnutls_verdicts() {
  local id certificate anchors lists
  while IFS=$'\t' read -r id certificate anchors lists; do
    with_pem "$anchors" >"$WORK/anchors.pem"
    with_pem "$lists" >"$WORK/lists.pem"
    certtool --verify --load-ca-certificate "$WORK/anchors.pem" --load-crl "$WORK/lists.pem" \
      --infile "${certificate%.*}.pem" >"$WORK/verify.txt" 2>&1 || true
    if grep -q 'Chain verification output: Verified' "$WORK/verify.txt"; then
      echo "$id valid"
    elif grep -q 'revoked' "$WORK/verify.txt"; then
      echo "$id revoked"
    else
      echo "$id unknown $(tail -n 1 "$WORK/verify.txt")"
    fi
  done
}

java -cp /usr/share/java/bcprov.jar:/usr/share/java/bcutil.jar:/usr/share/java/bcpkix.jar \
  "$SOURCE_DIR/tests/interop/CrlClients.java" "$QUESTIONS" >"$WORK/java.txt" || fail "the Java clients"
# A delta of the whole by another key than the complete list's alone: Bouncy Castle "cannot verify" it, and knows nothing.
grep -v '/deceived ' "$WORK/java.txt" | sed -n 's/ bc / /p' | sed -E '/^changed\/full-[0-9]-delta-[0-9]\/.* unknown/ {
  s#/good unknown#/not-revoked unknown#; s#/revoked unknown#/not-good unknown# }' >"$WORK/bc.txt"
judge 'Bouncy Castle' <"$WORK/bc.txt"
# Those that pass over deltas are asked what complete lists can tell.
grep -q '/deceived jdk valid$' "$WORK/java.txt" || fail "a forged list by a trusted key should deceive the JDK"
grep -v -e '^changed/deltas' -e '/deceived ' "$WORK/java.txt" | sed -n 's/ jdk / /p' >"$WORK/jdk.txt"
judge JDK <"$WORK/jdk.txt"
grep -v '/deceived' "$QUESTIONS" | openssl_verdicts >"$WORK/openssl.txt"
judge OpenSSL <"$WORK/openssl.txt"
# GnuTLS asks for no list: without one that it trusts, everything is good, forged list or none.
grep -v -e '^changed/' -e '-delta-' -e '^forged/' "$QUESTIONS" | gnutls_verdicts >"$WORK/gnutls.txt"
judge GnuTLS <"$WORK/gnutls.txt"
[[ -z $WRONG ]] || fail "wrong verdicts: $WRONG"
[[ $last != *9999* ]] || fail "a last list without a next one, while the name lives on: $last"
echo "whatever lists are handed over, four clients tell the state of every certificate"
