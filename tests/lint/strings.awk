# strings.awk - prints the string literals of C sources, one per line with the
# file and line where each begins; literals that stand next to each other are
# one. Comments and character constants are passed over.
function flush() {
    if (text != "")
        print where "\t" text
    text = ""
}
FNR == 1 {
    flush()
    in_comment = 0
}
{
    line = $0
    if (!in_comment && line ~ /^[ \t]*#[ \t]*include/)
        next
    while (line != "") {
        if (in_comment) {
            at = index(line, "*/")
            if (at == 0)
                break
            line = substr(line, at + 2)
            in_comment = 0
        } else if (match(line, /^[ \t]+/)) {
            line = substr(line, RLENGTH + 1)
        } else if (substr(line, 1, 2) == "/*") {
            in_comment = 1
            line = substr(line, 3)
        } else if (substr(line, 1, 2) == "//") {
            break
        } else if (match(line, /^"([^"\\]|\\.)*"/)) {
            if (text == "")
                where = FILENAME ":" FNR
            text = text substr(line, 2, RLENGTH - 2)
            line = substr(line, RLENGTH + 1)
        } else if (match(line, /^'([^'\\]|\\.)*'/)) {
            flush()
            line = substr(line, RLENGTH + 1)
        } else {
            flush()
            if (!match(line, /^[^"'\/ \t]+/))
                RLENGTH = 1
            line = substr(line, RLENGTH + 1)
        }
    }
}
END { flush() }
