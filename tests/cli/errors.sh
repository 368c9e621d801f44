#!/usr/bin/env bash
# errors.sh - each exit code, its three lines and its JSON; nothing is created
# by reading.
source "$(dirname "$0")/lib.sh"

small_store run7.vars.db
refused() { # CODE STATUS ARG...
    local code=$1 status=$2
    shift 2
    run "$code" "$@"
    [[ $(head -n 1 err) == 'error: '* ]] || fail "no error line"
    [[ $(wc -l < err) -le 3 ]] || fail "more than three lines"
    no_out
    run "$code" --json "$@"
    json err error/1
    field err '$.status' "$status"
    field err '$.exit' "$code"
    no_out
}

# 10: wrong names, and files that are something else.
: > empty
mkdir folder
printf 'just text, long enough to be looked at' > text
sqlite3 foreign.db 'CREATE TABLE t(x); INSERT INTO t VALUES (1)'
for command in info ls tree log check 'show x' 'cat x' diff; do
    read -r verb rest <<< "$command"
    # shellcheck disable=SC2086
    {
        refused 10 nofile "$verb" nothing.db $rest
        refused 10 notastore "$verb" folder $rest
        refused 10 notastore "$verb" empty $rest
        refused 10 notastore "$verb" text $rest
        refused 10 notastore "$verb" foreign.db $rest
    }
done
run 10 ls run7.var.db
err_is << 'E2'
error: 'run7.var.db' does not exist
hint: did you mean run7.vars.db?
E2
run 10 ls run7
err_has 'did you mean run7.vars.db?'
run 10 ls folder/../run8.vars.db
err_has 'did you mean folder/../run7.vars.db?'
refused 10 notfound show run7.vars.db nothing
refused 10 notfound ls run7.vars.db@77
[[ $(sqlite3 foreign.db 'SELECT x FROM t') == 1 ]] || fail "a foreign database was harmed"

# 12: damage; 13: too new; 14: conflict.
head -c 50000 run7.vars.db > cut.db
refused 12 corrupt ls cut.db
printf '12345678' | safetensors bad.safetensors "{$(entry a F32 2 0 9)}"
refused 12 format ls bad.safetensors
cp run7.vars.db new.db
sqlite3 new.db 'PRAGMA user_version = 99' > /dev/null
sum=$(cksum new.db)
for command in ls log check 'set step 1' save; do
    read -r verb rest <<< "$command"
    # shellcheck disable=SC2086
    refused 13 toonew "$verb" new.db $rest
done
[[ $(cksum new.db) == "$sum" ]] || fail "a newer file was touched"
refused 14 exists init run7.vars.db
refused 14 shape set run7.vars.db step '[1,2]'
refused 14 dtype set run7.vars.db step 1 --dtype f32
refused 14 range cat run7.vars.db layer_0/kernel -s 9
refused 16 toobig save run7.vars.db -m "$(printf '%5000d' 0)"

# 11: somebody else writes.
coproc sqlite3 run7.vars.db
printf 'BEGIN IMMEDIATE;\nSELECT 42;\n' >&"${COPROC[1]}"
read -r -u "${COPROC[0]}" answer
[[ $answer == 42 ]] || fail "sqlite3 holds nothing"
refused 11 busy set run7.vars.db step 1 --busy 0
refused 11 busy save run7.vars.db --busy 20
run 0 ls run7.vars.db # readers do not wait
eval "exec ${COPROC[1]}>&-"
wait
run 0 set run7.vars.db step 8

ls > names
! grep -E 'nothing|run8' names || fail "reading made a file"
