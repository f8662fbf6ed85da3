#!/bin/sh
# Fails unless a program was built with the hardening of cmake/hardening.cmake, by what readelf and objdump see of it.
#
#   check_hardening.sh PROGRAM

set -eu
program=$1

missing() {
  echo "$program is not hardened: $1 (cmake/hardening.cmake, preset release)" >&2
  exit 1
}

readelf -hW "$program" | grep -q 'Type: *DYN' || missing "it is not position-independent"
readelf -lW "$program" | grep -q 'GNU_RELRO' || missing "its relocations stay writable"
readelf -dW "$program" | grep -q 'BIND_NOW\|Flags: NOW' || missing "functions of libraries are bound when they are called"
if readelf -lW "$program" | grep 'GNU_STACK' | grep -q 'RWE'; then missing "its stack can be executed"; fi
readelf -sW "$program" | grep -q '__stack_chk_fail' || missing "its stack is not protected"
readelf -sW "$program" | grep -q '_chk@' || missing "no function of the C library is checked (_FORTIFY_SOURCE)"
# The mark of the whole program (readelf -n) is lost where the C library's start files lack it, as Debian's do.
case $(uname -m) in
  x86_64) objdump -d --no-show-raw-insn "$program" | grep -m 1 -q 'endbr64' || missing "there is no control-flow enforcement" ;;
esac
