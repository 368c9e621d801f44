#!/usr/bin/env bash
# interrupt.sh - Ctrl-C in a long job ends it with 130 and leaves nothing half
# done.
source "$(dirname "$0")/lib.sh"

# Random bytes, so that there is work to do: 100 MiB.
n=$((100 << 20))
head -c $n /dev/urandom |
    safetensors big.safetensors "{\"w\":{\"dtype\":\"U8\",\"shape\":[$n],\"data_offsets\":[0,$n]}}"

# Starts the job, waits until the files grow (half a second at most), then
# interrupts it; the exit code in $got.
interrupted() { # PATTERN ARG...
    local files=$1 pid i before
    shift
    last="varstore $*"
    before=$(size "$files")
    "$program" "$@" > out 2> err < /dev/null &
    pid=$!
    for ((i = 0; i < 250; i++)); do
        (($(size "$files") <= before)) || break
    done
    kill -INT $pid 2> /dev/null || true
    got=0
    wait $pid || got=$?
}
size() { # PATTERN: bytes of these files together
    # shellcheck disable=SC2086
    stat -c %s $1 2> /dev/null | awk '{n += $1} END {print n + 0}' || true
}

interrupted "new.db*" import big.safetensors -o new.db
[[ $got == 130 ]] || fail "exit code $got"
no_out
no_err
ls > names
! grep new names || fail "something of the new store was left behind"

small_store a.db
cp a.db before.db
interrupted "a.db*" import big.safetensors -o a.db
[[ $got == 130 ]] || fail "exit code $got"
run 0 diff a.db before.db
run 0 check a.db --read-data

# In JSON too, and for the others; a machine may be fast enough to be done.
varstore import -q big.safetensors -o a.db
interrupted nothing check --read-data a.db
[[ $got == 130 || $got == 0 ]] || fail "exit code $got"
for out in out.safetensors out.raw; do
    if [[ $out == *.raw ]]; then
        interrupted "out.raw*" cat a.db w --format text -o $out
        [[ $got == 130 ]] || fail "exit code $got"
    else
        interrupted nothing export a.db $out
        [[ $got == 130 || $got == 0 ]] || fail "exit code $got"
    fi
    [[ $got == 0 || ! -e $out ]] || fail "$out was left behind"
done
ls > names
! grep tmp names || fail "something was left behind"
run 0 check a.db
