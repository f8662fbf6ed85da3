#!/usr/bin/env bash
# ./dev bench [NAME …] [--quick] [--list]: builds the bench program beside the product and runs bench.py.
#
# JPKI names the product's program; JPKI_BENCH a ready bench program, for who builds elsewhere.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

jpki=${JPKI:-$PWD/build/release/jpki}
bench=${JPKI_BENCH:-}
if [ -z "$bench" ]; then
  cmake --preset bench >/dev/null
  cmake --build --preset bench --target jpki jpki_bench -- --quiet
  bench=$PWD/build/release/tests/bench/jpki_bench
fi
mkdir -p build
exec env PYTHONDONTWRITEBYTECODE=1 python3 tests/bench/bench.py --jpki "$jpki" --bench "$bench" --output build/bench.json \
  --data build/bench-data "$@"
