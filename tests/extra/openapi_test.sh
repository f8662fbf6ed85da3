#!/usr/bin/env bash
# docs/openapi.yaml against its readers: redocly's recommended rules; every operation of a running mock, with generated
# requests, each answer held to its schema; what every command prints with --json, held to docs/schema/commands.yaml; and
# a TypeScript client whose types are generated from the description.
#
#   JPKI=FILE: the program, instead of the one in the package
#   JPKI_TEST_SEED=N: of the generated requests

. "$(dirname "$0")/lib.sh"
export PYTHONDONTWRITEBYTECODE=1 REDOCLY_TELEMETRY=off npm_config_update_notifier=false
OPENAPI=$SOURCE_DIR/docs/openapi.yaml
TOOLS=$SOURCE_DIR/tests/extra/openapi

if [[ -z ${JPKI:-} ]]; then
  dpkg-deb -x "$DEB" "$WORK/package"
  JPKI=$WORK/package/usr/bin/jpki
fi

mkdir "$WORK/walk"
python3 "$TOOLS/walk.py" "$JPKI" "$OPENAPI" "$WORK/walk" --requests 25 --seed "${JPKI_TEST_SEED:-1}" ||
  fail "answers are not what docs/openapi.yaml says"

JPKI_KEY_POOL=$SOURCE_DIR/testdata/keys
export JPKI_KEY_POOL
mkdir "$WORK/commands"
python3 "$TOOLS/commands.py" "$JPKI" "$OPENAPI" "$SOURCE_DIR/docs/schema/commands.yaml" "$WORK/commands" ||
  fail "what commands print with --json is not what docs/schema/commands.yaml says"

command -v npm >/dev/null && command -v node >/dev/null || skip "the rest needs node and npm"
cp "$TOOLS"/{package.json,package-lock.json,client.ts} "$WORK"
cd "$WORK"
npm ci --no-audit --no-fund --ignore-scripts >"$WORK/npm.log" 2>&1 || { cat "$WORK/npm.log" >&2; skip "npm ci failed"; }
export PATH=$WORK/node_modules/.bin:$PATH

redocly lint --extends=recommended --format=stylish "$OPENAPI" >"$WORK/redocly.log" 2>&1 ||
  { cat "$WORK/redocly.log" >&2; fail "redocly lint"; }
if grep -qE '[1-9][0-9]* warning' "$WORK/redocly.log"; then cat "$WORK/redocly.log" >&2; fail "redocly warns"; fi

openapi-typescript "$OPENAPI" -o api.ts >/dev/null
tsc --strict --target es2022 --module nodenext --skipLibCheck --types node --outDir out client.ts ||
  fail "the client does not compile"
coproc MOCK { exec "$JPKI" mock --residents 1; }
read -r mock <&"${MOCK[0]}"
node out/client.js "$(python3 -c 'import json, sys; print(json.loads(sys.argv[1])["admin"])' "$mock")" ||
  fail "the generated client"
exec {MOCK[1]}>&-
wait "$MOCK_PID"
