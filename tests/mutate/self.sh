#!/usr/bin/env bash
# self.sh BUILD - tries mutate.py on sample.c: which mutants are killed, run for
# ever, are equivalent, survive?
set -euo pipefail
cd "$(dirname "$0")"
python3 mutate.py "$1" --file tests/mutate/sample.c > "${TMPDIR:-/tmp}/mutate.$$" &&
    status=0 || status=$?
trap 'rm -f "${TMPDIR:-/tmp}/mutate.$$"' EXIT
diff self.expected "${TMPDIR:-/tmp}/mutate.$$"
[[ $status == 1 ]] # one survived
