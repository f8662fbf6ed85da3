#!/usr/bin/env bash
# The model of the log's protocol holds in all its states, in a small size; and two planted faults are found. The
# whole of it is checked by ./dev soak --cluster-model.

set -euo pipefail
exec store/model/check.sh small
