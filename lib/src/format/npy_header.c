/* npy_header.c - the Python dictionary of an .npy header.
 *
 * Recursive descent without recursion: a dictionary of three known keys whose
 * values have three known forms.
 */
#include <inttypes.h>
#include <string.h>

#include "base/fail.h"
#include "format/npy.h"

struct parser {
    const uint8_t *begin;
    const uint8_t *at;
    const uint8_t *end;
    const char *what;
};

static vs_status unexpected(const struct parser *p, const char *want,
                            vs_error *err)
{
    return vs__fail(err, VS_ERR_FORMAT, "%s: byte %zu of its header: want %s",
                    p->what, (size_t)(p->at - p->begin), want);
}

static void skip_blanks(struct parser *p)
{
    while (p->at < p->end && (*p->at == ' ' || *p->at == '\n'))
        p->at++;
}

/* Takes `c`, with the blanks around it. */
static bool take(struct parser *p, char c)
{
    skip_blanks(p);
    if (p->at == p->end || *p->at != (uint8_t)c)
        return false;
    p->at++;
    skip_blanks(p);
    return true;
}

/* A string in single or double quotes, without escapes, to `out`. */
static vs_status take_string(struct parser *p, char *out, size_t cap,
                             vs_error *err)
{
    const uint8_t quote = p->at < p->end ? *p->at : 0;
    const uint8_t *from = p->at + 1;
    const uint8_t *to;

    if (quote != '\'' && quote != '"')
        return unexpected(p, "a string", err);
    for (to = from; to < p->end && *to != quote; to++)
        if (*to < 0x20 || *to > 0x7e || *to == '\\')
            return unexpected(p, "a string of plain characters", err);
    if (to == p->end || (size_t)(to - from) >= cap)
        return unexpected(p, "a short string", err);
    memcpy(out, from, (size_t)(to - from));
    out[to - from] = '\0';
    p->at = to + 1;
    return VS_OK;
}

static bool take_word(struct parser *p, const char *word)
{
    const size_t n = strlen(word);

    if ((size_t)(p->end - p->at) < n || memcmp(p->at, word, n) != 0)
        return false;
    p->at += n;
    return true;
}

/* A whole number, with the L that Python 2 put behind long ones. */
static vs_status take_dimension(struct parser *p, int64_t *out, vs_error *err)
{
    const uint8_t *const from = p->at;
    int64_t x = 0;

    for (; p->at < p->end && *p->at >= '0' && *p->at <= '9'; p->at++)
        if (__builtin_mul_overflow(x, 10, &x) ||
            __builtin_add_overflow(x, *p->at - '0', &x))
            return unexpected(p, "a dimension below 2^63", err);
    if (p->at == from || (*from == '0' && p->at > from + 1))
        return unexpected(p, "a dimension", err);
    (void)take_word(p, "L");
    *out = x;
    return VS_OK;
}

/* A tuple: "()", "(3,)", "(3, 4)" or "(3, 4,)". */
static vs_status take_shape(struct parser *p, vs_shape *out, vs_error *err)
{
    vs_status st;

    out->rank = 0;
    if (!take(p, '('))
        return unexpected(p, "a tuple", err);
    while (!take(p, ')')) {
        if (out->rank == VS_MAX_RANK)
            return vs__fail(err, VS_ERR_UNSUPPORTED,
                            "%s: more than %d dimensions", p->what,
                            VS_MAX_RANK);
        st = take_dimension(p, &out->dims[out->rank], err);
        if (st != VS_OK)
            return st;
        out->rank++;
        if (take(p, ','))
            continue;
        if (out->rank == 1 || !take(p, ')'))
            return unexpected(p, "a comma", err);
        return VS_OK;
    }
    return VS_OK;
}

static const struct {
    char text[4];
    vs_dtype dtype;
} descrs[] = {
    {"b1", VS_BOOL}, {"u1", VS_U8},    {"u2", VS_U16}, {"u4", VS_U32},
    {"u8", VS_U64},  {"i1", VS_I8},    {"i2", VS_I16}, {"i4", VS_I32},
    {"i8", VS_I64},  {"f2", VS_F16},   {"f4", VS_F32}, {"f8", VS_F64},
    {"c8", VS_C64},  {"c16", VS_C128},
};

