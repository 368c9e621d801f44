#!/usr/bin/env bash
# restore.sh - back to a checkpoint, and back from there.
source "$(dirname "$0")/lib.sh"

small_store a.db
varstore save -q a.db --tag first
varstore set -q a.db step 8
varstore rm -qy a.db layer_1/bias
varstore set -q a.db extra 1 --dtype u8

run 2 restore a.db @first
err_has 'there is no terminal to ask on: restore checkpoint 1 of a.db: 1 set, 1 made, 0'
run 0 restore a.db @first -n
out_is << 'E2'
  + layer_1/bias
  ~ step
would restore checkpoint 1: 1 set, 1 made, 0 removed, 3 same, 1 extra kept
the state before would be kept as @auto-1
E2
run 0 cat a.db step
out_is <<< 8
run 0 restore a.db first --exact -n
out_has '  - extra'

# The state before is kept: nobody else held it.
run 0 restore a.db first -y
out_is << 'E2'
restored checkpoint 1: 1 set, 1 made, 0 removed, 3 same, 1 extra kept
the state before is kept as @auto-1
E2
run 0 cat a.db step
out_is <<< 7
run 0 cat a.db extra
run 0 cat a.db@auto-1 step
out_is <<< 8
run 0 info --json a.db@auto-1
field out '$.saved.message' 'kept before a restore'

# Nothing to do keeps nothing; what a checkpoint holds is not kept again.
run 0 restore a.db first -y
out_is <<< 'nothing to restore: 0 set, 0 made, 0 removed, 5 same, 1 extra kept'
run 0 restore a.db first -y --exact # removes extra; that state is in none
out_has 'the state before is kept as @auto-2'
run 1 ls a.db extra
run 0 restore a.db auto-1 -y --exact
[[ $(< out) != *'the state before'* ]] || fail "a state that checkpoint 1 holds was kept again"
run 0 cat a.db step
out_is <<< 8
varstore set -q a.db step 9
run 0 restore a.db first -y --no-keep
run 0 log --plain a.db
[[ $(cut -f 1,5 out) == $'3\tauto-2\n2\tauto-1\n1\tfirst' ]] || fail "the log"

# A scope of it.
varstore set -q a.db step 10
varstore set -q a.db layer_0/kernel 0
run 0 restore a.db first --scope layer_0 -qy
no_out
run 0 cat a.db layer_0/kernel -s 0,0
out_is <<< 1
run 0 cat a.db step
out_is <<< 10

run 0 restore --json a.db 1 -n
json out restore/1
field out '$.dry_run' 1
field out '$.set' 1
field out '$.changes[0].name' extra
field out '$.changes[0].change' extra
run 10 restore a.db 77 -y
err_has 'see: varstore log a.db'
run 10 restore a.db frist -y
err_has 'did you mean @first?'
run 2 restore a.db
run 10 restore nothing.db 1 -y
run 1 restore a.db 1 --scope layr_0 -y
err_has 'nothing lies in scope layr_0'
err_has 'see: varstore ls a.db@1'
run 0 check -q a.db
