/* json.c - one pass over the text, a bit per open level, strings unescaped in
 * place (an escape is never shorter than what it stands for).
 */
#include "base/json.h"

#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "base/utf8.h"

static const char *const kind_names[] = {
    [VS__JSON_OBJECT] = "an object",
    [VS__JSON_OBJECT_END] = "the end of an object",
    [VS__JSON_ARRAY] = "an array",
    [VS__JSON_ARRAY_END] = "the end of an array",
    [VS__JSON_KEY] = "a key",
    [VS__JSON_STRING] = "a string",
    [VS__JSON_NUMBER] = "a number",
    [VS__JSON_TRUE] = "true",
    [VS__JSON_FALSE] = "false",
    [VS__JSON_NULL] = "null",
    [VS__JSON_END] = "the end of the text",
};

const char *vs__json_kind_name(enum vs__json_kind kind)
{
    return kind_names[kind];
}

void vs__json_begin(struct vs__json *json, uint8_t *text, size_t n,
                    const char *what)
{
    memset(json, 0, sizeof *json);
    json->begin = text;
    json->at = text;
    json->end = text + n;
    json->what = what;
    json->expect = VS__JSON_VALUE;
}

/* Failure at the current byte: what was wanted, and what is there. */
static vs_status unexpected(const struct vs__json *json, const char *want,
                            vs_error *err)
{
    const long long at = (long long)(json->at - json->begin);
    char found[24] = "the end";

    if (json->at < json->end)
        (void)snprintf(found, sizeof found,
                       *json->at > 0x20 && *json->at < 0x7f ? "'%c'" : "0x%02x",
                       *json->at);
    return vs__fail(err, VS_ERR_FORMAT, "%s: byte %lld is %s, want %s",
                    json->what, at, found, want);
}

static void skip_blanks(struct vs__json *json)
{
    while (json->at < json->end && (*json->at == ' ' || *json->at == '\n' ||
                                    *json->at == '\r' || *json->at == '\t'))
        json->at++;
}

/* Inside a level. */
static bool in_object(const struct vs__json *json)
{
    return (json->objects >> (json->depth - 1) & 1) != 0;
}

/* What may come once a value is complete. */
static void value_done(struct vs__json *json)
{
    json->expect = json->depth > 0 ? VS__JSON_MORE_OR_END : VS__JSON_NOTHING;
}

static vs_status open_level(struct vs__json *json, bool object,
                            struct vs__json_token *out, vs_error *err)
{
    if (json->depth == VS__JSON_DEPTH)
        return vs__fail(
            err, VS_ERR_FORMAT, "%s: nests deeper than %d levels at byte %lld",
            json->what, VS__JSON_DEPTH, (long long)(json->at - json->begin));
    json->objects &= ~(UINT64_C(1) << json->depth);
    json->objects |= (uint64_t)object << json->depth;
    json->depth++;
    json->at++;
    json->expect = object ? VS__JSON_KEY_OR_END : VS__JSON_VALUE_OR_END;
    out->kind = object ? VS__JSON_OBJECT : VS__JSON_ARRAY;
    return VS_OK;
}

static vs_status close_level(struct vs__json *json, struct vs__json_token *out)
{
    out->kind = in_object(json) ? VS__JSON_OBJECT_END : VS__JSON_ARRAY_END;
    json->depth--;
    json->at++;
    value_done(json);
    return VS_OK;
}

/* Four hexadecimal digits. */
static bool read_hex(struct vs__json *json, uint32_t *out)
{
    uint32_t x = 0;

    if (json->end - json->at < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        const uint8_t c = json->at[i];
        const uint8_t low = c | 0x20; /* letters in lower case */

        if (c >= '0' && c <= '9')
            x = x << 4 | (uint32_t)(c - '0');
        else if (low >= 'a' && low <= 'f')
            x = x << 4 | (uint32_t)(low - 'a' + 10);
        else
            return false;
    }
    json->at += 4;
    *out = x;
    return true;
}

/* What follows "\u": a code point, in two halves beyond U+FFFF. */
static vs_status read_point(struct vs__json *json, uint32_t *out, vs_error *err)
{
    uint32_t high;
    uint32_t low;

    if (!read_hex(json, &high))
        return unexpected(json, "four hexadecimal digits", err);
    *out = high;
    if (high == 0)
        return vs__fail(err, VS_ERR_FORMAT,
                        "%s: a string holds \\u0000 before byte %lld",
                        json->what, (long long)(json->at - json->begin));
    if (high < 0xd800 || high > 0xdfff)
        return VS_OK;
    if (high > 0xdbff || json->end - json->at < 2 || json->at[0] != '\\' ||
        json->at[1] != 'u')
        return unexpected(json, "both halves of a surrogate pair", err);
    json->at += 2;
    if (!read_hex(json, &low) || low < 0xdc00 || low > 0xdfff)
        return unexpected(json, "the low half of a surrogate pair", err);
    *out = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
    return VS_OK;
}

