#!/usr/bin/env bash
# listen.admin_group: who may open the admin socket, and that a member acts as the operator of its user name.
# The groups and users of other people need root; without it the folder and the socket alone are looked at.

. "$(dirname "$0")/lib.sh"

mode_of() { stat -c '%A %G' "$1"; }
# as USER GROUP command…: nothing but that group.
as() { local user=$1 group=$2; shift 2; setpriv --reuid="$user" --regid="$group" --clear-groups "$@"; }

GROUP=$(id -gn) OTHER=
[[ $(id -u) == 0 ]] && command -v setpriv >/dev/null && GROUP=games OTHER=nogroup

init_authority '[crl]' 'scopes = "used"'
sed -i "s/^# *admin_group = .*//; s/^admin_group = .*//; s/^\[listen\]/[listen]\nadmin_group = \"$GROUP\"/" "$DATA/jpki.toml"
start_server
[[ $(mode_of "$DATA") == "drwx--x--- $GROUP" ]] || fail "the data folder: $(mode_of "$DATA")"
[[ $(mode_of "$DATA/admin.sock") == "srw-rw---- $GROUP" ]] || fail "the socket: $(mode_of "$DATA/admin.sock")"
stop_server

echo "Without the setting the socket is the service's own."
sed -i "/^admin_group = /d" "$DATA/jpki.toml"
chmod 700 "$DATA"
start_server
[[ $(mode_of "$DATA/admin.sock") == 'srw------- '* ]] || fail "the socket without a group: $(mode_of "$DATA/admin.sock")"
stop_server

echo "A group that is not there ends the start."
sed -i "s/^\[listen\]/[listen]\nadmin_group = \"no-such-group\"/" "$DATA/jpki.toml"
exits 4 jpki serve
says 'no-such-group'
[[ -n $OTHER ]] || { echo "admin group: passed; who may connect was not tried without root"; exit 0; }

echo "A member of the group acts as its operator; who is not in it, or is no operator, does not."
chmod 755 "$WORK"
sed -i "s/^admin_group = .*/admin_group = \"$GROUP\"/; s/^\[operators.local\]/[operators.local]\ndaemon = \"akiko\"/" "$DATA/jpki.toml"
start_server
jpki operator add akiko --role officer --out "$WORK/akiko.p12" --quiet
as daemon "$GROUP" "$JPKI" roles --socket "$DATA/admin.sock" >"$WORK/out.txt"
says 'You are akiko: officer'
exits 1 as nobody "$GROUP" "$JPKI" roles --socket "$DATA/admin.sock"
says 'is not an operator'
exits 3 as daemon "$OTHER" "$JPKI" roles --socket "$DATA/admin.sock"
exits 1 as daemon "$GROUP" cat "$DATA/store/data.mdb"
stop_server
echo "admin group: passed"
