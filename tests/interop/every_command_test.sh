#!/usr/bin/env bash
# What holds for every command, as the help lists them: help in both languages with an example, a wrong option, and an
# error where nothing serves, each with its exit code and, with --json, as one problem object on standard error.

. "$(dirname "$0")/lib.sh"

mkdir "$WORK/empty"
cd "$WORK/empty"
collect_examples

# refused COMMAND-LINE CODE…: ends with one of the codes and says nothing on standard output; what it says on standard
# error is judged at the end.
refused() {
  local line=$1 got=0
  shift
  (eval "$line") >"$WORK/out.txt" 2>"$WORK/err.txt" </dev/null || got=$?
  [[ " $* " == *" $got "* ]] || { cat "$WORK/err.txt" >&2; fail "exit $got, not one of $*: $line"; }
  [[ ! -s $WORK/out.txt ]] || fail "says something on standard output: $line"
  { echo "$got $line"; cat "$WORK/err.txt"; } >>"$WORK/problems.txt"
}

# What needs no service: it is done, or it begins something.
ALONE=' jpki init mock rules municipality municipality\ list municipality\ find completion man view\ key '
jpki() { "$JPKI" "$@" --json --socket "$WORK/none.sock"; }
count=0
for command in "${!EXAMPLES[@]}"; do
  words=()
  [[ $command == jpki ]] || read -ra words <<<"$command"
  [[ -n ${EXAMPLES[$command]} ]] || fail "jpki $command has no example"
  exits 0 "$JPKI" "${words[@]}" --help --lang ja
  grep -qF -- "  ${EXAMPLES[$command]}" "$WORK/out.txt" || fail "jpki $command --lang ja: another example"
  refused "jpki ${words[*]} --no-such-option" 2
  grep -q 'no-such-option\|needs a command' "$WORK/err.txt" || fail "jpki $command: the wrong option is not named"
  [[ $ALONE == *" ${command// /\\ } "* ]] && continue
  # Or 2, where a file of the example is missing.
  refused "${EXAMPLES[$command]}" 2 3
  count=$((count + 1))
done
[[ -z $(ls -A) ]] || fail "a refused command left something: $(ls -A)"
python3 - "$WORK/problems.txt" <<'END' || fail "with --json an error is not one problem object"
import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    lines = file.read().splitlines()
for command, problem in zip(lines[::2], lines[1::2], strict=True):
    said = json.loads(problem)
    assert said["exit"] == int(command.split()[0]) and said["code"] and said["detail"], (command, problem)
END
echo "${#EXAMPLES[@]} commands, $count of them where nothing serves."