/* The escape at `at` (behind its backslash) to *to, which moves on. */
static vs_status read_escape(struct vs__json *json, uint8_t **to, vs_error *err)
{
    static const char from[] = "\"\\/bfnrt";
    static const char into[] = "\"\\/\b\f\n\r\t";
    const char *p;
    uint32_t point = 0;
    vs_status st;

    if (json->at == json->end)
        return unexpected(json, "an escape", err);
    if (*json->at == 'u') {
        json->at++;
        if ((st = read_point(json, &point, err)) != VS_OK)
            return st;
        *to += vs__utf8_put(point, *to);
        return VS_OK;
    }
    p = *json->at != 0 ? strchr(from, *json->at) : NULL;
    if (p == NULL)
        return unexpected(json, "an escape", err);
    *(*to)++ = (uint8_t)into[p - from];
    json->at++;
    return VS_OK;
}

/* One character that stands for itself, to *to. */
static vs_status read_plain(struct vs__json *json, uint8_t **to, vs_error *err)
{
    const size_t n = vs__utf8_length(json->at, (size_t)(json->end - json->at));

    if (n == 0)
        return unexpected(json, "UTF-8", err);
    if (*json->at < 0x20)
        return unexpected(json, "no control character in a string", err);
    memmove(*to, json->at, n);
    *to += n;
    json->at += n;
    return VS_OK;
}

/* The string whose opening quote is at `at`; its closing quote, or a byte
 * before, makes room for the NUL. */
static vs_status read_string(struct vs__json *json, struct vs__json_token *out,
                             vs_error *err)
{
    uint8_t *const text = ++json->at;
    uint8_t *to = text;
    vs_status st = VS_OK;

    while (st == VS_OK && json->at < json->end && *json->at != '"') {
        if (*json->at == '\\') {
            json->at++;
            st = read_escape(json, &to, err);
        } else {
            st = read_plain(json, &to, err);
        }
    }
    if (st != VS_OK)
        return st;
    if (json->at == json->end)
        return unexpected(json, "the end of a string", err);
    json->at++;
    *to = '\0';
    out->text = (const char *)text;
    out->n = (size_t)(to - text);
    return VS_OK;
}

/* A run of digits; at least one. */
static bool read_digits(struct vs__json *json)
{
    const uint8_t *const from = json->at;

    while (json->at < json->end && *json->at >= '0' && *json->at <= '9')
        json->at++;
    return json->at > from;
}

static bool take(struct vs__json *json, char c)
{
    if (json->at == json->end || *json->at != (uint8_t)c)
        return false;
    json->at++;
    return true;
}

static vs_status read_number(struct vs__json *json, struct vs__json_token *out,
                             vs_error *err)
{
    const uint8_t *const from = json->at;

    (void)take(json, '-');
    if (!take(json, '0') && !read_digits(json))
        return unexpected(json, "a digit", err);
    if (take(json, '.') && !read_digits(json))
        return unexpected(json, "a digit", err);
    if (take(json, 'e') || take(json, 'E')) {
        if (!take(json, '+'))
            (void)take(json, '-');
        if (!read_digits(json))
            return unexpected(json, "a digit", err);
    }
    out->kind = VS__JSON_NUMBER;
    out->text = (const char *)from;
    out->n = (size_t)(json->at - from);
    return VS_OK;
}

static vs_status read_word(struct vs__json *json, struct vs__json_token *out,
                           vs_error *err)
{
    static const enum vs__json_kind words[] = {VS__JSON_TRUE, VS__JSON_FALSE,
                                               VS__JSON_NULL};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        const char *word = kind_names[words[i]];
        const size_t n = strlen(word);

        if ((size_t)(json->end - json->at) >= n &&
            memcmp(json->at, word, n) == 0) {
            json->at += n;
            out->kind = words[i];
            return VS_OK;
        }
    }
    return unexpected(json, "a value", err);
}

static vs_status read_value(struct vs__json *json, struct vs__json_token *out,
                            vs_error *err)
{
    const uint8_t c = json->at < json->end ? *json->at : 0;
    vs_status st;

    if (c == '{' || c == '[')
        return open_level(json, c == '{', out, err);
    out->kind = VS__JSON_STRING;
    if (c == '"')
        st = read_string(json, out, err);
    else if (c == '-' || (c >= '0' && c <= '9'))
        st = read_number(json, out, err);
    else
        st = read_word(json, out, err);
    if (st == VS_OK)
        value_done(json);
    return st;
}

