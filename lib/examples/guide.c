/* guide.c - the C side of lib/GUIDE.md, run as a test.
 *
 * Each function is one example of the page; a lint test compares the two.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include <varstore/varstore.h>

#ifdef NDEBUG /* the examples assert what they show */
#undef assert
#define assert(x)                                                       \
    do {                                                                \
        if (!(x)) {                                                     \
            fprintf(stderr, "%s:%d: not %s\n", __FILE__, __LINE__, #x); \
            failed = 1;                                                 \
        }                                                               \
    } while (0)
#endif

static int failed;

/* The guide. */

static vs_status nested(vs_context *ctx)
{
    const vs_shape shape = vs_shape_2d(3, 4);
    const vs_variable_spec spec = {.shape = &shape, .site = VS_HERE};
    vs_variable *kernel = NULL;
    vs_status st = VS_OK;

    VS_WITH_SCOPE (st, ctx, "tower", NULL)
        VS_WITH_SCOPE (st, ctx, "dense", NULL)
            st = vs_get_variable(ctx, "kernel", &spec, &kernel);
    if (st == VS_OK)
        assert(strcmp(vs_variable_name(kernel), "tower/dense/kernel") == 0);
    vs_variable_free(kernel);
    return st;
}

static vs_status get_bias(vs_context *ctx, vs_variable **out)
{
    const vs_scope_options sharing = {.reuse = VS_REUSE_AUTO};
    const vs_shape shape = vs_shape_1d(4);
    const vs_variable_spec spec = {.shape = &shape, .site = VS_HERE};
    vs_status st = VS_OK;

    VS_WITH_SCOPE (st, ctx, "layer", &sharing)
        st = vs_get_variable(ctx, "bias", &spec, out);
    return st;
}

static vs_status sharing(vs_context *ctx)
{
    vs_variable *first = NULL;
    vs_variable *second = NULL;
    vs_status st = get_bias(ctx, &first); // made, in the first run

    if (st == VS_OK)
        st = get_bias(ctx, &second); // found
    if (st == VS_OK)
        assert(vs_variable_same(first, second));
    vs_variable_free(first);
    vs_variable_free(second);
    return st;
}

static vs_status reusing(vs_context *ctx)
{
    const vs_scope_options fetching = {.reuse = VS_REUSE_TRUE};
    const vs_shape shape = vs_shape_1d(1);
    const vs_variable_spec spec = {.shape = &shape, .site = VS_HERE};
    vs_variable *v = NULL;
    vs_variable *same = NULL;
    vs_status st = VS_OK;

    VS_WITH_SCOPE (st, ctx, "shared", NULL)
        st = vs_get_variable(ctx, "v", &spec, &v);
    VS_WITH_SCOPE (st, ctx, "shared", &fetching)
        st = vs_get_variable(ctx, "v", &spec, &same);
    if (st == VS_OK)
        assert(vs_variable_same(v, same));
    vs_variable_free(v);
    vs_variable_free(same);
    return st;
}

static vs_status capturing(vs_context *ctx)
{
    const vs_shape shape = vs_shape_1d(1);
    const vs_variable_spec spec = {.shape = &shape, .site = VS_HERE};
    vs_scope *encoder = NULL;
    vs_scope *inside = NULL;
    vs_variable *w[3] = {NULL, NULL, NULL};
    vs_status st = vs_scope_enter(ctx, "encoder", NULL, &encoder);

    if (st != VS_OK)
        return st;
    vs_scope_capture(encoder);
    st = vs_get_variable(ctx, "w", &spec, &w[0]);
    vs_scope_reuse_variables(encoder);
    if (st == VS_OK)
        st = vs_get_variable(ctx, "w", &spec, &w[1]);
    vs_scope_leave(encoder);
    VS_WITH_SCOPE (st, ctx, "elsewhere", NULL) {
        if ((st = vs_scope_reenter(ctx, encoder, NULL, &inside)) != VS_OK)
            continue;
        st = vs_get_variable(ctx, "w", &spec, &w[2]);
        vs_scope_leave(inside);
    }
    if (st == VS_OK) {
        assert(vs_variable_same(w[0], w[1]) && vs_variable_same(w[0], w[2]));
        assert(strcmp(vs_variable_name(w[2]), "encoder/w") == 0);
    }
    for (int i = 0; i < 3; i++)
        vs_variable_free(w[i]);
    vs_scope_release(encoder);
    return st;
}

static vs_status taken(vs_context *ctx)
{
    const vs_shape shape = vs_shape_1d(1);
    const vs_variable_spec spec = {.shape = &shape, .site = VS_HERE};
    vs_variable *v = NULL;
    vs_variable *v1 = NULL;
    vs_status st = VS_OK;

    VS_WITH_SCOPE (st, ctx, "once", NULL)
        st = vs_get_variable(ctx, "v", &spec, &v);
    if (st != VS_OK)
        return st;
    VS_WITH_SCOPE (st, ctx, "once", NULL)
        st = vs_get_variable(ctx, "v", &spec, &v1);
    assert(st == VS_ERR_EXISTS && v1 == NULL); // "... already exists ..."
    vs_variable_free(v);
    return VS_OK;
}

static vs_status absent(vs_context *ctx)
{
    const vs_scope_options fetching = {.reuse = VS_REUSE_TRUE};
    const vs_shape shape = vs_shape_1d(1);
    const vs_variable_spec spec = {.shape = &shape, .site = VS_HERE};
    vs_variable *v = NULL;
    vs_status st = VS_OK;

    VS_WITH_SCOPE (st, ctx, "never", &fetching)
        st = vs_get_variable(ctx, "v", &spec, &v);
    assert(st == VS_ERR_NOTFOUND && v == NULL); // "... does not exist ..."
    return VS_OK;
}

static vs_status defaults(vs_context *ctx)
{
    const vs_scope_options block = {.initializer = vs_constant(0.5),
                                    .regularizer = vs_l2_regularizer(1e-4)};
    const vs_shape shape = vs_shape_2d(2, 2);
    const vs_variable_spec spec = {.shape = &shape, .site = VS_HERE};
    vs_variable *w = NULL;
    double loss = 0;
    vs_status st = VS_OK;

    VS_WITH_SCOPE (st, ctx, "block", &block)
        st = vs_get_variable(ctx, "w", &spec, &w);
    if (st == VS_OK) // of the values of now, whenever it is asked
        st = vs_scope_loss(vs_variable_store(w), "block", &loss, NULL);
    if (st == VS_OK)
        assert(loss > 0.49e-4 && loss < 0.51e-4);
    vs_variable_free(w);
    return st;
}

static vs_status numbered(vs_context *ctx)
{
    const vs_scope_options conv = {.default_name = "conv"};
    const vs_shape shape = vs_shape_1d(1);
    const vs_variable_spec spec = {.shape = &shape, .site = VS_HERE};
    vs_variable *a = NULL;
    vs_variable *b = NULL;
    vs_status st = VS_OK;

    VS_WITH_SCOPE (st, ctx, NULL, &conv)
        st = vs_get_variable(ctx, "w", &spec, &a);
    VS_WITH_SCOPE (st, ctx, NULL, &conv)
        st = vs_get_variable(ctx, "w", &spec, &b);
    if (st == VS_OK)
        assert(strcmp(vs_variable_name(b), "conv_1/w") == 0);
    vs_variable_free(a);
    vs_variable_free(b);
    return st;
}

/* The end of the guide. */

int main(int argc, char **argv)
{
    static vs_status (*const examples[])(vs_context *) = {
        nested, sharing, reusing, capturing, taken, absent, defaults, numbered};
    const vs_store_options open = {.mode = VS_OPEN_CREATE_NEW};
    vs_store *store = NULL;
    vs_context *ctx = NULL;
    vs_error err;
    vs_status st;

    if (argc != 2) {
        fprintf(stderr, "usage: guide NEW_STORE\n");
        return 2;
    }
    st = vs_store_open(argv[1], &open, &store, &err);
    if (st == VS_OK)
        st = vs_context_new(store, &ctx);
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++)
        if (st == VS_OK)
            st = examples[i](ctx);
    if (st != VS_OK)
        fprintf(stderr, "%s\n",
                (store ? vs_store_error(store) : &err)->message);
    vs_context_free(ctx);
    vs_store_close(store);
    return st != VS_OK || failed;
}
