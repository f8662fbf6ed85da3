#!/usr/bin/env bash
# The container image: built by buildah in a storage of its own, looked at, and its root file system run under chroot as
# the image's user, since podman cannot run containers on every test machine. ./dev soak --package. Needs root.
#
#   JPKI: the program to put in

set -euo pipefail
: "${JPKI:?set JPKI to the jpki program}"
JPKI=$(realpath "$JPKI")
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
[[ $(id -u) == 0 ]] || { echo "cannot be run here: needs root" >&2; exit 77; }
command -v buildah >/dev/null || { echo "cannot be run here: needs buildah" >&2; exit 77; }

# The most that the image may have, uncompressed.
MEGABYTES=60

WORK=$(mktemp -d "${TMPDIR:-/tmp}/jpki-image-XXXXXX")
STORAGE=(--root "$WORK/storage" --runroot "$WORK/run" --storage-driver vfs)
SERVICE=
MOUNTED=

cleanup() {
  local code=$?
  [[ -z $SERVICE ]] || kill "$SERVICE" 2>/dev/null || true
  [[ -z $MOUNTED ]] || buildah "${STORAGE[@]}" umount --all >/dev/null 2>&1 || true
  [[ $code == 0 || ! -f $WORK/service.log ]] || tail -n 20 "$WORK/service.log" >&2
  rm -rf --one-file-system "$WORK"
  exit "$code"
}
trap cleanup EXIT

fail() { echo "FAILED: $*" >&2; exit 1; }

free_port() {
  python3 -c 'import socket
with socket.socket() as s:
    s.bind(("127.0.0.1", 0))
    print(s.getsockname()[1])'
}

echo "The image is built without a network."
bash packaging/make_image.sh "$JPKI" "$WORK/context" "${STORAGE[@]}"
[[ -s $WORK/context/jpki_image.tar ]] || fail "no archive for podman and docker"
size=$(du -sb --apparent-size "$WORK/context/root" | cut -f1)
echo "  $((size / 1000000)) MB"
# Of a developer's build, which is not optimised and so not hardened, the rest is weighed alone.
if ! sh packaging/check_hardening.sh "$JPKI" 2>/dev/null; then
  size=$((size - $(stat -c %s "$WORK/context/root/usr/bin/jpki") + 6000000))
fi
[[ $size -le $((MEGABYTES * 1000000)) ]] || fail "more than $MEGABYTES MB"

buildah "${STORAGE[@]}" inspect --type image jpki >"$WORK/inspect.json"
python3 - "$WORK/inspect.json" <<'END' || fail "the image's configuration"
import json, sys
config = json.load(open(sys.argv[1]))["Docker"]["config"]
assert config["User"] == "10001:10001", config["User"]
assert config["Healthcheck"]["Test"] == ["CMD", "/usr/bin/jpki", "ready", "--quiet"], config["Healthcheck"]
assert config["StopSignal"] == "SIGTERM", config["StopSignal"]
assert config["Entrypoint"] == ["/usr/bin/jpki"] and config["Cmd"] == ["serve"], config
assert {"/data", "/safety"} <= config["Volumes"].keys(), config["Volumes"]
END

echo "Its root file system runs as the image's user, with nothing of this machine."
container=$(buildah "${STORAGE[@]}" from jpki)
ROOT=$(buildah "${STORAGE[@]}" mount "$container")
MOUNTED=1
# What every runtime of containers makes.
mkdir -p "$ROOT/dev" && mknod -m 666 "$ROOT/dev/null" c 1 3 && mknod -m 666 "$ROOT/dev/urandom" c 1 9
[[ $(stat -c %u "$ROOT"/{data,safety} | sort -u) == 10001 ]] || fail "a volume is not the user's"
inside() { env -i JPKI_DATA=/data /usr/sbin/chroot --userspec=10001:10001 "$ROOT" /usr/bin/jpki "$@"; }
# begin COMMAND…: in the background; exec, so that what is ended is the program and no shell before it.
begin() {
  (exec env -i JPKI_DATA=/data /usr/sbin/chroot --userspec=10001:10001 "$ROOT" /usr/bin/jpki "$@" >"$WORK/out" 2>"$WORK/service.log" </dev/null) &
  SERVICE=$!
}
# ends: stops on SIGTERM, within a second, with 0.
ends() {
  local start end
  start=$(date +%s%N)
  kill -TERM "$SERVICE"
  wait "$SERVICE" || fail "SIGTERM ended it with $?"
  end=$(date +%s%N)
  SERVICE=
  echo "  stopped in $(((end - start) / 1000000)) ms"
  [[ $((end - start)) -lt 1000000000 ]] || fail "stopping took more than a second"
}

inside --version
begin mock --hold-open
for _ in $(seq 300); do [[ -s $WORK/out ]] && break; sleep 0.1; done
[[ $(stat -c %u "/proc/$SERVICE") == 10001 ]] || fail "it does not run as the image's user"
read -r ops ocsp cer < <(python3 -c 'import json, sys
mock = json.load(open(sys.argv[1]))
print(mock["ops"], mock["ca"]["sign"]["ocsp"], mock["residents"][0]["sign"]["cer"])' "$WORK/out")
inside ready --url "$ops" --wait 30
inside ocsp query --cert "$cer" --url "$ocsp" --quiet || fail "no good answer"
ends
[[ -z $(ls "$ROOT/tmp") ]] || fail "the mock left something behind"

echo "A service keeps its data in the volume."
verifier=$(free_port) https=$(free_port) ops=$(free_port)
sed "s/0.0.0.0:8080/127.0.0.1:$verifier/; s/0.0.0.0:8443/127.0.0.1:$https/; s/0.0.0.0:9090/127.0.0.1:$ops/" \
  "$ROOT/etc/jpki/container.toml" >"$ROOT/etc/jpki/test.toml"
inside init --no-passphrase --config /etc/jpki/test.toml --public-url "http://127.0.0.1:$verifier" --quiet
[[ $(stat -c %a "$ROOT/data") == 7?0 ]] || fail "others may look into the data folder"
for _ in 1 2; do
  begin serve
  inside ready --url "http://127.0.0.1:$ops" --wait 120
  ends
done
echo "The image runs."
