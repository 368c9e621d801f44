/* variable.c - reading and writing the values of variables. */
#include "varstore/variable.h"

#include <stdio.h>

#include "base/fail.h"
#include "model/cache.h"
#include "model/handle.h"
#include "model/whole.h"
#include "tensor/shape.h"
#include "tensor/walk.h"

static int64_t bytes_of(const struct vs__plan *plan)
{
    return plan->n_elements * (int64_t)plan->element;
}

/* Checks a view against what a slice of the variable selects. */
static vs_status check_view(vs_variable *v, const vs_slice *slice,
                            const vs_view *view)
{
    vs_error *err = vs__store_words(v->store);
    char what[VS_NAME_MAX + 16];
    vs_shape shape = v->kind.shape;
    vs_status st = VS_OK;

    (void)snprintf(what, sizeof what, "variable %.256s", v->name);
    if (slice != NULL &&
        (st = vs__slice_check(slice, &v->kind.shape, what, err)) == VS_OK)
        shape = vs_slice_shape(slice);
    return st == VS_OK ? vs__view_check(view, v->kind.dtype, &shape, what, err)
                       : st;
}

/* Reads a slice, or all. */
static vs_status read_value(vs_variable *v, const vs_slice *slice,
                            const vs_view *into)
{
    int64_t version = 0;
    vs_status st = vs__store_begin(v->store, VS_TXN_READ);

    if (st != VS_OK)
        return st;
    if ((st = check_view(v, slice, into)) == VS_OK && v->parts != NULL)
        st = vs__whole_read(v, slice, into);
    else if (st == VS_OK && (st = vs__variable_shown(v, &version)) == VS_OK)
        st = vs__variable_blame(
            v, v->caching && slice == NULL
                   ? vs__cached_read(v, version, into)
                   : vs__value_read(v->store, &v->kind, version, slice, into));
    return vs__store_end(v->store, st);
}

vs_status vs_variable_read(vs_variable *v, const vs_view *into)
{
    return read_value(v, NULL, into);
}

vs_status vs_variable_read_slice(vs_variable *v, const vs_slice *slice,
                                 const vs_view *into)
{
    return read_value(v, slice, into);
}

vs_status vs_variable_read_to(vs_variable *v, vs_sink sink)
{
    int64_t version = 0;
    vs_status st = vs__store_begin(v->store, VS_TXN_READ);

    if (st != VS_OK)
        return st;
    if (v->parts != NULL)
        st = vs__whole_read_to(v, sink);
    else if ((st = vs__variable_shown(v, &version)) == VS_OK)
        st = vs__variable_blame(
            v, vs__value_read_to(v->store, &v->kind, version, sink));
    return vs__store_end(v->store, st);
}

/* Begins a write to a variable and gives its current version; 0: it has no
 * value yet. A value from memory is `sure` to be there to its end, unless it is
 * for several parts; a `whole` one may be big. */
static vs_status begin_write(vs_variable *v, bool whole, bool sure,
                             int64_t *current)
{
    const int64_t n_bytes = whole ? bytes_of(&v->kind.plan) : 0;
    vs_status st = sure ? vs__store_join(v->store, n_bytes)
                        : vs__store_begin_bulk(v->store, n_bytes);

    if (st != VS_OK)
        return st;
    if (v->pinned != 0)
        st = vs__fail(vs__store_words(v->store), VS_ERR_READONLY,
                      "variable %.256s: a value in checkpoint %lld cannot be "
                      "written",
                      v->name, (long long)v->checkpoint);
    else
        st = vs__variable_there(v, current);
    return st == VS_OK ? VS_OK : vs__store_end(v->store, st);
}

/* Makes a new version current, and ends the write. */
static vs_status end_write(vs_variable *v, vs_status st, int64_t version)
{
    if (st == VS_OK)
        st = vs__variable_set_current(v->store, v->kind.variable, version);
    return vs__store_end(v->store, st);
}

/* Gives a writer a head start, outside of any transaction that writes: what is
 * the same as now, or known, is not encoded. */
static vs_status stage(vs_variable *v, struct vs__writer *writer)
{
    int64_t current = 0;
    vs_status st = vs__store_begin(v->store, VS_TXN_READ);

    if (st != VS_OK)
        return st;
    if ((st = vs__variable_there(v, &current)) == VS_OK)
        st = vs__writer_stage(writer, current);
    return vs__store_end(v->store, st);
}

/* Inside the write transaction: the new value. */
static vs_status replace_now(vs_variable *v, vs_source source, bool sure,
                             struct vs__writer *staged, int64_t expected,
                             int64_t *out)
{
    int64_t current = 0;
    int64_t version = 0;
    vs_status st = begin_write(v, true, sure, &current);

    if (st != VS_OK)
        return st;
    if (expected != 0 && current == 0)
        st = vs__variable_shown(v, &current); /* tells that there is none */
    else if (expected != 0 && current != expected)
        st = vs__fail(vs__store_words(v->store), VS_ERR_CONFLICT,
                      "variable %.256s is at version %lld, expected %lld",
                      v->name, (long long)current, (long long)expected);
    if (st == VS_OK)
        st = vs__value_make(v->store, &v->kind, source, staged, current,
                            &version);
    st = end_write(v, st, version);
    if (st == VS_OK && out != NULL)
        *out = version;
    return st;
}

