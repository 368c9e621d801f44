#!/usr/bin/env bash
# hostile.sh PROGRAM PEAK SUM [--all | NAIVE] - stores that a stranger made.
#
# Each of some hundred files is opened by several commands, among files of the
# user (canaries) that must be as they were. A file with another schema, or that
# is none, must be refused: with a code of its own, an error in words, within
# seconds. No command may take more than 64 MiB, which PEAK (peak.c) measures.
# One that differs only in its rows or pages may be
# read as far as it is right; one with strange files beside it may be read if
# they are harmless. strace shows that nothing but the store and its own files
# is opened for writing, removed or renamed.
#
# Without --all the schemas of some tables only are changed, and fewer commands
# are run on each file. NAIVE is a program that trusts what it opens: "NAIVE
# STORE" is run instead of ours, and the script must fail then.
source "$(dirname "$0")/../cli/lib.sh"

command -v strace > /dev/null || fail "this test needs strace, which was not found"
peak=$2
sum_pages=$3 # makes the sums of pages right
cap=65536 # KiB
all=
naive=
case ${4-} in
    --all) all=yes ;;
    *) naive=${4-} ;;
esac
# What measures must be able to tell.
"$peak" $cap peaks true || fail "peak cannot be run"
"$peak" $cap hog bash -c 'x=$(head -c 99999999 /dev/zero | tr "\0" x)' &&
    fail "peak measures nothing"
began=$SECONDS
states=0

