# shellcheck shell=bash
# lib.sh - sourced by the scripts, each of which is given the program's path.
#
# A script works in an empty folder of its own. `run CODE ARG...` runs the
# program, keeps what it prints in the files out and err, and fails unless it
# ends with CODE; out_is, out_has and so on look at those files. Nothing here
# needs more than bash, coreutils, grep, sed, awk and sqlite3.
set -euo pipefail
shopt -s inherit_errexit
export LC_ALL=C TERM=dumb
unset NO_COLOR PAGER VARSTORE_PAGER

program=$(realpath "${1:?usage: $0 PROGRAM}")
# Outside of any folder that "other users" could not enter.
dir=$(mktemp -d "${TMPDIR:-/tmp}/varstore-cli-XXXXXX")
trap 'chmod -R u+rwx "$dir" && rm -rf "$dir"' EXIT
cd "$dir"

varstore() { "$program" "$@"; }

fail() {
    printf 'FAILED at %s:%s: %s\n' "${BASH_SOURCE[-1]##*/}" "${BASH_LINENO[-2]}" "$*"
    if [[ -n ${last-} ]]; then
        printf -- '--- %s\n--- stdout:\n' "$last"
        head -c 4000 out
        printf -- '--- stderr:\n'
        head -c 4000 err
    fi
    exit 1
}

run() { # CODE ARG...
    local want=$1 got=0
    shift
    last="varstore $*"
    "$program" "$@" > out 2> err < /dev/null || got=$?
    [[ $got == "$want" ]] || fail "exit code $got, want $want"
}

# The whole of stdout or stderr against stdin.
out_is() { diff out - > diff || fail "stdout differs: $(< diff)"; }
err_is() { diff err - > diff || fail "stderr differs: $(< diff)"; }
no_out() { [[ ! -s out ]] || fail "stdout is not empty"; }
no_err() { [[ ! -s err ]] || fail "stderr is not empty"; }

# A fixed string somewhere in it.
out_has() { grep -qF -- "$1" out || fail "stdout lacks: $1"; }
err_has() { grep -qF -- "$1" err || fail "stderr lacks: $1"; }
out_lacks() { ! grep -qF -- "$1" out || fail "stdout has: $1"; }
# An extended regular expression for a line of stdout.
out_like() { grep -qE -- "$1" out || fail "stdout has no line like: $1"; }

# One JSON document: its first key is the schema, and it is valid.
json() { # FILE SCHEMA
    [[ $(wc -l < "$1") == 1 ]] || fail "$1 is not one line"
    grep -q "^{\"schema\":\"varstore.$2\"" "$1" || fail "$1 does not begin with schema $2"
    [[ $(sqlite3 :memory: "SELECT json_valid(readfile('$1'))") == 1 ]] || fail "$1 is not JSON"
}
# A value of the JSON in a file, by SQLite's path.
field() { # FILE PATH WANT
    local have
    have=$(sqlite3 :memory: "SELECT json_extract(CAST(readfile('$1') AS TEXT), '$2')")
    [[ $have == "$3" ]] || fail "$1: $2 is '$have', want '$3'"
}

# Has another program write to a store. It leaves that in the log: it does not
# know the sums of the pages in the file.
foreign() { # FILE SQL
    sqlite3 -cmd '.dbconfig no_ckpt_on_close on' "$1" "$2" > /dev/null
}

# A number as bytes, little-endian.
le() { # BYTES NUMBER
    local i n=$2
    for ((i = 0; i < $1; i++)); do
        # shellcheck disable=SC2059
        printf "\\x$(printf %02x $((n & 255)))"
        n=$((n >> 8))
    done
}
# One tensor of a safetensors header: entry NAME DTYPE SHAPE FROM TO.
entry() {
    printf '"%s":{"dtype":"%s","shape":[%s],"data_offsets":[%s,%s]}' "$@"
}
# Makes a safetensors file of a header and the bytes on stdin.
safetensors() { # FILE HEADER < DATA
    {
        le 8 ${#2}
        printf %s "$2"
        cat
    } > "$1"
}

# A small store: two layers, a bias, a step; an alias.
small_store() { # FILE
    varstore init -q "$1"
    varstore set -q "$1" layer_0/kernel '[[1,2,3],[4,5,6]]' --dtype f32
    varstore set -q "$1" layer_1/kernel '[[1,2,3],[4,5,7]]' --dtype f32
    varstore set -q "$1" layer_1/bias '[-1,0,1]' --dtype bf16
    varstore set -q "$1" step 7 --dtype i64
    varstore ln -q "$1" layer_0/kernel tied
}
