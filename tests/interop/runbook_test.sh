#!/usr/bin/env bash
# The pages of docs/operations.md for the moment when something is wrong: each situation is made, the program must say
# what the page quotes, and what the page says to type is typed. Every command that the document names must exist.
# ctest: timeout 600

. "$(dirname "$0")/lib.sh"

PAGES=$SOURCE_DIR/docs/operations.md
SAFETY=$WORK/jpki-safety
HEARD=$WORK/heard.txt

# page TITLE: its lines.
page() { awk -v title="$1" '/^##/ { inside = ($0 ~ title "$") } inside' "$PAGES"; }
# quotes: of the tables on standard input, what stands in quotation marks, a line for each part between two "…".
quotes() { grep '^|' | grep -o '"[^"]*"' | tr -d '"' | sed 's/…/\n/g' | sed 's/^ *//; s/ *$//' | grep -v '^.\{0,5\}$' | sort -u; }
# commands: the indented lines that begin with jpki.
commands() { sed -n 's/^ \{4,\}\(jpki .*\)$/\1/p' | sed 's/ *# .*//'; }
# typed COMMAND…: the line of a page, with the names of this test; its output is heard.
typed() {
  local line
  line=$(sed -e "s|/backup/jpki-2026-11-23.tar|$WORK/backup.tar|; s|--data DIR||; s|SAFETY/audit-heads-ID|$(echo "$SAFETY"/audit-heads-*)|; s|ops.cer|$WORK/ops.cer|" <<<"$1")
  eval "$line" >"$WORK/out.txt" 2>&1 || { cat "$WORK/out.txt" >&2; fail "what the page says to type: $1"; }
  cat "$WORK/out.txt" >>"$HEARD"
}
readyz() { curl -s "http://127.0.0.1:$OPS_PORT/readyz$1" | tee -a "$HEARD"; }
# until_ready_says WORDS: asks until it does.
until_ready_says() {
  for _ in $(seq 600); do
    grep -qF -- "$1" <<<"$(readyz '')" && return
    sleep 0.1
  done
  fail "/readyz never said '$1', but $(readyz '')"
}
until_ready() { until_ready_says '"ready":true'; }
# check_page TITLE [KNOWN…]: everything that it quotes was heard, or is one of the words of the program that need
# hours, which the unit tests wait for with a clock of their own.
check_page() {
  local title=$1 part count=0
  shift
  while IFS= read -r part; do
    count=$((count + 1))
    grep -qF -- "$part" "$HEARD" && continue
    grep -qxF -- "$part" <<<"$(printf '%s\n' "$@")" || fail "docs/operations.md, $title: never heard: $part"
    git -C "$SOURCE_DIR" grep -qF -e "$part" -- '*.cpp' '*.inc' 2>/dev/null ||
      grep -rqF --include='*.cpp' --include='*.inc' -e "$part" "$SOURCE_DIR"/{crl,service,store,pki} ||
      fail "docs/operations.md, $title: not in the program: $part"
  done < <(page "$title" | quotes)
  ((count > 0)) || fail "docs/operations.md has no page $title with quotes"
  echo "$title: $count texts"
  : >"$HEARD"
}
refuses_to_serve() { # refuses_to_serve CODE
  exits "$1" timeout 60 "$JPKI" serve --data "$DATA"
  cat "$WORK/out.txt" >>"$HEARD"
}

