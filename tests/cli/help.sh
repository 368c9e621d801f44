#!/usr/bin/env bash
# help.sh - help, versions, and mistakes on the command line.
source "$(dirname "$0")/lib.sh"

run 2
no_out
err_has 'usage: varstore COMMAND FILE'
run 0 -h
[[ $(head -n 1 out) == '  varstore ls '* ]] || fail "no example comes first"
run 0 --help
out_has 'varstore - a persistent variable store'
run 0 help
out_has 'Topics (varstore help TOPIC): checkpoints exit-codes formats globs slices'
run 0 help --json
json out help/1
field out '$.commands[1].name' ls

commands=$(sqlite3 :memory: "SELECT json_extract(value, '\$.name')
    FROM json_each(CAST(readfile('out') AS TEXT), '\$.commands')")
[[ $(wc -w <<< "$commands") -ge 19 ]] || fail "only these commands: $commands"
for command in $commands; do
    run 0 "$command" -h
    [[ $(wc -l < out) -le 24 ]] || fail "$command -h is more than a screen"
    [[ $(head -n 3 out | grep -c "^  varstore $command") == 3 ]] ||
        fail "$command -h does not begin with examples"
    cp out short
    run 0 "$command" --help
    cp out long
    run 0 help "$command"
    out_is < long
    # shellcheck disable=SC2013
    for option in $(grep -oE -- '^ +(-.,)? +--[a-z-]+' short | grep -oE -- '--[a-z-]+'); do
        grep -q -- " $option" long || fail "help $command lacks $option"
    done
done
for topic in checkpoints exit-codes formats globs slices; do
    run 0 help $topic
    [[ $(wc -l < out) -gt 5 ]] || fail "help $topic is short"
done
run 0 help exit-codes
out_like '^ 130  '

run 0 --version
out_like '^varstore [0-9.]+ \(library [0-9.]+\)$'
run 0 --version --json
json out version/1

run 2 lss a.db
err_is << 'E2'
error: no command 'lss'
hint: did you mean ls?
see: varstore help
E2
run 2 help lss
err_has 'did you mean ls?'
run 2 ls --reverce a.db
err_has 'did you mean --reverse?'
run 2 ls -Z a.db
run 2 ls a.db --busy
run 2 ls a.db --busy soon
run 2 ls a.db --color blue
run 2 --json ls
json err error/1
field err '$.status' misuse
field err '$.exit' 2
no_out
small_store a.db
run 2 a.db ls
err_has 'the command comes first: varstore ls a.db'
run 2 a.db
err_has 'varstore ls a.db'
# A name that looks like an option.
run 1 ls a.db -- -l
