/* whole.c - partitioned variables: opening and asking (see whole.h). */
#include "model/whole.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/endian.h"
#include "base/fail.h"
#include "base/never.h"
#include "codec/digest.h"
#include "model/parts.h"
#include "tensor/shape.h"

/* Opens the variable that part `i` of a handle in the making should be. */
static vs_status find_part(vs_variable *v, int64_t i, vs_variable **out)
{
    char path[VS_NAME_MAX + 1];
    vs_status st = VS_DONE;

    if (vs__part_name(v->name, i, path))
        st = vs__variable_find(v->store, v->checkpoint, path, out);
    if (st == VS_DONE)
        return vs__fail(vs__store_words(v->store), VS_ERR_CORRUPT,
                        "variable %.256s: part %" PRId64 " of %" PRId64
                        " is missing",
                        v->name, i, v->partition.parts);
    return st;
}

/* Opens part `i` and compares it with what the first one says. */
static vs_status open_part(vs_variable *v, int64_t i)
{
    vs_error *err = vs__store_words(v->store);
    const vs_variable *part;
    vs_slice slice;
    vs_shape shape;
    vs_status st = find_part(v, i, &v->parts[i]);

    if (st != VS_OK)
        return st;
    part = v->parts[i];
    st = vs_partition_part(&v->partition, i, &slice, err);
    if (vs__never(st != VS_OK)) /* the first part's row was checked */
        return st;
    shape = vs_slice_shape(&slice);
    if (part->ordinal == i && part->kind.dtype == v->kind.dtype &&
        vs__partition_equal(&part->partition, &v->partition) &&
        vs_shape_equal(&part->kind.shape, &shape))
        return VS_OK;
    return vs__fail(err, VS_ERR_CORRUPT,
                    "variable %.256s: part %" PRId64 " of %" PRId64
                    " is not the one that belongs there",
                    v->name, i, v->partition.parts);
}

/* What a handle to a whole is like, before its parts are opened. */
static vs_status begin(vs_store *store, int64_t checkpoint, const char *path,
                       int64_t first, const vs_partition *partition,
                       vs_variable **out)
{
    vs_error *err = vs__store_words(store);
    struct vs__variable_row row;
    vs_variable *v;
    vs_status st = vs__variable_row(store, first, &row);

    if (st != VS_OK)
        return st;
    if (vs__shape_check(&partition->shape, row.kind.dtype, true, path, err) !=
        VS_OK)
        return vs__fail(err, VS_ERR_CORRUPT,
                        "variable %.256s: the shape of the whole cannot be",
                        path);
    row.kind.shape = partition->shape;
    row.kind.plan =
        vs__plan_make(row.kind.dtype, &row.kind.shape, store->chunk_bytes);
    if ((v = vs__variable_new(store, path, &row)) == NULL)
        return VS_ERR_NOMEM;
    v->partition = *partition;
    v->checkpoint = checkpoint;
    *out = v;
    return VS_OK;
}

/* Opens all parts. The last one is looked for first: a number of parts that
 * was never written takes no memory. */
static vs_status open_parts(vs_variable *v)
{
    const int64_t n = v->partition.parts;
    vs_variable *last = NULL;
    vs_status st = find_part(v, n - 1, &last);

    vs_variable_free(last);
    if (st != VS_OK)
        return st;
    v->parts = vs__calloc((size_t)n, sizeof(void *));
    if (v->parts == NULL)
        return vs__fail_nomem(vs__store_words(v->store));
    for (int64_t i = 0; i < n && st == VS_OK; i++)
        st = open_part(v, i);
    return st;
}

vs_status vs__whole_open(vs_store *store, int64_t checkpoint, const char *path,
                         vs_variable **out)
{
    vs_partition partition;
    vs_variable *v = NULL;
    int64_t first = 0;
    vs_status st = vs__whole_find(store, checkpoint, path, &first, &partition);

    if (st != VS_OK ||
        (st = begin(store, checkpoint, path, first, &partition, &v)) != VS_OK)
        return st;
    if ((st = open_parts(v)) != VS_OK) {
        vs_variable_free(v);
        return st;
    }
    v->pinned = v->parts[0]->pinned;
    *out = v;
    return VS_OK;
}

vs_status vs__whole_there(vs_variable *v, int64_t *out)
{
    int64_t newest = 0;
    bool all = true;

    for (int64_t i = 0; i < v->partition.parts; i++) {
        int64_t version = 0;
        vs_status st = vs__variable_there(v->parts[i], &version);

        if (st != VS_OK)
            return st;
        all = all && version != 0;
        if (version > newest)
            newest = version;
    }
    *out = all ? newest : 0;
    return VS_OK;
}

