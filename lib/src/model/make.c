/* make.c - making variables, whole or in parts.
 *
 * What needs no transaction comes first: dtype, shape and partition, and as
 * much of the first value as fits into the memory for a head start. Then all
 * rows are written at once. The parts of a partitioned variable are slices of
 * one value, so that how it is cut does not show in it (Q14), unless the
 * partitioner wants them drawn one by one.
 */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "base/options.h"
#include "chunk/writer.h"
#include "model/callback.h"
#include "model/collection.h"
#include "model/cut.h"
#include "model/handle.h"
#include "model/parts.h"
#include "model/path.h"
#include "model/rules.h"
#include "model/vacant.h"
#include "model/whole.h"
#include "rule/initializer.h"
#include "rule/spec.h"
#include "tensor/dtype.h"
#include "tensor/shape.h"

#define SMALL_MOST (4 << 20) /* bytes of values that are computed ahead */

/* A variable that a creation writes: the one asked for, or a part of it. */
struct product {
    vs_variable *v;              /* its handle, borrowed */
    struct vs__variable_row row; /* as it was written, without a value */
    vs_source source;            /* of its first value */
    struct vs__cut cut;          /* if that is cut out of the whole's */
    struct vs__filling filling;  /* if it is drawn by itself */
    struct vs__writer writer;    /* its head start */
    bool staged;                 /* the writer has one */
    uint8_t *bytes;              /* all of a value without chunks, owned; NULL:
                                   not computed yet */
};

/* A creation that is under way. */
struct making {
    vs_variable_spec spec; /* as given, padded */
    char path[VS_NAME_MAX + 1];
    struct vs__variable_row row; /* what it will be, as a whole */
    struct vs__filling filling;  /* its first value */
    vs_variable *v;              /* the handle; owned until it is given away */
    struct product *products;    /* n of them; owned */
    int64_t n;                   /* 1, or the number of parts */
    const struct vs__putter *putter; /* of its chunks; NULL: they are made of
                                        `filling` */
    bool looked; /* in the transaction that writes it: its name is vacant */
    bool dealt;  /* the source is asked once for the whole, in order, and the
                   parts do not follow each other in that: they are filled
                   together */
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

    (void)snprintf(what, sizeof what, "variable %.256s", m->path);
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
    kind->shape = *shape; /* whatever its rank is: it is checked next */
    if (vs__shape_check(&kind->shape, kind->dtype, true, what, err) != VS_OK)
        return err->status;
    return value == NULL
               ? VS_OK
               : vs__view_check(value, kind->dtype, &kind->shape, what, err);
}

/* Whoever initializes a deferred variable has only the spec in its row. */
static vs_status refuse_unstorable(const struct making *m, vs_error *err)
{
    const vs_initializer *init = &m->filling.init;
    char spec[VS__SPEC_MAX];

    if (init->kind != VS_INIT_VALUE && init->kind != VS_INIT_LIST &&
        init->kind != VS_INIT_SOURCE &&
        (init->kind != VS_INIT_CUSTOM || init->name != NULL))
        return VS_OK;
    vs__spec_of_initializer(&m->filling.init, spec);
    (void)vs__fail(err, VS_ERR_INITIALIZER,
                   "variable %.256s cannot be deferred: its initializer "
                   "(%.200s) cannot be stored",
                   m->path, spec);
    vs__hint(err, "defer it with another initializer and vs_variable_write "
                  "the value, or create it with the value");
    return VS_ERR_INITIALIZER;
}

/* Makes the source of a part that is drawn by itself: under its own name, and
 * with elements numbered from 0. */
static vs_status draw(vs_store *store, struct making *m, struct product *p)
{
    vs_status st;

    p->v->drawn = true;
    st = vs__filling_make(&m->spec.initializer, p->v->name, store->seed,
                          m->row.kind.dtype,
                          vs__cut_shape(p->v, m->filling.init.kind),
                          &p->filling, vs__store_words(store));
    if (st == VS_OK)
        p->source = vs__filling_source(&p->filling);
    return st;
}

