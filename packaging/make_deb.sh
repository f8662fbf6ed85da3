#!/usr/bin/env bash
# Makes a Debian package of a built program with dpkg-buildpackage and debhelper, from packaging/debian. They work in
# a copy of what is packed, so that nothing of theirs comes to lie in the repository.
#
#   make_deb.sh PROGRAM OUT_FOLDER

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
program=$(realpath "$1")
mkdir -p "$2"
out=$(realpath "$2")

version=$(sed -n 's/^project(jpki VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
packed=$(dpkg-parsechangelog -l packaging/debian/changelog -S Version)
[ "$version" = "$packed" ] || {
  echo "make_deb: CMakeLists.txt has version $version and packaging/debian/changelog $packed: add an entry there" >&2
  exit 2
}

# What is shipped is hardened: position-independent, the relocations read-only from the start on.
sh packaging/check_hardening.sh "$program"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
source=$work/jpki-$version
mkdir "$source"
cp -r README*.md CHANGELOG.md SECURITY.md CONTRIBUTING.md docs testdata packaging "$source/"
cp -r packaging/debian "$source/debian"
# Where a unit goes is different in Debian 12 and 13, and debhelper knows it.
cp packaging/jpki.service "$source/debian/"

log=$work/log
(cd "$source" && JPKI_PROGRAM=$program dpkg-buildpackage --build=binary --no-sign) >"$log" 2>&1 ||
  { cat "$log" >&2; exit 1; }
file=jpki_${version}_$(dpkg --print-architecture).deb
mv "$work/$file" "$out/$file"
echo "$out/$file"
