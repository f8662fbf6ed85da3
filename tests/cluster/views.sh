# Views, after machines.sh: NAME is a view, its role in the database, and its folder below $WORK.

# prepare_view NAME: the first machine leads. The key is made on the view, the authority lets it in, and its store is made
# from rows.
prepare_view() {
  local name=$1 key
  mkdir -p -m 700 "$(data_of "$name")"
  cp "$(data_of first)/jpki.toml" "$(data_of "$name")/"
  for key in verifier ops verifier_https admin_https; do
    sed -i "s/^$key = .*/$key = \"127.0.0.1:$(free_port)\"/" "$(data_of "$name")/jpki.toml"
  done
  configure "$name" "host=$PG dbname=postgres user=$name"
  on "$name" view key --out "$WORK/$name.pem" --quiet
  jpki view add "$name" --public-key "$WORK/$name.pem" --log "$LOG" --quiet
  rm -f "$WORK/$name.snapshot"
  jpki view snapshot "$name" --out "$WORK/$name.snapshot" --json >"$WORK/snapshot.json"
  described 'view snapshot' "$WORK/snapshot.json"
  on "$name" view join "$WORK/$name.snapshot" --json >"$WORK/join.json"
  described 'view join' "$WORK/join.json"
}
start_view() {
  "$JPKI" serve --view --data "$(data_of "$1")" 2>>"$WORK/$1.log" &
  PIDS[$1]=$!
}
