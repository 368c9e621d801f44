#!/usr/bin/env bash
# streams.sh - full disks, closed streams, and readers that go away.
source "$(dirname "$0")/lib.sh"

small_store a.db
varstore set -q a.db big 1 --dtype i32 --shape 1000x1000
varstore save -q a.db
varstore export -q a.db a.safetensors

reads=('ls' 'ls -1' 'ls -0' 'ls --plain' 'tree' 'info' 'log')
for read in "${reads[@]}" 'cat big' 'cat big --format raw' 'show big' 'diff @1'; do
    read -r verb rest <<< "$read"
    want=15
    # shellcheck disable=SC2086
    {
        last="varstore $verb a.db $rest"
        : > out
        got=0
        varstore "$verb" a.db $rest > /dev/full 2> err || got=$?
        [[ $got == "$want" ]] || fail "exit code $got with a full disk"
        err_has 'error: cannot write to standard output: No space left on device'
        got=0
        varstore "$verb" a.db $rest >&- 2> err || got=$?
        [[ $got == "$want" ]] || fail "exit code $got without stdout"
        err_has 'error: cannot write to standard output: Bad file descriptor'
    }
done
for help in -h --help 'help slices' --version; do
    got=0
    # shellcheck disable=SC2086
    varstore $help > /dev/full 2> err || got=$?
    [[ $got == 15 ]] || fail "exit code $got from $help with a full disk"
done
for command in ls info tree log diff; do
    got=0
    varstore $command --json a.db > /dev/full 2> err || got=$?
    [[ $got == 15 ]] || fail "exit code $got"
    json err error/1
    field err '$.status' full
done
# A full disk does not hide the answer that nothing was found.
got=0
varstore ls a.db 'x*' > /dev/full 2> err || got=$?
[[ $got == 1 ]] || fail "exit code $got, want 1"

# All three streams closed: their numbers go to no file of ours.
got=0
varstore ls a.db <&- >&- 2>&- || got=$?
[[ $got == 15 ]] || fail "exit code $got without streams"
got=0
varstore set a.db step 9 <&- >&- 2>&- || got=$?
[[ $got == 15 ]] || fail "exit code $got from set without streams"
run 0 cat a.db step
out_is <<< 9
run 0 check a.db --read-data

# A reader that goes away: soon, without a word, and not with success.
set +o pipefail
{
    got=0
    varstore cat a.db big 2> err || got=$?
    echo $got > code
} | head -c 10 > /dev/null
set -o pipefail
[[ $(< code) == 15 ]] || fail "exit code $(< code) with nobody reading"
no_err

# Files that fill the disk.
got=0
run 15 cat a.db big -o /dev/full
err_has 'cannot write /dev/full: No space left on device'

# Colour only where it is wanted.
run 0 ls a.db
! grep -q $'\033' out || fail "colour without a terminal"
run 0 ls a.db --color=always
grep -q $'\033' out || fail "no colour"
NO_COLOR=1 run 0 ls a.db --color=auto
! grep -q $'\033' out || fail "colour in spite of NO_COLOR"
run 10 ls nothing.db --color always
grep -q $'\033' err || fail "no colour on stderr"
