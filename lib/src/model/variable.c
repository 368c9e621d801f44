/* variable.c - making variables, and reading and writing their values. */
#include "varstore/variable.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "base/options.h"
#include "chunk/writer.h"
#include "model/cache.h"
#include "model/callback.h"
#include "model/collection.h"
#include "model/handle.h"
#include "model/path.h"
#include "model/rules.h"
#include "rule/initializer.h"
#include "rule/spec.h"
#include "tensor/dtype.h"
#include "tensor/shape.h"
#include "tensor/walk.h"

/* A creation that is under way. */
struct making {
    vs_variable_spec spec; /* as given, padded */
    char path[VS_NAME_MAX + 1];
    struct vs__variable_row row; /* what it will be */
    struct vs__filling filling;  /* its first value */
    char initializer[VS__SPEC_MAX];
    vs_source source;         /* over the filling, or the given tensor */
    struct vs__writer writer; /* its head start */
    bool staged;              /* the writer has one */
    _Alignas(16) uint8_t small[VS__SMALL_BYTES]; /* a value without chunks */
};

/* dtype and shape: the spec's, else those of a given value, else float32. */
static vs_status resolve_type(struct making *m, vs_error *err)
{
    const vs_variable_spec *spec = &m->spec;
    const vs_view *value = spec->initializer.kind == VS_INIT_VALUE
                               ? spec->initializer.value
                               : NULL;
    struct vs__kind_of_value *kind = &m->row.kind;
    const vs_shape *shape = spec->shape;
    char what[VS_NAME_MAX + 16];

    (void)snprintf(what, sizeof what, "variable %s", m->path);
    if (spec->initializer.kind == VS_INIT_VALUE && value == NULL)
        return vs__fail(err, VS_ERR_INITIALIZER, "%s: the value is missing",
                        what);
    kind->dtype = spec->dtype;
    if (kind->dtype == VS_DTYPE_NONE)
        kind->dtype = value != NULL ? value->dtype : VS_F32;
    if (!vs__dtype_valid(kind->dtype))
        return vs__fail(err, VS_ERR_DTYPE, "%s: %d is no dtype", what,
                        (int)kind->dtype);
    if (shape == NULL && value != NULL)
        shape = &value->shape;
    if (shape == NULL) /* S58 */
        shape = spec->initializer.makes;
    if (shape == NULL)
        return vs__fail(err, VS_ERR_NEEDSHAPE,
                        "%s: a new variable needs a fully known shape", what);
    if (shape->rank >= 0 && shape->rank <= VS_MAX_RANK)
        kind->shape = *shape;
    else
        kind->shape.rank = shape->rank;
    if (vs__shape_check(&kind->shape, kind->dtype, true, what, err) != VS_OK)
        return err->status;
    return value == NULL
               ? VS_OK
               : vs__view_check(value, kind->dtype, &kind->shape, what, err);
}

/* Variables are stored whole as yet. */
static vs_status refuse_partition(const struct making *m, vs_error *err)
{
    const struct vs__kind_of_value *kind = &m->row.kind;
    vs_partition partition;
    vs_status st = vs_partitioner_apply(&m->spec.partitioner, kind->dtype,
                                        &kind->shape, &partition, err);

    if (st != VS_OK || partition.parts == 0)
        return st;
    return vs__fail(err, VS_ERR_UNSUPPORTED,
                    "variable %s would have %lld parts, which cannot be stored "
                    "yet",
                    m->path, (long long)partition.parts);
}

/* Whoever initializes a deferred variable has only the spec in its row. */
static vs_status refuse_unstorable(const struct making *m, vs_error *err)
{
    const vs_initializer *init = &m->filling.init;

    if (init->kind != VS_INIT_VALUE && init->kind != VS_INIT_LIST &&
        init->kind != VS_INIT_SOURCE &&
        (init->kind != VS_INIT_CUSTOM || init->name != NULL))
        return VS_OK;
    (void)vs__fail(err, VS_ERR_INITIALIZER,
                   "variable %s cannot be deferred: its initializer (%s) "
                   "cannot be stored",
                   m->path, m->initializer);
    vs__hint(err, "defer it with another initializer and vs_variable_write "
                  "the value, or create it with the value");
    return VS_ERR_INITIALIZER;
}

