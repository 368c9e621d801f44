#!/usr/bin/env bash
# names.sh - mv, cp and ln: other names, the same bytes.
source "$(dirname "$0")/lib.sh"

small_store a.db
run 0 mv a.db step global_step
out_is <<< 'moved step -> global_step'
run 0 mv a.db layer_0 old/layer_0 -n
out_is << 'E2'
layer_0/kernel -> old/layer_0/kernel
nothing was changed (--dry-run)
E2
run 0 ls -1 a.db layer_0
run 0 mv a.db layer_1 old/ # into a scope
out_is <<< 'moved 2 names'
run 0 ls -1 a.db old
out_is <<< $'old/layer_1/bias\nold/layer_1/kernel'
run 0 mv a.db old/layer_1/ layer_1
run 0 mv --plain a.db layer_1 l -n
head -n 1 out | diff - <(printf 'layer_1/bias\tl/bias\n') || fail "--plain"
run 0 mv --json a.db layer_1 l -n
json out mv/1
field out '$.dry_run' 1
field out '$.names[1].to' l/kernel

# Collisions change nothing, in earnest and dry.
for dry in '' -n; do
    run 14 mv a.db global_step tied $dry
    err_has 'already exists in a.db'
    run 10 mv a.db nothing else $dry
    run 10 cp a.db nothing else $dry
    run 10 ln a.db nothing else $dry
    run 14 cp a.db global_step tied $dry
    run 14 ln a.db global_step tied $dry
    run 2 mv a.db global_step bad//name $dry
done
run 2 mv a.db layer_1 layer_1/below
run 0 ls -1 a.db
out_is <<< $'global_step\nlayer_0/kernel\nlayer_1/bias\nlayer_1/kernel\ntied'

# A copy is a variable of its own.
run 0 cp a.db layer_1/kernel w
run 0 set -q a.db w 0
run 0 cat a.db layer_1/kernel -s 0,0
out_is <<< 1
run 0 cp a.db layer_1 copy
out_is <<< 'copied 2 names'
run 0 cat a.db copy/kernel -s 1,2
out_is <<< 7

# What was tied stays tied in a copy, and only there.
varstore ln -q a.db layer_1/kernel layer_1/zz
varstore ln -q a.db layer_1/kernel outside
run 0 cp a.db layer_1 again
run 0 ls a.db again
out_has 'again/zz      = again/kernel  (alias, 0 B)'
run 0 set -q a.db again/zz 5
run 0 cat a.db again/kernel -s 0,0
out_is <<< 5
run 0 cat a.db outside -s 0,0
out_is <<< 1

run 0 ln a.db global_step s/
out_is <<< 'linked global_step -> s/global_step'
run 10 ln a.db layer_1 l1
err_has 'hint: layer_1 is a scope'
run 0 cp a.db layer_1/bias b2 -n
run 1 ls a.db b2
run 0 check -q a.db --read-data

# A dry run needs no right to write.
chmod 444 a.db
run 0 mv a.db layer_1 l9 -n
run 2 mv a.db layer_1
err_has 'mv: missing TO'
