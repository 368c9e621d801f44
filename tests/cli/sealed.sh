#!/usr/bin/env bash
# sealed.sh - scopes in which no name may be made.
seal=$(realpath "${2:?usage: $0 PROGRAM SEAL}")
source "$(dirname "$0")/lib.sh"

# No command seals one.
varstore init -q a.db
varstore set -q a.db net/w '[1,2]' --dtype f32
varstore set -q a.db lr 1 --dtype f32
run 0 info a.db
out_lacks 'sealed'
"$seal" a.db net
run 0 info a.db
out_like '^  sealed +net$'
run 0 info --json a.db
json out info/1
field out '$.sealed[0]' net

run 0 set a.db net/w '[3,4]'
run 14 set a.db net/v 1 --dtype f32
err_has "net/v cannot be made: scope 'net' is sealed, by seal"
run 14 cp a.db lr net/lr
run 14 ln a.db lr net/lr
run 14 mv a.db lr net/lr
run 14 mv a.db net old
err_has "net cannot be moved: scope 'net' is sealed"
run 0 export a.db w.safetensors
run 14 import w.safetensors -o a.db --scope net
err_has "scope 'net' is sealed"
run 0 import w.safetensors -o a.db --reuse auto
run 0 check --read-data a.db
[[ $(sqlite3 a.db 'SELECT scope, mark FROM scope_marks') == 'net|sealed' ]] || fail "no view"

# A salvage seals it again.
run 0 check --salvage new.db a.db
run 0 info --json new.db
field out '$.sealed[0]' net