/* Everything that needs no transaction. */
static vs_status prepare(vs_store *store, const char *name, struct making *m)
{
    vs_error *err = vs__store_words(store);
    struct vs__kind_of_value *kind = &m->row.kind;
    vs_status st = vs__path_join("", name, m->path, err);

    if (st != VS_OK || (st = resolve_type(m, err)) != VS_OK ||
        (st = refuse_partition(m, err)) != VS_OK ||
        (st = vs__rules_check(store, m->path, &m->spec.regularizer,
                              &m->spec.constraint)) != VS_OK)
        return st;
    vs__resolve_initializer(store, &m->spec.initializer);
    kind->plan = vs__plan_make(kind->dtype, &kind->shape, store->chunk_bytes);
    st = vs__filling_make(&m->spec.initializer, m->path, store->seed,
                          kind->dtype, &kind->shape, &m->filling, err);
    if (st != VS_OK)
        return st;
    vs__spec_of_initializer(&m->filling.init, m->initializer);
    m->source = vs__filling_source(&m->filling);
    m->row.trainable = m->spec.trainable != VS_NO;
    m->row.deferred = m->spec.deferred == VS_YES;
    if (m->row.deferred && (st = refuse_unstorable(m, err)) != VS_OK)
        return st;
    for (size_t i = 0; m->spec.collections != NULL &&
                       m->spec.collections[i] != NULL && st == VS_OK;
         i++)
        st = vs__collection_check(store, m->spec.collections[i]);
    return st;
}

static vs_status put_in_collections(vs_store *store, const struct making *m)
{
    static const char *const standard[] = {VS_GLOBAL_VARIABLES, NULL};
    const char *const *keys =
        m->spec.collections != NULL ? m->spec.collections : standard;
    const int64_t variable = m->row.kind.variable;
    vs_status st = VS_OK;

    for (; *keys != NULL && st == VS_OK; keys++)
        st = vs__collection_put(store, *keys, variable);
    if (st == VS_OK && m->row.trainable)
        st = vs__collection_put(store, VS_TRAINABLE_VARIABLES, variable);
    return st;
}

/* Inside the write transaction: the rows. */
static vs_status write_rows(vs_store *store, struct making *m)
{
    int64_t version = 0;
    vs_status st;

    if ((st = vs__variable_insert(store, &m->row, m->initializer,
                                  m->spec.site)) != VS_OK ||
        (st = vs__name_attach(store, m->path, m->row.kind.variable, false)) !=
            VS_OK ||
        (st = put_in_collections(store, m)) != VS_OK ||
        (st = vs__rules_put(store, m->row.kind.variable, &m->spec.regularizer,
                            &m->spec.constraint)) != VS_OK ||
        m->row.deferred)
        return st;
    st = vs__value_make(store, &m->row.kind, m->source,
                        m->staged ? &m->writer : NULL, 0, &version);
    return st == VS_OK
               ? vs__variable_set_current(store, m->row.kind.variable, version)
               : st;
}

/* Looks before anything is computed: a name that exists costs no lock. */
static vs_status refuse_existing(vs_store *store, const char *path)
{
    vs_status st = vs__store_begin(store, VS_TXN_READ);

    if (st != VS_OK)
        return st;
    return vs__store_end(store, vs__name_vacant(store, path, NULL));
}

static vs_status fill_from_bytes(int64_t first, int64_t n, void *dst, void *ctx)
{
    const struct making *m = ctx;
    const size_t element = m->row.kind.plan.element;

    memcpy(dst, m->small + (size_t)first * element, (size_t)n * element);
    return VS_OK;
}

/* Computes as much of the first value as may be, before the write lock. */
static vs_status make_value(vs_store *store, struct making *m)
{
    const struct vs__plan *plan = &m->row.kind.plan;
    vs_status st = VS_OK;

    vs__writer_init(&m->writer, &store->pool, m->row.kind.dtype, plan,
                    m->source);
    if (m->row.deferred)
        return VS_OK;
    if (plan->n_chunks == 0) {
        if (plan->n_elements != 0)
            st = vs__source_ask(m->source, 0, plan->n_elements, m->small,
                                vs__store_words(store));
        m->source = (vs_source){fill_from_bytes, m};
        return st;
    }
    /* Who has the write lock already gains nothing by a head start. */
    if (vs__db_readonly(store->db) || vs__txn_writing(store->db))
        return VS_OK;
    m->staged = true;
    return vs__writer_stage(&m->writer, 0);
}

/* A value that is yet to come can fail half-way. */
static vs_status begin_making(vs_store *store, const struct making *m)
{
    return m->row.kind.plan.n_chunks == 0 || vs__filling_sure(&m->filling)
               ? vs__store_join(store)
               : vs__store_begin(store, VS_TXN_WRITE);
}

vs_status vs_variable_create(vs_store *store, const char *name,
                             const vs_variable_spec *spec, vs_variable **out)
{
    return vs__variable_create(store, name, spec, VS_REUSE_INHERIT, out);
}

