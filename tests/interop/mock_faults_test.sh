#!/usr/bin/env bash
# What openssl, GnuTLS, the JDK and Go do about each fault of docs/faults.md: its table is compared with what they really
# do, and the end of the fault heals it. Without JPKI_CLIENTS=all openssl alone is asked; Go
# where it is installed.
# ctest: timeout 900

. "$(dirname "$0")/lib.sh"

"$JPKI" mock --residents 1 --states revoked-key-notice --hold-open --ready-file "$WORK/ready" --quiet >/dev/null 2>"$WORK/server.log" &
SERVER_PID=$!
for _ in $(seq 600); do [[ -s $WORK/ready ]] && break; sleep 0.05; done
[[ -s $WORK/ready ]] || fail "the mock is not ready"
value() { python3 -c 'import functools, json, sys
print(functools.reduce(lambda v, k: v[int(k) if k.isdigit() else k], sys.argv[2:], json.load(open(sys.argv[1]))))' "$WORK/ready" "$@"; }
CONTROL=$(value control)
URL=$(value ca sign ocsp)
openssl x509 -inform DER -in "$(value ca sign cer)" -out "$WORK/ca.pem"
openssl x509 -inform DER -in "$(value residents 0 sign cer)" -out "$WORK/good.pem"
openssl x509 -inform DER -in "$(value residents 1 sign cer)" -out "$WORK/revoked.pem"
LIST=$(value residents 1 sign full_crl)

# fault NAME: in force from now on; heal: none is.
fault() {
  local more=
  [[ $1 == slow || $1 == drip ]] && more=',"milliseconds":3000'
  curl -fs "$CONTROL/mock/faults" -d "{\"fault\":\"$1\"$more}" >/dev/null || fail "the fault $1"
}
heal() { curl -fs -X DELETE "$CONTROL/mock/faults" >/dev/null || fail "healing"; }

# The certificate that is asked about: the good one but where a revoked one is to be called good.
about() { [[ $1 == good-for-revoked || $1 == crl-* || $1 == delta-* ]] && echo revoked || echo good; }
# What each client says: valid, revoked, unknown, or refused for everything else.
openssl_says() {
  local text
  text=$(timeout 10 openssl ocsp -issuer "$WORK/ca.pem" -cert "$WORK/$1.pem" -url "$URL" -CAfile "$WORK/ca.pem" -timeout 1 2>&1) || true
  if ! grep -q 'Response verify OK' <<<"$text"; then echo refused
  elif grep -q 'Status times invalid' <<<"$text"; then echo warned
  elif grep -q 'No Status found' <<<"$text"; then echo refused
  else sed -n "s|^$WORK/$1.pem: ||p" <<<"$text" | sed 's/^good$/valid/' | head -n 1
  fi
}
gnutls_says() {
  local text
  text=$(timeout 2 ocsptool --ask="$URL" --load-cert "$WORK/$1.pem" --load-issuer "$WORK/ca.pem" --load-trust "$WORK/ca.pem" --nonce 2>&1) || true
  if ! grep -q 'Verifying OCSP Response: Success' <<<"$text"; then echo refused
  else sed -n 's/^[[:space:]]*Certificate Status: //p' <<<"$text" | sed 's/^good$/valid/' | head -n 1
  fi
}
openssl_list_says() {
  curl -fs "$LIST" | openssl crl -inform DER -out "$WORK/list.pem" 2>/dev/null || { echo refused; return; }
  local text
  text=$(openssl verify -CAfile "$WORK/ca.pem" -crl_check -extended_crl -CRLfile "$WORK/list.pem" "$WORK/$1.pem" 2>&1) || true
  if grep -q ': OK' <<<"$text"; then echo valid
  elif grep -q 'certificate revoked' <<<"$text" && ! grep -qi 'crl' <<<"$(grep error <<<"$text")"; then echo revoked
  else echo refused
  fi
}
gnutls_list_says() {
  curl -fs "$LIST" | openssl crl -inform DER -out "$WORK/list.pem" 2>/dev/null || { echo refused; return; }
  local text
  text=$(certtool --verify --load-ca-certificate "$WORK/ca.pem" --load-crl "$WORK/list.pem" --infile "$WORK/$1.pem" 2>&1) || true
  if grep -q 'Output: Verified' <<<"$text" || grep -q 'Output: .*trusted' <<<"$text" && ! grep -qi 'not verified\|not trusted' <<<"$text"; then echo valid
  elif grep -qi 'revoked' <<<"$(grep Output <<<"$text")" && ! grep -qi 'superseded\|issued in the future\|invalid' <<<"$text"; then echo revoked
  else echo refused
  fi
}
# client_says CLIENT FAULT
client_says() {
  local what=
  [[ $2 == crl-* ]] && what=_list
  "$1${what}_says" "$(about "$2")"
}
right_of() { [[ $(about "$1") == good ]] && echo valid || echo revoked; }

# The table: name, then the first word of each client's column.
sed -n 's/^| `\([a-z0-9-]*\)` |[^|]*| \([a-z]*\)[^|]*| \([a-z]*\)[^|]*| \([a-z]*\)[^|]*| \([a-z]*\)[^|]*|.*/\1 \2 \3 \4 \5/p' "$SOURCE_DIR/docs/faults.md" >"$WORK/table"
[[ $(wc -l <"$WORK/table") -ge 40 ]] || fail "the table of docs/faults.md is not understood"
curl -s "$CONTROL/mock/faults" -d '{"fault":"?"}' | grep -o 'there are [a-z0-9, -]*' | sed 's/there are //; s/, /\n/g' | sort >"$WORK/known"
cut -d' ' -f1 "$WORK/table" | sort | diff "$WORK/known" - || fail "docs/faults.md does not list the faults that there are"

CLIENTS=(openssl)
[[ ${JPKI_CLIENTS:-} != all ]] || CLIENTS=(openssl gnutls)
wrong=0
judge() { # judge FAULT CLIENT EXPECTED GOT AFTERWARDS
  [[ $3 == "$4" ]] || { echo "$1: $2 says $4, docs/faults.md $3" >&2; wrong=1; }
  [[ $5 == "$(right_of "$1")" ]] || { echo "$1: $2 says $5 after the fault" >&2; wrong=1; }
}
while read -r name openssl gnutls jdk go; do
  for client in "${CLIENTS[@]}"; do
    [[ ${!client} == none ]] && continue
    fault "$name"
    got=$(client_says "$client" "$name")
    heal
    judge "$name" "$client" "${!client}" "$got" "$(client_says "$client" "$name")"
  done
done <"$WORK/table"

# ask CLIENT CERTIFICATE FAULT…: a program that asks about all of them, one after another.
ask() {
  local client=$1 certificate=$2 program=("$WORK/go")
  shift 2
  [[ $client == go ]] || program=(java "$SOURCE_DIR/tests/interop/FaultClients.java")
  "${program[@]}" "$CONTROL" "$WORK/ca.pem" "$WORK/$certificate.pem" "$LIST" "$@"
}
# names CLIENT CERTIFICATE: the faults that the client has a part in.
names() {
  while read -r name _ _ jdk go; do
    [[ ${!1} == none || $(about "$name") != "$2" ]] || echo "$name"
  done <"$WORK/table"
}
# judge_all CLIENT COLUMN
judge_all() {
  # shellcheck disable=SC2046
  { ask "$1" good $(names "$1" good) && ask "$1" revoked $(names "$1" revoked); } >"$WORK/$1.txt" || fail "the client $1"
  while read -r name during afterwards; do
    judge "$name" "$1" "$(awk -v name="$name" -v column="$2" '$1 == name { print $column }' "$WORK/table")" \
      "$during" "$afterwards"
  done <"$WORK/$1.txt"
  [[ $(wc -l <"$WORK/$1.txt") -ge 30 ]] || fail "$1 has judged too few"
}
if [[ ${JPKI_CLIENTS:-} == all ]]; then
  echo "The JDK, in one process for each of the two certificates."
  judge_all jdk 4
  if GO111MODULE=off GOPATH=/usr/share/gocode GOFLAGS='' GOCACHE=$WORK/go-cache \
    go build -o "$WORK/go" "$SOURCE_DIR/tests/interop/fault_clients.go" 2>"$WORK/go.log"; then
    echo "Go, in the same way."
    judge_all go 5
  else
    echo "(Go is not asked: Debian's golang-go and golang-golang-x-crypto-dev are not here.)"
  fi
fi
((wrong == 0)) || fail "docs/faults.md and the clients disagree"

echo "Who follows deltas: a missing one is 404, and one of another base is not applied."
delta=$(value residents 1 sign delta_crl)
curl -fs "$delta" -o /dev/null || fail "the delta"
fault delta-missing
[[ $(curl -s -o /dev/null -w '%{http_code}' "$delta") == 404 ]] || fail "delta-missing"
heal
fault delta-wrong-base
curl -fs "$delta" | openssl crl -inform DER -noout -text >"$WORK/delta.txt"
base=$(grep -A1 'Delta CRL Indicator' "$WORK/delta.txt" | tail -n 1 | tr -d ' ')
number=$(curl -fs "$LIST" | openssl crl -inform DER -noout -crlnumber | cut -d= -f2)
[[ -n $base && $((base)) -gt $((16#${number#0x})) ]] || fail "the base $base and the complete CRL's number $number"
heal
