#!/usr/bin/env bash
# info.sh - what a file is.
source "$(dirname "$0")/lib.sh"

small_store a.db
run 0 info a.db
out_like '^a\.db   varstore format 1, SQLite 3\.'
out_has '  variables    4  (4 trainable, 1 alias)'
out_has '  parameters   16'
out_has '  logical      62 B'
out_has '  checkpoints  0'
out_lacks latest

varstore save -q a.db --step 1200 --metric loss=2.5 --tag best -m 'third epoch'
run 0 info a.db
out_like '^  latest       1  step 1200  .*  loss=2\.5  third epoch$'

run 0 info --plain a.db
out_has "$(printf 'kind\tstore')"
out_has "$(printf 'parameters\t16')"
out_has "$(printf 'logical\t62')"

run 0 info --json a.db
json out info/1
field out '$.kind' store
field out '$.variables' 4
field out '$.params' 16
field out '$.bytes' 62
field out '$.latest.id' 1
field out '$.latest.metrics.loss' 2.5
field out '$.latest.tags[0]' best

run 0 info a.db@best
out_has 'a.db   checkpoint 1'
out_has '  step         1,200'
out_has '  metrics      loss=2.5'
out_has '  message      third epoch'
run 0 info --json a.db@step:1200
json out info/1
field out '$.kind' checkpoint
field out '$.checkpoint' 1
field out '$.saved.step' 1200

varstore export -q a.db a.safetensors
run 0 info a.safetensors
out_has 'a.safetensors   safetensors'
out_has '  tensors      4'
run 0 info --json a.safetensors
json out info/1
field out '$.kind' safetensors
field out '$.params' 16