static vs_status read_key(struct vs__json *json, struct vs__json_token *out,
                          vs_error *err)
{
    vs_status st;

    if (json->at == json->end || *json->at != '"')
        return unexpected(json, "a key", err);
    if ((st = read_string(json, out, err)) != VS_OK)
        return st;
    skip_blanks(json);
    if (!take(json, ':'))
        return unexpected(json, "':'", err);
    out->kind = VS__JSON_KEY;
    json->expect = VS__JSON_VALUE;
    return VS_OK;
}

/* After a value inside a level: its end, or a comma and what follows it. */
static vs_status read_more(struct vs__json *json, struct vs__json_token *out,
                           vs_error *err)
{
    const bool object = in_object(json);

    if (json->at < json->end && *json->at == (object ? '}' : ']'))
        return close_level(json, out);
    if (!take(json, ','))
        return unexpected(json, object ? "',' or '}'" : "',' or ']'", err);
    skip_blanks(json);
    return object ? read_key(json, out, err) : read_value(json, out, err);
}

vs_status vs__json_next(struct vs__json *json, struct vs__json_token *out,
                        vs_error *err)
{
    out->text = "";
    out->n = 0;
    skip_blanks(json);
    switch (json->expect) {
    case VS__JSON_VALUE:
        return read_value(json, out, err);
    case VS__JSON_VALUE_OR_END:
        if (json->at < json->end && *json->at == ']')
            return close_level(json, out);
        return read_value(json, out, err);
    case VS__JSON_KEY_OR_END:
        if (json->at < json->end && *json->at == '}')
            return close_level(json, out);
        return read_key(json, out, err);
    case VS__JSON_MORE_OR_END:
        return read_more(json, out, err);
    case VS__JSON_NOTHING:
        break;
    }
    if (json->at < json->end)
        return unexpected(json, "nothing more", err);
    out->kind = VS__JSON_END;
    return VS_OK;
}

vs_status vs__json_want(struct vs__json *json, enum vs__json_kind kind,
                        struct vs__json_token *out, vs_error *err)
{
    vs_status st = vs__json_next(json, out, err);

    if (st == VS_OK && out->kind != kind)
        return vs__fail(err, VS_ERR_FORMAT, "%s: %s before byte %lld, want %s",
                        json->what, kind_names[out->kind],
                        (long long)(json->at - json->begin), kind_names[kind]);
    return st;
}

vs_status vs__json_skip(struct vs__json *json, vs_error *err)
{
    const int depth = json->depth;
    struct vs__json_token token;
    vs_status st;

    do {
        st = vs__json_next(json, &token, err);
    } while (st == VS_OK && json->depth > depth);
    return st;
}

bool vs__json_u64(const struct vs__json_token *token, uint64_t *out)
{
    uint64_t x = 0;

    if (token->kind != VS__JSON_NUMBER)
        return false;
    for (size_t i = 0; i < token->n; i++) {
        const char c = token->text[i];

        if (c < '0' || c > '9' || __builtin_mul_overflow(x, 10, &x) ||
            __builtin_add_overflow(x, (uint64_t)(c - '0'), &x))
            return false;
    }
    *out = x;
    return true;
}

/* One character as JSON wants it: itself, or escaped. */
static vs_status put_character(struct vs__buf *buf, const uint8_t *p, size_t n)
{
    if (*p == '"' || *p == '\\')
        return vs__buf_printf(buf, "\\%c", *p);
    switch (*p) {
    case '\n':
        return vs__buf_add_text(buf, "\\n");
    case '\r':
        return vs__buf_add_text(buf, "\\r");
    case '\t':
        return vs__buf_add_text(buf, "\\t");
    case '\b':
        return vs__buf_add_text(buf, "\\b");
    case '\f':
        return vs__buf_add_text(buf, "\\f");
    default:
        break;
    }
    if (*p < 0x20)
        return vs__buf_printf(buf, "\\u%04x", *p);
    return vs__buf_add(buf, p, n);
}

vs_status vs__json_put(struct vs__buf *buf, const char *text)
{
    const uint8_t *p = (const uint8_t *)text;
    size_t left = strlen(text);
    vs_status st = vs__buf_add_text(buf, "\"");

    while (st == VS_OK && left > 0) {
        const size_t n = vs__utf8_length(p, left);
        const size_t used = n != 0 ? n : 1;

        st = n != 0 ? put_character(buf, p, n)
                    : vs__buf_add_text(buf, "\xef\xbf\xbd");
        p += used;
        left -= used;
    }
    return st == VS_OK ? vs__buf_add_text(buf, "\"") : st;
}
