#!/usr/bin/env bash
# ls.sh - a list of variables, of a store and of foreign files.
source "$(dirname "$0")/lib.sh"

small_store a.db
run 0 ls a.db
out_is << 'E2'
NAME            DTYPE  SHAPE   PARAMS  BYTES  RATIO
layer_0/kernel  f32    2×3          6   24 B   1.00
layer_1/bias    bf16   3            3    6 B   1.00
layer_1/kernel  f32    2×3          6   24 B   1.00
step            i64    scalar       1    8 B   1.00
tied            = layer_0/kernel  (alias, 0 B)
4 variables, 16 parameters, 62 B, 1 alias
E2
no_err

# Patterns.
run 0 ls -1 a.db 'layer_*/kernel'
out_is <<< $'layer_0/kernel\nlayer_1/kernel'
run 0 ls -1 a.db layer_1
out_is <<< $'layer_1/bias\nlayer_1/kernel'
run 0 ls -1 a.db '**/k*' step
out_is <<< $'layer_0/kernel\nlayer_1/kernel\nstep'
run 0 ls -1 a.db 'layer_{0..1}/{bias,kernel}'
out_is <<< $'layer_0/kernel\nlayer_1/bias\nlayer_1/kernel'
run 1 ls a.db 'nothing/**'
no_out
err_is << 'E2'
error: nothing in a.db matches nothing/**
see: varstore ls a.db; varstore help globs
E2
run 1 ls a.db layr_0/kernel
err_has 'hint: did you mean layer_0/kernel?'
run 16 ls a.db '{0..9}{0..9}{0..9}{0..9}{0..9}'

# Order.
run 0 ls -1S a.db
out_is <<< $'layer_0/kernel\nlayer_1/kernel\ntied\nstep\nlayer_1/bias'
run 0 ls -1r a.db
out_is <<< $'tied\nstep\nlayer_1/kernel\nlayer_1/bias\nlayer_0/kernel'
sleep 0.01
varstore set -q a.db layer_1/bias 0
run 0 ls -1t a.db
[[ $(head -n 1 out) == layer_1/bias ]] || fail "the last written is not first"

# Shapes of output.
run 0 ls -l a.db step
out_like '^step  i64    scalar       1    8 B   1\.00        4  .*  [0-9a-f]{12}$'
run 0 ls -0 a.db step tied
[[ $(od -An -c out | tr -d ' \n') == 'step\0tied\0' ]] || fail "-0 is not names and NULs"
run 0 ls --plain a.db layer_0 tied
printf '%s\tf32\t[2,3]\t6\t24\t24\t%s\n' layer_0/kernel '' tied layer_0/kernel > want
out_is < want
run 0 ls --fold a.db '**/kernel'
out_has 'layer_{0..1}/kernel ×2  f32    2×3        12   48 B   1.00'
run 0 ls --fold -1 a.db '**/kernel'
out_is <<< 'layer_{0..1}/kernel'
run 0 ls -1 a.db "$(< out)" # what --fold prints is a pattern
out_is <<< $'layer_0/kernel\nlayer_1/kernel'

run 0 ls --json a.db
json out ls/1
field out '$.file' a.db
field out '$.variables[0].name' layer_0/kernel
field out '$.variables[0].shape[1]' 3
field out '$.variables[4].alias_of' layer_0/kernel
field out '$.n_variables' 4
field out '$.n_aliases' 1
field out '$.bytes' 62
grep -q '"version":"[0-9]' out || fail "a version is not text"

# A checkpoint; an empty store; nothing is made.
varstore save -q a.db --tag first
varstore rm -qy a.db step
run 0 ls -1 a.db@first step
run 1 ls -1 a.db step
run 10 ls a.db@frist
err_has 'did you mean @first?'
varstore init -q empty.db
run 0 ls empty.db
out_is <<< '0 variables, 0 parameters, 0 B'
run 0 ls --json empty.db
json out ls/1

# Foreign files: no ratio, and a name with @ in it.
varstore export -q a.db a.safetensors
run 0 ls a.safetensors
out_has 'NAME            DTYPE  SHAPE  PARAMS  BYTES'
out_has 'layer_1/kernel  f32    2×3         6   24 B'
cp a.safetensors a.safetensors@first
run 0 ls a.safetensors@first
rm a.safetensors@first
run 10 ls a.safetensors@first
err_has 'is a safetensors file and has no checkpoints'
varstore export -q a.db one.npy --scope layer_1/kernel
run 0 ls -1 one.npy
out_is <<< one
