/* json.h - a strict reader of JSON text in memory, and the writing of strings.
 *
 * The reader hands out tokens, one a call, and keeps the grammar of RFC 8259:
 * what it accepts is JSON and nothing more. It never recurses, allocates
 * nothing, and unescapes strings where they lie, so the text is used up by
 * reading it. Nesting deeper than VS__JSON_DEPTH is refused. Strings are valid
 * UTF-8, end in a NUL and hold none ("\u0000" is refused: our names are C
 * strings). That keys occur once is for the caller to see to.
 */
#ifndef VS_BASE_JSON_H
#define VS_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "varstore/status.h"

#define VS__JSON_DEPTH 64

enum vs__json_kind {
    VS__JSON_OBJECT,
    VS__JSON_OBJECT_END,
    VS__JSON_ARRAY,
    VS__JSON_ARRAY_END,
    VS__JSON_KEY, /* of an object; its value is the next token */
    VS__JSON_STRING,
    VS__JSON_NUMBER, /* as its text stands */
    VS__JSON_TRUE,
    VS__JSON_FALSE,
    VS__JSON_NULL,
    VS__JSON_END /* of the text */
};

struct vs__json_token {
    enum vs__json_kind kind;
    const char *text; /* key and string: with a NUL behind; number: without */
    size_t n;         /* bytes of `text`, no NUL counted */
};

enum vs__json_expect {
    VS__JSON_VALUE,        /* a value */
    VS__JSON_VALUE_OR_END, /* a value or ']' */
    VS__JSON_KEY_OR_END,   /* a key or '}' */
    VS__JSON_MORE_OR_END,  /* ',' or the end of the innermost */
    VS__JSON_NOTHING       /* blanks to the end of the text */
};

struct vs__json {
    uint8_t *begin;              /* the text, as given */
    uint8_t *at;                 /* next byte */
    uint8_t *end;                /* behind the last byte */
    const char *what;            /* for words: "file 'x': its header" */
    uint64_t objects;            /* bit d: level d is an object */
    int depth;                   /* levels open */
    enum vs__json_expect expect; /* what may come */
};

/* Begins reading `n` bytes, which must stay while tokens are used. `what`
 * begins the words of a failure. */
void vs__json_begin(struct vs__json *json, uint8_t *text, size_t n,
                    const char *what);

/* The next token. VS_ERR_FORMAT: not JSON; the words tell the byte. */
vs_status vs__json_next(struct vs__json *json, struct vs__json_token *out,
                        vs_error *err);

/* The next token, which must be of this kind. VS_ERR_FORMAT. */
vs_status vs__json_want(struct vs__json *json, enum vs__json_kind kind,
                        struct vs__json_token *out, vs_error *err);

/* Reads past the value that comes next, whatever it holds. VS_ERR_FORMAT. */
vs_status vs__json_skip(struct vs__json *json, vs_error *err);

/* The whole number that a token's text is: digits only, below 2^64. */
bool vs__json_u64(const struct vs__json_token *token, uint64_t *out);

/* What a kind is called in words: "a string". */
const char *vs__json_kind_name(enum vs__json_kind kind);

/* Appends `text` as a JSON string, quotes included. What is not UTF-8 in it
 * becomes U+FFFD, so that the result always is. Errors as vs__buf_add. */
vs_status vs__json_put(struct vs__buf *buf, const char *text);

#endif
