#!/usr/bin/env bash
# transcript.sh BUILD README - replaces the terminal transcript in README.md,
# between its two marks, by one that was just made: what stands there was run.
set -euo pipefail
export LC_ALL=C.UTF-8 COLUMNS=100
build=$(cd "$1" && pwd)
readme=$(realpath "$2")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
PATH=$build/cli:$build/lib/examples:$PATH

# Shows a command as one would type it, and runs it.
run() {
    local word line='$'
    for word in "$@"; do
        [[ $word != *[!A-Za-z0-9_./:@=~-]* ]] || word="'$word'"
        line+=" $word"
    done
    printf '%s\n' "$line"
    "$@" || true
}
{
    echo '```console'
    run train --steps 1000 --every 250 --report 500 run7.vars.db
    echo && run varstore ls run7.vars.db 'model/**'
    echo && run varstore log run7.vars.db
    echo && run varstore show run7.vars.db model/hidden/kernel
    echo && run varstore cat run7.vars.db@step:500 model/hidden/kernel -s '0:2, :4'
    echo && run varstore diff run7.vars.db@latest~1 run7.vars.db@latest 'model/**'
    echo && run varstore export run7.vars.db@latest run7.safetensors
    echo && run varstore ls run7.safetensors 'model/output/*'
    echo '```'
} | sed 's/ *$//' > transcript

awk '
    /^<!-- end of transcript -->$/ { skip = 0 }
    !skip { print }
    /^<!-- transcript -->$/ {
        while ((getline line < "transcript") > 0)
            print line
        skip = 1
    }' "$readme" > new
grep -q '^<!-- end of transcript -->$' new
cat new > "$readme"
