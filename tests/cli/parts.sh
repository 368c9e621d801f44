#!/usr/bin/env bash
# parts.sh - partitioned variables: as one, and part by part.
source "$(dirname "$0")/lib.sh"
cut=$(realpath "${2:?usage: $0 PROGRAM CUT}")

"$cut" a.db a/w 3 0
"$cut" a.db v 2 1

# A salvage keeps them so.
run 0 check --salvage new.db a.db
run 0 check --read-data new.db
run 0 show new.db a/w
out_has '  parts        3, along axis 0'

# The parts are listed, the whole is shown.
run 0 ls -1 a.db
out_is <<< $'a/w/part_0\na/w/part_1\na/w/part_2\nv/part_0\nv/part_1'
run 0 ls -l a.db v
out_has '  4 3 0,4:0,2'
out_has '  4 3 0,4:2,1'
run 0 ls --json a.db v
json out ls/1
field out '$.variables[1].part' 1
field out '$.variables[1].slice' '4 3 0,4:2,1'
run 0 show a.db a/w
out_has 'a/w   f32 [4,3]  trainable'
out_has '  parts        3, along axis 0'
out_lacks 'also named'
run 0 show a.db a/w/part_1
out_has '  part         1 of 3: 4 3 2,1:0,3'
run 0 show --json a.db v
json out show/1
field out '$.parts' 2
field out '$.axis' 1
run 0 cat a.db v
out_is << 'E2'
[[ 0  1  2]
 [ 3  4  5]
 [ 6  7  8]
 [ 9 10 11]]
E2
run 0 cat a.db v -s '1:3, 1:'
out_is <<< $'[[4 5]\n [7 8]]'

# One name stands for all parts.
run 0 set -q a.db v -s ':, 1:' '[[0,0],[0,0],[0,0],[0,0]]'
run 0 cat a.db v/part_1
run 0 ln -q a.db v a/u
run 0 show a.db v
out_has '  also named   a/u'
run 0 show a.db a/u
out_has '  alias of     v'
run 0 rm -q -y a.db a/u
run 0 cp -q a.db v copy
run 0 mv -q a.db copy b/copy
run 0 mv -q a.db b c
run 0 mv -q a.db a d
run 0 ls -1 a.db
out_is <<< $'c/copy/part_0\nc/copy/part_1\nd/w/part_0\nd/w/part_1\nd/w/part_2\nv/part_0\nv/part_1'
run 0 cp -q a.db d e
run 0 rm -y a.db 'e/*'
out_is <<< 'removed 1 name, 48 B'
run 14 rm -y a.db v/part_0
run 14 mv a.db v/part_0 x

# Checkpoints, and another cut.
run 0 save -q a.db
run 0 rm -q -y a.db v
"$cut" a.db v 4 0
run 0 restore -q -y --keep-partitions a.db 1
run 0 show a.db v
out_has '  parts        4, along axis 0'
run 0 restore -q -y a.db 1
run 0 show a.db v
out_has '  parts        2, along axis 1'

# Other programs get one tensor, and may give one.
run 0 export -q a.db a.safetensors
run 0 ls -1 a.safetensors
out_is <<< $'c/copy\nd/w\nv'
varstore cat a.db d/w > want
run 0 cat a.safetensors d/w
out_is < want
varstore set -q a.db d/w -s ':' '[[9,9,9],[9,9,9],[9,9,9],[9,9,9]]'
run 0 import -q a.safetensors -o a.db --reuse true
run 0 cat a.db d/w
out_is < want
run 0 show a.db d/w
out_has '  parts        3, along axis 0'
run 0 check a.db

# A name that a part has alone is nothing to its whole.
"$cut" e.db w 2 0
run 0 ln e.db w/part_0 mine
run 0 ln e.db w twin
run 0 rm -y e.db w
run 0 rm -y e.db twin
out_is <<< 'removed 1 name, 48 B'
