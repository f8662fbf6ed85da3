#!/usr/bin/env bash
# Completion and manual pages come from the definitions of the commands: what the program knows, they know.

. "$(dirname "$0")/lib.sh"

# completes LINE: what bash offers behind LINE (a word that is begun, or a space).
completes() {
  bash -c '
    source "$1"
    line=$2
    read -ra COMP_WORDS <<<"$line"
    [[ $line == *" " ]] && COMP_WORDS+=("")
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    _jpki
    printf "%s\n" "${COMPREPLY[@]}"' - "$WORK/jpki.bash" "$1"
}
offers() {
  local words
  words=$(completes "$1")
  grep -qx -- "$2" <<<"$words" || fail "'$1' should offer $2, but offers: ${words//$'\n'/ }"
}
offers_not() {
  local words
  words=$(completes "$1")
  ! grep -qx -- "$2" <<<"$words" || fail "'$1' should not offer $2"
}

echo "bash completes commands, options and events."
"$JPKI" completion bash >"$WORK/jpki.bash"
bash -n "$WORK/jpki.bash"
offers 'jpki ' resident
offers 'jpki re' resident
offers 'jpki resident ' history
offers 'jpki resident history --l' --lang
offers 'jpki --data /tmp/resident resident sh' show
offers 'jpki event add' address-change
offers 'jpki events import --rej' --reject-file
offers 'jpki cert issue --csr-' --csr-sign
offers 'jpki stats --js' --json
offers_not 'jpki resident ' publish
offers_not 'jpki crl ' resident
[[ -z $(completes 'jpki resident show --data ') ]] || fail "a value should be left to file names"

echo "zsh reads its script, where there is a zsh."
"$JPKI" completion zsh >"$WORK/_jpki"
grep -q '^#compdef jpki$' "$WORK/_jpki" || fail "no #compdef"
if command -v zsh >/dev/null; then zsh -n "$WORK/_jpki" || fail "zsh does not read its script"; fi

got=0
"$JPKI" completion fish >/dev/null 2>"$WORK/refused.txt" || got=$?
[[ $got == 2 ]] || fail "exit 2 expected for another shell, not $got"

echo "Every command has a manual page that names each of its options and that groff takes without a warning."
"$JPKI" man --out "$WORK/man"
for command in jpki 'jpki resident' 'jpki resident add' 'jpki events import' 'jpki cert issue' 'jpki stats' 'jpki crl show'; do
  page=$WORK/man/${command// /-}.1
  [[ -s $page ]] || fail "no page for $command"
  "$JPKI" ${command#jpki} --help >"$WORK/help.txt"
  for option in $(sed -n 's/^  \(-h,\)\{0,1\}\(--[a-z0-9-]*\).*/\2/p' "$WORK/help.txt"); do
    grep -qF -- "${option//-/\\-}" "$page" || fail "$command: the page does not name $option"
  done
done
[[ $(find "$WORK/man" -name '*.1' | wc -l) -ge 40 ]] || fail "pages are missing"
if command -v groff >/dev/null; then
  for page in "$WORK"/man/*.1; do
    warnings=$(groff -man -Tutf8 -K utf8 -ww -z "$page" 2>&1) || true
    [[ -z $warnings ]] || fail "$page: $warnings"
  done
fi
cmp <("$JPKI" man jpki-resident-add) "$WORK/man/jpki-resident-add.1" || fail "one page and all pages differ"
got=0
"$JPKI" man jpki-nothing >/dev/null 2>&1 || got=$?
[[ $got == 2 ]] || fail "exit 2 expected for an unknown page, not $got"
echo "They agree."
