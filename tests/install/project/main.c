/* main.c - makes a variable in a new store, in the common part of C and C++,
 * and finds it again. */
#include <stdio.h>
#include <string.h>

#include <varstore/varstore.h>

static vs_status get(vs_store *store, float *first)
{
    vs_shape shape = vs_shape_2d(3, 4);
    vs_initializer three = vs_constant(3);
    vs_variable_spec spec;
    vs_context *ctx = NULL;
    vs_variable *v = NULL;
    float values[12];
    vs_view view = vs_view_of(VS_F32, &shape, values);
    vs_status st = vs_context_new(store, &ctx);

    memset(&spec, 0, sizeof spec);
    spec.shape = &shape;
    spec.initializer = three;
    VS_WITH_SCOPE (st, ctx, "layer", NULL) {
        vs_scope_options sharing;

        memset(&sharing, 0, sizeof sharing);
        sharing.reuse = VS_REUSE_AUTO;
        VS_WITH_SCOPE (st, ctx, "kernel", &sharing)
            st = vs_get_variable(ctx, "0", &spec, &v);
    }
    if (st == VS_OK)
        st = vs_variable_read(v, &view);
    if (st == VS_OK)
        *first = values[0];
    vs_variable_free(v);
    vs_context_free(ctx);
    return st;
}

int main(int argc, char **argv)
{
    vs_store_options open;
    vs_store *store = NULL;
    vs_error err;
    float first = 0;
    vs_status st;

    if (argc == 2 && strcmp(argv[1], "--version") == 0)
        return puts(vs_version()) < 0;
    memset(&open, 0, sizeof open);
    memset(&err, 0, sizeof err);
    open.mode = VS_OPEN_CREATE;
    st = vs_store_open(argc == 2 ? argv[1] : "", &open, &store, &err);
    if (st == VS_OK && (st = get(store, &first)) == VS_OK)
        st = get(store, &first); /* the second time it is there */
    if (st != VS_OK)
        (void)fprintf(stderr, "%s\n",
                      store ? vs_store_error(store)->message : err.message);
    vs_store_close(store);
    return st == VS_OK && first == 3 ? 0 : 1;
}
