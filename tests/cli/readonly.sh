#!/usr/bin/env bash
# readonly.sh - a folder that one may read and not write: looking works,
# writing tells why not.
source "$(dirname "$0")/lib.sh"

mkdir folder
small_store folder/a.db
varstore save -q folder/a.db
varstore export -q folder/a.db folder/a.safetensors
chmod 755 .
chmod 444 folder/*
chmod 555 folder

# Root may write anywhere: become somebody else, who may not be able to reach
# the program where it was built.
as=()
if [[ $(id -u) == 0 ]]; then
    as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    cp "$program" .
    program=$PWD/${program##*/}
fi
attempt() { # CODE ARG...
    local want=$1 got=0
    shift
    last="varstore $*"
    "${as[@]}" "$program" "$@" > out 2> err < /dev/null || got=$?
    [[ $got == "$want" ]] || fail "exit code $got, want $want"
}

attempt 0 ls folder/a.db
attempt 0 ls folder/a.db@1
attempt 0 show folder/a.db step
attempt 0 cat folder/a.db step
out_is <<< 7
attempt 0 diff folder/a.db folder/a.safetensors layer_0
attempt 0 check folder/a.db --read-data
attempt 0 mv folder/a.db step other -n
attempt 15 set folder/a.db step 8
err_has 'error: '
attempt 15 save folder/a.db
attempt 15 init folder/b.db
attempt 15 import folder/a.safetensors -o folder/b.db
attempt 15 export folder/a.db folder/b.safetensors
attempt 15 cat folder/a.db step -o folder/step
chmod 000 folder/a.safetensors folder/a.db
attempt 15 ls folder/a.db
attempt 15 ls folder/a.safetensors
chmod 755 folder
ls folder > names
! grep -E 'b\.|step|tmp' names || fail "something was made"
