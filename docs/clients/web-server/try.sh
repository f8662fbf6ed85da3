#!/bin/sh
# Who gets in at a web server that asks OCSP: sh docs/clients/web-server/try.sh [nginx|apache]. Needs jpki, openssl, curl, jq
# and the server.
set -eu

server=${1:-nginx}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
port=${PORT:-8443}
jpki mock --residents 2 --hold-open --quiet --ready-file "$work/mock.json" >/dev/null &
mock=$! web=
trap 'kill $web $mock 2>/dev/null; wait; rm -r "$work"' EXIT
until [ -e "$work/mock.json" ]; do kill -0 $mock; sleep 0.1; done

first() { jq -r "$1" "$work/mock.json"; }
control=$(first .control)

# The site's own certificate, the CA that it trusts, and what the visitors have.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -addext subjectAltName=DNS:localhost \
  -keyout "$work/site.key" -out "$work/site.pem" 2>/dev/null
openssl x509 -inform DER -in "$(first .ca.auth.cer)" -out "$work/ca.pem"
for number in 0 1; do
  openssl x509 -inform DER -in "$(first ".residents[$number].auth.cer")" -out "$work/$number.pem"
  cp "$(first ".residents[$number].auth.key")" "$work/$number.key"
done
mkdir "$work/site" && echo welcome >"$work/site/index.html"

sed "s|FOLDER|$work|g; s|PORT|$port|g; s|MODULES|${MODULES:-/usr/lib/apache2/modules}|g" "$here/$server.conf" >"$work/site.conf"
chmod 755 "$work"
case $server in
  nginx) nginx -c "$work/site.conf" -e "$work/error.log" & ;;
  apache) apache2 -D FOREGROUND -f "$work/site.conf" & ;;
esac
web=$!
until curl -sk -o "$work/out" "https://localhost:$port/" || [ $? -ne 7 ]; do kill -0 $web; sleep 0.1; done

# What the site says to a resident: welcome, or nothing.
visit() {
  curl -sf --cacert "$work/site.pem" --cert "$work/$1.pem" --key "$work/$1.key" "https://localhost:$port/index.html" 2>"$work/out" || echo refused
}
expect() {
  said=$(visit "$2")
  [ "$said" = "$3" ] || { echo "$1: $3 was expected, not $said" >&2; tail -n 5 "$work/error.log" >&2; exit 1; }
  echo "$1: $said"
}
call() { curl -fsS -X "$1" "$control$2" -d "${3:-}" -o "$work/out"; }
event() { call POST /mock/events "{\"event\":\"$1\",\"resident\":\"$(first .residents[0].id)\"}"; }

expect 'a good certificate' 0 welcome
event hold
expect 'a lost card' 0 refused
expect 'somebody else' 1 welcome
event release
expect 'a card that was found' 0 welcome

call POST /mock/faults '{"fault":"try-later"}'
expect 'a responder that is too busy' 0 refused
call DELETE /mock/faults
call POST /mock/faults '{"fault":"bad-signature"}'
expect 'an answer that cannot be trusted' 0 refused
call DELETE /mock/faults

call PUT /mock/clock '{"advance":"P31D"}'
expect 'answers of next month' 0 refused
call POST /mock/reset
expect 'after a reset' 0 welcome

event death
expect 'the holder has died' 0 refused
