#!/usr/bin/env bash
# planted.sh ROOT CC CXX LIBRARY - the lint scripts find what they look for:
# each breach below is planted in a copy of the tree, and the script must fail
# and name it.
set -euo pipefail
root=$(cd "$1" && pwd) cc=$2 cxx=$3 library=$(realpath "$4")
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0

# expect WORDS SCRIPT ARG...: the script fails and says WORDS about the copy.
expect() {
    local words=$1 script=$2 said
    shift 2
    if said=$("$here/$script.sh" "$dir/tree" "$@" 2>&1); then
        echo "$script.sh did not find: $words"
        failed=1
    elif [[ $said != *"$words"* ]]; then
        echo "$script.sh failed without saying '$words' but: $said"
        failed=1
    fi
    rm -rf "$dir/tree"
}
copy() {
    mkdir "$dir/tree"
    (cd "$root" && tar cf - --exclude='build*' lib cli schema tests README.md) |
        tar xf - -C "$dir/tree"
    cd "$dir/tree"
}
function_of() { # N lines
    printf 'int long_one(void);\nint long_one(void)\n{\n'
    for ((i = 0; i < $1 - 3; i++)); do echo '    (void)0;'; done
    printf '    return 0;\n}\n'
}

copy && echo '#include "tensor/shape.h"' >> lib/src/base/status.c
expect "'base' may not use 'tensor'" layers
copy && echo '#include <sqlite3.h>' >> lib/src/tensor/shape.h
expect "<sqlite3.h> belongs to 'db' alone" layers
copy && echo '#include "status.h"' >> lib/src/base/status.c
expect '"status.h" names no room' layers
copy && echo '#include "base/buf.h"' > cli/planted.c
expect 'the command line may not use "base/buf.h"' layers
copy && sed -i 's/^base  *:/& db/' lib/LAYERS
expect "'base' may not use 'db', which is not above it" layers
copy && mkdir lib/src/attic && echo '#include <stdio.h>' > lib/src/attic/a.c
expect "'attic' is a folder of lib/src and no room" layers

copy
echo 'static const char s[] = "SELECT a " "FROM x, chunk";' > lib/src/base/planted.c
expect "lib/src/base/planted.c:1: names the table 'chunk'" owners
copy && mkdir -p lib/src/service
echo 'static const char s[] = "DELETE FROM version WHERE id = $1";' > lib/src/service/check.c
expect "lib/src/service/check.c:1: writes the table 'version'" owners
copy && echo 'static const char s[] = "SELECT a FROM " T;' > lib/src/base/planted.c
expect 'lib/src/base/planted.c:1: the table after FROM is not in the same literal' owners
copy && echo 'CREATE TABLE planted (id INTEGER);' >> schema/0001_store.sql
expect "the table 'planted' has no line" owners
copy && echo 'planted : lib/src/base/buf.c' >> schema/OWNERS
expect "'planted' is no table" owners

copy && echo 'static vs_planted *planted;' >> lib/include/varstore/dtype.h
expect 'varstore/dtype.h as C11' headers "$cc" "$cxx"
copy
echo 'static inline int planted(int new) { return new; }' >> lib/include/varstore/dtype.h
expect 'varstore/dtype.h as C++17' headers "$cc" "$cxx"
copy && echo 'static inline size_t planted(void) { return 0; }' > lib/src/base/planted.h
expect 'lib/src/base/planted.h' headers "$cc" "$cxx"

copy && echo 'VS_API void vs_planted(void);' >> lib/include/varstore/dtype.h
expect 'vs_planted is declared with VS_API and not exported' exports "$library"
copy && sed -i '/vs_dtype_size(/s/VS_API//' lib/include/varstore/dtype.h
expect 'vs_dtype_size is exported and not declared' exports "$library"

copy && function_of 81 > lib/src/base/planted.c
expect 'a function of 81 lines' sizes
copy && awk 'BEGIN {for (i = 0; i < 601; i++) print "/* a line */"}' > lib/src/base/planted.c
expect '601 lines, a source has at most 600' sizes
copy && printf '/* %098d */\n' 0 > lib/src/base/planted.c
expect 'lib/src/base/planted.c:1: more than 100 columns' sizes

copy && sed -i 's/VS_OPEN_CREATE/VS_OPEN_WRITE/' README.md
expect "README.md: its C example is not" words
copy && echo '[planted](nowhere.md)' >> lib/README.md
expect 'lib/README.md: there is no nowhere.md' words
copy && echo '/* TO''DO: later */' > lib/src/base/planted.c
expect "planted.c:1: a TODO without an issue's number" words
copy && printf 'int a;\t/* b */\n' > lib/src/base/planted.c
expect 'planted.c:1: a tab' words
copy && printf 'int a; \n' > lib/src/base/planted.c
expect 'planted.c:1: blanks at the end' words
copy && printf 'int a;' > lib/src/base/planted.c
expect 'planted.c: no line feed' words
copy && printf -- '-- \303\251\n' >> schema/0001_store.sql
expect 'not ASCII' words

required=tests/conformance/REQUIRED
copy && sed -i '/^g7$/d' $required
expect 'no line has g7' conformance
copy && sed -i '/PROGRAM(g7_/d' tests/conformance/test_default_names.c
expect 'no test is named g7' conformance
copy && sed -i '/PROGRAM(test_get_var),/d' tests/conformance/test_variable_scope_values.c
expect 'no test is named test_get_var' conformance
copy && sed -i 's/^s8 by g8$/s8 by g88/' $required
expect 'there is no test g88' conformance
copy && sed -i 's/^s9$/s9 by g9/' $required
expect 's9 has a test of its own' conformance
copy && sed -i 's/^\(e22 none\).*/\1/' $required
expect 'e22 is left out without a reason' conformance
copy && sed -i 's/Adapted: the flag/The flag/' tests/conformance/test_rules.c
expect 'test_resource is said to be adapted, not how' conformance
copy && sed -i 's/^test_resource adapted/test_resource/' $required
expect 'test_resource is adapted, which is not said here' conformance
copy && sed -i '/^test_get_var$/d' $required
expect "no line of $required has test_get_var" conformance
copy && sed -i 's/:a_scope_is_restored_exactly/:the_scope_is_restored_exactly/' $required
expect 'has no test the_scope_is_restored_exactly_and_no_more' conformance

exit "$failed"
