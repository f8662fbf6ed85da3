#!/usr/bin/env bash
# lintian finds no error and no warning in the package, and every link of the documents in it leads somewhere.

. "$(dirname "$0")/lib.sh"

lintian --fail-on error,warning --tag-display-limit 0 --allow-root "$DEB" || fail "lintian"

dpkg-deb -x "$DEB" "$WORK/root"
cd "$WORK/root/usr/share/doc/jpki"
broken=0
while IFS=: read -r file link; do
  target=$(dirname "$file")/${link%%#*}
  [[ -e $target ]] || { echo "$file: $link leads nowhere" >&2; broken=1; }
done < <(grep -roE '\]\([^)]+\)' --include='*.md' . | sed -E 's/\]\(([^)]+)\)/\1/' | grep -vE ':(https?:|mailto:|#)')
[[ $broken == 0 ]] || fail "links of the shipped documents"
