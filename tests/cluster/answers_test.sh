#!/usr/bin/env bash
# Both machines of a cluster and a view are asked all the time while one or none is stopped and certificates are revoked: all
# answer, and no answer to a question that was asked after the revocation was acknowledged says `good`.
# ctest: timeout 900

. "$(dirname "$0")/machines.sh"
. "$(dirname "$0")/views.sh"

prepare_first
configure first "$LOG"
jpki cluster init --quiet
start first
until_true "the first machine does not lead" leads first
URL=$(url_of first)
ca_pem auth
prepare_second
start second
until_true "the second machine does not stand by" stands_by second
prepare_view edge-1
start_view edge-1
for _ in 1 2 3 4 5 6 7 8; do
  until_true "no certificate is issued" issue_on first
  card=$(last_card)
  openssl x509 -inform DER -in "$card/auth.cer" -out "$WORK/asked.pem"
  openssl ocsp -issuer "$WORK/ca-auth.pem" -cert "$WORK/asked.pem" -no_nonce -reqout "$card/request.der"
done
python3 "$(dirname "$0")/answers.py" "$JPKI" "$WORK/acknowledged" \
  "$(url_of first)" "$(ops_of first)" "${PIDS[first]}" "$(data_of first)" \
  "$(url_of second)" "$(ops_of second)" "${PIDS[second]}" "$(data_of second)" \
  "$(url_of edge-1)" "$(ops_of edge-1)" "${PIDS[edge-1]}" "$(data_of edge-1)"
