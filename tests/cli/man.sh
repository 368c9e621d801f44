#!/usr/bin/env bash
# man.sh - the manual page against the program's table.
#
# Between two marks the page holds what `varstore help __man` prints. After a
# change of the table: man.sh PROGRAM --write.
set -euo pipefail
program=$1
page=$(cd "$(dirname "$0")/../.." && pwd)/cli/man/varstore.1

inner() {
    awk '/^\.\\" end of the table/ {on = 0} on {print} /^\.\\" begin of the table/ {on = 1}' "$page"
}
if [[ ${2-} == --write ]]; then
    awk '
        NR == FNR {table = table $0 "\n"; next}
        /^\.\\" end of the table/ {on = 0}
        !on {print}
        /^\.\\" begin of the table/ {on = 1; printf "%s", table}' \
        <("$program" help __man) "$page" > "$page.new"
    mv "$page.new" "$page"
fi
[[ $(inner | wc -l) -gt 100 ]] || {
    echo "$page: the marks are missing"
    exit 1
}
diff <("$program" help __man) <(inner) || {
    echo "$page is not what the table says: $0 $program --write"
    exit 1
}
# Each command has its own heading, and roff has nothing to complain of.
commands=$("$program" help --json | grep -oE '"name":"[a-z]+","group"' | cut -d '"' -f 4)
[[ $(wc -w <<< "$commands") -ge 19 ]]
for command in $commands; do
    grep -q "^\\.SS \"varstore $command" "$page" || {
        echo "$page: no heading for $command"
        exit 1
    }
done
if command -v groff > /dev/null; then
    words=$(groff -ww -z -man -K utf8 "$page" 2>&1)
    [[ -z $words ]] || {
        echo "$words"
        exit 1
    }
fi
