#!/usr/bin/env bash
# history.sh - save and log.
source "$(dirname "$0")/lib.sh"

small_store a.db
run 0 log a.db
out_is <<< 'no checkpoints yet (varstore save makes one)'
run 0 log --json a.db
json out log/1
field out '$.checkpoints' '[]'

run 0 save a.db
out_is <<< 'saved checkpoint 1: 5 names, 62 B new'
run 0 save a.db --step 1200 --metric loss=2.5 --metric acc=0.125 \
    --tag best --tag v1 -m 'third epoch'
out_is <<< 'saved checkpoint 2 (best,v1): 5 names, 0 B new'
run 0 save --json a.db --step 0 --tag best
json out save/1
field out '$.checkpoint.id' 3
field out '$.checkpoint.step' 0
field out '$.checkpoint.tags[0]' best # moved
run 0 save -q a.db
no_out

run 0 log a.db
out_like '^ID  WHEN +STEP  NEW BYTES  TAGS  METRICS             MESSAGE$'
out_like '^ 4  '
out_like '^ 3  .* +0 +0 B  best$'
out_like '^ 2  .* 1200 +0 B  v1    acc=0\.125 loss=2\.5  third epoch$'
out_like '^ 1  .* 62 B$'
run 0 log -n 1 a.db
[[ $(wc -l < out) == 2 ]] || fail "not one checkpoint"
run 0 log -n 0 a.db
run 0 log --plain -n 3 a.db
printf '%s\t%s\t%s\t%s\t%s\t%s\n' 4 '' 0 '' '' '' 3 0 0 best '' '' \
    2 1200 0 v1 'acc=0.125 loss=2.5' 'third epoch' > want
cut -f 1,3,4,5,6,7 out | diff want - || fail "--plain"
run 0 log --json a.db
json out log/1
field out '$.checkpoints[2].id' 2
field out '$.checkpoints[2].metrics.acc' 0.125
field out '$.checkpoints[2].message' 'third epoch'
field out '$.checkpoints[3].new_bytes' 62

# What is not taken.
run 2 save a.db --metric loss
err_has "save: --metric is 'loss', want KEY=NUMBER"
run 2 save a.db --metric loss=x
run 2 save a.db --metric =1
run 2 save a.db --metric loss=nan
run 2 save a.db --metric loss=1 --metric loss=2
run 2 save a.db --tag latest
run 2 save a.db --tag 12
run 2 save a.db --tag 'a b'
run 2 save a.db --step -1
run 2 save a.db --step 1.5
run 16 save a.db -m "$(printf '%5000d' 0)"
run 10 save nothing.db
run 0 log --plain a.db
[[ $(wc -l < out) == 4 ]] || fail "a refused save left a checkpoint"

# References.
for ref in 2 v1 step:1200 latest~2 4~2; do
    run 0 info --json "a.db@$ref"
    field out '$.checkpoint' 2
done
run 10 ls a.db@5
run 10 ls a.db@step:7
run 10 ls a.db@latest~9
run 2 ls a.db@
run 2 ls a.db@step:
err_has 'see: varstore help checkpoints'

# Messages are a stranger's words too.
varstore save -q a.db -m $'evil \033[31m red'
run 0 log a.db
out_has 'evil \x1b[31m red'
run 2 log -n x a.db
run 10 log nothing.db
