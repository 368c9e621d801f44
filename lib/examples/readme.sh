#!/usr/bin/env bash
# Runs README.md's example twice: the second run must find what the first left.
set -euo pipefail
program=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

first=$("$program")
second=$("$program")
echo "$first"
echo "$second"
awk -v a="${first##* }" -v b="${second##* }" 'BEGIN {
    d = b - a - 1
    if (d < -1e-4 || d > 1e-4) {
        print "the second run did not go on from the first"
        exit 1
    }
}'

# A failure must come with words.
rm -f run7.vars.db*
mkdir run7.vars.db
if words=$("$program" 2>&1); then
    echo "opened a directory as a store: $words"
    exit 1
fi
[[ $words == *run7.vars.db* ]] || {
    echo "the failure does not name the file: '$words'"
    exit 1
}
