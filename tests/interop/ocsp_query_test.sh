#!/usr/bin/env bash
# `jpki ocsp query` against a foreign responder: openssl ocsp, with a CA and delegates made by openssl. Every
# way to ask, every exit code that such a responder can cause, and the signed request, which openssl verifies.

. "$(dirname "$0")/lib.sh"

RESPONDER_PID=
stop_responder() {
  [[ -z $RESPONDER_PID ]] || { kill "$RESPONDER_PID" 2>/dev/null || true; wait "$RESPONDER_PID" 2>/dev/null || true; }
  RESPONDER_PID=
}
trap 'code=$?; stop_responder; set +e; (exit "$code"); cleanup' EXIT

cd "$WORK"
echo "A foreign CA with a good and a revoked certificate, and two responders."
key() { openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$1.key" 2>/dev/null; }
key ca
openssl req -x509 -new -key ca.key -subj '/C=XX/O=Foreign/CN=CA' -days 30 -out ca.pem
# issue NAME SERIAL [extension lines]
issue() {
  key "$1"
  openssl req -new -key "$1.key" -subj "/C=XX/CN=$1" -out "$1.csr"
  printf 'basicConstraints=CA:FALSE\n%b' "${3-}" >"$1.ext"
  openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -set_serial "$2" -days 30 -extfile "$1.ext" -out "$1.pem" 2>/dev/null
}
issue good 0x1001
issue revoked 0x00f1e2d3c4b5a697887766554433221100
issue held 0x1003
issue responder 0x1004 'extendedKeyUsage=OCSPSigning\nkeyUsage=digitalSignature\n'
issue impostor 0x1005 'extendedKeyUsage=clientAuth\n'
issue requestor 0x1006 'extendedKeyUsage=clientAuth\nkeyUsage=digitalSignature\n'
{
  printf 'V\t361231235959Z\t\t1001\tunknown\t/C=XX/CN=good\n'
  printf 'R\t361231235959Z\t261101000000Z,keyCompromise\tF1E2D3C4B5A697887766554433221100\tunknown\t/C=XX/CN=revoked\n'
  printf 'R\t361231235959Z\t700101000000Z,certificateHold\t1007\tunknown\t/C=XX/CN=never\n'
  printf 'R\t361231235959Z\t261101000000Z,certificateHold\t1003\tunknown\t/C=XX/CN=held\n'
} >index.txt

# start_responder SIGNER [options]: openssl ocsp on a free port.
start_responder() {
  local signer=$1
  shift
  stop_responder
  RESPONDER_PORT=$(free_port)
  openssl ocsp -port "$RESPONDER_PORT" -index index.txt -CA ca.pem -rsigner "$signer.pem" -rkey "$signer.key" \
    -nmin 60 "$@" >responder.log 2>&1 &
  RESPONDER_PID=$!
  for _ in $(seq 100); do
    # It serves one connection after another: one to see whether it listens would keep it from the next.
    grep -q 'waiting for OCSP client connections' responder.log && return
    sleep 0.1
  done
  cat responder.log >&2
  fail "openssl ocsp does not listen"
}
query() { "$JPKI" ocsp query --url "http://127.0.0.1:$RESPONDER_PORT" --issuer ca.pem "$@"; }

start_responder responder
echo "Each status has its exit code, by POST and GET, with every hash, with and without a nonce."
for hash in sha1 sha256 sha384 sha512; do
  for how in '' --get --nonce '--get --nonce' --nonce=00112233; do
    # shellcheck disable=SC2086
    exits 0 query --cert good.pem --hash $hash $how
    says 'Certificate 4097 is good'
    says 'no OCSP nocheck'
    if [[ $how == *nonce* ]]; then says 'repeats the nonce'; fi
  done
done
exits 10 query --cert revoked.pem
says '0x00F1E2D3C4B5A697887766554433221100 has been revoked since 2026-11-01T09:00:00+09:00, reason keyCompromise'
exits 10 query --serial 0xF1E2D3C4B5A697887766554433221100
exits 10 query --cert held.pem
says 'on hold'
exits 10 query --serial 0x1007
says 'was never issued'
exits 0 query --serial 4097
exits 11 query --serial 0x9999
says 'unknown'
exits 10 query --cert good.pem --cert revoked.pem --cert held.pem
says 'Certificate 4097 is good'
exits 0 query --cert good.pem --json
[[ $(tail -n 1 out.txt) == *'"outcome":"good"'* ]] || fail "JSON expected"
# What machines read has members of its own: a held certificate is told from a revoked one, and times are UTC.
exits 10 query --cert held.pem --json
says '"outcome":"revoked",.*"status":"held",.*"reason":"certificateHold","revoked_at":"2026-11-01T00:00:00Z"'
exits 10 query --cert revoked.pem --json
says '"status":"revoked",.*"serial":"0x00F1E2D3C4B5A697887766554433221100","status":"revoked","reason":"keyCompromise"'

echo "A signed request, by PEM and by PKCS#12, is answered."
openssl pkcs12 -export -in requestor.pem -inkey requestor.key -passout pass:secret -out requestor.p12
echo secret >password
cat requestor.pem requestor.key >requestor.both
exits 0 query --cert good.pem --signer requestor.both
exits 0 query --cert good.pem --signer requestor.pem --signer-key requestor.key --nonce
exits 0 query --cert good.pem --signer requestor.p12 --signer-password-file password --get
exits 2 query --cert good.pem --signer requestor.p12
says 'password'
exits 2 query --cert good.pem --signer requestor.pem --signer-key good.key
says 'does not belong'
exits 2 query --cert good.pem --signer-key requestor.key

echo "What cannot be trusted is 13, whatever it says."
exits 13 "$JPKI" ocsp query --url "http://127.0.0.1:$RESPONDER_PORT" --issuer requestor.pem --cert good.pem
says 'was not issued by'
start_responder impostor
exits 13 query --cert good.pem
says 'OCSPSigning'
start_responder responder -badsig
exits 13 query --cert good.pem
says 'signature'
start_responder responder -resp_no_certs
exits 13 query --cert good.pem

echo "A CA may sign itself; nobody there is 3; a wrong line is 2."
start_responder ca
exits 0 query --cert good.pem
says "the CA's own"
echo "Keys and digests that our own CAs do not use are verified, too."
for algorithm in 'RSA -pkeyopt rsa_keygen_bits:4096' 'EC -pkeyopt ec_paramgen_curve:P-521'; do
  # shellcheck disable=SC2086
  openssl genpkey -algorithm $algorithm -out other.key 2>/dev/null
  openssl req -x509 -new -key other.key -subj '/C=XX/O=Other/CN=CA' -days 30 -sha512 -out other.pem
  stop_responder
  RESPONDER_PORT=$(free_port)
  openssl ocsp -port "$RESPONDER_PORT" -index index.txt -CA other.pem -rsigner other.pem -rkey other.key -rmd sha384 \
    -nmin 60 >responder.log 2>&1 &
  RESPONDER_PID=$!
  for _ in $(seq 100); do grep -q 'waiting for' responder.log && break; sleep 0.1; done
  exits 0 "$JPKI" ocsp query --url "http://127.0.0.1:$RESPONDER_PORT" --issuer other.pem --serial 4097
done

echo "The CA is found among those that a host publishes, whatever the path; what speaks no HTTP is 3."
stop_responder
mkdir -p host/ca
openssl x509 -in requestor.pem -outform DER -out host/ca/sign.cer
openssl x509 -in ca.pem -outform DER -out host/ca/auth.cer
RESPONDER_PORT=$(free_port)
python3 -m http.server --bind 127.0.0.1 --directory host "$RESPONDER_PORT" >responder.log 2>&1 &
RESPONDER_PID=$!
for _ in $(seq 100); do curl -s -o /dev/null "http://127.0.0.1:$RESPONDER_PORT/" && break; sleep 0.1; done
exits 12 "$JPKI" ocsp query --url "http://127.0.0.1:$RESPONDER_PORT/relay" --cert good.pem
says 'HTTP 501'
exits 13 "$JPKI" ocsp query --url "http://127.0.0.1:$RESPONDER_PORT/relay" --cert other.pem
stop_responder
RESPONDER_PORT=$(free_port)
python3 -c '
import socket, sys
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("listening", flush=True)
connection = listener.accept()[0]
connection.recv(1)
connection.sendall(b"SSH-2.0-other\r\n")
connection.close()' "$RESPONDER_PORT" >responder.log &
RESPONDER_PID=$!
for _ in $(seq 100); do grep -q listening responder.log && break; sleep 0.1; done
exits 3 query --cert good.pem
says 'right server'

stop_responder
exits 3 query --cert good.pem
exits 2 query --cert nowhere.pem
exits 2 query --serial 0x
exits 2 query --serial -5
exits 2 query --serial 0x$(printf 'ff%.0s' $(seq 21))
exits 2 query --cert good.pem --nonce=abc
exits 2 query --cert good.pem --nonce=$(printf 'ff%.0s' $(seq 129))
exits 2 query --cert good.pem --hash md5
exits 2 "$JPKI" ocsp query --serial 5 --url "http://127.0.0.1:$RESPONDER_PORT"
echo "jpki ocsp query agrees with openssl ocsp."
