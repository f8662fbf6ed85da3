#!/usr/bin/env bash
# Makes the root folder of the container image: the stripped program, the libraries that it needs, as this machine's
# Debian packages have them, and nothing else. Asks no network.
#
#   make_image_root.sh PROGRAM OUT_FOLDER

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
program=$(realpath "$1")
rm -rf --one-file-system "$2"
mkdir -p "$2"
out=$(realpath "$2")

mkdir -p "$out"/{usr/bin,usr/share/doc/jpki,etc/jpki,tmp}
# Debian's merged /usr: the loader is asked for by its path below /lib64.
for link in bin lib lib64; do mkdir -p "$out/usr/$link"; ln -s "usr/$link" "$out/$link"; done
chmod 1777 "$out/tmp"
strip -o "$out/usr/bin/jpki" "$program"
chmod 755 "$out/usr/bin/jpki"

# ldd names each library by the path at which the loader finds it, and the loader itself.
ldd "$program" | grep -oE '/[^ ]+' | sort -u | while read -r library; do
  target=$out$(dirname "$library")
  mkdir -p "$target"
  cp -L "$library" "$target/"
done

# What iconv loads by name: the encodings of the repertoire and of feeds.
modules=$(dirname "$(find /usr/lib -path '*/gconv/EUC-JP.so' | head -n 1)")
mkdir -p "$out$modules"
cp "$modules"/{EUC-JP,EUC-JP-MS,CP932,libJIS}.so "$modules"/gconv-modules* "$out$modules/" 2>/dev/null || true
[ -f "$out$modules/EUC-JP.so" ] && [ -f "$out$modules/EUC-JP-MS.so" ] && [ -f "$out$modules/CP932.so" ] ||
  { echo "make_image_root: the C library's converters for EUC-JP and CP932 are missing: install libc6 in full" >&2; exit 2; }

# The licences of what is in it.
cp LICENSE "$out/usr/share/doc/jpki/"
# dpkg knows some of them by their path without /usr.
ldd "$program" | grep -oE '/[^ ]+' | xargs -n 1 realpath | while read -r library; do
  dpkg -S "$library" "${library#/usr}" 2>/dev/null | cut -d: -f1 || true
done | sort -u | while read -r package; do
  if [ -f "/usr/share/doc/$package/copyright" ]; then
    cp -L "/usr/share/doc/$package/copyright" "$out/usr/share/doc/jpki/copyright.$package"
  fi
done

printf 'root:x:0:0:root:/:/nonexistent\njpki:x:10001:10001:jpki:/data:/nonexistent\n' >"$out/etc/passwd"
printf 'root:x:0:\njpki:x:10001:\n' >"$out/etc/group"
# In a container loopback is nobody else's: what is to be reached from outside listens on every address.
cat >"$out/etc/jpki/container.toml" <<'END'
[listen]
verifier = "0.0.0.0:8080"
verifier_https = "0.0.0.0:8443"
ops = "0.0.0.0:9090"

[safety]
# A volume of its own: a mark that is restored together with the data proves nothing.
folder = "/safety"
END
