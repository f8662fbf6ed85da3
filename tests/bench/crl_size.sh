#!/usr/bin/env bash
# Measures the table of docs/crl-size.md and writes it there: entries → bytes, seconds, memory, delta.
#
# usage: crl_size.sh [MOST ENTRIES]   (default 10000000; takes some minutes and 4 GB of disk)

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

most=${1:-10000000}
bench=${JPKI_BENCH:-$PWD/build/release/tests/bench/jpki_bench}
page=docs/crl-size.md
data=build/crl-size-data
[ -x "$bench" ] || { echo "crl_size.sh: build the bench program first: ./dev bench mock_ready_ms" >&2; exit 2; }
trap 'rm -rf "$data"' EXIT
rm -rf "$data"
mkdir -p "$data"

# field NAME FILE: one figure of jpki_bench.
field() { sed -n "s/^$1=//p" "$2" | head -n 1; }

# middle NAME FILE…: the file whose figure NAME is in the middle.
middle() {
  local name=$1 file
  shift
  for file in "$@"; do echo "$(field "$name" "$file") $file"; done | sort -g | sed -n "$((($# + 1) / 2))p" | cut -d ' ' -f 2
}

row() {
  local entries=$1 store=$data/$1 complete delta
  "$bench" fill --data "$store" --revoked "$entries" >"$store.fill"
  sync
  for round in 1 2 3; do "$bench" publish --data "$store" >"$store.complete.$round"; done
  for round in 1 2 3; do "$bench" publish --data "$store" --kind changed --changes 1 >"$store.delta.$round"; done
  complete=$(middle seconds "$store".complete.?)
  delta=$(middle seconds "$store".delta.?)
  awk -v count="$entries" -v bytes="$(field complete_length "$complete")" -v seconds="$(field seconds "$complete")" \
    -v memory="$(field rss_mib "$complete")" -v delta="$(field delta_length "$store.delta.1")" \
    -v delta_seconds="$(field seconds "$delta")" \
    'BEGIN { printf "| %d | %d | %.1f | %.3f | %.1f | %d | %.1f |\n",
                    count, bytes, bytes / count, seconds, memory, delta, delta_seconds * 1000 }'
  rm -rf "$store" "$store".*
}

table() {
  echo "| entries | bytes | bytes per entry | seconds | growth of RssAnon, MiB | bytes of the delta after 1 change | ms of that delta |"
  echo "|---:|---:|---:|---:|---:|---:|---:|"
  for entries in 10000 100000 1000000 10000000; do
    if [ "$entries" -le "$most" ]; then row "$entries"; fi
  done
}

# keys_row ENTRIES KEYS: a run of the whole, complete CRL and delta by each key.
keys_row() {
  local entries=$1 keys=$2 store=$data/several run
  "$bench" fill --data "$store" --revoked "$entries" --sign-keys "$keys" >"$store.fill"
  sync
  for round in 1 2 3 4 5; do "$bench" publish --data "$store" >"$store.run.$round"; done
  run=$(middle cpu_seconds "$store".run.?)
  awk -v count="$entries" -v keys="$keys" -v bytes="$(field octets "$run")" -v cpu="$(field cpu_seconds "$run")" \
    'BEGIN { printf "| %d | %d | %d | %.2f |\n", count, keys, bytes, cpu }'
  rm -rf "$store" "$store".*
}

keys_table() {
  echo "| entries of all generations together | keys | bytes written | seconds of CPU |"
  echo "|---:|---:|---:|---:|"
  for entries in 100000 1000000; do
    if [ "$entries" -le "$most" ]; then for keys in 1 2 3; do keys_row "$entries" "$keys"; done; fi
  done
}

# put NAME: between the two marks of the page everything is replaced by the file NAME.
put() {
  awk -v table="$data/$1" -v begin="<!-- $1 -->" '
    $0 == begin { print; while ((getline line < table) > 0) print line; inside = 1; next }
    /<!-- end -->/ { inside = 0 }
    !inside' "$page" >"$data/page"
  cp "$data/page" "$page"
}

table | tee "$data/table"
put table
keys_table | tee "$data/keys"
put keys
