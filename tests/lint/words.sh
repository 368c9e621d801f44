#!/usr/bin/env bash
# words.sh ROOT - text that must agree or must not be there.
#
# README.md's C example is lib/examples/readme.c, those of the guide are
# guide.c; a document's links lead to something; a TODO names an issue; no tabs,
# no blanks at the end of a line, a line feed at the end of each file; the schema
# is ASCII.
source "$(dirname "$0")/sources.sh"

text=$(sources '*.c' '*.h' '*.sh' '*.awk' '*.sql' '*.cmake' '*.md' '*.json' \
    '*.in' CMakeLists.txt LAYERS OWNERS)
tab=$(printf '\t')

# Each match of a pattern as FILE:LINE: WORDS.
matches() {
    local words=$1
    shift
    # shellcheck disable=SC2086
    grep -nE "$@" $text /dev/null | sed -E "s/^([^:]*:[0-9]+):.*/\1: $words/" || true
}
{
    # The first C block of README.md, line for line.
    awk '/^```c$/ {n++; next} /^```$/ {if (n == 1) exit} n == 1' README.md |
        diff lib/examples/readme.c - > /dev/null ||
        echo "README.md: its C example is not lib/examples/readme.c"
    # All C blocks of the guide, one blank line between, against guide.c.
    diff <(awk '/^```c$/ {if (n++) print ""; on = 1; next}
                /^```$/ {on = 0} on' lib/GUIDE.md) \
        <(sed -n '/^\/\* The guide. \*\/$/,/^\/\* The end of the guide. \*\/$/p' \
            lib/examples/guide.c | sed '1,2d' | sed '$d' | sed '$d') > /dev/null ||
        echo "lib/GUIDE.md: its C side is not lib/examples/guide.c"
    for file in $(sources '*.md'); do
        grep -oE '\]\([^)#: ]+\)' "$file" | tr -d '()]' | while read -r link; do
            [[ -e ${file%"${file##*/}"}$link ]] || echo "$file: there is no $link"
        done || true
    done
    matches "a TODO without an issue's number: write TODO(#12)" \
        '\b(TODO|FIXME|XXX)\b($|[^(]|\([^#]|\(#[^0-9])' |
        grep -vE '^(tests/lint/|CONTRIBUTING.md)' || true
    matches 'a tab' "$tab" | grep -v '^tests/lint/strings.awk' || true
    matches 'blanks at the end of the line' ' $'
    for file in $text; do
        [[ -z $(tail -c 1 "$file") ]] || echo "$file: no line feed at its end"
    done
    grep -nP '[^\x00-\x7f]' schema/*.sql schema/OWNERS |
        sed -E 's/^([^:]*:[0-9]+):.*/\1: not ASCII/' || true
} | verdict
