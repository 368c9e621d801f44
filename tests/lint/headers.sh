#!/usr/bin/env bash
# headers.sh ROOT CC CXX - every header compiles alone: the public ones as C11
# and as C++17 under strict warnings, the private ones as C11. What callers
# write with the public macros compiles under -Wshadow.
cc=${2:?} cxx=${3:?}
source "$(dirname "$0")/sources.sh"

flags=(-fsyntax-only -Wall -Wextra -Wpedantic -Wshadow -Werror -I lib/include)

compile() { # WHAT COMPILER FLAG... < source
    local what=$1 words
    shift
    words=$("$@" "${flags[@]}" - 2>&1) ||
        echo "$what: $(grep -m 1 'error: ' <<< "$words")"
}

use='
static vs_status use(vs_context *ctx)
{
    vs_status st = VS_OK;
    VS_WITH_SCOPE (st, ctx, "a", NULL)
        VS_WITH_SCOPE (st, ctx, "b", NULL)
            st = vs_get_variable(ctx, "w", NULL, NULL);
    return st;
}
int main(void) { return use(NULL); }'

{
    for header in lib/include/varstore/*.h; do
        name=varstore/${header##*/}
        code=$(printf '#include <%s>\n' "$name" "$name" && echo 'typedef int not_empty;')
        compile "$name as C11" "$cc" -std=c11 -x c <<< "$code"
        compile "$name as C++17" "$cxx" -std=c++17 -x c++ <<< "$code"
    done
    code=$(printf '#include <varstore/varstore.h>\n%s\n' "$use")
    compile "nested scopes as C11" "$cc" -std=c11 -x c <<< "$code"
    compile "nested scopes as C++17" "$cxx" -std=c++17 -x c++ <<< "$code"
    sources '*.h' | grep '^lib/src/' | while read -r header; do
        compile "$header" "$cc" -std=c11 -D_GNU_SOURCE -I lib/src -x c \
            <<< "#include \"${header#lib/src/}\""$'\ntypedef int not_empty;'
    done
} | verdict
