#!/usr/bin/env bash
# import.sh - foreign files into a store, all or nothing.
source "$(dirname "$0")/lib.sh"

header='{"__metadata__":{"format":"pt"}'
header+=",$(entry m.l.0.w F32 2 0 8),$(entry m.l.1.w I64 1 8 16)}"
{
    printf '\x00\x00\x80\x3f\x00\x00\x00\x40' # 1.0 2.0
    le 8 42
} | safetensors m.safetensors "$header"

run 0 import m.safetensors -o a.db
out_is <<< 'imported 2 tensors, 16 B, into a.db (2 new)'
no_err
run 0 cat a.db m.l.0.w
out_is <<< '[1 2]'

# Reuse.
run 14 import m.safetensors -o a.db
err_has 'variable m.l.0.w already exists'
err_has 'hint: --reuse auto overwrites it, --scope puts it elsewhere'
run 0 import m.safetensors -o a.db --reuse true
out_is <<< 'imported 2 tensors, 16 B, into a.db (0 new)'
run 0 import m.safetensors -o a.db --scope deep/er --separator .
run 0 ls -1 a.db deep
out_is <<< $'deep/er/m/l/0/w\ndeep/er/m/l/1/w'
run 14 import m.safetensors -o a.db --reuse true --scope other
err_has 'does not exist'
run 0 ls a.db
run 0 import --json m.safetensors -o a.db --reuse auto --scope deep/er --separator .
json out import/1
field out '$.tensors' 2
field out '$.created' 0
field out '$.store_made' 0
run 1 ls a.db other
varstore set -q a.db n/m/l/0/w 1 --dtype f32
run 14 import m.safetensors -o a.db --reuse auto --scope n --separator .
run 1 ls a.db n/m/l/1/w # all or nothing

# What cannot be read leaves no store behind.
printf 'just text, long enough to be looked at' > text
: > empty
printf '12345678' | safetensors bad.safetensors "{$(entry a F32 2 0 9)}"
printf '12345678' | safetensors name.safetensors "{$(entry 'a b' F32 2 0 8)}"
mkdir folder
run 10 import nothing -o new.db
run 10 import m.safetensor -o new.db
err_has 'did you mean m.safetensors?'
run 16 import text -o new.db
err_has 'see: varstore help formats'
run 12 import bad.safetensors -o new.db
err_has "tensor 'a'"
run 2 import name.safetensors -o new.db
err_has "hint: --separator C turns a character of names into '/'"
run 2 import m.safetensors
err_has 'import: missing -o STORE'
run 2 import m.safetensors -o new.db --separator ..
run 2 import m.safetensors -o new.db --reuse maybe
run 10 import m.safetensors -o folder
run 10 import m.safetensors -o text
run 10 import m.safetensors -o nowhere/new.db
ls > names
! grep new names || fail "something was left behind"

# What an export wrote is compared with its digests.
varstore export -q a.db e.safetensors --scope deep
run 0 import e.safetensors -o e.db
printf '\x41' | dd of=e.safetensors bs=1 seek=$(($(stat -c %s e.safetensors) - 1)) conv=notrunc status=none
run 12 import e.safetensors -o new.db
err_has "e.safetensors': tensor 'deep/er/m/l/0/w' is not what its digest says"
err_has 'unverified'
[[ ! -e new.db ]] || fail "a damaged file left a store behind"
run 0 import e.safetensors -o new.db --unverified
rm new.db

# An .npy is named after its file.
varstore cat a.db m.l.0.w --format npy -o w.npy
run 0 import w.npy -o a.db --scope npy
run 0 cat a.db npy/w
out_is <<< '[1 2]'
run 0 check -q --read-data a.db
