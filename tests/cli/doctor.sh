#!/usr/bin/env bash
# doctor.sh - what a store stands on, and who has it open; nothing is changed.
source "$(dirname "$0")/lib.sh"

run 0 doctor
out_like '^Libraries$'
out_like '^  (ok|note) +sqlite +3\.'
out_like '^  ok +lz4 +1\.'
out_like '^  ok +synchronous +FULL '
out_like '^no warnings$'
out_lacks 'Where the store is'

small_store a.db
varstore save -q a.db
before=$(ls; cat a.db* | cksum)
run 0 doctor a.db
out_like '^Where the store is$'
out_like '^  (ok|warn|note) +file-system +'
out_like '^  ok +store +[0-9.]+ [KM]iB +writes go through a log, schema number 1$'
out_like '^  ok +nobody +0 processes '
[[ $(ls; cat a.db* | cksum) == "$before" ]] || fail "something was changed"

run 0 doctor --json a.db
json out doctor/1
field out '$.file' a.db
field out '$.findings[0].topic' varstore
field out '$.findings[0].verdict' ok
run 0 doctor --plain a.db
out_like "^file$(printf '\t')store$(printf '\t')"
run 0 doctor -q
no_out

# Somebody has it open.
exec 5> >(exec sqlite3 a.db > reader.out)
echo "BEGIN; SELECT count(*) FROM name;" >&5
for ((i = 0; i < 200; i++)); do
    [[ -s reader.out ]] && break
    sleep 0.05
done
[[ -s reader.out ]] || fail "the reader does not answer"
run 0 doctor a.db
out_like '^  ok +pid-[0-9]+ +sqlite3 +has it open; reads from the log \(user [0-9]+, running for [0-9]+ s\)$'
exec 5>&-

# A writer died within a big write: the journal stays as it is.
varstore init -q j.db
printf 'not zero' > j.db-journal
run 0 doctor j.db
out_like '^  warn +journal +8 B '
out_like '^[1-9] warnings?, 0 bad$'
run 0 doctor -q j.db
out_like '^warn: journal: 8 B: '
[[ $(< j.db-journal) == 'not zero' ]] || fail "the journal was touched"

# What cannot be kept safe.
varstore init -q one.db
ln one.db two.db
run 1 doctor one.db
out_like '^  bad +hard-links +2 '
run 1 doctor --json one.db
field out '$.verdict' bad

# No store.
run 10 doctor nothing.db
err_has 'does not exist'
run 10 doctor a.d
err_has 'did you mean'
: > empty
run 10 doctor empty
run 10 doctor .
sqlite3 foreign.db 'CREATE TABLE t(x)'
run 10 doctor --json foreign.db
json err error/1
run 2 doctor a.db b.db
[[ ! -e nothing.db ]] || fail "a file was made"
