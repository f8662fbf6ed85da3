#!/usr/bin/env bash
# A stranger's first quarter of an hour on a clean Debian: makes a root of each release in a temporary folder,
# clones the last commit into it, and runs ./dev demo and ./dev test there. It needs root and mmdebstrap, some
# 5 GB and half an hour for a release, and so is no part of ./dev test.
#
#   tests/portability.sh [--demo] [RELEASE…]     RELEASE: 12 or 13 (default: both); --demo: not the tests
#
# Packages come from where this machine's own apt takes them.

set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '%s\n' "portability: $*" >&2; }
refuse() { say "$*"; exit 2; }

tasks=(demo test)
releases=()
for argument in "$@"; do
  case $argument in
    --demo) tasks=(demo) ;;
    12 | 13) releases+=("$argument") ;;
    *) refuse "no such release: $argument. Choose from: 12 13" ;;
  esac
done
[ ${#releases[@]} -gt 0 ] || releases=(12 13)
[ "$(id -u)" -eq 0 ] || refuse "needs root, to change the root folder: sudo tests/portability.sh"
command -v mmdebstrap >/dev/null || refuse "needs mmdebstrap: apt-get install mmdebstrap"

work=$(mktemp -d "${TMPDIR:-/tmp}/jpki-portability-XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT

# mirror: the address of the archive that this machine's apt uses, or Debian's own.
mirror() {
  local found
  found=$(apt-get indextargets --format '$(ORIGIN) $(LABEL) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
    awk '$1 == "Debian" && $2 == "Debian" { print $3; exit }' || true)
  echo "${found:-http://deb.debian.org/debian}"
}

# make_root FOLDER SUITE: a minimal Debian that reaches the network in the way this machine does.
make_root() {
  local proxy options=()
  proxy=$(apt-config dump --format '%v' Acquire::http::Proxy)
  [ -z "$proxy" ] || options+=(--aptopt="Acquire::http::Proxy \"$proxy\"")
  mmdebstrap --quiet --variant=minbase "${options[@]}" "$2" "$1" "$(mirror)"
  cp /etc/hosts /etc/resolv.conf "$1/etc/"
  git clone --quiet --no-hardlinks . "$1/root/jpki"
}

# inside FOLDER COMMAND…: runs it in the clone there. Its mounts and its processes end with it.
inside() {
  unshare --mount --pid --fork --kill-child bash -euc '
    root=$1
    shift
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    exec chroot "$root" env -i HOME=/root LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin \
      sh -c "cd /root/jpki && exec \"\$@\"" - "$@"' - "$@"
}

failed=0
times=()
for release in "${releases[@]}"; do
  suite=$([ "$release" = 12 ] && echo bookworm || echo trixie)
  say "making a root of Debian $release ($suite)"
  make_root "$work/$suite" "$suite"
  for task in "${tasks[@]}"; do
    say "Debian $release: ./dev $task"
    start=$SECONDS
    outcome=passed
    inside "$work/$suite" ./dev "$task" || { outcome="FAILED ($?)"; failed=1; }
    taken=$((SECONDS - start))
    times+=("Debian $release: ./dev $task $outcome in $((taken / 60)) min $((taken % 60)) s")
  done
  rm -rf --one-file-system "${work:?}/$suite"
done
for line in "${times[@]}"; do say "$line"; done
exit $failed