echo "Every command in the document exists, with its options."
grep -o '`jpki [^`]*`' "$PAGES" | tr -d '`' | sed 's/ && /\n/g' >"$WORK/named.txt"
commands <"$PAGES" >>"$WORK/named.txt"
# Global options stand in the help of the program.
"$JPKI" --help >"$WORK/global.txt"
while IFS= read -r line; do
  words=() options=()
  for word in ${line#jpki }; do
    case $word in
      --*) options+=("$word") ;;
      [a-z]*) [[ ${#options[@]} -gt 0 || ${#words[@]} -ge 3 ]] || words+=("$word") ;;
    esac
  done
  # The longest beginning that is a command: `event hold` takes a name, `crl publish` is two words.
  until "$JPKI" "${words[@]}" --help >"$WORK/help.txt" 2>/dev/null || ((${#words[@]} == 1)); do unset 'words[-1]'; done
  "$JPKI" "${words[@]}" --help >"$WORK/help.txt" || fail "no such command: $line"
  for option in "${options[@]}"; do
    grep -qF -- "${option%%=*}" "$WORK/help.txt" "$WORK/global.txt" || fail "$line: ${words[*]} has no $option"
  done
done < <(sort -u "$WORK/named.txt")

faketime=$(find /usr/lib -name libfaketimeMT.so.1 2>/dev/null | head -n 1)
[[ -n $faketime ]] || { echo "libfaketime is not installed"; exit 77; }
sanitizer=$(ldd "$JPKI" | awk '/libasan/ { print $3 }')
server=$JPKI
JPKI=$WORK/leaping
# Files that may not grow are as good as a full disk, when the signal is ignored.
printf '#!/bin/sh\ntrap "" XFSZ\nLD_PRELOAD="%s %s" FAKETIME_TIMESTAMP_FILE=%s FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1 exec "%s" "$@"\n' \
  "$sanitizer" "$faketime" "$WORK/faketime.rc" "$server" >"$JPKI"
chmod +x "$JPKI"
leap() { echo "$1" >"$WORK/faketime.rc"; }
jpki() { "$server" "$@" --data "$DATA"; }

leap +0
init_authority '[crl]' 'scopes = "used"' 'delta_validity_seconds = 20' 'delta_overlap_seconds = 15' '[access]' 'open_to_all = true'
start_server
curl -fs "$URL/ca/ops.cer" -o "$WORK/ops.cer"
id=$(jpki resident add --name '模擬　太郎' --birth 1980-02-17 --sex male --municipality 132217 --address '東京都清瀬市模擬町１番')
jpki cert issue "$id" --key-pool "$SOURCE_DIR/testdata/keys" --out "$WORK/card" --quiet
jpki crl publish --quiet
until_ready
jpki backup "$WORK/backup.tar" --quiet

echo "Lists are missing, damaged or overdue."
# file_of KIND: the youngest publication file of sign-1.
file_of() { ls -t "$DATA"/crl/sign-1/"$1"-*.crls | head -n 1; }
# Nothing can be published while no file may grow, so that a fault is seen before it has gone by itself.
publication() { # publication off|on
  local size=1:
  [[ $1 == off ]] || size=unlimited:
  prlimit --pid "$SERVER_PID" --fsize=$size
}
publication off
rm "$(file_of complete)"
until_ready_says 'is missing'
publication on
until_ready
publication off
truncate -s -9 "$(file_of complete)"
until_ready_says 'is cut'
publication on
until_ready
# The end of a file is the signature of its last list; in its middle, entries or names.
for place in 5 400; do
  file=$(file_of complete)
  publication off
  python3 - "$file" "$place" <<'END'
import sys
content = bytearray(open(sys.argv[1], "rb").read())
content[-int(sys.argv[2])] ^= 1
open(sys.argv[1], "r+b").write(content)
END
  until_ready_says 'the list is damaged'
  publication on
  until_ready
done
publication off
until_ready_says 'its nextUpdate was'
publication on
until_ready
while IFS= read -r line; do
  # Past lists lie in the files that were damaged.
  [[ $line == 'jpki crl check' ]] && line='jpki crl check --current'
  typed "$line"
done < <(page 'Lists are missing, damaged or overdue' | commands)
for damaged in "$DATA"/crl/sign-1/complete-*.crls; do
  name=crl/sign-1/$(basename "$damaged")
  grep -qx "$name" <<<"$(tar -tf "$WORK/backup.tar")" && tar -xf "$WORK/backup.tar" -C "$DATA" "$name"
done
check_page 'Lists are missing, damaged or overdue' 'it is overdue: another was due at' 'nothing has been published yet'

echo "The head of the audit log cannot be kept."
heads=$(echo "$SAFETY"/audit-heads-*)
mv "$heads" "$WORK/heads.txt"
mkdir "$heads"
mark=$(echo "$SAFETY"/high-water-*)
mv "$mark" "$WORK/mark"
mkdir "$mark"
jpki crl publish --quiet
until_ready_says 'safety: '
rmdir "$mark"
until_ready
# After a start of the machine the clock is believed when it is less than a day after the last change.
hours=0
while ! grep -qF 'nothing was stored' "$HEARD"; do
  stop_server
  rm -f "$DATA/store/clock-mark"
  hours=$((hours + 23))
  ((hours < 120)) || fail "writing did not stop"
  leap "+${hours}h"
  "$JPKI" serve --data "$DATA" 2>>"$WORK/server.log" &
  SERVER_PID=$!
  until_ready_says '"ready":'
  # What is written moves the last change on; the first tries of the head come a moment later.
  sleep 1
  readyz '' >/dev/null
  jpki resident add --name '模擬　次郎' --birth 1980-02-17 --sex male --municipality 132217 --address '東京都清瀬市模擬町２番' >>"$HEARD" 2>&1 || true
done
grep -q '"audit: ' "$HEARD" || fail "/readyz never spoke of the audit log"
until_ready_says 'store: the head of the audit log'
rmdir "$heads"
mv "$WORK/heads.txt" "$heads"
until_ready
while IFS= read -r line; do typed "$line"; done < <(page 'The head of the audit log cannot be kept' | commands)
check_page 'The head of the audit log cannot be kept'
stop_server

echo "The clock is in doubt."
leap "+$((hours + 80))h"
"$JPKI" serve --data "$DATA" 2>>"$WORK/server.log" &
SERVER_PID=$!
until_ready_says 'correct the clock, or confirm it with `jpki clock accept`'
typed 'jpki clock show'
typed 'jpki clock accept'
until_ready
stop_server
leap "+0"
grep -qF 'jpki clock repair --data DIR --now 2026-12-01T13:05:00+09:00' <<<"$(page '10. The clock is in doubt')" ||
  fail "the page does not say how to repair"
exits 2 jpki clock repair
typed "jpki clock repair --data DIR --now $(date -u +%FT%TZ)"
start_server
stop_server

echo "An old store comes back."
cp -a "$DATA/store" "$WORK/old-store"
start_server
jpki crl publish --quiet
stop_server
mv "$DATA/store" "$WORK/new-store"
cp -a "$WORK/old-store" "$DATA/store"
refuses_to_serve 1
while IFS= read -r line; do typed "$line"; done < <(page 'An old store comes back' | commands)
check_page 'An old store comes back'
start_server
stop_server

echo "The safety folder is not there."
mv "$SAFETY" "$WORK/not-mounted"
refuses_to_serve 1
mv "$WORK/not-mounted" "$SAFETY"
check_page 'The safety folder is not there'

echo "The wrong sealing key."
cp -p "$DATA/keys/registry.key" "$WORK/registry.key"
tr '0-9A-Fa-f' '1-9A-F0b-fa' <"$WORK/registry.key" >"$DATA/keys/registry.key"
refuses_to_serve 1
check_page 'The wrong sealing key'
cp -p "$WORK/registry.key" "$DATA/keys/registry.key"

echo "A cut or torn store."
cp -a "$DATA/store/data.mdb" "$WORK/data.mdb"
# A tenth: pages at the very end may be free, and nothing is lost with them.
truncate -s $(($(stat -c %s "$DATA/store/data.mdb") * 9 / 10)) "$DATA/store/data.mdb"
refuses_to_serve 4
# A damaged page that leads LMDB out of the file: nodes that say they had duplicate values (lmdb.c, F_DUPDATA), where
# no table has any.
python3 - "$WORK/data.mdb" "$DATA/store/data.mdb" <<'END'
import sys
content = bytearray(open(sys.argv[1], "rb").read())
number = lambda at: int.from_bytes(content[at:at + 2], "little")
for page in range(2 * 4096, len(content) - 4095, 4096):
    if number(page + 10) == 2:  # P_LEAF
        for slot in range(page + 16, page + number(page + 12), 2):
            if content[page + number(slot) + 4] == 0:
                content[page + number(slot) + 4] = 4
open(sys.argv[2], "wb").write(content)
END
refuses_to_serve 4
cp -a "$WORK/data.mdb" "$DATA/store/data.mdb"
start_server
while IFS= read -r line; do typed "$line"; done < <(page 'A cut or torn store' | commands)
stop_server
check_page 'A cut or torn store' 'cannot be read: it is cut, damaged, or on a failing disk' 'the status of a certificate is damaged' 'is missing' \
  'rows of revoked certificates of' 'rows of the changes of' 'are damaged or missing'
