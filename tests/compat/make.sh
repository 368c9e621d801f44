#!/usr/bin/env bash
# make.sh MAKER READER FOLDER - makes the stores of this folder anew.
#
# MAKER and READER are the programs compat_make and compat_read. A store of ours
# has pages of 64 KiB, and a page for each table and index; here it is written
# again with pages of 512 bytes and without a log, which readers take as well.
# READER writes down what is in each, and reads it again to compare.
#
# For the stores that are kept, once for each format version:
#     tests/compat/make.sh BUILD/tests/compat/compat_{make,read} tests/compat/v1
set -euo pipefail
[[ $# == 3 ]] || {
    echo "usage: $0 MAKER READER FOLDER" >&2
    exit 2
}
make=$1 read=$2 folder=$3
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
    [[ $(stat -c %s "$store") -le 65536 ]] || {
        echo "$store has more than 64 KiB: $(stat -c %s "$store")" >&2
        exit 1
    }
done
$on "$read" "$folder" --write
exec $on "$read" "$folder"
