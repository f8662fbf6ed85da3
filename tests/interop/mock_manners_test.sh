#!/usr/bin/env bash
# The manners of a mock: it ends when it should, at any moment, leaves nothing behind, and says what is wrong.

. "$(dirname "$0")/lib.sh"

PIDS=()
end_all() {
  local code=$?
  set +e
  ((${#PIDS[@]} == 0)) || kill -9 "${PIDS[@]}" 2>/dev/null
  (exit "$code")
  cleanup
}
trap end_all EXIT

TMPDIR=$WORK/tmp
export TMPDIR
mkdir -p "$TMPDIR"
left() { find "$TMPDIR" -mindepth 1 -maxdepth 1 -name 'jpki-mock-*'; }
# until_true command…: for at most a minute.
until_true() {
  for _ in $(seq 1200); do "$@" && return; sleep 0.05; done
  fail "this did not come true: $*"
}
is_gone() { ! kill -0 "$1" 2>/dev/null; }
member() { grep -o "\"$1\":\"[^\"]*\"" "$2" | head -n 1 | cut -d'"' -f4; }

echo "A signal ends it at any moment of its preparation, and nothing is left."
for delay in 0.001 0.02 0.05 0.1 0.3; do
  "$JPKI" mock --residents 300 --hold-open >/dev/null 2>"$WORK/log" &
  mock=$! PIDS+=("$mock")
  sleep "$delay"
  kill -TERM "$mock" 2>/dev/null || true
  code=0
  wait "$mock" || code=$?
  # Before main() has blocked signals the kernel ends the process.
  [[ $code == 0 || $code == 143 ]] || fail "exit $code after $delay s: $(cat "$WORK/log")"
  [[ -z $(left) ]] || fail "left behind after $delay s: $(left)"
done

echo "Its output is not read: a signal ends it all the same."
mkfifo "$WORK/unread"
sleep 300 <"$WORK/unread" &
reader=$! PIDS+=("$reader")
"$JPKI" mock --residents 100 --hold-open >"$WORK/unread" 2>"$WORK/log" --ready-file "$WORK/ready" &
mock=$! PIDS+=("$mock")
until_true test -s "$WORK/ready"
[[ $(stat -c %s "$WORK/ready") -gt 65536 ]] || fail "the line fits into a pipe, so this shows nothing"
[[ $(curl -s -o /dev/null -w '%{http_code}' "$(member ops "$WORK/ready")/readyz") == 200 ]] || fail "it is not ready"
kill -TERM "$mock"
wait "$mock" || fail "it did not end in order"
[[ ! -e $WORK/ready ]] || fail "the ready file is still there"
kill "$reader"

echo "Standard input that is /dev/null or closed is said in a line, and the parent's end is the mock's."
mkfifo "$WORK/never"
for input in '</dev/null' '<&-'; do
  rm -f "$WORK/ready"
  bash -c "'$JPKI' mock --residents 0 --ready-file '$WORK/ready' >/dev/null 2>'$WORK/log' $input & read -r _ <'$WORK/never'" &
  parent=$! PIDS+=("$parent")
  until_true test -s "$WORK/ready"
  mock=$(grep -o '"pid":[0-9]*' "$WORK/ready" | cut -d: -f2)
  PIDS+=("$mock")
  sleep 0.5
  kill -0 "$mock" || fail "it did not stay with $input"
  [[ $(grep -c 'standard input' "$WORK/log") == 1 ]] || fail "one line about $input expected: $(cat "$WORK/log")"
  kill "$parent"
  until_true is_gone "$mock"
  wait "$parent" || true
done
[[ -z $(left) ]] || fail "left behind: $(left)"

echo "What a killed mock has left goes with the next one, and the living ones' stays."
"$JPKI" mock --residents 0 --hold-open --ready-file "$WORK/living" >/dev/null 2>&1 &
living=$! PIDS+=("$living")
"$JPKI" mock --residents 0 --hold-open --ready-file "$WORK/killed" >/dev/null 2>&1 &
killed=$! PIDS+=("$killed")
until_true test -s "$WORK/living"
until_true test -s "$WORK/killed"
kill -9 "$killed"
wait "$killed" 2>/dev/null || true
[[ $(left | wc -l) == 2 ]] || fail "two folders expected: $(left)"
"$JPKI" mock --residents 0 </dev/null --hold-open --ready-file "$WORK/next" >/dev/null 2>&1 &
next=$! PIDS+=("$next")
until_true test -s "$WORK/next"
[[ $(left | wc -l) == 2 ]] || fail "the killed mock's folder is still there: $(left)"
[[ -S $(member admin "$WORK/living") ]] || fail "the living mock's folder is gone"
kill "$living" "$next"
wait "$living" "$next" || fail "they did not end in order"
[[ -z $(left) ]] || fail "left behind: $(left)"

echo "Ports: P to P + 3, and a clear word when one is taken."
port=$(free_port)
"$JPKI" mock --residents 0 --hold-open --port "$port" --ready-file "$WORK/ready" >/dev/null 2>&1 &
mock=$! PIDS+=("$mock")
until_true test -s "$WORK/ready"
[[ $(member verifier "$WORK/ready") == "http://127.0.0.1:$port" ]] || fail "the verifiers' port"
[[ $(member https "$WORK/ready") == "https://127.0.0.1:$((port + 1))" ]] || fail "the HTTPS port"
[[ $(member ops "$WORK/ready") == "http://127.0.0.1:$((port + 2))" ]] || fail "the ops port"
[[ $(member control "$WORK/ready") == "http://127.0.0.1:$((port + 3))" ]] || fail "the control's port"
exits 2 "$JPKI" mock --port "$port" </dev/null
says "$port"
echo "The shell's commands find the control by option or variable."
control=$(member control "$WORK/ready")
exits 0 "$JPKI" mock clock --control "$control" --freeze
says frozen
JPKI_MOCK_CONTROL=$control exits 0 "$JPKI" mock clock --advance P1D --json
says '"mode":"frozen"'
JPKI_MOCK_CONTROL=$control exits 2 "$JPKI" mock clock --advance yesterday
says 'ISO 8601'
JPKI_MOCK_CONTROL=$control exits 0 "$JPKI" mock faults --add try-later --count 2
says 'fired 0'
JPKI_MOCK_CONTROL=$control exits 0 "$JPKI" mock faults
says try-later
JPKI_MOCK_CONTROL=$control exits 0 "$JPKI" mock snapshot kept
JPKI_MOCK_CONTROL=$control exits 0 "$JPKI" mock snapshot
says kept
JPKI_MOCK_CONTROL=$control exits 0 "$JPKI" mock publish
curl -fs "$(member verifier "$WORK/ready")/crl/sign-1/full.crl" -o /dev/null
JPKI_MOCK_CONTROL=$control exits 0 "$JPKI" mock requests
says '/crl/sign-1/full.crl  200'
JPKI_MOCK_CONTROL=$control exits 0 "$JPKI" mock reset
says start
JPKI_MOCK_CONTROL=$control exits 0 "$JPKI" mock show
kill "$mock"
wait "$mock" || fail "it did not end in order"
JPKI_MOCK_CONTROL=$control exits 3 "$JPKI" mock show
exits 2 "$JPKI" mock show
says --control

echo "Wrong options are refused by name, from the line and from variables."
for options in '--seed -1' '--seed 1e3' '--residents 0x10' '--residents 100001' '--port 65532' '--port abc' '--states none' \
  '--time tomorrow' '--key rsa-1024' '--listen 0.0.0.0' '--log everything' '--config /nowhere.toml'; do
  # shellcheck disable=SC2086
  exits 2 timeout 120 "$JPKI" mock $options </dev/null
  says "$(cut -d' ' -f1 <<<"$options" | tr -d -)"
done
JPKI_MOCK_SEED=x exits 2 timeout 120 "$JPKI" mock </dev/null
JPKI_MOCK_STATES=none exits 2 timeout 120 "$JPKI" mock </dev/null
TMPDIR=$WORK/nowhere exits 2 timeout 120 "$JPKI" mock </dev/null
says TMPDIR
exits 2 timeout 120 "$JPKI" mock --ready-file /nowhere/ready </dev/null
# A write that ends early, as on a disk that is nearly full; the signal of this limit is not that of a disk.
printf '#!/bin/bash\ntrap "" XFSZ\nulimit -f "$1"\nexec timeout 120 "%s" mock --residents 1 </dev/null\n' "$JPKI" >"$WORK/limited"
exits 2 bash "$WORK/limited" 300
says 'the disk is full'
[[ -z $(left) ]] || fail "left behind: $(left)"

echo "Variables choose as options do, and requests are logged on demand."
JPKI_MOCK_RESIDENTS=2 JPKI_MOCK_LOG=requests JPKI_MOCK_PUBLIC_HOST=localhost JPKI_MOCK_READY_FILE=$WORK/ready \
  "$JPKI" mock --hold-open >/dev/null 2>"$WORK/log" &
mock=$! PIDS+=("$mock")
until_true test -s "$WORK/ready"
[[ $(grep -o '"state":"good"' "$WORK/ready" | wc -l) == 2 ]] || fail "two residents expected"
url=$(member verifier "$WORK/ready")
[[ $url == http://localhost:* ]] || fail "the public host: $url"
curl -fs "$url/ca/sign.cer" -o /dev/null
until_true grep -q 'GET /ca/sign.cer 200' "$WORK/log"
kill "$mock"
wait "$mock" || fail "it did not end in order"