/* Replaces the whole value, if the current version is `expected` (0: any). Who
 * is inside a transaction gains nothing by a head start. */
static vs_status replace(vs_variable *v, vs_source source, bool sure,
                         int64_t expected, int64_t *out)
{
    const bool alone = v->kind.plan.n_chunks != 0 && v->pinned == 0 &&
                       !vs__db_readonly(v->store->db) &&
                       vs__txn_depth(v->store->db) == 0;
    struct vs__writer writer;
    vs_status st = VS_OK;

    if (!alone)
        return replace_now(v, source, sure, NULL, expected, out);
    vs__writer_init(&writer, &v->store->pool, v->kind.dtype, &v->kind.plan,
                    source);
    if ((st = stage(v, &writer)) == VS_OK)
        st = replace_now(v, source, sure, &writer, expected, out);
    vs__writer_done(&writer);
    return st;
}

/* Changes a slice, or all. */
static vs_status edit_value(vs_variable *v, const vs_slice *slice,
                            enum vs__edit how, const vs_view *from)
{
    const vs_slice all = vs_slice_all(&v->kind.shape);
    int64_t current = 0;
    int64_t version = 0;
    vs_status st = vs__store_enter(v->store);

    if (st != VS_OK || (st = check_view(v, slice, from)) != VS_OK ||
        (st = begin_write(v, false,
                          v->kind.plan.n_chunks == 0 && v->parts == NULL,
                          &current)) != VS_OK)
        return st;
    if (v->parts != NULL)
        return vs__store_end(v->store, vs__whole_edit(v, slice, how, from));
    if (current == 0)
        st = vs__variable_shown(v, &current); /* tells that there is none */
    if (st == VS_OK)
        st = vs__variable_blame(v, vs__value_edit(v->store, &v->kind, current,
                                                  slice != NULL ? slice : &all,
                                                  how, from, &version));
    return end_write(v, st, version);
}

vs_status vs_variable_write(vs_variable *v, const vs_view *from)
{
    vs_status st = vs__store_enter(v->store);
    int64_t current = 0;

    if (st != VS_OK || (st = check_view(v, NULL, from)) != VS_OK)
        return st;
    if (v->parts == NULL)
        return replace(v, vs__view_source(from), true, 0, NULL);
    if ((st = begin_write(v, true, false, &current)) != VS_OK)
        return st;
    return vs__store_end(v->store, vs__whole_write(v, from));
}

vs_status vs_variable_write_slice(vs_variable *v, const vs_slice *slice,
                                  const vs_view *from)
{
    return edit_value(v, slice, VS__EDIT_SET, from);
}

vs_status vs_variable_write_from(vs_variable *v, vs_source source)
{
    int64_t current = 0;
    vs_status st;

    if (v->parts == NULL)
        return replace(v, source, false, 0, NULL);
    if ((st = begin_write(v, true, false, &current)) != VS_OK)
        return st;
    return vs__store_end(v->store, vs__whole_write_from(v, source));
}

/* Adding to bools has no meaning; everything else has one. */
static vs_status accumulate(vs_variable *v, enum vs__edit how,
                            const vs_view *delta)
{
    if (v->kind.dtype == VS_BOOL)
        return vs__fail(vs__store_words(v->store), VS_ERR_DTYPE,
                        "variable %.256s is bool, want a dtype with addition",
                        v->name);
    return edit_value(v, NULL, how, delta);
}

vs_status vs_variable_assign_add(vs_variable *v, const vs_view *delta)
{
    return accumulate(v, VS__EDIT_ADD, delta);
}

vs_status vs_variable_assign_sub(vs_variable *v, const vs_view *delta)
{
    return accumulate(v, VS__EDIT_SUB, delta);
}

vs_status vs_variable_compare_and_swap(vs_variable *v, int64_t expected,
                                       const vs_view *from, int64_t *out)
{
    vs_status st = vs__store_enter(v->store);

    if (st != VS_OK || (st = check_view(v, NULL, from)) != VS_OK)
        return st;
    if (expected <= 0)
        return vs__fail(vs__store_words(v->store), VS_ERR_MISUSE,
                        "variable %.256s: %lld is no version", v->name,
                        (long long)expected);
    if (v->parts != NULL)
        return vs__fail(vs__store_words(v->store), VS_ERR_PARTITION,
                        "variable %.256s has %lld parts, each with versions of "
                        "its own that can be compared",
                        v->name, (long long)v->partition.parts);
    return replace(v, vs__view_source(from), true, expected, out);
}
