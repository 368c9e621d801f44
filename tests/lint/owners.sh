#!/usr/bin/env bash
# owners.sh ROOT - each table is named in SQL only where schema/OWNERS says.
#
# A line there is `table : writer [reader...]`. Only the first file may INSERT,
# UPDATE or DELETE; all of them may read. SQL is told from other text by its
# upper-case keywords. Every table of schema/*.sql has a line, and every line
# a table.
here=$(cd "$(dirname "$0")" && pwd)
source "$here/sources.sh"

{
    awk '{print "owners\t" FILENAME ":" FNR "\t" $0}' schema/OWNERS
    awk '/^CREATE TABLE / {print "table\t" FILENAME ":" FNR "\t" $3}' schema/*.sql
    sources '*.c' '*.h' | grep -E '^(lib/src|cli)/' |
        xargs awk -f "$here/strings.awk" | sed 's/^/string\t/'
} | awk -F '\t' '
    function breach(text) { print where ": " text }
    # A table is named here, to be read or written.
    function named(word, writes) {
        gsub(/["(;)]/, "", word)
        sub(/^main\./, "", word)
        if (!(word in table))
            return
        if (!((word, file) in may))
            breach("names the table \047" word \
                "\047, which schema/OWNERS does not give to this file")
        else if (writes && writer[word] != file)
            breach("writes the table \047" word "\047, which only " \
                writer[word] " may")
    }
    { where = $2 }

    $1 == "owners" && $3 ~ /^[a-z_]+ *:/ {
        n = split($3, word, /[ :]+/)
        line_of[word[1]] = where
        writer[word[1]] = word[2]
        for (i = 2; i <= n; i++)
            may[word[1], word[i]] = 1
    }
    $1 == "table" {
        table[$3] = 1
        if (!($3 in writer))
            breach("the table \047" $3 "\047 has no line in schema/OWNERS")
    }
    $1 == "string" {
        file = where
        sub(/:[0-9]+$/, "", file)
        sql = $3
        gsub(/\\n/, " ", sql)
        gsub(/,/, " , ", sql)
        n = split(sql, word, " ")
        for (i = 1; i < n; i++) {
            verb = word[i]
            sub(/^\(+/, "", verb)
            if (verb == "FROM" || verb == "JOIN") {
                named(word[i + 1], word[i - 1] == "DELETE")
                # FROM a, b AS c, d
                for (j = i + 2; j < n && word[j] !~ /^[A-Z]+$/ || word[j] == "AS"; j++)
                    if (word[j] == ",")
                        named(word[j + 1], 0)
            } else if (verb == "INTO" || verb == "UPDATE")
                named(word[i + 1], 1)
        }
        if (word[n] ~ /^(FROM|JOIN|INTO|UPDATE)$/)
            breach("the table after " word[n] " is not in the same literal")
    }
    END {
        for (name in line_of)
            if (!(name in table)) {
                where = line_of[name]
                breach("\047" name "\047 is no table of schema/*.sql")
            }
    }' | verdict
