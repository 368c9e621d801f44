#!/usr/bin/env bash
# init.sh - a new store, and what stands in its way.
source "$(dirname "$0")/lib.sh"

run 0 init a.db
out_is <<< 'made a.db, chunks of 1.0 MiB'
no_err
[[ -s a.db ]] || fail "there is no a.db"

run 0 init --json --chunk 64KiB b.db
json out init/1
field out '$.chunk_bytes' 65536
field out '$.file' b.db

run 0 init -q c.db
no_out

# What is written later is kept as differences from what was saved.
run 0 init --delta e.db
for seed in 1 2; do
    awk -v seed=$seed 'BEGIN {
        srand(5)
        printf "["
        for (i = 0; i < 1100; i++)
            printf "%s%.9g", i ? "," : "", 1 + rand() / 2 + seed / 1048576
        print "]"
    }' > values
    run 0 set --dtype f32 --shape 1100 e.db w "$(cat values)"
    run 0 save e.db
done
[[ $(sqlite3 e.db "SELECT count(*) FROM chunks WHERE filter = 'delta'") == 1 ]] ||
    fail "nothing is kept as differences"
run 0 check --read-data e.db

run 14 init a.db
err_has "error: 'a.db' already exists"
no_out

run 10 init nowhere/a.db
[[ ! -e nowhere ]] || fail "a folder was made"

run 2 init --chunk 5 d.db
err_has 'want a power of two from 4096 to 4194304'
run 2 init --chunk many d.db
err_has "init: --chunk is 'many', want a size such as 256KiB"
[[ ! -e d.db ]] || fail "d.db was made"

mkdir folder
run 14 init folder
