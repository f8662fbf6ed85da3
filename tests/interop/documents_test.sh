#!/usr/bin/env bash
# Each command, option and file that documents, help and messages cite is there; one that is not is noticed.

. "$(dirname "$0")/lib.sh"

# cited: what tests/cited.py finds in the folder.
cited() { (cd "$1" && python3 "$SOURCE_DIR/tests/cited.py" "$JPKI"); }

found=$(cited "$SOURCE_DIR")
[[ -z $found ]] || fail "cited, and not there: $found"

# The package has the documents of the root and the folder docs, and the licence as `copyright`.
python3 - "$SOURCE_DIR" <<'END' || fail "a document of the package links to what the package lacks"
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
faults = []
for document in [*root.glob("*.md"), *root.glob("docs/**/*.md")]:
    text = re.sub(r"^```.*?^```", "", document.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    for target in re.findall(r"\]\(([^)#\s]+)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path = (document.parent / target).resolve().relative_to(root.resolve())
        if path.parts[0] != "docs" and not (path.suffix == ".md" and len(path.parts) == 1) and str(path) != "LICENSE":
            faults.append(f"{document.relative_to(root)}: {target}")
print("\n".join(faults))
sys.exit(bool(faults))
END

mkdir -p "$WORK/planted/docs"
cat >"$WORK/planted/docs/planted.md" <<'END'
Right: `jpki resident list --name X`, `jpki event death|move-out ID --date D`, `jpki verifier agree|certify ID`, docs/*.md.
Wrong: `jpki resident lisst`, `jpki event moove-out ID`, and `jpki resident list
--naame X`; docs/lost.yaml.

    jpki crl publish --detla          # --not-this

## What is not built

`jpki teleport` comes later.
END
found=$(cited "$WORK/planted")
for fault in ':2: there is no command `jpki resident lisst`' ':2: there is no event moove-out' \
  ':2: `jpki resident list` has no option --naame' ':3: there is no file docs/lost.yaml' \
  ':5: `jpki crl publish` has no option --detla'; do
  grep -qF -- "$fault" <<<"$found" || fail "not noticed: $fault; but: $found"
done
[[ $(wc -l <<<"$found") == 5 ]] || fail "found without a reason: $found"
