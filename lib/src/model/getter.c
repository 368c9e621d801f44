/* getter.c - see getter.h, and varstore/getter.h. */
#include "model/getter.h"

#include "base/alloc.h"
#include "base/fail.h"
#include "model/callback.h"
#include "model/context.h"
#include "rule/custom.h"

struct vs__link *vs__link_make(const vs_getter *getter, struct vs__link *outer)
{
    struct vs__link *link = vs__calloc(1, sizeof *link);

    if (link == NULL)
        return NULL;
    link->getter = *getter;
    link->outer = vs__link_hold(outer);
    link->refs = 1;
    return link;
}

struct vs__link *vs__link_hold(struct vs__link *link)
{
    if (link != NULL)
        link->refs++;
    return link;
}

void vs__link_release(struct vs__link *link)
{
    while (link != NULL && --link->refs == 0) {
        struct vs__link *outer = link->outer;

        vs__free(link);
        link = outer;
    }
}

/* Whom to call next, and with whom to go on from there. */
struct vs_next {
    vs_context *ctx;             /* of the call */
    const struct vs__link *link; /* the next getter, or NULL */
    const vs_creator *creator;   /* the next creator, or NULL */
    vs__store_fn *store;         /* behind the last */
    void *data;                  /* for `store` */
};

static vs_status call(const struct vs_next *at, const vs_getter *getter,
                      struct vs_next *rest, const vs_getting *getting,
                      vs_variable **out)
{
    vs_getter found = *getter;
    vs_variable *v = NULL;
    vs_status st;

    vs__resolve_getter(at->ctx->store, &found);
    if (found.get == NULL) /* E14 */
        return vs__custom_missing("getter", found.name, at->ctx->words);
    st = found.get(rest, getting, found.data, &v);
    if (st > VS_OK || (st == VS_OK && v == NULL))
        return vs__fail(at->ctx->words, VS_ERR_MISUSE,
                        "variable %.256s: its getter returned %s",
                        getting->name,
                        st > VS_OK ? vs_status_word(st) : "no variable");
    if (st == VS_OK)
        *out = v;
    return st;
}

vs_status vs_next_get(vs_next *next, const vs_getting *getting,
                      vs_variable **out)
{
    struct vs_next rest = *next;

    if (getting == NULL || getting->name == NULL ||
        getting->context != next->ctx)
        return vs__fail(next->ctx->words, VS_ERR_MISUSE,
                        "a getter passed on %s",
                        getting == NULL || getting->name == NULL
                            ? "no name"
                            : "a call of another context");
    if (next->link != NULL) {
        rest.link = next->link->outer;
        return call(next, &next->link->getter, &rest, getting, out);
    }
    if (next->creator != NULL) {
        rest.creator = next->creator->outer;
        return call(next, &next->creator->call, &rest, getting, out);
    }
    return next->store(getting, next->data, out);
}

vs_status vs__chain_get(const struct vs__link *link, const vs_getting *getting,
                        vs__store_fn *store, void *ctx, vs_variable **out)
{
    struct vs_next next = {getting->context, link, NULL, store, ctx};

    return vs_next_get(&next, getting, out);
}

vs_status vs__chain_create(const vs_creator *creator, const vs_getting *getting,
                           vs__store_fn *store, void *ctx, vs_variable **out)
{
    struct vs_next next = {getting->context, NULL, creator, store, ctx};

    return vs_next_get(&next, getting, out);
}

vs_status vs_creator_enter(vs_context *ctx, const vs_getter *creator,
                           vs_creator **out)
{
    vs_creator *made;
    vs_status st;

    if (creator == NULL)
        return vs__fail(ctx->words, VS_ERR_MISUSE, "no creator given");
    st = vs__custom_check("creator", creator->name, creator->get != NULL,
                          ctx->words);
    if (st != VS_OK)
        return st;
    if ((made = vs__calloc(1, sizeof *made)) == NULL)
        return vs__fail_nomem(ctx->words);
    made->ctx = ctx;
    made->call = *creator;
    made->outer = ctx->creator;
    ctx->creator = made;
    *out = made;
    return VS_OK;
}

vs_status vs_creator_leave(vs_creator *creator)
{
    vs_context *ctx = creator->ctx;

    if (ctx->creator != creator)
        return vs__fail(ctx->words, VS_ERR_NESTING,
                        "this creator is not the innermost");
    ctx->creator = creator->outer;
    vs__free(creator);
    return VS_OK;
}
