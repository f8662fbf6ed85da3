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
echo "It completes values, each option's own."
offers 'jpki event hold --kind ' mobile-auth
offers 'jpki crl list --kind ' delta
offers_not 'jpki crl list --kind ' mobile-auth
offers 'jpki resident add --sex f' female
offers 'jpki verifier add X --class gr' group-signature
offers 'jpki --as ' officer
offers 'jpki completion ' fish
offers 'jpki ca roll ' sign
offers 'jpki ca roll ' ops
offers 'jpki --as ' register-reader
offers 'jpki operator add X --role ' auditor
offers 'jpki operator add X --key ' p-384
offers 'jpki events import --format ' jsonl
offers 'jpki mock --key ' rsa-2048
offers 'jpki event ' ca-key-compromise
offers_not 'jpki event ' renewal
offers_not 'jpki resident ' publish
offers_not 'jpki crl ' resident
[[ -z $(completes 'jpki resident show --data ') ]] || fail "a value should be left to file names"

echo "zsh reads its script, where there is a zsh."
"$JPKI" completion zsh >"$WORK/_jpki"
grep -q '^#compdef jpki$' "$WORK/_jpki" || fail "no #compdef"
if command -v zsh >/dev/null; then zsh -n "$WORK/_jpki" || fail "zsh does not read its script"; fi

echo "fish reads its script, where there is a fish."
"$JPKI" completion fish >"$WORK/jpki.fish"
grep -q "__jpki_at 'crl list'.*-l kind -x -a 'complete delta authority'" <(tr -d '\\' <"$WORK/jpki.fish") || fail "fish: --kind"
if command -v fish >/dev/null; then
  fish --no-execute "$WORK/jpki.fish" || fail "fish does not read its script"
  fish -c "source $WORK/jpki.fish; complete -C 'jpki crl list --kind '" >"$WORK/offered.txt"
  grep -q '^delta' "$WORK/offered.txt" || fail "fish offers no values"
  fish -c "source $WORK/jpki.fish; complete -C 'jpki resident '" >"$WORK/offered.txt"
  grep -q '^history' "$WORK/offered.txt" || fail "fish offers no commands"
fi

got=0
"$JPKI" completion tcsh >/dev/null 2>"$WORK/refused.txt" || got=$?
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
for page in "$WORK"/man/*.1; do
  for section in NAME SYNOPSIS DESCRIPTION 'EXIT STATUS' FILES ENVIRONMENT; do
    grep -q "^.SH $section$" "$page" || fail "$page has no section $section"
  done
done
grep -q '^jpki \\- certificate authority' "$WORK/man/jpki.1" || fail "the name of jpki(1)"
echo "jpki.toml(5) has every key of the configuration."
"$JPKI" man jpki.toml >"$WORK/jpki.toml.5"
cmp "$WORK/jpki.toml.5" "$WORK/man/jpki.toml.5" || fail "one page and all pages differ"
keys=$(sed -n 's/^| `\([a-z_]*\.[a-z_]*\)` | `.*/\1/p' "$SOURCE_DIR/docs/operations.md")
[[ $(wc -l <<<"$keys") -ge 30 ]] || fail "the table of keys in docs/operations.md was not found"
for key in $keys; do
  grep -q "^.fB$key.fR = " "$WORK/jpki.toml.5" || fail "jpki.toml(5) has no $key"
done
[[ $(find "$WORK/man" -name '*.1' | wc -l) -ge 40 ]] || fail "pages are missing"
if command -v groff >/dev/null; then
  for page in "$WORK"/man/*.[15]; do
    warnings=$(groff -man -Tutf8 -K utf8 -ww -z "$page" 2>&1) || true
    [[ -z $warnings ]] || fail "$page: $warnings"
  done
fi
cmp <("$JPKI" man jpki-resident-add) "$WORK/man/jpki-resident-add.1" || fail "one page and all pages differ"
got=0
"$JPKI" man jpki-nothing >/dev/null 2>&1 || got=$?
[[ $got == 2 ]] || fail "exit 2 expected for an unknown page, not $got"
echo "They agree."