/* What is to be written for the variable, or for part `i`. */
static vs_status plan_product(vs_store *store, struct making *m, int64_t i,
                              bool draws)
{
    const vs_source whole = vs__filling_source(&m->filling);
    struct product *p = &m->products[i];

    p->v = m->v->parts != NULL ? m->v->parts[i] : m->v;
    if (p->v->ordinal < 0)
        p->source = whole;
    else if (draws)
        return draw(store, m, p);
    else
        p->source = vs__cut_out(&p->cut, p->v, whole);
    return VS_OK;
}

/* The handle, and what is to be written for it. */
static vs_status plan_products(vs_store *store, struct making *m,
                               const vs_partition *partition)
{
    const bool draws =
        m->spec.partitioner.per_part && vs__filling_by_part(&m->filling);
    vs_status st = VS_OK;

    m->n = partition->parts > 0 ? partition->parts : 1;
    if (partition->parts > 0)
        st = vs__whole_new(store, m->path, &m->row, partition, &m->v);
    else if ((m->v = vs__variable_new(store, m->path, &m->row)) == NULL)
        st = VS_ERR_NOMEM;
    if (st != VS_OK)
        return st;
    m->products = vs__calloc((size_t)m->n, sizeof *m->products);
    if (m->products == NULL)
        return vs__fail_nomem(vs__store_words(store));
    m->dealt = m->filling.init.kind == VS_INIT_SOURCE && m->v->parts != NULL &&
               !vs__whole_in_a_row(m->v);
    for (int64_t i = 0; i < m->n && st == VS_OK; i++)
        st = plan_product(store, m, i, draws);
    return st;
}

/* Everything that needs no transaction. */
static vs_status prepare(vs_store *store, const char *name, struct making *m)
{
    vs_error *err = vs__store_words(store);
    struct vs__kind_of_value *kind = &m->row.kind;
    vs_partition partition;
    vs_status st = vs__path_join("", name, m->path, err);

    vs__resolve_partitioner(store, &m->spec.partitioner);
    if (st != VS_OK || (st = resolve_type(m, err)) != VS_OK ||
        (st = vs_partitioner_apply(&m->spec.partitioner, kind->dtype,
                                   &kind->shape, &partition, err)) != VS_OK ||
        (st = vs__rules_check(store, m->path, &m->spec.regularizer,
                              &m->spec.constraint)) != VS_OK)
        return st;
    vs__resolve_initializer(store, &m->spec.initializer);
    kind->plan = vs__plan_make(kind->dtype, &kind->shape, store->chunk_bytes);
    st = vs__filling_make(&m->spec.initializer, m->path, store->seed,
                          kind->dtype, &kind->shape, &m->filling, err);
    if (st != VS_OK)
        return st;
    m->row.trainable = m->spec.trainable != VS_NO;
    m->row.deferred = m->spec.deferred == VS_YES;
    if (m->row.deferred && (st = refuse_unstorable(m, err)) != VS_OK)
        return st;
    for (size_t i = 0; m->spec.collections != NULL &&
                       m->spec.collections[i] != NULL && st == VS_OK;
         i++)
        st = vs__collection_check(store, m->spec.collections[i]);
    return st == VS_OK ? plan_products(store, m, &partition) : st;
}

static vs_status fill_from_bytes(int64_t first, int64_t n, void *dst, void *ctx)
{
    const struct product *p = ctx;
    const size_t element = p->v->kind.plan.element;

    memcpy(dst, p->bytes + (size_t)first * element, (size_t)n * element);
    return VS_OK;
}

/* Computes a value that is kept without chunks. */
static vs_status make_small(vs_store *store, struct product *p)
{
    const int64_t n = p->v->kind.plan.n_elements;
    vs_error *err = vs__store_words(store);
    vs_status st = VS_OK;

    p->bytes = vs__alloc((size_t)n * p->v->kind.plan.element);
    if (p->bytes == NULL)
        return vs__fail_nomem(err);
    if (n != 0)
        st = vs__source_ask(p->source, 0, n, p->bytes, err);
    p->source.fill = fill_from_bytes;
    p->source.ctx = p;
    return st;
}

