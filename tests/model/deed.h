/* deed.h - one call of a program, as a few numbers: drawn at random, told in a
 * line. What a number means depends on what is there when the deed is done, so
 * that any part of a program is a program too.
 */
#ifndef VS_TEST_DEED_H
#define VS_TEST_DEED_H

#include <stddef.h>
#include <stdint.h>

/* X(NAME, word, weight, what of it is told): 's' slot, 'a' 'b' paths, 'A' 'B'
 * scopes, 'm' a mode, 'n' a number. */
#define DEED_LIST(X)                        \
    X(OPEN, "open", 12, "m")                \
    X(CLOSE, "close", 5, "")                \
    X(FLUSH, "flush", 3, "")                \
    X(BEGIN, "begin", 16, "m")              \
    X(COMMIT, "commit", 16, "")             \
    X(ROLLBACK, "rollback", 8, "")          \
    X(ENTER, "enter", 12, "Am")             \
    X(LEAVE, "leave", 10, "")               \
    X(GET, "get", 40, "sbmn")               \
    X(CREATE, "create", 30, "samn")         \
    X(LOOK, "look", 25, "sa")               \
    X(FREE, "free", 5, "s")                 \
    X(READ, "read", 25, "s")                \
    X(READ_ROWS, "read-rows", 12, "sn")     \
    X(READ_PART, "read-part", 4, "sn")      \
    X(WRITE, "write", 30, "sn")             \
    X(WRITE_ROWS, "write-rows", 15, "sn")   \
    X(ADD, "add", 12, "sn")                 \
    X(SWAP, "swap", 12, "smn")              \
    X(INITIALIZE, "initialize", 10, "s")    \
    X(DELETE, "delete", 18, "a")            \
    X(RENAME, "rename", 18, "ab")           \
    X(ALIAS, "alias", 16, "ab")             \
    X(COPY, "copy", 14, "ab")               \
    X(MOVE, "move", 8, "AB")                \
    X(SEAL, "seal", 3, "A")                 \
    X(UNSEAL, "unseal", 5, "A")             \
    X(SAVE, "save", 22, "mn")               \
    X(FORGET, "forget", 12, "n")            \
    X(RESTORE, "restore", 22, "Amn")        \
    X(FIND, "find", 6, "mn")                \
    X(TAG, "tag", 6, "mn")                  \
    X(UNTAG, "untag", 3, "m")               \
    X(LOOK_AT, "look-at", 12, "san")        \
    X(STATE_SAVE, "save-state", 14, "abmn") \
    X(STATE_LOAD, "load-state", 10, "abn")  \
    X(COMPARE, "compare", 4, "")            \
    X(CHECK, "check", 1, "")

enum deed_kind {
#define DEED_ENUM(NAME, word, weight, told) DEED_##NAME,
    DEED_LIST(DEED_ENUM)
#undef DEED_ENUM
        N_DEEDS
};

struct deed {
    uint8_t kind;
    uint8_t who;  /* 0 or 1 */
    uint8_t slot; /* handle of a variable */
    uint8_t a;    /* a path, or a scope */
    uint8_t b;
    uint8_t mode;
    int16_t n;
};

/* Draws the next deed of a program whose generator stands at `*dice`. */
void deed_draw(uint64_t *dice, struct deed *out);

/* "A: rename a/b b", at most DEED_TEXT bytes. */
#define DEED_TEXT 96
void deed_tell(const struct deed *deed, char *text);

/* The paths and scopes that the numbers mean. */
const char *deed_path(uint8_t number);
const char *deed_scope(uint8_t number);

uint64_t dice_next(uint64_t *dice);

#endif
