#!/usr/bin/env bash
# rm.sh - removing names.
source "$(dirname "$0")/lib.sh"

small_store a.db
# Without a terminal nobody can be asked.
run 2 rm a.db step
err_has 'error: rm: there is no terminal to ask on: remove 1 name, 8 B from a.db (step)?'
err_has 'hint: -y does it without a question, -n shows what would be done'
run 0 ls -1 a.db step

run 0 rm a.db 'layer_*/**' -n
out_is << 'E2'
layer_0/kernel
layer_1/bias
layer_1/kernel
3 names, 54 B; nothing was changed (--dry-run)
E2
run 0 rm --json a.db 'layer_*/**' -n
json out rm/1
field out '$.names[2]' layer_1/kernel
run 0 ls -1 a.db layer_0

# A plain name is a variable and never a scope.
run 1 rm -y a.db layer_1
err_has "see: varstore ls a.db 'layer_1/**'"
run 1 rm -y a.db 'x/**'
run 1 rm -y a.db stepp
err_has 'did you mean step?'

# The variable goes with its last name.
run 0 rm -y a.db layer_0/kernel
out_is <<< 'removed 1 name, 24 B'
run 0 cat a.db tied -s 0
out_is <<< '[1 2 3]'
run 0 rm -qy a.db tied 'layer_1/{bias,kernel}'
no_out
run 0 ls -1 a.db
out_is <<< step

# What a checkpoint holds stays there.
varstore save -q a.db
run 0 rm -qy a.db '**'
run 0 cat a.db@latest step
out_is <<< 7
run 0 ls a.db
out_is <<< '0 variables, 0 parameters, 0 B'
run 0 check -q a.db
run 2 rm a.db
