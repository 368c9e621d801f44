#!/usr/bin/env bash
# cat.sh - the elements of a variable.
source "$(dirname "$0")/lib.sh"

small_store a.db
run 0 cat a.db step
out_is <<< 7
run 0 cat a.db layer_1/kernel
out_is <<< $'[[1 2 3]\n [4 5 7]]'
run 0 cat a.db layer_1/bias
out_is <<< '[-1  0  1]'
run 0 cat a.db layer_1/kernel -s '0, 1:'
out_is <<< '[2 3]'
run 0 cat a.db layer_1/kernel --slice='..., -1'
out_is <<< '[3 7]'
run 0 cat a.db layer_1/kernel -s '1,2' # a scalar
out_is <<< 7
run 14 cat a.db layer_1/kernel -s 2
err_has "slice '2' is outside the shape [2,3]"
err_has 'see: varstore help slices'
run 14 cat a.db layer_1/kernel -s ':9'
no_out
run 2 cat a.db layer_1/kernel -s a:b

# Formats.
run 0 cat a.db layer_1/kernel --format json
out_is <<< '[[1,2,3],[4,5,7]]'
run 0 cat a.db layer_1/kernel --format csv
out_is <<< $'1,2,3\n4,5,7'
run 0 cat a.db layer_1/bias --format csv
out_is <<< $'-1\n0\n1'
run 0 cat a.db step --format raw
[[ $(od -An -tu1 out | tr -s ' ') == ' 7 0 0 0 0 0 0 0' ]] || fail "raw bytes"
run 0 cat a.db layer_1/kernel --format npy
cp out w.npy
run 0 cat w.npy w
out_is <<< $'[[1 2 3]\n [4 5 7]]'
run 0 diff -q w.npy w.npy
run 16 cat a.db layer_1/bias --format npy
err_has '.npy has no dtype bf16'
no_out
run 2 cat a.db step --format xml
err_has "want text or json or csv or npy or raw"

run 0 cat --json a.db layer_1/kernel -s 0
json out cat/1
field out '$.values[2]' 3
field out '$.shape[0]' 3
field out '$.dtype' f32
run 2 cat --json a.db step --format csv

# What is printed is exact, and is read back.
varstore set -q a.db odd '[nan, inf, -inf, 0.1, 1e-45, 3.4028235e38, -0.0]' --dtype f32
run 0 cat a.db odd
cp out odd
varstore set -q a.db again "$(< odd)" --dtype f32
run 0 cat a.db again
out_is < odd
run 0 cat a.db odd --format json
[[ $(sqlite3 :memory: "SELECT json_valid(readfile('out'))") == 1 ]] || fail "not JSON"
field out '$[0]' nan
field out '$[2]' -inf
run 0 cat a.db odd -s 3 --precision 3
out_is <<< 0.1
varstore set -q a.db third 0.3333333333333333 --dtype f64
run 0 cat a.db third --precision 3
out_is <<< 0.333
varstore set -q a.db wide '[9223372036854775807, -9223372036854775808]' --dtype i64
run 0 cat a.db wide --format csv
out_is <<< $'9223372036854775807\n-9223372036854775808'
varstore set -q a.db flag '[true, false]' --dtype bool
run 0 cat a.db flag --format json
out_is <<< '[true,false]'
varstore set -q a.db z '[(1+2j), 3]' --dtype c64
run 0 cat a.db z --format json
out_is <<< '[[1,2],[3,0]]'
varstore set -q a.db none '[[],[]]' --dtype f32
run 0 cat a.db none
out_is <<< '[]'
run 0 cat --json a.db none
json out cat/1

# To a file: whole or not at all.
run 0 cat a.db step -o step.txt
no_out
[[ $(< step.txt) == 7 ]] || fail "step.txt"
run 0 cat a.db layer_1/bias -s 0 -o step.txt
[[ $(< step.txt) == -1 ]] || fail "step.txt was not replaced"
run 14 cat a.db layer_1/bias -s 7 -o step.txt
[[ $(< step.txt) == -1 ]] || fail "step.txt was harmed"
run 16 cat a.db layer_1/bias --format npy -o new.npy
run 10 cat a.db step -o nowhere/x
run 2 cat a.db step -o a.db
run 0 check -q a.db
ls > names
! grep -E 'new\.npy|\.tmp' names || fail "something was left behind"

# More than one block, cut in every way.
varstore set -q a.db big 0 --dtype i32 --shape 3x1000x700
varstore set -q a.db big -s '1, 500, 600' 42
run 0 cat a.db big --format raw
[[ $(stat -c %s out) == 8400000 ]] || fail "not all of it"
at=$(((1 * 700000 + 500 * 700 + 600) * 4))
[[ $(od -An -td4 -j $at -N 4 out) -eq 42 ]] || fail "42 is not there"
run 0 cat a.db big -s ':, 1:, 600' --format csv
[[ $(wc -l < out) == 3 && $(sed -n 2p out | cut -d, -f 500) == 42 ]] || fail "42 is not in its row"
