#!/usr/bin/env bash
# What is answered and printed is what is described: every operation of docs/openapi.yaml, walked with right and generated
# requests, and every command with --json (docs/schema/commands.yaml). tests/extra/openapi_test.sh walks further.

. "$(dirname "$0")/lib.sh"

python3 -c 'import jsonschema, yaml' 2>/dev/null || { echo "skipped: python3-jsonschema and python3-yaml are needed"; exit 77; }
export PYTHONDONTWRITEBYTECODE=1 JPKI_KEY_POOL=$SOURCE_DIR/testdata/keys
TOOLS=$SOURCE_DIR/tests/extra/openapi
mkdir "$WORK/walk" "$WORK/commands"

python3 "$TOOLS/walk.py" "$JPKI" "$SOURCE_DIR/docs/openapi.yaml" "$WORK/walk" --requests 6 --seed "${JPKI_TEST_SEED:-1}" ||
  fail "answers are not what docs/openapi.yaml says"
python3 "$TOOLS/commands.py" "$JPKI" "$SOURCE_DIR/docs/openapi.yaml" "$SOURCE_DIR/docs/schema/commands.yaml" "$WORK/commands" ||
  fail "what commands print with --json is not what docs/schema/commands.yaml says"
