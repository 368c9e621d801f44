#!/usr/bin/env bash
# exports.sh ROOT LIBRARY - the shared library exports what the public headers
# declare with VS_API: not less, not more.
library=$(realpath "${2:?usage: exports.sh ROOT LIBRARY}")
source "$(dirname "$0")/sources.sh"

declared=$(cat lib/include/varstore/*.h | awk '
    {
        gsub(/\/\*([^*]|\*+[^*\/])*\*\//, "") # a comment within the line
        if (in_comment) {
            if (!sub(/^.*\*\//, ""))
                next
            in_comment = 0
        }
        if (sub(/\/\*.*/, ""))
            in_comment = 1
    }
    /^[ \t]*#/ { next }
    /^VS_API/ { text = "" ; open = 1 }
    open {
        text = text " " $0
        if (match(text, /[A-Za-z_0-9]+ *\(/)) {
            name = substr(text, RSTART, RLENGTH)
            sub(/ *\($/, "", name)
            print name
            open = 0
        }
    }' | sort -u)
# Names with two underscores are the compiler runtime of sanitized builds.
exported=$(nm -D --defined-only "$library" | awk '{print $NF}' |
    grep -vE '^(__|_init$|_fini$|_edata$|_end$)' | sort -u)

[[ $(wc -l <<< "$declared") -gt 20 ]] || {
    echo "found only these VS_API functions: $declared"
    exit 1
}
{
    comm -23 <(echo "$declared") <(echo "$exported") |
        sed 's/.*/& is declared with VS_API and not exported/'
    comm -13 <(echo "$declared") <(echo "$exported") |
        sed 's/.*/& is exported and not declared with VS_API/'
} | verdict
