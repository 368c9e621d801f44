/* builder.c - see builder.h. */
#include "model/builder.h"

#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"

void vs__builder_init(struct vs__builder *b, vs_store *store,
                      const struct vs__kind_of_value *kind, int64_t previous)
{
    memset(b, 0, sizeof *b);
    b->store = store;
    b->kind = kind;
    b->previous = previous;
    vs__chunk_list_init(&b->list);
}

void vs__builder_done(struct vs__builder *b)
{
    vs__chunk_list_done(&b->list);
    vs__free(b->bytes);
    b->bytes = NULL;
}

/* Elements of the chunk in the making; a small value is one. */
static int64_t capacity(const struct vs__builder *b)
{
    return vs__plan_count(&b->kind->plan, b->ordinal);
}

/* Puts the chunk that has been filled. */
static vs_status put(struct vs__builder *b)
{
    struct vs__pool *pool = &b->store->pool;
    const size_t n = (size_t)b->have * b->kind->plan.element;
    struct vs__digest digest;
    int64_t before = 0;
    int64_t chunk = 0;
    vs_status st = vs__pool_ready(pool);

    if (st == VS_OK && b->previous != 0)
        st = vs__chunks_at(pool, b->previous, b->ordinal, &before);
    if (st == VS_OK)
        st = vs__pool_put(pool, b->kind->dtype, b->bytes, n, before, &chunk,
                          &digest);
    if (st == VS_OK && vs__chunk_list_add(&b->list, chunk, &digest) != VS_OK)
        st = vs__fail_nomem(vs__store_words(b->store));
    b->have = 0;
    b->ordinal++;
    if (b->ordinal == b->kind->plan.n_chunks) { /* that was the last */
        vs__free(b->bytes);
        b->bytes = NULL;
    }
    return st;
}

vs_status vs__builder_add(struct vs__builder *b, const void *src, int64_t n)
{
    const size_t element = b->kind->plan.element;
    const uint8_t *from = src;
    vs_status st = VS_OK;

    while (n > 0 && st == VS_OK) {
        const int64_t room = capacity(b) - b->have;
        const int64_t fit = n < room ? n : room;

        if (b->bytes == NULL &&
            (b->bytes = vs__alloc((size_t)capacity(b) * element)) == NULL)
            return vs__fail_nomem(vs__store_words(b->store));
        memcpy(b->bytes + (size_t)b->have * element, from,
               (size_t)fit * element);
        from += (size_t)fit * element;
        b->have += fit;
        n -= fit;
        if (fit == room && b->kind->plan.n_chunks != 0)
            st = put(b);
    }
    return st;
}

static vs_status copy_small(int64_t first, int64_t n, void *dst, void *ctx)
{
    const struct vs__builder *b = ctx;
    const size_t element = b->kind->plan.element;

    memcpy(dst, b->bytes + (size_t)first * element, (size_t)n * element);
    return VS_OK;
}

vs_status vs__builder_finish(struct vs__builder *b, int64_t *out)
{
    const vs_source small = {copy_small, b};

    if (b->kind->plan.n_chunks == 0)
        return vs__value_make(b->store, b->kind, small, NULL, 0, out);
    return vs__value_of_chunks(b->store, b->kind, &b->list, out);
}
