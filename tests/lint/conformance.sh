#!/usr/bin/env bash
# conformance.sh ROOT - tests/conformance/REQUIRED against the tests: each line is
# held by one that runs, and no test bears a number or a name that no line has.
set -euo pipefail
cd "$1"
folder=tests/conformance
list=$folder/REQUIRED
tests=$(mktemp)
trap 'rm -f "$tests"' EXIT

# "FILE TEST ADAPTED" for each program in a table: ADAPTED is 1 if the comment
# right above it has the word.
for file in "$folder"/test_*.c; do
    running=$(tr -d ' \n' < "$file" | grep -oE 'PROGRAM\([a-z0-9_]+\)' |
        sed 's/.*(//; s/)//')
    awk -v file="$file" -v running="$running" '
        BEGIN { n = split(running, names, "\n")
                for (i = 1; i <= n; i++) runs[names[i]] = 1 }
        /^\/\*/ { comment = "" }
        /^(\/\*| \*)/ { comment = comment $0; next }
        /^$/ { comment = "" }
        /^(static void )?[a-z0-9_]+\((struct world.*)?$/ {
            name = $0
            sub(/^static void /, "", name)
            sub(/\(.*/, "", name)
            if (name in runs) print file, name, comment ~ /Adapted:/
        }' "$file"
done > "$tests"

awk -v list="$list" '
    function bad(words) { print words; failed = 1 }
    # Is there a test of this name, or with this number in front?
    function held(name) { return name in adapted || name in numbered }
    function is_number(name) { return name ~ /^[egs][0-9]+$/ }

    FNR == NR {
        name = $2
        adapted[name] = $3
        number = name
        sub(/_.*/, "", number)
        if (is_number(number)) {
            numbered[number] = 1
            name = number
        } else if (name in file && name ~ /^test_/) {
            bad($1 ": " name " is in " file[name] ", too")
        }
        file[name] = $1
        next
    }
    /^#/ || NF == 0 { next }
    {
        where = list ":" FNR ": "
        if ($1 in line)
            bad(where $1 " is in line " line[$1] ", too")
        line[$1] = FNR
    }
    $2 == "none" {
        if (NF < 4) bad(where $1 " is left out without a reason")
        if (held($1)) bad(where $1 " has a test in " file[$1])
        next
    }
    $2 == "by" {
        if (held($1)) bad(where $1 " has a test of its own in " file[$1])
        if (NF != 3) bad(where "want " $1 " by TEST")
        else if ($3 ~ /:/) print "in", $3, where $1
        else if (!held($3)) bad(where "there is no test " $3)
        next
    }
    {
        if (!held($1)) bad(where "no test is named " $1)
        if (NF > 2 || (NF == 2 && $2 != "adapted"))
            bad(where "what is \"" $2 "\"?")
        if ($1 in adapted && (NF == 2) != adapted[$1])
            bad(where $1 (NF == 2 ? " is said to be adapted, not how" \
                                  : " is adapted, which is not said here"))
    }
    END {
        split("g25 e25 s113", last)
        for (i = 1; i <= 3; i++)
            for (n = 1; n <= substr(last[i], 2) + 0; n++)
                if (!((substr(last[i], 1, 1) n) in line))
                    bad(list ": no line has " substr(last[i], 1, 1) n)
        for (name in file)
            if ((is_number(name) || name ~ /^test_/) && !(name in line))
                bad(file[name] ": no line of " list " has " name)
        exit failed
    }' "$tests" "$list" > "$tests.said" || failed=1

# What stands elsewhere runs if its file names it twice: as a function, and in
# the table.
while read -r word place where; do
    if [[ $word != in ]]; then
        echo "$word $place $where"
        continue
    fi
    file=${place%%:*} name=${place##*:}
    if [[ ! -f $file ]] ||
        ! grep -q "^static void $name(void" "$file" ||
        [[ $(grep -cw "$name" "$file") -lt 2 ]]; then
        echo "$where: $file has no test $name"
        failed=1
    fi
done < "$tests.said"
rm -f "$tests.said"
exit "${failed:-0}"
