/* callback.c - see callback.h. Few are ever registered: they stand in a list.
 */
#include "model/callback.h"

#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "rule/custom.h"

enum sort { INITIALIZER, REGULARIZER, CONSTRAINT, PARTITIONER, GETTER };

static const char *const sorts[] = {"initializer", "regularizer", "constraint",
                                    "partitioner", "getter"};

/* Of a function, as its sort has it. */
union pointer {
    vs_fill_fn fill;
    vs_loss_fn loss;
    vs_constrain_fn apply;
    vs_count_fn count;
    vs_getter_fn get;
};

struct vs__callback {
    struct vs__callback *next; /* owned */
    enum sort sort;
    union pointer pointer;
    void *data; /* for the pointer */
    char name[VS__CALLBACK_NAME_MAX + 1];
};

/* Where the callback of that name is linked, or the end of the list. */
static struct vs__callback **place(vs_store *store, enum sort sort,
                                   const char *name)
{
    struct vs__callback **at = &store->callbacks;

    while (*at != NULL &&
           ((*at)->sort != sort || strcmp((*at)->name, name) != 0))
        at = &(*at)->next;
    return at;
}

static const struct vs__callback *find(const vs_store *store, enum sort sort,
                                       const char *name)
{
    /* Local variables are in a store of their own; callbacks are not. */
    const struct vs__callback *c =
        store->outer != NULL ? store->outer->callbacks : store->callbacks;

    while (c != NULL && (c->sort != sort || strcmp(c->name, name) != 0))
        c = c->next;
    return c;
}

static void take_out(struct vs__callback **at)
{
    struct vs__callback *gone = *at;

    *at = gone->next;
    vs__free(gone);
}

/* `gone`: there is no pointer, the name is to be forgotten. */
static vs_status put(vs_store *store, enum sort sort, const char *name,
                     union pointer pointer, bool gone, void *data)
{
    vs_error *err = vs__store_words(store);
    struct vs__callback **at;
    vs_status st = vs__store_enter(store);

    if (st != VS_OK)
        return st;
    if (name == NULL)
        name = ""; /* refused as such */
    st = vs__callback_name_check(sorts[sort], name, err);
    if (st != VS_OK)
        return st;
    at = place(store, sort, name);
    if (gone) {
        if (*at != NULL)
            take_out(at);
        return VS_OK;
    }
    if (*at == NULL) {
        if ((*at = vs__calloc(1, sizeof **at)) == NULL)
            return vs__fail_nomem(err);
        (*at)->sort = sort;
        memcpy((*at)->name, name, strlen(name) + 1);
    }
    (*at)->pointer = pointer;
    (*at)->data = data;
    return VS_OK;
}

void vs__callbacks_done(vs_store *store)
{
    while (store->callbacks != NULL)
        take_out(&store->callbacks);
}

vs_status vs_register_initializer(vs_store *store, const char *name,
                                  vs_fill_fn fill, void *data)
{
    return put(store, INITIALIZER, name, (union pointer){.fill = fill},
               fill == NULL, data);
}

vs_status vs_register_regularizer(vs_store *store, const char *name,
                                  vs_loss_fn loss, void *data)
{
    return put(store, REGULARIZER, name, (union pointer){.loss = loss},
               loss == NULL, data);
}

vs_status vs_register_constraint(vs_store *store, const char *name,
                                 vs_constrain_fn apply, void *data)
{
    return put(store, CONSTRAINT, name, (union pointer){.apply = apply},
               apply == NULL, data);
}

vs_status vs_register_partitioner(vs_store *store, const char *name,
                                  vs_count_fn count, void *data)
{
    return put(store, PARTITIONER, name, (union pointer){.count = count},
               count == NULL, data);
}

vs_status vs_register_getter(vs_store *store, const char *name,
                             vs_getter_fn get, void *data)
{
    return put(store, GETTER, name, (union pointer){.get = get}, get == NULL,
               data);
}

void vs__resolve_initializer(const vs_store *store, vs_initializer *init)
{
    const struct vs__callback *c;

    if (init->kind != VS_INIT_CUSTOM || init->fill != NULL ||
        init->name == NULL ||
        (c = find(store, INITIALIZER, init->name)) == NULL)
        return;
    init->fill = c->pointer.fill;
    init->data = c->data;
}

void vs__resolve_regularizer(const vs_store *store, vs_regularizer *one)
{
    const struct vs__callback *c;

    if (one->kind != VS_REGULARIZER_CUSTOM ||
        (c = find(store, REGULARIZER, one->name)) == NULL)
        return;
    one->loss = c->pointer.loss;
    one->data = c->data;
}

void vs__resolve_constraint(const vs_store *store, vs_constraint *constraint)
{
    const struct vs__callback *c;

    if (constraint->kind != VS_CONSTRAINT_CUSTOM ||
        (c = find(store, CONSTRAINT, constraint->name)) == NULL)
        return;
    constraint->apply = c->pointer.apply;
    constraint->data = c->data;
}

void vs__resolve_partitioner(const vs_store *store, vs_partitioner *p)
{
    const struct vs__callback *c;

    if (p->kind != VS_PARTITIONER_CUSTOM || p->count != NULL ||
        p->name == NULL || (c = find(store, PARTITIONER, p->name)) == NULL)
        return;
    p->count = c->pointer.count;
    p->data = c->data;
}

void vs__resolve_getter(const vs_store *store, vs_getter *getter)
{
    const struct vs__callback *c;

    if (getter->get != NULL || (c = find(store, GETTER, getter->name)) == NULL)
        return;
    getter->get = c->pointer.get;
    getter->data = c->data;
}
