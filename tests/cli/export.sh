#!/usr/bin/env bash
# export.sh - a state as a foreign file.
source "$(dirname "$0")/lib.sh"

small_store a.db
run 0 export a.db m.safetensors
out_is << 'E2'
wrote m.safetensors: 4 tensors, 62 B
1 alias in its metadata, not twice in its data
E2
run 0 import m.safetensors -o back.db
run 1 diff a.db back.db # the alias is in the metadata only
run 0 diff a.db back.db layer_0 layer_1 step
run 0 diff a.db m.safetensors layer_0 layer_1 step

run 14 export a.db m.safetensors
err_has 'hint: -f replaces it'
run 0 export --json a.db m.safetensors -f --scope layer_1
json out export/1
field out '$.tensors' 2
field out '$.out' m.safetensors
run 0 ls -1 m.safetensors
out_is <<< $'layer_1/bias\nlayer_1/kernel'

# A checkpoint.
varstore save -q a.db --tag best
varstore set -q a.db step 8
run 0 export -q a.db@best step.npy --scope step
run 0 cat step.npy step
out_is <<< 7
run 0 export -q a.db step2 --scope step --format npy
run 0 cat step2 step2
out_is <<< 8

# What cannot be written leaves nothing behind.
run 2 export a.db all.npy
run 16 export a.db all.xyz
err_has 'see: varstore help formats'
run 16 export a.db bias.npy --scope layer_1/bias
run 10 export a.db x.npy --scope nothing
run 10 export a.db nowhere/x.npy --scope step
run 10 export a.db@nothing x.npy --scope step
run 2 export a.db x.npy --scope step --format xml
run 10 export m.safetensors x.npy
mkdir folder
run 14 export a.db folder --format npy --scope step -f
ls > names
! grep -E 'all|bias|x\.npy|tmp' names || fail "something was left behind"