/* Encodes as much of a value as there is memory for. */
static vs_status stage(vs_store *store, struct product *p)
{
    const struct vs__kind_of_value *kind = &p->v->kind;

    vs__writer_init(&p->writer, &store->pool, kind->dtype, &kind->plan,
                    p->source);
    p->staged = true;
    return vs__writer_stage(&p->writer, 0);
}

/* Computes as much of the first value as may be before the write lock, in
 * order, since a source is asked so: small values, or the beginning of the
 * first large one. */
static vs_status make_value(vs_store *store, struct making *m)
{
    int64_t bytes = 0;
    vs_status st = VS_OK;

    if (m->row.deferred || m->dealt || m->putter != NULL)
        return VS_OK;
    for (int64_t i = 0; i < m->n && bytes < SMALL_MOST && st == VS_OK; i++) {
        struct product *p = &m->products[i];
        const struct vs__plan *plan = &p->v->kind.plan;

        if (plan->n_chunks != 0) {
            /* Who has the write lock gains nothing by a head start. */
            if (!vs__db_readonly(store->db) && !vs__txn_writing(store->db))
                st = stage(store, p);
            break;
        }
        st = make_small(store, p);
        bytes += plan->n_elements * (int64_t)plan->element;
    }
    return st;
}

/* A value that is yet to come can fail half-way. */
static vs_status begin_making(vs_store *store, const struct making *m)
{
    const bool computed =
        m->row.deferred || m->products[m->n - 1].bytes != NULL;
    int64_t n_bytes = 0;

    for (int64_t i = 0; i < m->n && !m->row.deferred; i++) {
        const struct vs__plan *plan = &m->products[i].v->kind.plan;

        n_bytes += plan->n_elements * (int64_t)plan->element;
    }
    return computed || vs__filling_sure(&m->filling)
               ? vs__store_join(store, n_bytes)
               : vs__store_begin_bulk(store, n_bytes);
}

static vs_status put_in_collections(vs_store *store, const struct making *m,
                                    int64_t variable)
{
    static const char *const standard[] = {VS_GLOBAL_VARIABLES, NULL};
    const char *const *keys =
        m->spec.collections != NULL ? m->spec.collections : standard;
    vs_status st = VS_OK;

    for (; *keys != NULL && st == VS_OK; keys++)
        st = vs__collection_put(store, *keys, variable);
    if (st == VS_OK && m->row.trainable)
        st = vs__collection_put(store, VS_TRAINABLE_VARIABLES, variable);
    return st;
}

/* Writes a variable without a value. */
static vs_status write_identity(vs_store *store, const struct making *m,
                                struct product *p)
{
    const struct vs__part_row part = {p->v->partition, p->v->ordinal,
                                      p->v->drawn};
    char initializer[VS__SPEC_MAX];
    int64_t variable;
    vs_status st;

    p->row = m->row;
    p->row.kind = p->v->kind;
    p->row.is_part = p->v->ordinal >= 0;
    vs__spec_of_initializer(p->v->drawn ? &p->filling.init : &m->filling.init,
                            initializer);
    st = vs__variable_insert(store, &p->row, p->v->name, initializer,
                             m->spec.site);
    if (st != VS_OK)
        return st;
    variable = p->row.kind.variable;
    p->v->kind.variable = variable;
    if (p->row.is_part)
        st = vs__part_insert(store, variable, &part);
    if (st == VS_OK)
        st = put_in_collections(store, m, variable);
    return st == VS_OK ? vs__rules_put(store, variable, &m->spec.regularizer,
                                       &m->spec.constraint)
                       : st;
}

/* Gives the variable the chunks that somebody else puts. */
static vs_status write_put(vs_store *store, struct product *p,
                           const struct vs__putter *putter)
{
    const struct vs__kind_of_value *kind = &p->v->kind;
    struct vs__chunk_list list;
    int64_t version = 0;
    vs_status st;

    vs__chunk_list_init(&list);
    if ((st = putter->put(&list, putter->ctx)) == VS_OK)
        st = vs__value_of_chunks(store, kind, &list, &version);
    vs__chunk_list_done(&list);
    return st == VS_OK ? vs__variable_replace(store, &p->row, version) : st;
}

