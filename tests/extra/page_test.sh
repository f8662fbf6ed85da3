#!/usr/bin/env bash
# The page of `jpki mock` in headless Chromium: what it shows and does, by mouse and by keyboard, in both languages and
# schemes and at both ends of the widths; axe-core finds nothing; nothing comes from elsewhere.
#
#   JPKI=FILE: the program, instead of the one in the package
#   SCREENSHOTS=FOLDER: writes the pictures of docs/mock.md there

. "$(dirname "$0")/lib.sh"
export npm_config_update_notifier=false

if [[ -z ${JPKI:-} ]]; then
  dpkg-deb -x "$DEB" "$WORK/package"
  JPKI=$WORK/package/usr/bin/jpki
fi
CHROMIUM=$(command -v chromium) || skip "Debian's chromium is needed"
command -v npm >/dev/null && command -v node >/dev/null || skip "node and npm are needed"
export JPKI CHROMIUM

cp "$SOURCE_DIR"/tests/extra/page/* "$WORK"
cd "$WORK"
npm ci --no-audit --no-fund --ignore-scripts >"$WORK/npm.log" 2>&1 || { cat "$WORK/npm.log" >&2; skip "npm ci failed"; }
node --test --test-reporter spec page.test.mjs || fail "the page"
