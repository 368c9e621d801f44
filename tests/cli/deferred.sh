#!/usr/bin/env bash
# deferred.sh - variables that have no value yet.
defer=$(realpath "${2:?usage: $0 PROGRAM DEFER}")
source "$(dirname "$0")/lib.sh"

# No command makes one.
varstore init -q a.db
varstore set -q a.db there 1 --dtype f32
"$defer" a.db late
run 0 check --read-data a.db

run 0 ls a.db
out_like '^late +f32 +2 +2 +8 B +-$'
out_has '2 variables, 3 parameters, 12 B, 1 uninitialized'
run 0 ls -l a.db
out_like '^late .* - +- +- +-$'
run 0 ls --plain -l a.db
out_has "$(printf 'late\tf32\t[2]\t2\t8\t\t\t\t\t-')"
run 0 ls --json a.db
json out ls/1
field out '$.variables[0].initialized' 0
field out '$.variables[0].version' ''
run 0 ls -u --names a.db
out_is <<< late
run 0 ls -u a.db there
out_has '0 variables'
run 0 info a.db
out_has '1 uninitialized'
run 0 info --json a.db
field out '$.uninitialized' 1
run 0 show a.db late
out_has '  version      none: not initialized yet'
out_has '  initializer  {"kind":"ones"}'
out_lacks 'stored'
run 0 show --json a.db late
json out show/1
field out '$.initialized' 0
field out '$.stats' ''

# What needs a value says so; nothing is saved or exported without it.
run 14 cat a.db late
err_has 'variable late has no value yet'
run 14 set a.db late -s 0 5
err_has 'variable late has no value yet'
run 14 save a.db
err_has '1 name has no value to be saved: late'
run 0 save --partial a.db
run 0 ls a.db@latest
out_lacks late
varstore set -q a.db there 2
run 0 restore -y a.db latest
run 0 cat a.db there
out_is <<< 1
run 0 ls -u --names a.db
out_is <<< late
run 14 export a.db x.safetensors
err_has 'variable late has no value yet'
[[ ! -e x.safetensors ]] || fail "a file was left"

# A copy waits as well; a value of its own makes it like any other.
run 0 cp a.db late later
cp a.db b.db
run 0 set a.db late '[3,4]'
run 0 cat a.db late
out_has '3'
run 14 save a.db
run 0 rm -y a.db later
run 0 save a.db
run 1 diff b.db a.db
out_like '^\+ +late'
run 0 check --read-data a.db
