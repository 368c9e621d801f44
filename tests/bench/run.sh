#!/usr/bin/env bash
# run.sh BENCH_STORE [ARG...] - bench_store's table and what it was made under,
# as Markdown. Files are made in a folder of the current one, which should be
# on the disk that is to be measured, and removed.
set -euo pipefail
export LC_ALL=C
program=${1:?usage: run.sh BENCH_STORE [ARG...]}
shift
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d ./bench.XXXXXX)
trap 'rm -rf "$dir"' EXIT

load() { cut -d ' ' -f 1-3 /proc/loadavg; }
field() { sed -n "s/^$1[[:space:]]*: *//p" "$2" | head -n 1; }
version() { pkg-config --modversion "$1" 2> /dev/null || echo unknown; }
# Every object of the program names its compiler; the first will do.
compiler() {
    readelf -p .comment "$program" 2> /dev/null |
        sed -n 's/^ *\[ *[0-9a-f]*\] *//p' | head -n 1
}
commit() {
    git -C "$here" rev-parse --short HEAD 2> /dev/null || echo unknown
    git -C "$here" diff --quiet HEAD 2> /dev/null || echo ", changed"
}

before=$(load)
table=$("$program" -d "$dir" "$@")
cat << END
| | |
|---|---|
| date | $(date -u '+%Y-%m-%d %H:%M UTC') |
| commit | $(commit | tr -d '\n') |
| processor | $(field 'model name' /proc/cpuinfo), $(nproc) of them |
| memory | $(awk '/^MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo) |
| kernel | $(uname -sr) |
| file system | $(findmnt -no FSTYPE,SOURCE,OPTIONS -T "$dir" | tr -s ' ') |
| compiler | $(compiler) |
| SQLite, LZ4, xxHash | $(version sqlite3), $(version liblz4), $(version libxxhash) |
| load before, after | $before; $(load) |
| command | \`bench_store $*\` |

$table
END
