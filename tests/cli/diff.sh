#!/usr/bin/env bash
# diff.sh - two states compared.
source "$(dirname "$0")/lib.sh"

small_store a.db
varstore save -q a.db --tag first
run 0 diff a.db
out_is <<< '0 changed, 0 added, 0 removed, 0 reshaped, 5 same'

varstore set -q a.db layer_0/kernel -s 0,0 1.5
varstore rm -qy a.db layer_1/bias
varstore set -q a.db layer_1/bias 0 --dtype f32
varstore set -q a.db new 1 --dtype u8
varstore rm -qy a.db step
varstore save -q a.db --tag second

# What changed since the latest checkpoint, since one, between two, by FILE@.
run 0 diff a.db
cat > want << 'E2'
~  layer_0/kernel  max|Δ| 0.5  ‖Δ‖/‖w‖ 5.24 %  changed 16.67 %
!  layer_1/bias    bf16 [3] -> f32 []
+  new             u8 []
-  step            i64 []
1 changed, 1 added, 1 removed, 1 reshaped, 2 same
E2
run 1 diff a.db @first
out_is < want
run 1 diff a.db @1 @2
out_is < want
run 1 diff a.db@first @second
out_is < want
run 1 diff a.db@first a.db
out_is < want
run 1 diff a.db@first a.db@second
out_is < want
run 1 diff a.db @first 'layer_0/**' step
out_has '1 changed, 0 added, 1 removed'
run 0 diff a.db @first tied2 layer_1/kernel
run 1 diff a.db @first nothing # matches nothing
err_has 'nothing not found in a.db@first'

# Quiet, machine-readable, by statistics.
run 1 diff -q a.db @first
no_out
run 0 diff -q a.db @second
run 1 diff --plain a.db @first
printf 'changed\tlayer_0/kernel\t0.5\t0.0524142418360959\t1\t6\n' > want
head -n 1 out | cut -f 1-3,5-6 | diff - <(cut -f 1-3,5-6 want) || fail "--plain"
run 1 diff --json a.db @first
json out diff/1
field out '$.differs' 1
field out '$.a.checkpoint' 1
field out '$.variables[0].change' changed
field out '$.variables[0].max_abs' 0.5
field out '$.variables[0].changed' 1
field out '$.variables[1].a.dtype' bf16
field out '$.variables[1].b.shape' '[]'
field out '$.same' 2
run 0 diff --json a.db @2
json out diff/1
field out '$.differs' 0
run 1 diff --stat a.db @first
out_has '~  layer_0/kernel  mean 3.5 -> 3.583  ‖w‖ 9.539 -> 9.605'
run 1 diff --stat --json a.db @first
json out diff/1

# Tolerances.
run 1 diff a.db @1 @2 layer_0 --atol 0.4
run 0 diff a.db @1 @2 layer_0 --atol 0.5
run 0 diff a.db @1 @2 layer_0 --rtol 0.5
run 2 diff a.db @1 @2 --atol x
run 2 diff a.db @1 @2 --rtol -1

# Foreign files, on either side.
varstore export -q a.db@first a.safetensors
run 0 diff a.db@first a.safetensors layer_0 layer_1 step
run 1 diff a.safetensors a.db layer_0
out_has 'max|Δ| 0.5'
run 0 diff a.safetensors a.safetensors

# The same values in chunks of another size.
varstore init -q b.db --chunk 4KiB
varstore set -q b.db w 1 --dtype f32 --shape 100x100
varstore init -q c.db --chunk 1MiB
varstore set -q c.db w 1 --dtype f32 --shape 100x100
run 0 diff b.db c.db
run 0 diff --stat b.db c.db
varstore set -q c.db w -s '99, 99' nan
run 1 diff b.db c.db
out_has '~  w  max|Δ| nan'
run 1 diff --json b.db c.db
field out '$.variables[0].max_abs' nan

# What is not there.
run 10 diff a.db nothing.db
run 10 diff a.db @nothing
run 10 diff nothing.db
varstore init -q empty.db
run 10 diff empty.db # no checkpoint yet
run 2 diff
