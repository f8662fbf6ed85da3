# What the tests of tests/extra share. They run the package (DEB), which ./dev test --extra has built, with tools
# that plain ./dev test does not ask for. Exit code 77: cannot be run here, and why.

set -euo pipefail
: "${DEB:?set DEB to the package under test}"
SOURCE_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
WORK=$(mktemp -d "${TMPDIR:-/tmp}/jpki-extra-XXXXXX")
trap 'rm -rf --one-file-system "$WORK"' EXIT

fail() { echo "FAILED: $*" >&2; exit 1; }
skip() { echo "cannot be run here: $*" >&2; exit 77; }