vs_status vs__variable_create(vs_store *store, const char *name,
                              const vs_variable_spec *spec, vs_reuse reuse,
                              vs_variable **out)
{
    struct making *m = NULL;
    vs_variable *v = NULL;
    vs_status st = vs__store_enter(store);

    if (st != VS_OK)
        return st;
    if ((m = vs__calloc(1, sizeof *m)) == NULL)
        return vs__fail_nomem(vs__store_words(store));
    m->row.reuse = reuse;
    if ((st = vs__options_take(&m->spec, sizeof m->spec, spec,
                               "vs_variable_spec", vs__store_words(store))) !=
            VS_OK ||
        (st = prepare(store, name, m)) != VS_OK ||
        (st = refuse_existing(store, m->path)) != VS_OK)
        goto out;
    if ((st = make_value(store, m)) != VS_OK)
        goto out;
    if (out != NULL &&
        (v = vs__variable_new(store, m->path, &m->row)) == NULL) {
        st = VS_ERR_NOMEM;
        goto out;
    }
    if ((st = begin_making(store, m)) != VS_OK)
        goto out;
    if ((st = vs__store_end(store, write_rows(store, m))) != VS_OK)
        goto out;
    if (out != NULL) {
        v->kind.variable = m->row.kind.variable;
        *out = v;
        v = NULL;
    }
out:
    (void)vs__store_tell(store, st);
    vs_variable_free(v);
    vs__writer_done(&m->writer);
    vs__filling_done(&m->filling);
    vs__free(m);
    return st;
}

/* Checks a view against what a slice of the variable selects. */
static vs_status check_view(vs_variable *v, const vs_slice *slice,
                            const vs_view *view)
{
    vs_error *err = vs__store_words(v->store);
    char what[VS_NAME_MAX + 16];
    vs_shape shape = v->kind.shape;
    vs_status st = VS_OK;

    (void)snprintf(what, sizeof what, "variable %s", v->name);
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
    if ((st = check_view(v, slice, into)) == VS_OK &&
        (st = vs__variable_shown(v, &version)) == VS_OK)
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
    if ((st = vs__variable_shown(v, &version)) == VS_OK)
        st = vs__variable_blame(
            v, vs__value_read_to(v->store, &v->kind, version, sink));
    return vs__store_end(v->store, st);
}

/* Begins a write to a variable and gives its current version; 0: it has no
 * value yet. A value from memory is `sure` to be there to its end. */
static vs_status begin_write(vs_variable *v, bool sure, int64_t *current)
{
    vs_status st = sure ? vs__store_join(v->store)
                        : vs__store_begin(v->store, VS_TXN_WRITE);

    if (st != VS_OK)
        return st;
    if (v->pinned != 0)
        st = vs__fail(vs__store_words(v->store), VS_ERR_READONLY,
                      "variable %s: a value in checkpoint %lld cannot be "
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
    vs_status st = begin_write(v, sure, &current);

    if (st != VS_OK)
        return st;
    if (expected != 0 && current == 0)
        st = vs__variable_shown(v, &current); /* tells that there is none */
    else if (expected != 0 && current != expected)
        st = vs__fail(vs__store_words(v->store), VS_ERR_CONFLICT,
                      "variable %s is at version %lld, expected %lld", v->name,
                      (long long)current, (long long)expected);
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
        (st = begin_write(v, v->kind.plan.n_chunks == 0, &current)) != VS_OK)
        return st;
    if (current == 0)
        st = vs__variable_shown(v, &current); /* tells that there is none */
    if (st == VS_OK)
        st = vs__value_edit(v->store, &v->kind, current,
                            slice != NULL ? slice : &all, how, from, &version);
    return end_write(v, st, version);
}

vs_status vs_variable_write(vs_variable *v, const vs_view *from)
{
    vs_status st = vs__store_enter(v->store);

    if (st != VS_OK || (st = check_view(v, NULL, from)) != VS_OK)
        return st;
    return replace(v, vs__view_source(from), true, 0, NULL);
}

vs_status vs_variable_write_slice(vs_variable *v, const vs_slice *slice,
                                  const vs_view *from)
{
    return edit_value(v, slice, VS__EDIT_SET, from);
}

vs_status vs_variable_write_from(vs_variable *v, vs_source source)
{
    return replace(v, source, false, 0, NULL);
}

/* Adding to bools has no meaning; everything else has one. */
static vs_status accumulate(vs_variable *v, enum vs__edit how,
                            const vs_view *delta)
{
    if (v->kind.dtype == VS_BOOL)
        return vs__fail(vs__store_words(v->store), VS_ERR_DTYPE,
                        "variable %s is bool, want a dtype with addition",
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
                        "variable %s: %lld is no version", v->name,
                        (long long)expected);
    return replace(v, vs__view_source(from), true, expected, out);
}
