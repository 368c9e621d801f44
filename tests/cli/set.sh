#!/usr/bin/env bash
# set.sh - writing and creating variables.
source "$(dirname "$0")/lib.sh"

varstore init -q a.db
# What does not exist is created only if a dtype says so.
run 10 set a.db lr 0.1
err_is << 'E2'
error: lr not found in a.db
hint: to create it: --dtype f32 --shape 2x3
see: varstore ls a.db
E2
run 0 set a.db lr 0.1 --dtype f32
out_is <<< 'created lr  f32 []'
run 0 cat a.db lr
out_is <<< 0.1
run 0 set a.db w 0.5 --dtype bf16 --shape 2x3
run 0 cat a.db w --format json
out_is <<< '[[0.5,0.5,0.5],[0.5,0.5,0.5]]'
run 0 set a.db v '[[1,2],[3,4]]' --dtype u8
run 0 set a.db v '[[5,6],[7,8]]' --dtype u8 --shape '[2,2]'
out_is <<< 'wrote v  u8 [2,2]'

# Writing: negative numbers are no options, one number fills.
run 0 set a.db lr -0.25
run 0 cat a.db lr
out_is <<< -0.25
run 0 set a.db v 9
run 0 cat a.db v --format json
out_is <<< '[[9,9],[9,9]]'
run 0 set a.db v -s '0, :' '[1, 2]'
run 0 set a.db v -s '1, 1' 7
run 0 cat a.db v --format json
out_is <<< '[[1,2],[9,7]]'
run 0 set a.db v -s ':, 0' 0
run 0 cat a.db v --format json
out_is <<< '[[0,2],[0,7]]'

# What does not fit changes nothing.
run 14 set a.db v '[1,2,3]'
err_has "variable 'v': the value is [3], want [2,2]"
run 14 set a.db v -s 0 '[1,2,3]'
run 14 set a.db v 300
err_has "'300' does not fit dtype u8"
run 14 set a.db v -s 5 1
run 2 set a.db v x
run 2 set a.db v '[[1,2],[3]]'
err_has 'lists of different lengths'
run 2 set a.db v '[1,2'
run 14 set a.db v 1 --dtype f32
err_has "variable 'v' already exists as u8, want f32"
run 14 set a.db v 1 --shape 2x4
run 2 set a.db v 1 --dtype f33
run 2 set a.db v 1 --shape a
run 2 set a.db v
err_has 'set: missing VALUE (or -f FILE.npy)'
run 2 set a.db v 1,2
err_has "hint: a list stands in brackets: '[1,2,3]'"
run 2 set a.db bad//name 1 --dtype f32
run 10 set a.db new -s 0 1 --dtype f32 # a slice of nothing
run 0 cat a.db v --format json
out_is <<< '[[0,2],[0,7]]'

# Reuse.
run 14 set a.db v 1 --reuse none --dtype u8
err_has 'variable v already exists in a.db'
err_has 'hint: --reuse auto or true writes it'
run 14 set a.db v 1 --reuse none
run 14 set a.db new 1 --reuse true --dtype u8
err_has 'new not found in a.db'
run 0 set a.db new 1 --reuse none --dtype u8
run 0 set a.db new 2 --reuse true
run 2 set a.db new 2 --reuse maybe

# From a file, which gives dtype and shape.
varstore cat a.db v --format npy -o v.npy
run 0 set a.db copy -f v.npy
out_is <<< 'created copy  u8 [2,2]'
run 0 set a.db copy 0
run 0 set a.db copy -f v.npy
out_is <<< 'wrote copy  u8 [2,2]'
run 0 cat a.db copy --format json
out_is <<< '[[0,2],[0,7]]'
run 0 set a.db wide 0 --dtype u8 --shape 4x2
run 0 set a.db wide -s 1:3 -f v.npy
run 0 cat a.db wide --format json
out_is <<< '[[0,0],[0,2],[0,7],[0,0]]'
run 14 set a.db wide -f v.npy
run 14 set a.db lr -f v.npy
run 2 set a.db lr 1 -f v.npy
run 10 set a.db lr -f w.npy
err_has 'did you mean v.npy?'
run 10 set b.db lr 1
[[ ! -e b.db ]] || fail "b.db was made"

# A file of several MiB streams in.
varstore set -q a.db big 3 --dtype i32 --shape 1000x1500
varstore set -q a.db big -s '999, 1499' 4
varstore cat a.db big --format npy -o big.npy
run 0 set a.db big2 -f big.npy
run 0 set a.db big 0
run 0 set a.db big -f big.npy
run 0 cat a.db big2 --format raw
cp out raw
run 0 cat a.db big --format raw
cmp out raw
run 0 cat big.npy big --format raw
cmp out raw

run 0 set --json a.db lr 2
json out set/1
field out '$.created' 0
run 2 set a.db@1 lr 2
err_has 'a checkpoint cannot be changed'
