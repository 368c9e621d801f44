# shellcheck shell=bash
# sources.sh - sourced by the lint scripts: which files there are, and how a
# breach is told. Each script takes the tree's root, so that planted.sh can
# point it at a damaged copy.
set -euo pipefail
export LC_ALL=C

cd "${1:?usage: $0 ROOT}"

# Files of the tree by name pattern, build folders left out.
sources() {
    local name tests=()
    for name in "$@"; do tests+=(-o -name "$name"); done
    find . \( -name 'build*' -o -name '.git' -o -name '.ci' \) -type d -prune -o \
        -type f \( "${tests[@]:1}" \) -print | sed 's,^\./,,' | sort
}

# Passes breaches through; ends the script with 1 if there were any.
verdict() {
    local breaches
    breaches=$(cat)
    [[ -z $breaches ]] && return
    printf '%s\n' "$breaches"
    printf '%s: %d breaches\n' "$(basename "$0")" "$(wc -l <<< "$breaches")"
    return 1
}
