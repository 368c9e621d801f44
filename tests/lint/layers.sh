#!/usr/bin/env bash
# layers.sh ROOT - holds every #include of lib/src and cli against lib/LAYERS.
#
# A room may include itself, the rooms that its line names and the public
# headers; a <header> with a line of its own, only the room it names. A line
# may name only rooms above it in the file: arrows point one way. The command
# line sees the public headers and its own.
source "$(dirname "$0")/sources.sh"

{
    awk '{print "layers " FILENAME ":" FNR " " $0}' lib/LAYERS
    sources '*.c' '*.h' | grep -E '^(lib/src|cli)/' |
        xargs awk '/^[ \t]*#[ \t]*include/ {
            gsub(/[ \t]*#[ \t]*include[ \t]*/, "")
            sub(/[ \t]*(\/[*\/].*)?$/, "")
            print "include " FILENAME ":" FNR " " $0
        }'
} | awk '
    function breach(text) { print where ": " text }
    { kind = $1; where = $2 }

    kind == "layers" && $3 ~ /^[a-z]+$/ && $4 == ":" {
        known[$3] = 1
        may[$3, $3] = 1
        for (i = 5; i <= NF; i++) {
            if (!($i in known))
                breach("\047" $3 "\047 may not use \047" $i "\047, which is not above it")
            may[$3, $i] = 1
        }
    }
    kind == "layers" && $3 ~ /^</ && $4 == ":" {
        owner[$3] = $5
        if (!($5 in known))
            breach($3 " belongs to \047" $5 "\047, which is no room")
    }

    kind == "include" {
        n = split($2, part, "/")
        mine = part[1] == "cli" ? "cli" : part[3]
        what = $3
        if (mine != "cli" && !(mine in known)) {
            if (!(mine in told))
                breach("\047" mine "\047 is a folder of lib/src and no room of lib/LAYERS")
            told[mine] = 1
        }
        if (what in owner && owner[what] != mine)
            breach(what " belongs to \047" owner[what] "\047 alone")
        if (what ~ /^"/) {
            path = substr(what, 2, length(what) - 2)
            split(path, to, "/")
            if (to[1] == "varstore" && path ~ /\//)
                next
            if (mine == "cli") {
                if (system("test -f \"cli/" path "\"") != 0)
                    breach("the command line may not use " what)
            } else if (path !~ /\//)
                breach(what " names no room: write \"" mine "/...\"")
            else if (!((mine, to[1]) in may))
                breach("\047" mine "\047 may not use \047" to[1] "\047: " what)
        }
    }' | verdict
