#!/bin/sh
# Makes the certificates, requests and responses of this folder with openssl, GnuTLS and a few lines of Python:
# nothing here comes from our own encoder, so that a mistake of ours is not repeated in the test.
#
# good_* is accepted, bad_* parses but must be refused, invalid_* must not parse. Keys are those of
# testdata/keys and a fresh P-256 one; all are published, so worthless.
set -eu

out=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# Key N of testdata/keys/authority.pem, counted from 1.
rsa_key() {
    awk -v want="$1" '/BEGIN PRIVATE KEY/ {n++} n == want && /BEGIN/,/END/' "$out/../../../testdata/keys/authority.pem"
}

# ca FILE KEY SUBJECT: a self-signed CA certificate.
ca() {
    rsa_key "$2" >"$1.key"
    openssl req -x509 -new -key "$1.key" -subj "$3" -days 9000 -set_serial 1 -utf8 -out "$1.pem" \
        -addext basicConstraints=critical,CA:true -addext keyUsage=critical,keyCertSign,cRLSign
    openssl x509 -in "$1.pem" -outform DER -out "$out/$1.cer"
}

# issue FILE CA KEYFILE SERIAL DAYS EXTENSIONS: a certificate by that CA.
issue() {
    openssl req -new -key "$3" -subj "/C=JP/O=JPKI-SIM/CN=$1" -out "$1.csr"
    printf '%b' "$6" >"$1.ext"
    openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -set_serial "$4" -days "$5" -sha256 \
        -extfile "$1.ext" -out "$1.pem" 2>/dev/null
    openssl x509 -in "$1.pem" -outform DER -out "$out/$1.cer"
}

ca sign_ca 1 "/C=JP/O=JPKI-SIM/OU=JPKI for digital signature"
ca sign_ca_2 2 "/C=JP/O=JPKI-SIM/OU=JPKI for digital signature"
ca auth_ca 3 "/C=JP/O=JPKI-SIM/OU=JPKI for user authentication"

delegated='extendedKeyUsage=OCSPSigning\nkeyUsage=critical,digitalSignature\nnoCheck=ignored\n'
rsa_key 4 >responder.key
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out p256.key
{ echo '# jpki TEST KEY: published, so worthless. Never use it for anything real.'; cat p256.key; } >"$out/p256.pem"
issue sign_responder sign_ca responder.key 2 8000 "$delegated"
issue sign_responder_p256 sign_ca p256.key 3 8000 "$delegated"
issue sign_responder_brief sign_ca responder.key 4 60 "$delegated"
issue sign_responder_2 sign_ca_2 responder.key 2 8000 "$delegated"
issue auth_responder auth_ca responder.key 2 8000 "$delegated"
issue sign_responder_critical sign_ca responder.key 6 8000 "${delegated}1.2.3.4=critical,DER:0500\n"
issue no_purpose sign_ca responder.key 5 8000 'keyUsage=critical,digitalSignature\n'
rsa_key 5 >holder.key
issue holder sign_ca holder.key 4660 8000 'keyUsage=critical,digitalSignature,nonRepudiation\n'

# What clients send. 4660 is 0x1234.
ask() {
    file=$1
    shift
    openssl ocsp "$@" -reqout "$out/$file.der" >/dev/null
}
ask good_openssl -issuer sign_ca.pem -cert holder.pem
ask good_no_nonce -issuer sign_ca.pem -serial 4660 -no_nonce
for hash in sha256 sha384 sha512; do
    ask good_$hash -issuer sign_ca.pem -$hash -serial 4660 -no_nonce
done
ask good_three -issuer sign_ca.pem -serial 4660 -serial 4661 -serial 4662
ask good_signed -issuer sign_ca.pem -serial 4660 -signer holder.pem -signkey holder.key -sign_other sign_ca.pem
serials=$(seq -f '-serial %g' 1 100)
# shellcheck disable=SC2086
ask good_100 -issuer sign_ca.pem $serials
# shellcheck disable=SC2086
ask invalid_101 -issuer sign_ca.pem $serials -serial 101
ask bad_md5 -issuer sign_ca.pem -md5 -serial 4660
ask bad_two_cas -issuer sign_ca.pem -serial 4660 -issuer auth_ca.pem -serial 4660
ask bad_two_generations -issuer sign_ca.pem -serial 4660 -issuer sign_ca_2.pem -serial 4660
ask good_auth -issuer auth_ca.pem -serial 4660 -no_nonce
ask good_second_generation -issuer sign_ca_2.pem -serial 4660 -no_nonce
ocsptool --load-issuer sign_ca.pem --load-cert holder.pem --generate-request --outfile "$out/good_gnutls.der"
# For the fuzzer: the same request as it stands in the path of a GET.
openssl base64 -A -in "$out/good_no_nonce.der" -out "$out/get_path.txt"

