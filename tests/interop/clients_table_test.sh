#!/usr/bin/env bash
# docs/clients.md and its Japanese counterpart: their tables are what tests/clients/results.json says, their commands
# are the same, and what they name exists.

. "$(dirname "$0")/lib.sh"

export JPKI
python3 "$SOURCE_DIR/tests/clients/table.py" --check || fail "docs/clients.md"

echo "What does not exist is noticed."
cp -r "$SOURCE_DIR/tests/clients" "$WORK/clients"
mkdir -p "$WORK/tests" "$WORK/docs/ja"
mv "$WORK/clients" "$WORK/tests/clients"
cp "$SOURCE_DIR/docs/clients.md" "$WORK/docs"
cp "$SOURCE_DIR/docs/ja/clients.md" "$WORK/docs/ja"
check() { exits 1 python3 "$WORK/tests/clients/table.py" --check; }
sed -i 's/^    jpki crl show full.crl/    jpki crl shown full.crl/' "$WORK/docs/clients.md" "$WORK/docs/ja/clients.md"
check
says 'no such command: jpki crl shown'
printf '\n    jpki crl show --everywhere full.crl\n    no-such-program x\n    java programs/None.java\n' >>"$WORK/docs/clients.md"
check
says 'no such option: --everywhere'
says 'no such program: no-such-program'
says 'no such file: programs/None.java'
says 'other commands than'
sed -i '0,/| yes |/s//| no |/' "$WORK/docs/ja/clients.md" "$WORK/docs/clients.md"
check
says 'docs/clients.md: the tables differ'
