#!/usr/bin/env bash
# make.sh MAKER READER SUM FOLDER - makes the stores of this folder anew.
#
# MAKER, READER and SUM are the programs compat_make, compat_read and sum_pages.
# A store of ours has pages of 32 KiB, and a page for each table and index; here
# it is written again with pages of 512 bytes and without a log, which readers
# take as well, and SUM gives the pages their sums. READER writes down what is in
# each, and reads it again to compare.
#
# For the stores that are kept, once for each format version:
#     tests/compat/make.sh BUILD/tests/compat/compat_{make,read} \
#         BUILD/tests/support/sum_pages tests/compat/v1
set -euo pipefail
[[ $# == 4 ]] || {
    echo "usage: $0 MAKER READER SUM FOLDER" >&2
    exit 2
}
make=$1 read=$2 sum=$3 folder=$4
command -v sqlite3 > /dev/null || {
    echo "this needs sqlite3, which was not found" >&2
    exit 1
}
on=${VARSTORE_EMULATOR-} # words that run a program of another processor
rm -rf "$folder"
mkdir -p "$folder"
$on "$make" "$folder"
for store in "$folder"/*.vars.db; do
    mode=$(sqlite3 "$store" 'PRAGMA journal_mode = DELETE; PRAGMA page_size = 512; VACUUM;')
    [[ $mode == delete ]] || {
        echo "$store: its journal mode is $mode" >&2
        exit 1
    }
    rm -f "$store"-*
    $on "$sum" "$store"
    [[ $(stat -c %s "$store") -le 73728 ]] || {
        echo "$store has more than 72 KiB: $(stat -c %s "$store")" >&2
        exit 1
    }
done
$on "$read" "$folder" --write
exec $on "$read" "$folder"
