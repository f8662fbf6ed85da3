#!/usr/bin/env bash
# The life of the package in a root of its own: installation, the first start, the rollover as root, an upgrade,
# removal, and both ways of a purge. systemd does not run there: what the maintainer scripts ask of it is written down
# by a systemctl that does nothing, and the service is started as its unit would start it. Needs root and mmdebstrap.
#
#   SUITE=bookworm|trixie (default: that of this machine)
#   ROOT_TAR=FILE: a root that mmdebstrap made before, with systemd and curl, instead of a new one

. "$(dirname "$0")/lib.sh"
# dpkg asks where it is in doubt, and nothing here answers.
exec </dev/null

[[ $(id -u) == 0 ]] || skip "needs root, to change the root folder"
command -v mmdebstrap >/dev/null || skip "needs mmdebstrap"

SUITE=${SUITE:-$(. /etc/os-release && echo "$VERSION_CODENAME")}
ROOT=$WORK/root
SERVICE=
PORT=$((20000 + RANDOM % 6000))
OPS_PORT=$((PORT + 6000))

cleanup() {
  local code=$?
  [[ -z $SERVICE ]] || kill "$SERVICE" 2>/dev/null || true
  umount "$ROOT/proc" 2>/dev/null || true
  rm -rf --one-file-system "$WORK"
  exit "$code"
}
trap cleanup EXIT

mirror=$(apt-get indextargets --format '$(ORIGIN) $(LABEL) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
  awk '$1 == "Debian" && $2 == "Debian" { print $3; exit }' || true)
proxy=$(apt-config dump --format '%v' Acquire::http::Proxy)
options=(--quiet --variant=apt --include=curl,systemd)
[[ -z $proxy ]] || options+=(--aptopt="Acquire::http::Proxy \"$proxy\"")
if [[ -n ${ROOT_TAR:-} ]]; then
  mkdir "$ROOT" && tar -xf "$ROOT_TAR" -C "$ROOT"
else
  echo "making a root of $SUITE"
  mmdebstrap "${options[@]}" "$SUITE" "$ROOT" "${mirror:-http://deb.debian.org/debian}"
fi
cp /etc/hosts /etc/resolv.conf "$ROOT/etc/"
mount -t proc proc "$ROOT/proc"

inside() {
  chroot "$ROOT" env -i DEBIAN_FRONTEND=noninteractive LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
}
# as USER GROUP COMMAND…: with the groups that the user has.
as() { inside setpriv --reuid "$1" --regid "$2" --init-groups "${@:3}"; }
# asked WORDS: what systemctl was asked since the last time.
asked() {
  grep -q -- "$1" "$ROOT/var/log/systemctl" || { cat "$ROOT/var/log/systemctl" >&2; fail "systemctl was not asked: $1"; }
  : >"$ROOT/var/log/systemctl"
}

start_service() {
  # exec, so that the process to be ended is the service and no shell before it.
  (exec chroot "$ROOT" env -i PATH=/usr/bin:/bin setpriv --reuid jpki --regid jpki-admin --init-groups \
    /usr/libexec/jpki/start 2>>"$WORK/service.log") &
  SERVICE=$!
  for _ in $(seq 600); do
    kill -0 "$SERVICE" 2>/dev/null || { cat "$WORK/service.log" >&2; fail "the service ended at its start"; }
    if inside curl -fs http://127.0.0.1:$OPS_PORT/readyz >/dev/null; then return; fi
    sleep 0.2
  done
  cat "$WORK/service.log" >&2
  inside curl -sS http://127.0.0.1:$OPS_PORT/readyz >&2 || true
  fail "the service is not ready after two minutes"
}
stop_service() {
  kill "$SERVICE"
  wait "$SERVICE" || fail "the service did not end cleanly"
  SERVICE=
}

echo "installation"
cp "$DEB" "$ROOT/root/jpki.deb"
inside apt-get update -qq
inside apt-get install -y -q --no-install-recommends /root/jpki.deb >"$WORK/apt.log" 2>&1 ||
  { cat "$WORK/apt.log" >&2; fail "the package cannot be installed"; }
grep -q 'jpki: set urls.public' "$WORK/apt.log" || fail "the installation does not say what to do next"
[[ $(inside stat -c '%a %U %G' /var/lib/jpki) == '710 jpki jpki-admin' ]] || fail "the data folder is not the service's"
[[ $(inside stat -c '%a %U %G' /var/lib/jpki-safety) == '710 jpki jpki-admin' ]] || fail "the safety folder is not the service's"
inside getent group jpki-admin >/dev/null || fail "no group jpki-admin"
inside systemctl is-enabled jpki >/dev/null 2>&1 && fail "the service is enabled without a public URL"
inside systemctl enable jpki 2>/dev/null
[[ -L $ROOT/etc/systemd/system/multi-user.target.wants/jpki.service ]] || fail "the service cannot be enabled"
inside systemd-analyze verify jpki.service 2>"$WORK/verify" || true
grep -E 'jpki.service:.*(Unknown|parse|executable|exist|[Ii]nvalid)' "$WORK/verify" && fail "systemd-analyze finds fault with the unit"

# From now on systemd seems to run.
mkdir -p "$ROOT/run/systemd/system"
inside dpkg-divert --quiet --local --rename --add /usr/bin/systemctl
printf '#!/bin/sh\necho "$@" >>/var/log/systemctl\ncase " $* " in *" is-enabled "*) echo enabled ;; *" show "*) echo LoadState=loaded ;; esac\nexit 0\n' >"$ROOT/usr/bin/systemctl"
chmod 755 "$ROOT/usr/bin/systemctl"
: >"$ROOT/var/log/systemctl"

