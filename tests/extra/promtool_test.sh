#!/usr/bin/env bash
# Prometheus' own tool reads the alert rules, and they and the dashboard name only metrics that the program has.

. "$(dirname "$0")/lib.sh"

# Unpacked and not installed: the package would start a server, on the port that is the default of listen.ops.
promtool=$(command -v promtool || true)
if [[ -z $promtool ]]; then
  (cd "$WORK" && apt-get download -qq prometheus) || skip "apt-get cannot fetch the package prometheus"
  dpkg-deb -x "$WORK"/prometheus_*.deb "$WORK/prometheus"
  promtool=$WORK/prometheus/usr/bin/promtool
fi
"$promtool" check rules "$SOURCE_DIR/packaging/alerts.yaml" || fail "promtool check rules"

grep -oE '"jpki_[a-z_]+"' "$SOURCE_DIR"/service/*.cpp -h | tr -d '"' | sort -u >"$WORK/known"
for file in alerts.yaml dashboard.json; do
  grep -oE '\bjpki_[a-z_]+' "$SOURCE_DIR/packaging/$file" | sort -u >"$WORK/named"
  unknown=$(comm -23 "$WORK/named" "$WORK/known")
  [[ -s $WORK/named && -z $unknown ]] || fail "$file names metrics that the program does not have: $unknown"
done
python3 -m json.tool "$SOURCE_DIR/packaging/dashboard.json" /dev/null || fail "dashboard.json is no JSON"