# What an outside responder answers, for our reader.
printf 'V\t450101000000Z\t\t1234\tunknown\t/CN=holder\n' >index.txt
printf 'R\t450101000000Z\t261101000000Z,keyCompromise\t1235\tunknown\t/CN=other\n' >>index.txt
respond() {
    openssl ocsp -index index.txt -CA sign_ca.pem -rsigner "$3" -rkey "$4" -reqin "$out/$2.der" -ndays 7000 \
        -respout "$out/$1.der" >/dev/null
}
respond good_response good_three sign_responder.pem responder.key
respond good_response_by_ca good_three sign_ca.pem sign_ca.key
respond bad_response_no_purpose good_three no_purpose.pem responder.key
respond bad_response_other_ca good_three auth_responder.pem responder.key

python3 - "$out" <<'PYTHON'
"""Requests that no client makes, from the data of one that a client made."""
import pathlib, sys

out = pathlib.Path(sys.argv[1])

def tlv(tag, *content):
    body = b"".join(content)
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + body

def split(data):
    """The elements in `data`, each as (tag, content, encoding)."""
    parts = []
    while data:
        head, size = 2, data[1]
        if size & 0x80:
            head, size = 2 + (size & 0x7F), int.from_bytes(data[2:2 + (size & 0x7F)], "big")
        parts.append((data[0], data[head:head + size], data[:head + size]))
        data = data[head + size:]
    return parts

plain = (out / "good_no_nonce.der").read_bytes()
tbs = split(split(plain)[0][1])[0]
request_list = split(tbs[1])[0]
single = split(request_list[1])[0]
cert_id = split(single[1])[0]
NONCE = bytes.fromhex("2b0601050507300102")
UNKNOWN = bytes.fromhex("2b0601050507300163")
RESPONSE = bytes.fromhex("2b0601050507300104")
BASIC = bytes.fromhex("2b0601050507300101")
LOCATOR = bytes.fromhex("2b0601050507300107")
PREFERRED = bytes.fromhex("2b0601050507300108")

def extension(oid, value, critical=False):
    return tlv(0x30, tlv(6, oid), tlv(1, b"\xff") if critical else b"", tlv(4, value))

def request(*, before=b"", requests=None, after=b"", tail=b""):
    requests = single[2] if requests is None else requests
    return tlv(0x30, tlv(0x30, before, tlv(0x30, requests), after), tail)

def extensions(number, *members):
    return tlv(0xA0 | number, tlv(0x30, *members))

def nonce(size, **options):
    return extension(NONCE, tlv(4, b"\x07" * size), **options)

def with_id(*fields):
    return tlv(0x30, tlv(0x30, *fields))

