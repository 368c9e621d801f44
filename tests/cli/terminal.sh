#!/usr/bin/env bash
# terminal.sh - what only a person sees: colour, questions, the pager.
source "$(dirname "$0")/lib.sh"

small_store a.db
# Runs a shell command on a terminal of its own, typing what is on stdin.
on_terminal() { # CODE COMMAND
    local want=$1 got=0
    last=$2
    : > err
    TERM=xterm script -qec "stty cols 80 rows 24; $2" typescript > /dev/null || got=$?
    sed -e '/^Script /d' -e 's/\r//g' typescript > out
    [[ $got == "$want" ]] || fail "exit code $got, want $want"
}
export program

# shellcheck disable=SC2016
{
    on_terminal 0 '"$program" ls --no-pager a.db' < /dev/null
    out_has $'\033[1mNAME'
    NO_COLOR=1 on_terminal 0 '"$program" ls --no-pager a.db' < /dev/null
    out_lacks $'\033'

    # Questions: no is the answer to everything but y and yes.
    on_terminal 1 '"$program" rm a.db step' <<< n
    out_has 'remove 1 name, 8 B from a.db (step)? [y/N]'
    out_has 'nothing was changed'
    on_terminal 1 '"$program" rm a.db step' <<< ''
    run 0 cat a.db step
    on_terminal 0 '"$program" rm a.db step' <<< y
    run 1 ls a.db step
    on_terminal 0 '"$program" rm -y a.db layer_1/bias' < /dev/null
    out_lacks '[y/N]'
    run 1 ls a.db layer_1/bias

    # The pager gets what goes to the terminal, colour and all, and its end is
    # not ours; raw bytes stay refused.
    PAGER='sed s/kernel/PAGED/' on_terminal 0 '"$program" ls a.db' < /dev/null
    out_has 'layer_0/PAGED'
    out_has $'\033[1mNAME'
    VARSTORE_PAGER='sed s/kernel/MINE/' PAGER=false on_terminal 0 '"$program" ls a.db' < /dev/null
    out_has 'layer_0/MINE'
    PAGER='head -n 1' on_terminal 0 '"$program" tree a.db' < /dev/null
    PAGER='sed s/kernel/PAGED/' on_terminal 0 '"$program" ls a.db --no-pager' < /dev/null
    out_lacks PAGED
    PAGER='sed s/kernel/PAGED/' on_terminal 1 '"$program" ls a.db "x*"' < /dev/null
    PAGER='cat -' on_terminal 2 '"$program" cat a.db tied --format raw' < /dev/null
    out_has 'raw bytes do not belong on a terminal'
    PAGER='sed s/kernel/PAGED/' on_terminal 0 '"$program" ls a.db | cat' < /dev/null
    out_lacks PAGED
}