echo "the first start"
code=0
as jpki jpki-admin /usr/libexec/jpki/start 2>"$WORK/out" || code=$?
[[ $code == 2 ]] && grep -q 'urls.public is not set' "$WORK/out" || { cat "$WORK/out" >&2; fail "a start without a URL: exit $code"; }
sed -i -e 's|^#public = .*|public = "http://jpki.example.org"|' -e "s/:8080\"/:$PORT\"/" -e "s/:9090\"/:$OPS_PORT\"\nverifier_https = \"off\"/" "$ROOT/etc/jpki/jpki.toml"
printf '[crl]\nscopes = "used"\n' >>"$ROOT/etc/jpki/jpki.toml"
start_service
[[ $(inside readlink /var/lib/jpki/jpki.toml) == /etc/jpki/jpki.toml ]] || fail "the configuration in force is not /etc/jpki/jpki.toml"
inside curl -fs "http://127.0.0.1:$PORT/ca/sign.cer" -o /root/sign.cer

echo "administration: root, a member of jpki-admin, and a stranger; no --data anywhere"
inside jpki ca list | grep -q sign-1 || fail "root cannot administer"
inside useradd --groups jpki-admin member
inside useradd stranger
as member member jpki ca list | grep -q sign-1 || fail "a member of jpki-admin cannot administer"
as member member ls /var/lib/jpki/ >/dev/null 2>&1 && fail "a member of jpki-admin can look around in the data folder"
as stranger stranger jpki ca list 2>"$WORK/out" && fail "a stranger can administer"
grep -q 'permission denied' "$WORK/out" || { cat "$WORK/out" >&2; fail "the stranger is told something else"; }
inside jpki resident import /usr/share/jpki/residents.csv --quiet || fail "the shipped residents cannot be imported"
id=$(inside jpki resident add --name '模擬　一郎' --birth 1980-02-17 --sex male --municipality 132217 \
  --address '東京都清瀬市模擬町１番')
inside jpki cert issue "$id" --key-pool /usr/share/jpki/keys --out /root/card --quiet || fail "the shipped key pool cannot be used"
grep -aq 'http://jpki.example.org/' "$ROOT/root/card/sign.cer" || fail "a certificate does not name the public URL"
grep -aq 127.0.0.1 "$ROOT/root/card/sign.cer" && fail "a certificate names 127.0.0.1"

echo "the emergency procedure: ca roll as root"
stop_service
inside jpki ca roll sign --quiet
[[ -z $(inside find /var/lib/jpki /var/lib/jpki-safety ! -user jpki) ]] ||
  fail "ca roll left files of root: $(inside find /var/lib/jpki /var/lib/jpki-safety ! -user jpki)"
start_service
inside jpki ca list | grep -q sign-2 || fail "the new generation is not there"
stop_service

echo "upgrade"
dpkg-deb -R "$DEB" "$WORK/newer"
sed -i 's/^Version: .*/&+1/' "$WORK/newer/DEBIAN/control"
dpkg-deb -Zgzip -z1 --root-owner-group -b "$WORK/newer" "$ROOT/root/newer.deb" >/dev/null
: >"$ROOT/var/log/systemctl"
inside dpkg -i /root/newer.deb >"$WORK/apt.log" 2>&1 || { cat "$WORK/apt.log" >&2; fail "the upgrade"; }
asked 'restart.* jpki.service'
grep -q jpki.example.org "$ROOT/etc/jpki/jpki.toml" || fail "the upgrade has overwritten the configuration"

echo "removal"
inside dpkg -r jpki >"$WORK/apt.log" 2>&1 || { cat "$WORK/apt.log" >&2; fail "the removal"; }
asked 'stop.* jpki.service'
[[ ! -L $ROOT/etc/systemd/system/multi-user.target.wants/jpki.service ]] || fail "the removal leaves the service enabled"
[[ -e $ROOT/var/lib/jpki/keys/ca-sign-1.key && -e $ROOT/etc/jpki/jpki.toml ]] || fail "the removal has taken too much"

echo "purge, keys kept"
inside dpkg -P jpki >"$WORK/apt.log" 2>&1 || { cat "$WORK/apt.log" >&2; fail "the purge"; }
[[ -e $ROOT/var/lib/jpki/keys/ca-sign-1.key ]] || fail "the purge has removed the keys unasked"
grep -q 'stay in /var/lib/jpki' "$WORK/apt.log" || fail "the purge does not say that the keys stay"
[[ ! -e $ROOT/etc/jpki/jpki.toml ]] || fail "the purge leaves the configuration"

echo "installation again, over the kept keys, and a purge that removes them"
inside dpkg -i /root/jpki.deb >"$WORK/apt.log" 2>&1 || { cat "$WORK/apt.log" >&2; fail "the second installation"; }
sed -i -e "s/:8080\"/:$PORT\"/" -e "s/:9090\"/:$OPS_PORT\"\nverifier_https = \"off\"/" "$ROOT/etc/jpki/jpki.toml"
start_service
inside jpki ca list | grep -q sign-2 || fail "the kept authority does not go on"
stop_service
echo 'jpki jpki/remove-data boolean true' | inside debconf-set-selections
inside dpkg -P jpki >"$WORK/apt.log" 2>&1 || { cat "$WORK/apt.log" >&2; fail "the second purge"; }
[[ ! -e $ROOT/var/lib/jpki && ! -e $ROOT/var/lib/jpki-safety ]] || fail "the purge leaves the data that it was to remove"
echo "package: all as promised on $SUITE"
