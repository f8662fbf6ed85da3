#!/bin/sh
# Makes the marked pool of test keys: pool-1.pem … pool-4.pem, authority.pem and primes.txt.
#
# Tests, the demo and `jpki mock` need thousands of RSA keys at once, and fresh ones take
# minutes; these are made once and published, so they protect nothing. Keys already made in
# the work folder are used again, so that a stopped run can be continued.
#
#   make_keys.sh [WORK_FOLDER]      writes into the folder of this script
set -eu

out=$(cd "$(dirname "$0")" && pwd)
work=${1:-$(mktemp -d)}
mkdir -p "$work"

header() {
    echo '# jpki TEST KEYS: published, so worthless. Never use them for anything real.'
    echo "# $1"
    echo '# RSA-2048, public exponent 65537, PKCS#8 (RFC 5958), not encrypted; made by make_keys.sh.'
}

# Appends key block N to standard output, made now when the work folder has none.
key() {
    prefix=$1
    number=$2
    file=$work/$prefix$number.pem
    if [ ! -s "$file" ]; then
        openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 \
            -pkeyopt rsa_keygen_pubexp:65537 -out "$file.new" 2>/dev/null
        mv "$file.new" "$file"
    fi
    echo "# jpki test key $number"
    cat "$file"
}

{
    header 'For the CAs, OCSP responders and operations CA of the mock and the tests: 8 keys.'
    for number in $(seq 1 8); do key a "$number"; done
} >"$out/authority.pem"

for part in 1 2 3 4; do
    first=$((part * 256 - 255))
    last=$((part * 256))
    {
        header "For simulated residents: keys $first to $last of 1024."
        for number in $(seq "$first" "$last"); do key p "$number"; done
    } >"$out/pool-$part.pem"
done

# openssl sets the two highest bits, so that two primes make a modulus of 2,048 bits. None is 1 modulo 65537,
# which would have no private exponent.
primes=$work/primes
while [ "$(sort -u "$primes" 2>/dev/null | wc -l)" -lt 512 ]; do
    prime=$(openssl prime -generate -bits 1024 -hex)
    [ "$(printf 'ibase=16; %s %% 10001\n' "$prime" | BC_LINE_LENGTH=0 bc)" = 1 ] || echo "$prime" >>"$primes"
done
{
    echo '# jpki TEST PRIMES: published, so worthless. Never use them for anything real.'
    echo '# 512 primes of 1,024 bits in hexadecimal, their two highest bits set; `jpki mock` makes each RSA-2048 key of'
    echo '# two of them, chosen by its seed (pki/test_keys.h). Made by make_keys.sh.'
    sort -u "$primes"
} >"$out/primes.txt"