static vs_status find_descr(const struct parser *p, const char *descr,
                            struct vs__npy_header *out, vs_error *err)
{
    const char order = descr[0];
    const bool ordered = order == '<' || order == '>';

    if (!ordered && order != '|')
        return vs__fail(err, VS_ERR_FORMAT,
                        "%s: descr '%s' begins with no byte order", p->what,
                        descr);
    for (size_t i = 0; i < sizeof descrs / sizeof descrs[0]; i++) {
        if (strcmp(descr + 1, descrs[i].text) != 0)
            continue;
        if (!ordered && vs_dtype_size(descrs[i].dtype) > 1)
            return vs__fail(err, VS_ERR_FORMAT,
                            "%s: descr '%s' needs a byte order", p->what,
                            descr);
        out->dtype = descrs[i].dtype;
        out->big = order == '>';
        return VS_OK;
    }
    return vs__fail(err, VS_ERR_UNSUPPORTED,
                    "%s: descr '%s' is not supported%s", p->what, descr,
                    descr[1] == 'O' ? ": Python objects are never loaded" : "");
}

static vs_status take_descr(struct parser *p, struct vs__npy_header *out,
                            vs_error *err)
{
    char descr[32] = "";
    vs_status st;

    if (p->at < p->end && (*p->at == '[' || *p->at == '('))
        return vs__fail(err, VS_ERR_UNSUPPORTED,
                        "%s: an array of structures is not supported", p->what);
    st = take_string(p, descr, sizeof descr, err);
    return st == VS_OK ? find_descr(p, descr, out, err) : st;
}

static vs_status take_order(struct parser *p, struct vs__npy_header *out,
                            vs_error *err)
{
    if (take_word(p, "True"))
        out->fortran = true;
    else if (take_word(p, "False"))
        out->fortran = false;
    else
        return unexpected(p, "True or False", err);
    return VS_OK;
}

/* One key and its value; `seen` has a bit per key. */
static vs_status take_member(struct parser *p, unsigned *seen,
                             struct vs__npy_header *out, vs_error *err)
{
    static const char *const keys[] = {"descr", "fortran_order", "shape"};
    char key[16] = "";
    unsigned k = 0;
    vs_status st = take_string(p, key, sizeof key, err);

    if (st != VS_OK)
        return st;
    while (k < 3 && strcmp(key, keys[k]) != 0)
        k++;
    if (k == 3 || (*seen >> k & 1) != 0)
        return vs__fail(err, VS_ERR_FORMAT, "%s: its header has %s '%s'",
                        p->what, k == 3 ? "an unknown key" : "twice the key",
                        key);
    *seen |= 1u << k;
    if (!take(p, ':'))
        return unexpected(p, "':'", err);
    if (k == 0)
        return take_descr(p, out, err);
    return k == 1 ? take_order(p, out, err) : take_shape(p, &out->shape, err);
}

vs_status vs__npy_parse(const uint8_t *text, size_t n, const char *what,
                        struct vs__npy_header *out, vs_error *err)
{
    struct parser p = {text, text, text + n, what};
    struct vs__npy_header header;
    unsigned seen = 0;
    vs_status st;

    memset(&header, 0, sizeof header);
    if (!take(&p, '{'))
        return unexpected(&p, "'{'", err);
    while (!take(&p, '}')) {
        if ((st = take_member(&p, &seen, &header, err)) != VS_OK)
            return st;
        if (take(&p, ','))
            continue;
        if (!take(&p, '}'))
            return unexpected(&p, "',' or '}'", err);
        break;
    }
    if (p.at < p.end)
        return unexpected(&p, "nothing more", err);
    if (seen != 7)
        return vs__fail(err, VS_ERR_FORMAT,
                        "%s: its header lacks descr, fortran_order or shape",
                        what);
    *out = header;
    return VS_OK;
}
