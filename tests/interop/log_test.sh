#!/usr/bin/env bash
# The log in each of its forms, and what an operator's monitoring sees of the state of the service.

. "$(dirname "$0")/lib.sh"

init_authority '[crl]' 'scopes = "used"'

# logged ARGUMENTS…: the log of a service from its start to its end.
logged() {
  : >"$WORK/server.log"
  "$JPKI" serve --data "$DATA" "$@" 2>"$WORK/server.log" &
  SERVER_PID=$!
  "$JPKI" ready --url "http://127.0.0.1:$OPS_PORT" --wait 60 --quiet || fail "not ready: $*"
  curl -fs "http://127.0.0.1:$OPS_PORT/metrics" >"$WORK/metrics.txt"
  stop_server
}

echo "Text has a time; in the journal, which has its own, a line begins with its priority."
logged
grep -Eq '^[0-9-]+T[0-9:.]+Z info stopped$' "$WORK/server.log" || fail "text"
grep -Eq '^[0-9-]+T[0-9:.]+Z info published: [0-9]+ complete CRLs, [0-9]+ delta CRLs and [0-9]+ lists of CAs$' \
  "$WORK/server.log" || fail "the log does not say that the first lists are out"
JOURNAL_STREAM=8:1 logged
grep -q '^<6>stopped$' "$WORK/server.log" || fail "the journal's form"
! grep -q 'Z info' "$WORK/server.log" || fail "a time twice in the journal"

echo "logfmt and JSON for machines; with --log-level error nothing but faults."
logged --log-format logfmt
grep -Eq '^time=[0-9-]+T[0-9:.]+Z level=info msg="stopped"$' "$WORK/server.log" || fail "logfmt"
logged --log-format json
python3 - "$WORK/server.log" <<'END' || fail "JSON"
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
assert lines[-1]["msg"] == "stopped" and all(line.keys() == {"time", "level", "msg"} for line in lines), lines
END
logged --log-level error
[[ ! -s $WORK/server.log ]] || fail "--log-level error says more than faults"
exits 2 "$JPKI" serve --data "$DATA" --log-format xml
exits 2 "$JPKI" serve --data "$DATA" --log-level loud

echo "Metrics tell the version, the process, the store and when certificates and lists end."
for line in 'jpki_build_info{version="[0-9.]*"} 1' 'process_open_fds [0-9]' 'process_start_time_seconds 1[0-9]' \
  'jpki_store_bytes [1-9]' 'jpki_certificate_end_seconds{certificate="responder",issuer="sign-1"} [1-9]' \
  'jpki_crl_next_update_seconds{list="complete",issuer="auth-1"} [1-9]'; do
  grep -q "^$line" "$WORK/metrics.txt" || { cat "$WORK/metrics.txt" >&2; fail "no $line"; }
done
# The start is that of the process, some seconds ago.
start=$(sed -n 's/^process_start_time_seconds //p' "$WORK/metrics.txt")
python3 -c 'import sys, time; sys.exit(not 0 <= time.time() - float(sys.argv[1]) < 300)' "$start" || fail "a start at $start"
echo "The log and the metrics are what they should be."
