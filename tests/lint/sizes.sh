#!/usr/bin/env bash
# sizes.sh ROOT - the house numbers: files, functions, lines.
#
# A .c file has at most 600 lines, a public header 600, another header 200, a
# function 80 from brace to brace (which stand in column 1), a line of code 100
# columns (but tests of the command line quote what it prints). Prints how long
# functions are.
source "$(dirname "$0")/sources.sh"

code=$(sources '*.c' '*.h' '*.sh' '*.sql' '*.cmake' CMakeLists.txt | grep -v '^tests/cli/')
{
    sources '*.c' '*.h' | xargs awk '
        function told(limit, what) {
            if (lines > limit)
                printf "%s: %d lines, %s has at most %d\n", file, lines, what, limit
        }
        function file_ends() {
            if (file ~ /\.c$/)
                told(600, "a source")
            else if (file ~ /^lib\/include\//)
                told(600, "a public header")
            else if (file != "")
                told(200, "a private header")
        }
        FNR == 1 { file_ends(); file = FILENAME; start = 0 }
        { lines = FNR }
        /^\{/ { start = FNR }
        /^\}/ && start > 0 {
            n = FNR - start + 1
            start = 0
            if (n > 80)
                printf "%s:%d: a function of %d lines, the limit is 80\n", FILENAME, FNR, n
            if (FILENAME ~ /^lib\/src\//)
                print n > "/dev/stderr"
        }
        END { file_ends() }' 2> >(sort -n | awk '
            { n[NR] = $1 }
            END {
                if (NR > 0)
                    printf "lib/src: %d functions, lines: median %d, 90 %% %d, longest %d\n",
                        NR, n[int((NR + 1) / 2)], n[int(NR * 0.9 + 0.5)], n[NR]
            }' >&2)
    # Columns, not bytes.
    # shellcheck disable=SC2086
    LC_ALL=C.UTF-8 grep -nE '^.{101,}' $code /dev/null |
        sed -E 's/^([^:]*:[0-9]+):.*/\1: more than 100 columns/' || true
} | verdict
