#!/usr/bin/env bash
# tree.sh - scopes with their sums.
source "$(dirname "$0")/lib.sh"

small_store a.db
varstore set -q a.db layer_1 1 --dtype u8 # a variable that is a scope too
run 0 tree a.db
out_is << 'E2'
SCOPE      PARAMS  BYTES
layer_0         6   24 B  1 variable
└─ kernel       6   24 B  f32 2×3
layer_1        10   31 B  u8 scalar, 3 variables
├─ bias         3    6 B  bf16 3
└─ kernel       6   24 B  f32 2×3
step            1    8 B  i64 scalar
tied            0    0 B  = layer_0/kernel
5 variables, 17 parameters, 63 B
E2

run 0 tree -L 1 a.db
out_lacks kernel$
[[ $(wc -l < out) == 6 ]] || fail "not one level"
run 0 tree a.db layer_1
out_is << 'E2'
SCOPE   PARAMS  BYTES
bias         3    6 B  bf16 3
kernel       6   24 B  f32 2×3
2 variables, 9 parameters, 30 B
E2
run 0 tree --bytes a.db layer_1/
out_has 'kernel       6     24  f32 2×3'

run 0 tree --plain -L 1 a.db
printf '0\tlayer_0\tscope\t1\t6\t24\n0\tlayer_1\tvariable\t3\t10\t31\n' > want
head -n 2 out | diff - want || fail "--plain"

run 0 tree --json a.db
json out tree/1
field out '$.nodes[0].label' layer_0
field out '$.nodes[1].depth' 1
field out '$.nodes[1].name' layer_0/kernel
field out '$.params' 17

run 10 tree a.db layr_1
err_has 'layr_1 not found in a.db'
run 2 tree -L 0 a.db
run 2 tree -L x a.db
run 2 tree --separator ab a.db

printf '12345678' | safetensors dots.safetensors \
    "{$(entry m.l.0.w F32 1 0 4),$(entry m.l.1.w F32 1 4 8)}"
run 0 tree --separator . dots.safetensors m.l
out_is << 'E2'
SCOPE  PARAMS  BYTES
0           1    4 B  1 variable
└─ w        1    4 B  f32 1
1           1    4 B  1 variable
└─ w        1    4 B  f32 1
2 variables, 2 parameters, 8 B
E2
