#!/usr/bin/env bash
# What the packaged unit leaves open, by systemd's own measure: 0 is closed, 10 is open.
# ctest: timeout 60

. "$(dirname "$0")/lib.sh"

UNIT=$SOURCE_DIR/packaging/jpki.service
command -v systemd-analyze >/dev/null || { echo "systemd-analyze is not installed"; exit 77; }
systemd-analyze security --offline=true "$UNIT" >"$WORK/out.txt" 2>/dev/null || { echo "this systemd-analyze cannot look at files"; exit 77; }
exposure=$(sed -n 's/.*exposure level for jpki.service: \([0-9.]*\) .*/\1/p' "$WORK/out.txt")
awk -v exposure="$exposure" 'BEGIN { exit !(exposure != "" && exposure <= 1.2) }' ||
  { grep -v '✓' "$WORK/out.txt" >&2; fail "the exposure of the unit is $exposure, more than 1.2"; }
# No dump and no swap has a key.
for line in LimitCORE=0 MemorySwapMax=0; do grep -qx "$line" "$UNIT" || fail "the unit lacks $line"; done
echo "exposure $exposure"
