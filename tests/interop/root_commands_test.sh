#!/usr/bin/env bash
# What root makes in the data folder of a service that runs as another user can be read by that service: the key
# ceremony, and the rollover after the compromise of a CA's key.

. "$(dirname "$0")/lib.sh"

[[ $(id -u) == 0 ]] || { echo "not root: nothing to test here"; exit 0; }

# all_belong WHAT: every file below the data folder is the service's.
all_belong() {
  local strange
  strange=$(find "$DATA" ! -user 4711 -o ! -group 4712)
  [[ -z $strange ]] || fail "$1 left files of another owner: $strange"
}

chmod 711 "$WORK"
mkdir "$DATA"
chown 4711:4712 "$DATA"
chmod 710 "$DATA"
init_authority '[crl]' 'scopes = "used"'
all_belong "init"
[[ $(stat -c %a "$DATA") == 710 ]] || fail "init has changed the mode of a folder that lets its group pass"

# As after a restore: LMDB makes this file again, and as root it would be root's.
rm "$DATA/store/lock.mdb"
jpki ca roll sign --quiet
all_belong "ca roll"

# The service, as its user, starts from all that. The program may lie where that user cannot go.
cp "$JPKI" "$WORK/jpki"
as() { local user=$1 group=$2; shift 2; setpriv --reuid "$user" --regid "$group" --clear-groups "$WORK/jpki" "$@" --data "$DATA"; }
setpriv --reuid 4711 --regid 4712 --clear-groups "$WORK/jpki" serve --data "$DATA" 2>"$WORK/server.log" &
SERVER_PID=$!
for _ in $(seq 600); do
  kill -0 "$SERVER_PID" 2>/dev/null || fail "the service's user cannot start the service"
  if curl -fs "http://127.0.0.1:$OPS_PORT/readyz" >/dev/null; then break; fi
  sleep 0.1
done
curl -fs "$URL/ca/sign-2.cer" -o /dev/null || fail "the new generation is not served"
[[ $(stat -c %a "$DATA/admin.sock") == 660 ]] || fail "the admin socket is not the group's"
exits 0 as 4713 4712 ca list
says 'sign-2'
exits 3 as 4713 4714 ca list
says 'permission denied'
stop_server