/* Makes the handle to a part that is yet to be. */
static vs_status new_part(vs_variable *v, const struct vs__variable_row *whole,
                          int64_t i)
{
    vs_error *err = vs__store_words(v->store);
    struct vs__variable_row row = *whole;
    char path[VS_NAME_MAX + 1];
    vs_slice slice;
    vs_status st = vs_partition_part(&v->partition, i, &slice, err);

    if (vs__never(st != VS_OK)) /* a partitioner has made it */
        return st;
    if (!vs__part_name(v->name, i, path))
        return vs__fail(err, VS_ERR_NAME,
                        "'%.64s...' is too long for a partitioned variable: "
                        "its parts have names of more than %d bytes",
                        v->name, VS_NAME_MAX);
    row.kind.shape = vs_slice_shape(&slice);
    row.kind.plan =
        vs__plan_make(row.kind.dtype, &row.kind.shape, v->store->chunk_bytes);
    if ((v->parts[i] = vs__variable_new(v->store, path, &row)) == NULL)
        return VS_ERR_NOMEM;
    v->parts[i]->partition = v->partition;
    v->parts[i]->ordinal = i;
    return VS_OK;
}

vs_status vs__whole_new(vs_store *store, const char *path,
                        const struct vs__variable_row *row,
                        const vs_partition *partition, vs_variable **out)
{
    vs_variable *v = vs__variable_new(store, path, row);
    vs_status st = VS_OK;

    if (v == NULL)
        return VS_ERR_NOMEM;
    v->partition = *partition;
    v->parts = vs__calloc((size_t)partition->parts, sizeof(void *));
    if (v->parts == NULL) {
        (void)vs__fail_nomem(vs__store_words(store));
        st = VS_ERR_NOMEM;
    }
    for (int64_t i = 0; i < partition->parts && st == VS_OK; i++)
        st = new_part(v, row, i);
    if (st == VS_OK)
        *out = v;
    else
        vs_variable_free(v);
    return st;
}

/* Adds what a part has to the description of the whole. */
static void add_part(vs_variable_info *whole, const vs_variable_info *part,
                     struct vs__digest *chain)
{
    whole->n_elements += part->n_elements;
    whole->n_bytes += part->n_bytes;
    whole->stored_bytes += part->stored_bytes;
    whole->n_chunks += part->n_chunks;
    if (part->version > whole->version)
        whole->version = part->version;
    if (part->written_ms > whole->written_ms)
        whole->written_ms = part->written_ms;
    vs__digest_chain(chain, part->digest, sizeof part->digest);
}

static vs_status describe_part(vs_variable *v, int64_t i,
                               struct vs__description *out)
{
    vs_variable *part = v->parts[i];
    int64_t version = 0;
    vs_status st = vs__variable_there(part, &version);

    return st == VS_OK
               ? vs__describe(v->store, part->checkpoint, part->kind.variable,
                              version, part->name, out)
               : st;
}

/* Makes the first part's description that of the whole, without sums. A part may
 * have a first name that is its alone: then the whole has this one. */
static void take_first(const vs_variable *v, struct vs__description *d)
{
    vs_variable_info *info = &d->info;
    size_t n = 0;

    info->name = v->name;
    if (info->alias_of != NULL && vs__part_ordinal(info->alias_of, &n) >= 0)
        d->text[(size_t)(info->alias_of - d->text) + n] = '\0';
    else
        info->alias_of = NULL;
    info->shape = v->partition.shape;
    info->part = -1;
    info->slice = NULL;
    info->n_elements = 0;
    info->n_bytes = 0;
    info->stored_bytes = 0;
    info->n_chunks = 0;
}

/* The whole has no value before all its parts have one. */
static void forget_value(vs_variable_info *info)
{
    info->stored_bytes = 0;
    info->n_chunks = 0;
    info->version = 0;
    info->written_ms = 0;
    memset(info->digest, 0, sizeof info->digest);
}

vs_status vs__whole_describe(vs_variable *v, struct vs__description *out)
{
    struct vs__description whole;
    struct vs__digest chain = {{0}};
    uint8_t head[16];
    int64_t newest = 0;
    vs_status st;

    if ((st = vs__whole_there(v, &newest)) != VS_OK ||
        (st = describe_part(v, 0, &whole)) != VS_OK)
        return st;
    take_first(v, &whole);
    vs__store64(head, (uint64_t)v->partition.axis);
    vs__store64(head + 8, (uint64_t)v->partition.parts);
    vs__digest_chain(&chain, head, sizeof head);
    for (int64_t i = 0; i < v->partition.parts; i++) {
        struct vs__description part;

        if ((st = describe_part(v, i, &part)) != VS_OK) {
            vs__description_done(&whole);
            return st;
        }
        add_part(&whole.info, &part.info, &chain);
        vs__description_done(&part);
    }
    memcpy(whole.info.digest, chain.bytes, sizeof whole.info.digest);
    if (newest == 0)
        forget_value(&whole.info);
    *out = whole;
    return VS_OK;
}

vs_status vs__whole_sum(vs_variable *v, struct vs__tally *tally)
{
    vs_status st = VS_OK;

    for (int64_t i = 0; i < v->partition.parts && st == VS_OK; i++) {
        const vs_variable *part = v->parts[i];
        int64_t version = 0;

        if ((st = vs__variable_shown(v->parts[i], &version)) == VS_OK)
            st = vs__variable_blame(
                v->parts[i],
                vs__value_sum(v->store, &part->kind, version, tally, NULL));
    }
    return st;
}
