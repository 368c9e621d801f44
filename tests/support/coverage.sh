#!/usr/bin/env bash
# coverage.sh SOURCE BUILD - lines and branches of lib/src that the tests of a
# coverage build reached, per room; gcov only. Files below 80 % are named.
set -euo pipefail
export LC_ALL=C
source=$1
objects=$2/lib/CMakeFiles/varstore_objects.dir/src

[[ -n $(find "$objects" -name '*.gcda' -print -quit) ]] || {
    echo "no counts below $objects: run the tests of a coverage build first" >&2
    exit 1
}
cd "$2"
find "$objects" -name '*.gcda' | sort | while read -r counts; do
    # -n: no files; -b: branches. One report per source that was compiled in.
    gcov -b -n "$counts" 2>/dev/null
done | awk -v src="$source/lib/src/" '
    # "Lines executed:85.71% of 7" -> hit and total, as whole numbers
    function take(kind,    at, of) {
        at = index($0, ":")
        of = $NF
        hit[file, kind] = int(substr($0, at + 1) * of / 100 + 0.5)
        all[file, kind] = of
    }
    /^File / {
        file = substr($0, 7, length($0) - 7)
        known = index(file, src) == 1 && file ~ /\.c$/
        if (known) {
            file = substr(file, length(src) + 1)
            files[++n] = file
        }
    }
    known && /^Lines executed/ { take("line") }
    known && /^Taken at least once/ { take("branch") }
    function percent(h, a) { return a > 0 ? 100 * h / a : 100 }
    END {
        printf "%-10s %6s %7s %8s %8s\n", "room", "lines", "reached", "branches", "taken"
        for (i = 1; i <= n; i++) {
            split(files[i], part, "/")
            room = part[1]
            if (!(room in seen)) {
                seen[room] = 1
                rooms[++m] = room
            }
            for (k = 1; k <= 2; k++) {
                kind = k == 1 ? "line" : "branch"
                h[room, kind] += hit[files[i], kind]
                a[room, kind] += all[files[i], kind]
                h["lib", kind] += hit[files[i], kind]
                a["lib", kind] += all[files[i], kind]
            }
        }
        rooms[++m] = "lib"
        for (i = 1; i <= m; i++)
            printf "%-10s %6d %6.1f%% %8d %7.1f%%\n", rooms[i],
                a[rooms[i], "line"], percent(h[rooms[i], "line"], a[rooms[i], "line"]),
                a[rooms[i], "branch"], percent(h[rooms[i], "branch"], a[rooms[i], "branch"])
        for (i = 1; i <= n; i++) {
            p = percent(hit[files[i], "line"], all[files[i], "line"])
            if (p < 80)
                printf "low: %s %.1f%% of %d lines\n", files[i], p, all[files[i], "line"]
        }
    }'
