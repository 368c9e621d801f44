/* value.c - see value.h. One scanner, walked once for the shape and once for
 * the elements.
 */
#include "value.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define BLANKS " \t\r\n"

struct scan {
    const char *at;              /* what is still to read */
    int depth;                   /* open brackets */
    int rank;                    /* depth of the elements; -1: none yet */
    int64_t counts[VS_MAX_RANK]; /* items of each open list so far */
    int64_t dims[VS_MAX_RANK];   /* lengths of the lists closed so far */
    bool closed[VS_MAX_RANK];    /* one of that depth was closed */
    int64_t n;                   /* elements so far */
    vs_dtype dtype;              /* of `into` */
    char *into;                  /* next element; NULL: only the shape */
    vs_error *err;
};

static vs_status refuse(struct scan *s, const char *why)
{
    if (s->err != NULL) {
        s->err->status = VS_ERR_MISUSE;
        s->err->hint[0] = '\0';
        (void)snprintf(s->err->message, sizeof s->err->message,
                       "not a number or a list: %s%s%.40s", why,
                       s->at[0] != '\0' ? " at " : "", s->at);
    }
    return VS_ERR_MISUSE;
}

static vs_status open_list(struct scan *s)
{
    if (s->depth == VS_MAX_RANK)
        return refuse(s, "too deep");
    if (s->rank >= 0 && s->depth >= s->rank)
        return refuse(s, "a list beside a number");
    s->counts[s->depth++] = 0;
    s->at++;
    return VS_OK;
}

static vs_status close_list(struct scan *s)
{
    if (s->depth == 0)
        return refuse(s, "nothing to close");
    s->depth--;
    if (s->closed[s->depth] && s->dims[s->depth] != s->counts[s->depth])
        return refuse(s, "lists of different lengths");
    s->dims[s->depth] = s->counts[s->depth];
    s->closed[s->depth] = true;
    s->at++;
    return VS_OK;
}

static vs_status take_element(struct scan *s)
{
    size_t n = strcspn(s->at, "[]," BLANKS);
    char token[VS_ELEMENT_TEXT_MAX];

    if (n >= sizeof token)
        return refuse(s, "a number that long");
    if (s->rank < 0)
        s->rank = s->depth;
    if (s->rank != s->depth || (s->depth < VS_MAX_RANK && s->closed[s->depth]))
        return refuse(s, "a number beside a list");
    memcpy(token, s->at, n);
    token[n] = '\0';
    if (s->into != NULL) {
        vs_status st = vs_element_parse(s->dtype, token, s->into, s->err);

        if (st != VS_OK)
            return st;
        s->into += vs_dtype_size(s->dtype);
    }
    s->n++;
    s->at += n;
    return VS_OK;
}

/* After an item: counts it, and takes the comma if one follows. */
static vs_status end_item(struct scan *s)
{
    if (s->depth == 0)
        return VS_OK;
    s->counts[s->depth - 1]++;
    s->at += strspn(s->at, BLANKS);
    if (*s->at == ',') {
        s->at++;
        s->at += strspn(s->at, BLANKS);
        if (*s->at == ']' || *s->at == '\0')
            return refuse(s, "nothing after a comma");
    }
    return VS_OK;
}

static vs_status take_item(struct scan *s)
{
    vs_status st;

    s->at += strspn(s->at, BLANKS);
    if (*s->at == '[')
        return open_list(s);
    if (*s->at == ']')
        st = close_list(s);
    else if (*s->at == ',' || *s->at == '\0')
        return refuse(s, s->n == 0 ? "nothing there" : "something is missing");
    else
        st = take_element(s);
    return st == VS_OK ? end_item(s) : st;
}

static vs_status walk(struct scan *s)
{
    do {
        vs_status st = take_item(s);

        if (st != VS_OK)
            return st;
    } while (s->depth > 0);
    s->at += strspn(s->at, BLANKS);
    if (*s->at == '\0')
        return VS_OK;
    (void)refuse(s, "more");
    if (s->err != NULL && *s->at == ',')
        (void)snprintf(s->err->hint, sizeof s->err->hint,
                       "a list stands in brackets: '[1,2,3]'");
    return VS_ERR_MISUSE;
}

vs_status value_shape(const char *text, vs_shape *shape, int64_t *n,
                      vs_error *err)
{
    struct scan s = {.at = text, .rank = -1, .err = err};
    vs_status st = walk(&s);

    if (st != VS_OK)
        return st;
    if (s.rank < 0) /* empty lists only: as deep as they go */
        for (s.rank = 0; s.rank < VS_MAX_RANK && s.closed[s.rank];)
            s.rank++;
    *n = s.n;
    return vs_shape_make(s.rank, s.dims, shape, err);
}

vs_status value_parse(const char *text, vs_dtype dtype, void *into,
                      vs_error *err)
{
    struct scan s = {
        .at = text, .rank = -1, .err = err, .dtype = dtype, .into = into};

    return walk(&s);
}
