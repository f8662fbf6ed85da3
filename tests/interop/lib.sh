# Shared by the demo and the interop tests: a running authority in a temporary folder, and small helpers.
# Needs JPKI, the program under test.

set -euo pipefail

# Texts are compared in English, whatever the language of the one who runs the test.
export LC_ALL=C.UTF-8

: "${JPKI:?set JPKI to the jpki program}"
SOURCE_DIR=${JPKI_SOURCE_DIR:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
WORK=$(mktemp -d "${TMPDIR:-/tmp}/jpki-XXXXXX")
DATA=$WORK/data
SERVER_PID=

cleanup() {
  local code=$?
  if [[ -n $SERVER_PID ]]; then
    kill "$SERVER_PID" 2>/dev/null || true
    wait "$SERVER_PID" 2>/dev/null || true
  fi
  if [[ $code -ne 0 && -f $WORK/server.log ]]; then
    echo "--- the server's log:" >&2
    tail -n 20 "$WORK/server.log" >&2
  fi
  rm -rf "$WORK"
  exit "$code"
}
trap cleanup EXIT

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# exits CODE command…: runs it and compares; what it said is in $WORK/out.txt.
exits() {
  local code=$1 got=0
  shift
  "$@" >"$WORK/out.txt" 2>&1 || got=$?
  [[ $got == "$code" ]] || { cat "$WORK/out.txt" >&2; fail "exit $code expected, not $got: $*"; }
}
# What it said holds the words.
says() { grep -qi -- "$1" "$WORK/out.txt" || { cat "$WORK/out.txt" >&2; fail "'$1' expected"; }; }

# init_refused WORDS OPTION…: without a terminal, with $WORK/small.toml; it says so and leaves nothing.
init_refused() {
  local words=$1
  shift
  exits 2 setsid "$JPKI" init --data "$WORK/refused" --config "$WORK/small.toml" "$@" </dev/null
  says "$words"
  [[ ! -e $WORK/refused/keys && ! -e $WORK/refused/store ]] || fail "a refused init left something"
}

# collect_examples: for every command, by its words, the example of its help, in EXAMPLES; of the program itself under jpki.
collect_examples() {
  declare -gA EXAMPLES=()
  collect_examples_below
  ((${#EXAMPLES[@]} > 100)) || fail "the help lists ${#EXAMPLES[@]} commands only"
}
collect_examples_below() {
  local text name
  text=$("$JPKI" "$@" --help)
  EXAMPLES["${*:-jpki}"]=$(sed -n '/^Example:/{n;s/^  //p}' <<<"$text")
  for name in $(sed -n '/^Subcommands:/,/^$/s/^  \([a-z-]*\) .*/\1/p' <<<"$text"); do collect_examples_below "$@" "$name"; done
}

# A TCP port of 127.0.0.1 that nobody listens on now, below those that the system gives to clients, which come
# and go beside us.
free_port() {
  # Tests run side by side: each has twenty ports of its own, by its process, and takes them in order.
  local port taken
  for _ in $(seq 20); do
    taken=$({ wc -l <"$WORK/ports" || echo 0; } 2>/dev/null)
    echo >>"$WORK/ports"
    port=$((10000 + $$ % 1100 * 20 + taken % 20))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
  fail "no free port"
}

# init_authority [toml lines…]: a new authority whose certificates name a free port here. INIT_KEYS: the options that say
# how its keys are kept, in place of plain files.
init_authority() {
  PORT=$(free_port)
  OPS_PORT=$(free_port)
  HTTPS_PORT=$(free_port)
  URL=http://127.0.0.1:$PORT
  HTTPS_URL=https://127.0.0.1:$HTTPS_PORT
  {
    printf '[urls]\npublic = "%s"\n[listen]\nverifier = "127.0.0.1:%s"\nops = "127.0.0.1:%s"\n' "$URL" "$PORT" "$OPS_PORT"
    printf 'verifier_https = "127.0.0.1:%s"\n' "$HTTPS_PORT"
    # Two instances on one machine must not meet at the default port.
    [[ "$*" == *admin_https* ]] || printf 'admin_https = "127.0.0.1:%s"\n' "$(free_port)"
    printf '%s\n' "$@"
  } >"$WORK/jpki.toml"
  "$JPKI" init --data "$DATA" --config "$WORK/jpki.toml" --quiet ${INIT_KEYS:---no-passphrase}
}

start_server() {
  "$JPKI" serve --data "$DATA" 2>>"$WORK/server.log" &
  SERVER_PID=$!
  for _ in $(seq 600); do
    kill -0 "$SERVER_PID" 2>/dev/null || fail "the server ended at its start"
    if curl -fs "http://127.0.0.1:$OPS_PORT/readyz" >/dev/null; then return; fi
    sleep 0.1
  done
  fail "the server is not ready after a minute"
}

stop_server() {
  kill -TERM "$SERVER_PID"
  wait "$SERVER_PID" || fail "the server did not end cleanly"
  SERVER_PID=
}

jpki() { "$JPKI" "$@" --data "$DATA"; }

# described COMMAND FILE: what the command printed with --json is what docs/schema/commands.yaml says. For commands that
# tests/extra/openapi/commands.py cannot run.
described() {
  python3 -c 'import jsonschema, yaml' 2>/dev/null || return 0
  PYTHONDONTWRITEBYTECODE=1 python3 "$SOURCE_DIR/tests/extra/openapi/hold.py" "$SOURCE_DIR/docs" "$1" <"$2" >&2 ||
    fail "jpki $1 --json is not what docs/schema/commands.yaml says"
}

# make_requests: a key pair and a PKCS#10 request for each kind, made by openssl.
make_requests() {
  local kind
  for kind in sign auth; do
    openssl req -new -newkey rsa:2048 -nodes -keyout "$WORK/$kind.key" -out "$WORK/$kind.csr" -subj /CN=ignored 2>/dev/null
  done
}

# ca_pem sign|auth: the CA certificate as PEM in $WORK/ca-KIND.pem.
ca_pem() {
  curl -fs "$URL/ca/$1.cer" | openssl x509 -inform DER -out "$WORK/ca-$1.pem"
}

# ocsp_status KIND CER: what openssl ocsp says, e.g. "good" or "revoked".
ocsp_status() {
  openssl x509 -inform DER -in "$2" -out "$WORK/asked.pem"
  openssl ocsp -issuer "$WORK/ca-$1.pem" -cert "$WORK/asked.pem" -url "$URL/ocsp/$1" -CAfile "$WORK/ca-$1.pem" \
    >"$WORK/ocsp.txt" 2>&1 || { cat "$WORK/ocsp.txt" >&2; fail "openssl ocsp"; }
  grep -q 'Response verify OK' "$WORK/ocsp.txt" || { cat "$WORK/ocsp.txt" >&2; fail "the response does not verify"; }
  sed -n "s|^$WORK/asked.pem: ||p" "$WORK/ocsp.txt"
}
