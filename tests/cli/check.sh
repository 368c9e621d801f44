#!/usr/bin/env bash
# check.sh - is everything as it was stored? 0, 1, 10.
source "$(dirname "$0")/lib.sh"

small_store a.db
varstore set -q a.db big 1 --dtype f32 --shape 600x1000
varstore save -q a.db
run 0 check a.db
out_is <<< 'sound: 6 names, 2 chunks, 1 checkpoint (--read-data reads every byte, too)'
run 0 check --read-data a.db
out_like '^sound: 6 names, 2 chunks, 1 checkpoint, 1\.3 MiB read$'
run 0 check -q a.db
no_out
run 0 check --json --read-data a.db
json out check/1
field out '$.sound' 1
field out '$.names' 6

# A value that is not what was written.
cp a.db b.db
foreign b.db "UPDATE small SET bytes = zeroblob(length(bytes)) WHERE version =
    (SELECT current FROM variable v JOIN name n ON n.variable = v.id WHERE path = 'step')"
run 1 check --read-data b.db
out_like '^step: .*; harms the current value and checkpoint 1$'
out_has DAMAGED
run 1 check -q --read-data b.db
no_out
run 1 check --plain --read-data b.db
out_like "^step$(printf '\t')"
run 1 check --json --read-data b.db
json out check/1
field out '$.sound' 0
field out '$.damages[0].name' step
field out '$.damages[0].current' 1
field out '$.damages[0].checkpoints[0]' 1

# A chunk that is only in checkpoints now.
cp a.db c.db
varstore save -q c.db
varstore set -q c.db big 2
foreign c.db "UPDATE frame SET bytes = zeroblob(3) WHERE chunk = 1"
run 1 check c.db
out_like '^big: chunk 1: .*; harms checkpoints 1, 2$'
run 1 check --json c.db
field out '$.damages[0].chunk' 1
field out '$.damages[0].current' 0
field out '$.damages[0].checkpoints[1]' 2
run 1 check --plain c.db
out_like "^big$(printf '\t')chunk 1: .*$(printf '\t\t')1,2$"
run 12 cat b.db step
no_out

# A file that is cut is damaged, and not a failure to answer.
head -c 100000 a.db > cut.db
run 1 check cut.db
out_has 'is truncated'
out_has 'DAMAGED beyond a full check'
run 1 check --json cut.db
json out check/1
field out '$.sound' 0
run 12 ls cut.db
err_has 'is truncated'

run 10 check nothing.db
run 10 check a.d
err_has 'did you mean'
: > empty
run 10 check empty
run 10 check .
sqlite3 foreign.db 'CREATE TABLE t(x)'
run 10 check foreign.db
[[ $(ls) == *foreign.db* && ! -e nothing.db ]] || fail "a file was made"

# What a damaged store can still give.
run 1 check --salvage new.db b.db
out_like '^step: '
out_like '^made new\.db: 5 names, 0 checkpoints; 2 lost$'
run 0 check --read-data new.db
run 0 cat new.db big -s :1,:2
run 14 check --salvage new.db b.db
err_has 'already exists'
run 0 check --salvage whole.db a.db
out_is <<< 'made whole.db: 6 names, 1 checkpoint; 0 lost'
run 1 check --json --salvage json.db b.db
json out salvage/1
field out '$.names' 5
run 12 check --salvage none.db cut.db
[[ ! -e none.db ]] || fail "a store was made of nothing"