# The store that is spoilt, in one file, and what must stay as it is.
small_store sound.db
varstore save -q sound.db --step 1 --tag best --metric loss=0.5
varstore set -q sound.db big 1 --dtype f32 --shape 300x1000
sqlite3 sound.db 'PRAGMA journal_mode = DELETE' > /dev/null
"$sum_pages" sound.db
mkdir home
echo 'mine' > home/canary
echo 'mine too' > home/victim
chmod 600 home/*
sum() { (cd home && find . -type f -printf '%p %s %m %T@ ' -exec cksum {} \; | sort); }
canaries=$(sum)

# Runs one command on x.db; `code` gets how it ended.
try() { # ARG...
    code=0
    last="varstore $*"
    if [[ -n $naive ]]; then
        (ulimit -t 5 && timeout 10 $naive x.db) > out 2> err < /dev/null || code=$?
    else
        (ulimit -t 5 -v 400000 &&
            "$peak" $cap peaks timeout 10 "$program" --busy 300 "$@") \
            > out 2> err < /dev/null || code=$?
    fi
    [[ $code != 125 ]] || fail "$case: more than $cap KiB of memory"
    [[ $code -lt 124 ]] || fail "$case: ended by $code"
    [[ $(sum) == "$canaries" ]] || fail "$case: a canary was touched"
}

# Every command must refuse x.db.
refused() { # CASE
    local command
    case=$1
    states=$((states + 1))
    for command in 'set x.db new 1' 'ls x.db' 'check x.db'; do
        # shellcheck disable=SC2086
        try $command
        case $command:$code in
            check*:1) [[ -s out ]] || fail "$case: damaged, but nothing is told" ;;
            *:10 | *:12 | *:13 | *:14 | *:15)
                grep -q '^error: ' err || fail "$case: no error in words"
                ;;
            *) fail "$case: $command ends with $code" ;;
        esac
        [[ -n $all ]] || break
    done
    clear_up
}

# No command may do harm; what it says is its own affair.
harmless() { # CASE
    local command
    case=$1
    states=$((states + 1))
    for command in 'doctor x.db' 'check --read-data x.db' 'set x.db new 1' 'ls x.db' \
        'cat x.db big -s :1,:2'; do
        [[ -n $all || $command != ls* ]] || break
        # shellcheck disable=SC2086
        try $command
        [[ $code == 0 || -s err || -s out ]] || fail "$case: $command ends with $code, in silence"
    done
    clear_up
}
clear_up() { rm -rf x.db x.db-wal x.db-shm x.db-journal; }

# A copy of the store in which SQL was run; what is not possible is no case.
spoilt() { # SQL
    cp sound.db x.db
    sqlite3 -cmd '.dbconfig defensive off' -cmd '.dbconfig trusted_schema on' x.db \
        "PRAGMA writable_schema = ON; $1" > /dev/null 2>&1 && "$sum_pages" x.db
}
refused_sql() { # CASE SQL
    if spoilt "$2"; then refused "$1"; else clear_up; fi
}
harmless_sql() { # CASE SQL
    if spoilt "$2"; then harmless "$1"; else clear_up; fi
}

# --- 1. Another schema: whatever would be run on the way.
tables=$(sqlite3 sound.db "SELECT name FROM sqlite_schema WHERE type = 'table'
    AND name NOT LIKE 'sqlite%'")
[[ -n $all ]] || tables='meta name variable chunk'
for t in $tables; do
    column=$(sqlite3 sound.db "SELECT name FROM pragma_table_info('$t') LIMIT 1")
    refused_sql "a trigger on insert into $t" \
        "CREATE TRIGGER x AFTER INSERT ON $t BEGIN DELETE FROM meta; END"
    refused_sql "an index of $t" "CREATE INDEX x ON $t ($column)"
    refused_sql "an index by an expression of $t" \
        "CREATE INDEX x ON $t (length(hex(zeroblob(1000))))"
    refused_sql "a generated column of $t" \
        "ALTER TABLE $t ADD COLUMN x AS (hex(zeroblob(900000000)))"
    refused_sql "a column more of $t" "ALTER TABLE $t ADD COLUMN x"
    refused_sql "$t renamed" "ALTER TABLE $t RENAME TO x"
    refused_sql "no $t" "PRAGMA foreign_keys = OFF; DROP TABLE $t"
    refused_sql "a view in the place of $t" \
        "DELETE FROM sqlite_schema WHERE name = '$t' AND type = 'table'; \
         INSERT INTO sqlite_schema VALUES ('view', '$t', '$t', 0, 'CREATE VIEW $t AS \
         WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) \
         SELECT x AS $column FROM c')"
    refused_sql "a CHECK on $t" \
        "UPDATE sqlite_schema SET sql = replace(sql, ') STRICT', \
         ', CHECK (length(hex(randomblob(100000000))) > 0)) STRICT') WHERE name = '$t'"
done
refused_sql 'a trigger instead of writing a view' \
    'CREATE TRIGGER x INSTEAD OF DELETE ON variables BEGIN DELETE FROM meta; END'
refused_sql 'a view more' 'CREATE VIEW x AS SELECT 1'
refused_sql 'a full-text table' 'CREATE VIRTUAL TABLE x USING fts3(a)'
refused_sql 'a tree of rectangles' 'CREATE VIRTUAL TABLE x USING rtree(a, b, c)'
refused_sql 'statistics that mislead' 'ANALYZE'
refused_sql 'a schema that is no SQL' "UPDATE sqlite_schema SET sql = 'CREATE' WHERE name = 'name'"
refused_sql 'a schema that is long' \
    "UPDATE sqlite_schema SET sql = 'CREATE TABLE meta (' || hex(zeroblob(9000000)) || ')' \
     WHERE name = 'meta'"
refused_sql 'two tables on one root' \
    "UPDATE sqlite_schema SET rootpage = 2 WHERE type = 'table'"
refused_sql 'a table that begins at the end of the world' \
    "UPDATE sqlite_schema SET rootpage = 2147483647 WHERE name = 'meta'"
refused_sql 'another schema number' 'PRAGMA user_version = 2147483647'
refused_sql 'a negative schema number' 'PRAGMA user_version = -1'
refused_sql 'another application' 'PRAGMA application_id = 1'

# --- 2. The same schema, rows that lie.
for sql in "UPDATE meta SET value = '99999999999' WHERE key = 'chunk_bytes'" \
    "UPDATE meta SET value = '999' WHERE key = 'format_version'" \
    "UPDATE meta SET value = 'x' WHERE key = 'seed'" 'DELETE FROM meta'; do
    refused_sql "$sql" "$sql"
done
for sql in "UPDATE variable SET shape = '[4611686018427387904,4]'" \
    "UPDATE variable SET shape = '[' || replace(hex(zeroblob(200000)), '00', '1,') || '1]'" \
    'UPDATE variable SET n_bytes = 9223372036854775807' \
    'UPDATE variable SET dtype = -9223372036854775808' \
    'UPDATE variable SET current = id' 'UPDATE variable SET current = 9223372036854775807' \
    'UPDATE version SET n_chunks = 9223372036854775807' 'UPDATE version SET variable = 1' \
    'UPDATE version_chunk SET chunk = 1' 'UPDATE chunk SET raw_bytes = 9223372036854775807' \
    'UPDATE chunk SET base = id' 'UPDATE chunk SET frame_bytes = -1' \
    'UPDATE frame SET bytes = zeroblob(20000000)' "UPDATE frame SET bytes = x''" \
    'UPDATE frame SET bytes = randomblob(length(bytes))' \
    "UPDATE small SET bytes = zeroblob(4096)" \
    "UPDATE name SET shape = '[4611686018427387904,4]'" 'UPDATE name SET dtype = -1' \
    "UPDATE name SET path = '../../../etc/passwd' WHERE id = 1" \
    "UPDATE name SET path = char(27) || '[2J' WHERE id = 1" \
    "UPDATE name SET path = hex(zeroblob(4000000)) WHERE id = 1" \
    "UPDATE name SET path = '\$(touch home/made)' WHERE id = 1" \
    'UPDATE checkpoint_variable SET version = 99' 'UPDATE checkpoint SET n_names = -1' \
    "UPDATE checkpoint SET message = hex(zeroblob(4000000))" 'UPDATE tag SET checkpoint = -1'; do
    harmless_sql "$sql" "$sql"
done

# --- 3. Pages: loops, and a header that lies.
page() { echo $(($(sqlite3 sound.db "SELECT rootpage FROM sqlite_schema WHERE name = '$1'") - 1)); }
byte() { # OFFSET BYTES...
    # shellcheck disable=SC2059
    printf "$2" | dd of=x.db bs=1 seek="$1" conv=notrunc status=none
}
size=32768
for table in name variable version chunk frame; do
    cp sound.db x.db # an inner page whose only child is itself
    number=$(($(page $table) + 1))
    kind=5
    [ $table != name ] || kind=2 # it has no rowid
    byte $(($(page $table) * size)) \
        "$(printf '\\x0'$kind'\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\x%02x' $number)"
    "$sum_pages" x.db
    harmless "a page of $table that leads to itself"
    cp sound.db x.db
    byte $(($(page $table) * size + 3)) '\xff\xff'
    "$sum_pages" x.db
    harmless "a page of $table with more cells than bytes"
done
for at in 16 18 20 21 28 36 52 56 60 68 96; do
    cp sound.db x.db
    byte $at '\xff\xff\xff\xff'
    harmless "a header with other bytes at $at"
done
for n in 0 1 99 100 511 32767 32768 32769; do
    head -c $n sound.db > x.db
    refused "a file of $n bytes"
done

# --- 4. Files beside it. A journal can name any file of the user's as its
# super-journal, and SQLite deletes that.
journal() { # SUPER
    printf '\xd9\xd5\x05\xf9\x20\xa1\x63\xd7\xff\xff\xff\xff\0\0\0\0\0\0\0\x01\0\0\2\0\0\1\0\0'
    head -c 484 /dev/zero
    printf '\0\0\0\0'
    printf %s "$1"
    printf '\0\0\0'
    # shellcheck disable=SC2059
    printf "\\x$(printf %02x ${#1})"
    local i sum=0
    for ((i = 0; i < ${#1}; i++)); do sum=$((sum + $(printf %d "'${1:i:1}"))); done
    printf '\0\0'
    # shellcheck disable=SC2059
    printf "\\x$(printf %02x $((sum / 256)))\\x$(printf %02x $((sum % 256)))"
    printf '\xd9\xd5\x05\xf9\x20\xa1\x63\xd7'
}
for victim in "$PWD/home/victim" home/victim ../victim; do
    cp sound.db x.db
    journal "$victim" > x.db-journal
    harmless "a journal that names $victim"
done
for kind in wal shm journal; do
    for make in 'head -c 4096 /dev/zero' 'head -c 70000 /dev/urandom' 'head -c 100000 sound.db'; do
        cp sound.db x.db
        $make > x.db-$kind
        harmless "$make as -$kind"
    done
    cp sound.db x.db
    ln -s home/canary x.db-$kind
    harmless "-$kind that is a link to a canary"
    cp sound.db x.db
    ln home/canary x.db-$kind 2> /dev/null || true
    rm -f x.db-$kind # a hard link is that file: nobody could tell
    mkfifo x.db-$kind
    harmless "-$kind that is a pipe"
    cp sound.db x.db
    mkdir x.db-$kind
    harmless "-$kind that is a folder"
    cp sound.db x.db
    ln -s /dev/full x.db-$kind
    harmless "-$kind that is a device"
done

# --- 5. Not even a file.
mkfifo x.db && refused 'a pipe'
mkdir x.db && refused 'a folder'
for device in /dev/zero /dev/full /dev/null; do
    ln -s $device x.db
    refused "$device"
done
ln -s x.db x.db && refused 'a link to itself'
ln -s home/none x.db
case='a link to nothing'
states=$((states + 1))
try ls x.db
[[ $code == 10 && ! -e home/none ]] || fail "$case: ends with $code"
clear_up

# --- 6. Only the store and its own files are opened for writing.
for make in 'spoilt SELECT+1' 'journal_beside' 'link_beside'; do
    cp sound.db x.db
    [[ $make != journal_beside ]] || journal "$PWD/home/victim" > x.db-journal
    [[ $make != link_beside ]] || ln -s home/canary x.db-wal
    for command in 'doctor x.db' 'ls x.db' 'set x.db new 1' 'check --read-data x.db'; do
        # shellcheck disable=SC2086
        strace -f -o trace -e trace=%file,ftruncate,fchmod "$program" $command \
            > out 2> err < /dev/null || true
        [[ -s trace ]] || fail "strace wrote nothing"
        grep -E 'O_WRONLY|O_RDWR|O_CREAT|unlink|rename|link\(|truncate|chmod|mkdir|mknod' trace |
            grep -vE '= -1 |"[^"]*x\.db(-wal|-shm|-journal)?"|/dev/(null|tty)|ftruncate\(' \
                > touched || true
        [[ ! -s touched ]] || fail "$make: $command touches $(head -n 1 touched)"
        ! grep -qE 'home/(victim|canary)' trace || [[ $make == link_beside ]] ||
            fail "$make: $command looks at a canary"
        [[ $(sum) == "$canaries" ]] || fail "$make: a canary was touched"
        states=$((states + 1))
    done
    clear_up
done

[[ $states -ge 100 ]] || fail "only $states files were made"
printf 'hostile %d 0 %d\n' "$states" $((SECONDS - began))
printf 'at most %d KiB of memory\n' "$(sort -n peaks | tail -n 1)"
