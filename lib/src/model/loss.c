/* loss.c - applying the rules that variables were made with: the losses of
 * regularizers, and constraints.
 */
#include <stdint.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "model/handle.h"
#include "model/path.h"
#include "model/rules.h"
#include "rule/regularize.h"
#include "tensor/dtype.h"

/* The whole tensor in memory, read inside the caller's transaction; free
 * view->data. */
static vs_status read_whole(vs_variable *v, vs_view *view)
{
    const size_t n = (size_t)v->kind.plan.n_elements * v->kind.plan.element;
    void *bytes = vs__alloc(n != 0 ? n : 1);
    vs_status st;

    if (bytes == NULL)
        return vs__fail_nomem(vs__store_words(v->store));
    *view = vs_view_of(v->kind.dtype, &v->kind.shape, bytes);
    if ((st = vs_variable_read(v, view)) != VS_OK)
        vs__free(bytes);
    return st;
}

/* A sink that adds up what comes. */
struct adding {
    struct vs__penalty penalty;
    vs_dtype dtype;
};

static vs_status add(int64_t first, int64_t n, const void *src, void *ctx)
{
    struct adding *a = ctx;

    (void)first;
    vs__penalty_add(&a->penalty, a->dtype, src, n);
    return VS_OK;
}

static vs_status streamed_loss(vs_variable *v, const vs_regularizer *r,
                               double *out)
{
    struct adding a = {{0, 0}, v->kind.dtype};
    vs_status st;

    if (vs__dtype_info(v->kind.dtype)->kind != VS__KIND_FLOAT)
        return vs__fail(vs__store_words(v->store), VS_ERR_DTYPE,
                        "variable %.256s is %s, its regularizer needs floats",
                        v->name, vs_dtype_name(v->kind.dtype));
    st = vs_variable_read_to(v, (vs_sink){add, &a});
    if (st == VS_OK)
        *out = vs__penalty_loss(&a.penalty, r);
    return st;
}

static vs_status loss(vs_variable *v, double *out)
{
    struct vs__spec memory;
    vs_regularizer r;
    vs_view view;
    vs_status st =
        vs__rule_regularizer(v->store, v->kind.variable, &memory, &r);

    if (st != VS_OK)
        return st;
    if (r.kind > VS_REGULARIZER_NONE && vs__regularizer_streams(&r))
        return streamed_loss(v, &r, out);
    if (r.kind <= VS_REGULARIZER_NONE) {
        *out = 0;
        return VS_OK;
    }
    if ((st = read_whole(v, &view)) == VS_OK) {
        st = vs_regularizer_loss(&r, &view, out, vs__store_words(v->store));
        vs__free(view.data);
    }
    return st;
}

/* Each part has a loss of its own (S85). */
static vs_status loss_of_parts(vs_variable *v, double *out)
{
    vs_status st = VS_OK;

    for (int64_t i = 0; i < vs_variable_n_parts(v) && st == VS_OK; i++) {
        double one = 0;

        st = loss(v->parts[i], &one);
        *out += one;
    }
    return st;
}

vs_status vs_variable_loss(vs_variable *v, double *out)
{
    double found = 0;
    int64_t version = 0;
    vs_status st = vs__store_begin(v->store, VS_TXN_READ);

    if (st != VS_OK)
        return st;
    if ((st = vs__variable_shown(v, &version)) == VS_OK)
        st = v->parts != NULL ? loss_of_parts(v, &found) : loss(v, &found);
    if ((st = vs__store_end(v->store, st)) == VS_OK)
        *out = found;
    return st;
}

static vs_status loss_of(vs_store *store, const char *name, double *out)
{
    vs_variable *v = NULL;
    vs_status st = vs_variable_open(store, name, &v);

    if (st == VS_OK)
        st = vs_variable_loss(v, out);
    vs_variable_free(v);
    return st;
}

static vs_status add_losses(vs_store *store, vs_list *list, double *total,
                            int64_t *n)
{
    const vs_variable_info *info;
    vs_status st;

    while ((st = vs_list_next(list, &info)) == VS_OK) {
        double one = 0;

        if (info->alias_of != NULL)
            continue;
        if ((st = loss_of(store, info->name, &one)) != VS_OK)
            return st;
        *total += one;
        ++*n;
    }
    return st == VS_DONE ? VS_OK : st;
}

vs_status vs_scope_loss(vs_store *store, const char *scope, double *out,
                        int64_t *n)
{
    const vs_list_options below = {.scope = scope,
                                   .collection = VS_REGULARIZATION_LOSSES};
    vs_list *list = NULL;
    double total = 0;
    int64_t count = 0;
    vs_status st = vs__store_begin(store, VS_TXN_READ);

    if (st != VS_OK)
        return st;
    if (scope != NULL && scope[0] != '\0')
        st = vs__path_check(scope, vs__store_words(store));
    if (st == VS_OK && (st = vs_list_open(store, &below, &list)) == VS_OK)
        st = add_losses(store, list, &total, &count);
    vs_list_close(list);
    if ((st = vs__store_end(store, st)) != VS_OK)
        return st;
    *out = total;
    if (n != NULL)
        *n = count;
    return VS_OK;
}

/* Inside a write transaction. */
static vs_status constrain(vs_variable *v)
{
    struct vs__spec memory;
    vs_constraint c;
    vs_view view;
    vs_status st = vs__rule_constraint(v->store, v->kind.variable, &memory, &c);

    if (st != VS_OK || c.kind <= VS_CONSTRAINT_NONE)
        return st;
    if ((st = read_whole(v, &view)) != VS_OK)
        return st;
    st = vs_constraint_apply(&c, &view, vs__store_words(v->store));
    if (st == VS_OK)
        st = vs_variable_write(v, &view);
    vs__free(view.data);
    return st;
}

vs_status vs_variable_constrain(vs_variable *v)
{
    int64_t version = 0;
    vs_status st = vs__store_begin(v->store, VS_TXN_WRITE);

    if (st != VS_OK)
        return st;
    if ((st = vs__variable_shown(v, &version)) == VS_OK && v->parts == NULL)
        st = constrain(v);
    for (int64_t i = 0;
         v->parts != NULL && i < v->partition.parts && st == VS_OK; i++)
        st = constrain(v->parts[i]);
    return vs__store_end(v->store, st);
}

vs_status vs_variable_rules(vs_variable *v, const char **regularizer,
                            const char **constraint)
{
    const int64_t variable = v->kind.variable;
    int64_t version = 0;
    vs_status st = vs__store_begin(v->store, VS_TXN_READ);

    if (st != VS_OK)
        return st;
    if (v->rules == NULL &&
        (v->rules = vs__alloc(2 * sizeof *v->rules)) == NULL)
        st = vs__fail_nomem(vs__store_words(v->store));
    if (st == VS_OK && (st = vs__variable_there(v, &version)) == VS_OK &&
        (st = vs__rule_text(v->store, variable, VS__REGULARIZER,
                            v->rules[0])) == VS_OK)
        st = vs__rule_text(v->store, variable, VS__CONSTRAINT, v->rules[1]);
    if ((st = vs__store_end(v->store, st)) != VS_OK)
        return st;
    *regularizer = v->rules[0];
    *constraint = v->rules[1];
    return VS_OK;
}