hash_algorithm, name_hash, key_hash, serial = [part[2] for part in split(cert_id[1])]
attribute = tlv(0x30, tlv(6, b"\x55\4\3"), tlv(12, b"verifier"))
assert request() == plain
files = {
    "good_explicit_version": request(before=tlv(0xA0, tlv(2, b"\0"))),
    "good_requestor_name": request(before=tlv(0xA1, tlv(0x82, b"verifier.example"))),
    "good_requestor_directory": request(before=tlv(0xA1, tlv(0xA4, tlv(0x30, tlv(0x31, attribute))))),
    "good_requestor_address": request(before=tlv(0xA1, tlv(0x87, b"\x7f\0\0\1"))),
    "good_requestor_oid": request(before=tlv(0xA1, tlv(0x88, b"\x2a\3"))),
    "good_requestor_other": request(before=tlv(0xA1, tlv(0xA0, tlv(6, b"\x2a\3"), tlv(0xA0, tlv(12, b"x"))))),
    "good_preferred": request(after=extensions(2, extension(PREFERRED, tlv(
        0x30, tlv(0x30, tlv(0x30, tlv(6, b"\x2a\3"))), tlv(0x30, tlv(0x30, tlv(6, b"\x2a\3"), tlv(5)), tlv(
            0x30, tlv(6, b"\x2a\3"), tlv(6, b"\x2a\3"))))))),
    "good_located": request(requests=tlv(0x30, cert_id[2], extensions(0, extension(LOCATOR, tlv(
        0x30, tlv(0x30, tlv(0x31, attribute)), tlv(0x30, tlv(0x30, tlv(6, b"\x2a\3"), tlv(0x86, b"http://x")))))))),
    "good_nonce_1": request(after=extensions(2, nonce(1))),
    "good_nonce_128": request(after=extensions(2, nonce(128))),
    "good_critical_nonce": request(after=extensions(2, nonce(32, critical=True))),
    "good_nonce_in_single": request(requests=tlv(0x30, cert_id[2], extensions(0, nonce(8)))),
    "good_known_extensions": request(after=extensions(
        2, extension(RESPONSE, tlv(0x30, tlv(6, BASIC))), extension(PREFERRED, tlv(0x30)),
        extension(UNKNOWN, b"anything"))),
    "good_service_locator": request(requests=tlv(0x30, cert_id[2], extensions(
        0, extension(LOCATOR, tlv(0x30, tlv(0x30)))))),
    "good_absent_parameters": request(requests=with_id(
        tlv(0x30, split(split(hash_algorithm)[0][1])[0][2]), name_hash, key_hash, serial)),
    "good_long_serial": request(requests=with_id(hash_algorithm, name_hash, key_hash, tlv(2, b"\x11" * 20))),
    "good_negative_serial": request(requests=with_id(hash_algorithm, name_hash, key_hash, tlv(2, b"\x80"))),
    "bad_odd_parameters": request(requests=with_id(
        tlv(0x30, split(split(hash_algorithm)[0][1])[0][2], tlv(2, b"\1")), name_hash, key_hash, serial)),
    "bad_key_hash": request(requests=with_id(hash_algorithm, name_hash, tlv(4, b"\x55" * 20), serial)),
    "bad_name_hash": request(requests=with_id(hash_algorithm, tlv(4, b"\x55" * 20), key_hash, serial)),
    "invalid_empty": b"",
    "invalid_empty_list": request(requests=b""),
    "invalid_version_2": request(before=tlv(0xA0, tlv(2, b"\1"))),
    "invalid_nonce_0": request(after=extensions(2, nonce(0))),
    "invalid_nonce_129": request(after=extensions(2, nonce(129))),
    "good_nonce_raw_in_single": request(requests=tlv(0x30, cert_id[2], extensions(
        0, extension(NONCE, b"\x55" * 16)))),
    "good_nonce_raw": request(after=extensions(2, extension(NONCE, b"\x55" * 16))),
    "invalid_single_nonce_129": request(requests=tlv(0x30, cert_id[2], extensions(0, nonce(129)))),
    "invalid_nonce_twice": request(after=extensions(2, nonce(8), nonce(8))),
    "invalid_critical": request(after=extensions(2, extension(UNKNOWN, b"anything", critical=True))),
    "invalid_single_critical": request(requests=tlv(0x30, cert_id[2], extensions(
        0, extension(UNKNOWN, b"anything", critical=True)))),
    "invalid_no_extensions": request(after=extensions(2)),
    "invalid_requestor_name": request(before=tlv(0xA1, tlv(2, b"\1"))),
    # GeneralName in a wrong form: primitive for constructed and the other way round, a name that is none.
    "invalid_requestor_primitive": request(before=tlv(0xA1, tlv(0x84, b"name"))),
    "invalid_requestor_constructed": request(before=tlv(0xA1, tlv(0xA2, tlv(22, b"verifier.example")))),
    "invalid_requestor_directory": request(before=tlv(0xA1, tlv(0xA4, tlv(0x30, tlv(0x31))))),
    "invalid_requestor_implicit": request(before=tlv(0xA1, tlv(0xA4, tlv(0x31, attribute)))),
    "invalid_requestor_latin": request(before=tlv(0xA1, tlv(0x82, b"verifi\xe9r"))),
    "invalid_requestor_oid": request(before=tlv(0xA1, tlv(0x88, b"\x80\3"))),
    "invalid_requestor_other": request(before=tlv(0xA1, tlv(0xA0, tlv(6, b"\x2a\3")))),
    "invalid_acceptable": request(after=extensions(2, extension(RESPONSE, tlv(0x30, tlv(5))))),
    "invalid_acceptable_tail": request(after=extensions(2, extension(RESPONSE, tlv(0x30, tlv(6, BASIC)) + b"\0"))),
    "invalid_preferred": request(after=extensions(2, extension(PREFERRED, b"x"))),
    "invalid_preferred_algorithm": request(after=extensions(2, extension(PREFERRED, tlv(0x30, tlv(0x30, tlv(6, BASIC)))))),
    "invalid_locator": request(requests=tlv(0x30, cert_id[2], extensions(0, extension(LOCATOR, tlv(0x30))))),
    "invalid_locator_empty": request(requests=tlv(0x30, cert_id[2], extensions(0, extension(LOCATOR, tlv(
        0x30, tlv(0x30), tlv(0x30)))))),
    "invalid_locator_access": request(requests=tlv(0x30, cert_id[2], extensions(0, extension(LOCATOR, tlv(
        0x30, tlv(0x30), tlv(0x30, tlv(0x30, tlv(6, BASIC)))))))),
    "invalid_trailing_bytes": plain + b"\0",
    "invalid_trailing_inside": request(after=tlv(5, b"")),
    "invalid_indefinite_length": b"\x30\x80" + tbs[2] + b"\0\0",
    "invalid_long_length": b"\x30\x81" + plain[1:],
    "invalid_padded_serial": request(requests=with_id(hash_algorithm, name_hash, key_hash, tlv(2, b"\0\x12\x34"))),
    "invalid_empty_serial": request(requests=with_id(hash_algorithm, name_hash, key_hash, tlv(2, b""))),
    "invalid_no_serial": request(requests=with_id(hash_algorithm, name_hash, key_hash)),
    "invalid_signature": request(tail=tlv(0xA0, tlv(0x30, tlv(3, b"\0\1")))),
    "invalid_text": b"this is not a request",
}
for name, data in files.items():
    (out / (name + ".der")).write_bytes(data)
PYTHON