static vs_status write_value(vs_store *store, struct product *p)
{
    const struct vs__kind_of_value *kind = &p->v->kind;
    int64_t version = 0;
    vs_status st = vs__value_make(store, kind, p->source,
                                  p->staged ? &p->writer : NULL, 0, &version);

    vs__writer_done(&p->writer); /* the next one may need its places */
    return st == VS_OK ? vs__variable_replace(store, &p->row, version) : st;
}

static vs_status check_vacant(vs_store *store, const struct making *m)
{
    return m->v->parts != NULL ? vs__whole_vacant(store, m->path)
                               : vs__name_vacant(store, m->path);
}

/* Inside the write transaction: the rows. */
static vs_status write_rows(vs_store *store, struct making *m)
{
    vs_status st = m->looked ? VS_OK : check_vacant(store, m);

    for (int64_t i = 0; i < m->n && st == VS_OK; i++)
        st = write_identity(store, m, &m->products[i]);
    if (st == VS_OK && m->v->parts != NULL)
        m->v->kind.variable = m->v->parts[0]->kind.variable;
    if (st != VS_OK || m->row.deferred)
        return st;
    if (m->putter != NULL)
        return write_put(store, &m->products[0], m->putter);
    if (m->dealt)
        return vs__whole_first_value(m->v, vs__filling_source(&m->filling));
    for (int64_t i = 0; i < m->n && st == VS_OK; i++)
        st = write_value(store, &m->products[i]);
    return st;
}

/* Looks before anything is computed: a name that exists costs no lock. Inside
 * a write that is enough, unless a callback comes between. */
static vs_status refuse_existing(vs_store *store, struct making *m)
{
    vs_status st = vs__store_begin(store, VS_TXN_READ);

    if (st != VS_OK)
        return st;
    m->looked = vs__txn_writing(store->db) && vs__filling_sure(&m->filling);
    return vs__store_end(store, check_vacant(store, m));
}

static vs_status make(vs_store *store, const char *name, struct making *m)
{
    vs_status st;

    if ((st = prepare(store, name, m)) != VS_OK ||
        (st = refuse_existing(store, m)) != VS_OK ||
        (st = make_value(store, m)) != VS_OK ||
        (st = begin_making(store, m)) != VS_OK)
        return st;
    return vs__store_end(store, write_rows(store, m));
}

static void done(struct making *m)
{
    for (int64_t i = 0; m->products != NULL && i < m->n; i++) {
        vs__writer_done(&m->products[i].writer);
        vs__filling_done(&m->products[i].filling);
        vs__free(m->products[i].bytes);
    }
    vs__free(m->products);
    vs__filling_done(&m->filling);
    vs_variable_free(m->v);
    vs__free(m);
}

static vs_status create(vs_store *store, const char *name,
                        const vs_variable_spec *spec, vs_reuse reuse,
                        const struct vs__putter *putter, vs_variable **out)
{
    struct making *m;
    vs_status st = vs__store_enter(store);

    if (st != VS_OK)
        return st;
    if ((m = vs__calloc(1, sizeof *m)) == NULL)
        return vs__fail_nomem(vs__store_words(store));
    m->row.reuse = reuse;
    m->putter = putter;
    st = vs__options_take(&m->spec, sizeof m->spec, spec, "vs_variable_spec",
                          vs__store_words(store));
    if (st == VS_OK)
        st = make(store, name, m);
    if (st == VS_OK && out != NULL) {
        *out = m->v;
        m->v = NULL;
    }
    (void)vs__store_tell(store, st);
    done(m);
    return st;
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
    return create(store, name, spec, reuse, NULL, out);
}

vs_status vs__variable_create_put(vs_store *store, const char *name,
                                  const vs_variable_spec *spec,
                                  const struct vs__putter *putter)
{
    return create(store, name, spec, VS_REUSE_INHERIT, putter, NULL);
}
