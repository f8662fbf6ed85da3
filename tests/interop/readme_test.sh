#!/usr/bin/env bash
# The examples of README.md and README.ja.md, as they stand there, run: the quick start against a server, twice in the
# same folder, and the two programs that start a mock. Only the program's path and the port are put in.

. "$(dirname "$0")/lib.sh"

init_authority '[crl]' 'scopes = "used"'
start_server
export JPKI_DATA=$DATA

adapted() { sed -e "s|build/release/jpki|$JPKI|g" -e "s|127\.0\.0\.1:8080|127.0.0.1:$PORT|g"; }
# quick_start README: the indented block that begins with the alias.
quick_start() { awk '/^    alias jpki=/ { inside = 1 } inside && /^[^ ]/ { exit } inside { sub(/^    /, ""); print }' "$1" | adapted; }
# fenced LANGUAGE README: the block between the fences.
fenced() { awk -v mark="\`\`\`$1" '$0 == mark { inside = 1; next } inside && /^```/ { exit } inside' "$2" | adapted; }

for readme in README.md README.ja.md; do
  folder=$WORK/$readme.d
  mkdir "$folder"
  { echo 'shopt -s expand_aliases'; quick_start "$SOURCE_DIR/$readme"; } >"$WORK/quick.sh"
  grep -q 'event address-change' "$WORK/quick.sh" || fail "$readme has no quick start"
  for round in first second; do
    (cd "$folder" && bash "$WORK/quick.sh" >out.txt 2>err.txt) || { cat "$folder/err.txt" >&2; fail "$readme, $round run"; }
    # A publication that is going on is what the loop is for; in the second run the verifier is registered already.
    grep '^jpki: ' "$folder/err.txt" | grep -v 'publi\|registered for verifier' >&2 && fail "$readme, $round run: a command was refused"
    for word in good revoked; do
      grep -q "$word" "$folder/out.txt" || { cat "$folder/out.txt" >&2; fail "$readme, $round run: '$word' is missing"; }
    done
    [[ -s $folder/delta.crl ]] || fail "$readme, $round run: no delta CRL"
  done
  fenced python "$SOURCE_DIR/$readme" >"$WORK/example.py"
  grep -q '"mock"' "$WORK/example.py" || fail "$readme has no example in Python"
  (cd "$folder" && timeout 120 python3 "$WORK/example.py") || fail "$readme: the example in Python"
done

fenced sh "$SOURCE_DIR/README.md" >"$WORK/example.sh"
grep -q 'openssl ocsp' "$WORK/example.sh" || fail "README.md has no example in shell"
mkdir "$WORK/empty"
for round in first second; do
  (cd "$WORK/empty" && timeout 120 sh "$WORK/example.sh" >"$WORK/out.txt" 2>&1) || { cat "$WORK/out.txt" >&2; fail "the example in shell, $round run"; }
  says 'cert.pem: good'
done
[[ -z $(ls -A "$WORK/empty") ]] || fail "the example in shell leaves files: $(ls "$WORK/empty")"
# A mock that cannot start ends the example, soon and with its words.
sed -i 's/--residents 1/--residents 0x/' "$WORK/example.sh"
exits 1 timeout 30 sh "$WORK/example.sh"
