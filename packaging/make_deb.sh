#!/usr/bin/env bash
# Makes a Debian package of a built program with dpkg-deb alone: the binary, the documents, the unit.
#
#   make_deb.sh PROGRAM OUT_FOLDER

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
program=$1
out=$2

version=$(sed -n 's/^project(jpki VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
architecture=$(dpkg --print-architecture)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"

# What is shipped is hardened: position-independent, the relocations read-only from the start on.
sh packaging/check_hardening.sh "$program"

install -D -m 755 "$program" "$root/usr/bin/jpki"
strip --strip-unneeded "$root/usr/bin/jpki"
install -D -m 644 packaging/jpki.service "$root/lib/systemd/system/jpki.service"
for document in README*.md CHANGELOG.md docs/*.md docs/*.yaml; do
  [ -f "$document" ] && install -D -m 644 "$document" "$root/usr/share/doc/jpki/$(basename "$document")"
done
# Manual pages and completion come from the definitions of the commands.
install -d "$root/usr/share/man/man1" "$root/usr/share/bash-completion/completions" "$root/usr/share/zsh/vendor-completions"
"$program" man --out "$root/usr/share/man/man1"
gzip -9n "$root"/usr/share/man/man1/*.1
"$program" completion bash >"$root/usr/share/bash-completion/completions/jpki"
"$program" completion zsh >"$root/usr/share/zsh/vendor-completions/_jpki"
install -D -m 644 LICENSE "$root/usr/share/doc/jpki/copyright"

# The packages that own the libraries which the program names.
depends=$(objdump -p "$program" | awk '$1 == "NEEDED" { print $2 }' | while read -r library; do
  dpkg-query -S "*/$library" 2>/dev/null | cut -d: -f1 | head -n 1
done | sort -u | paste -sd, | sed 's/,/, /g')

install -d "$root/DEBIAN"
cat >"$root/DEBIAN/control" <<END
Package: jpki
Version: $version
Architecture: $architecture
Maintainer: The jpki project <jpki@example.invalid>
Section: net
Priority: optional
Installed-Size: $(du -sk "$root/usr" | cut -f1)
Depends: $depends
Description: simulator of Japan's public personal authentication service
 Issues simulated JPKI certificates, revokes them by the rules of the Act and
 answers for them by CRL and OCSP. For tests and study: it is not JPKI.
END

mkdir -p "$out"
file=$out/jpki_${version}_$architecture.deb
dpkg-deb --root-owner-group --build "$root" "$file" >/dev/null
echo "$file"
