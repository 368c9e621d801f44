/* tensor.c - the elements of one variable, wherever it is. See pick.h. */
#include <string.h>

#include "pick.h"

static int open_variable(struct pick *p, const char *name, struct tensor *t)
{
    vs_status st;

    if (p->checkpoint != 0)
        st = vs_variable_open_at(p->store, p->checkpoint, name, &t->v);
    else
        st = vs_variable_open(p->store, name, &t->v);
    if (st == VS_ERR_NOTFOUND || st == VS_ERR_NAME)
        return pick_not_found(p, name);
    if (st != VS_OK)
        return pick_store_fault(p->cli, p->store);
    t->dtype = vs_variable_dtype(t->v);
    t->shape = *vs_variable_shape(t->v);
    t->name = vs_variable_name(t->v);
    (void)vs_shape_count(&t->shape, &t->n_elements);
    return EXIT_YES;
}

int tensor_open(struct pick *p, const char *name, struct tensor *out)
{
    const vs_file_entry *f;
    int64_t i;

    memset(out, 0, sizeof *out);
    out->pick = p;
    if (p->store != NULL)
        return open_variable(p, name, out);
    i = vs_file_find(p->file, name);
    if (i < 0)
        return pick_not_found(p, name);
    f = vs_file_get(p->file, (size_t)i);
    out->index = (size_t)i;
    out->dtype = f->dtype;
    out->shape = f->shape;
    out->n_elements = f->n_elements;
    out->name = f->name;
    return EXIT_YES;
}

void tensor_close(struct tensor *t)
{
    vs_variable_free(t->v);
    t->v = NULL;
}

/* A sink that stops by VS_ERR_CANCELLED has its own reasons. */
static int outcome(struct tensor *t, vs_status st, const vs_error *err)
{
    struct cli *cli = t->pick->cli;

    if (st == VS_OK)
        return EXIT_YES;
    if (st == VS_ERR_CANCELLED)
        return EXIT_INTERRUPT;
    return t->v != NULL ? pick_store_fault(cli, t->pick->store)
                        : fault_take(&cli->fault, err);
}

int tensor_read(struct tensor *t, const vs_slice *slice, void *into)
{
    vs_shape shape = vs_slice_shape(slice);
    vs_view view = vs_view_of(t->dtype, &shape, into);
    vs_error err = {VS_OK, "", ""};
    vs_status st;

    if (t->v != NULL)
        st = vs_variable_read_slice(t->v, slice, &view);
    else
        st = vs_file_read(t->pick->file, t->index, slice, &view, &err);
    return outcome(t, st, &err);
}

int tensor_stream(struct tensor *t, vs_sink sink)
{
    vs_error err = {VS_OK, "", ""};
    vs_status st;

    if (t->v != NULL)
        st = vs_variable_read_to(t->v, sink);
    else
        st = vs_file_read_to(t->pick->file, t->index, sink, &err);
    return outcome(t, st, &err);
}
