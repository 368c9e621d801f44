#!/usr/bin/env bash
# guide.sh GUIDE - runs the guide's examples on a fresh store.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$1" "$dir/guide.vars.db"
