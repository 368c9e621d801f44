/* calls_of_scopes.c - see calls.h: contexts, scopes, getters and creators, and
 * what is got through them.
 */
#include "calls.h"

#include <string.h>

/* -------- What contexts and scopes are asked for. */

static vs_status gets(vs_context *ctx, const char *name,
                      const vs_variable_spec *spec)
{
    vs_variable *v = NULL;
    const vs_status st = vs_get_variable(ctx, name, spec, &v);

    vs_variable_free(v);
    return st;
}

/* In a context of its own, in a scope of this mode. */
static vs_status gets_in(struct scene *c, const vs_context_options *options,
                         vs_reuse reuse, const char *name,
                         const vs_variable_spec *spec)
{
    const vs_scope_options mode = {.reuse = reuse};
    vs_context *ctx = NULL;
    vs_scope *scope = NULL;
    vs_status st = vs_context_new_with(c->store, options, &ctx);

    if (st != VS_OK)
        return st;
    if ((st = vs_scope_enter(ctx, "", &mode, &scope)) == VS_OK)
        st = gets(ctx, name, spec);
    vs_context_free(ctx);
    return st;
}

static vs_status adopts(struct scene *c)
{
    const vs_context_options options = {.adopt = true};

    return gets_in(c, &options, VS_REUSE_NONE, "a/w", NULL);
}

static vs_status verifies(struct scene *c)
{
    const vs_context_options options = {.verify = true};
    const char *const keys[] = {VS_GLOBAL_VARIABLES, "mine", NULL};
    const vs_variable_spec spec = {.regularizer = vs_l2_regularizer(0.1),
                                   .constraint = vs_non_neg(),
                                   .collections = keys};

    return gets_in(c, &options, VS_REUSE_TRUE, "a/w", &spec);
}

static vs_status pass_on(vs_next *next, const vs_getting *getting, void *data,
                         vs_variable **out)
{
    (void)data;
    return vs_next_get(next, getting, out);
}

/* A getter that gives the variable another name. */
static vs_status below(vs_next *next, const vs_getting *getting, void *data,
                       vs_variable **out)
{
    vs_getting other = *getting;

    other.name = data;
    return vs_next_get(next, &other, out);
}

static vs_status gets_by_getters(struct scene *c)
{
    static char other[] = "other";
    const vs_shape shape = vs_shape_1d(5);
    const vs_variable_spec spec = {.shape = &shape};
    const vs_getter inner = {pass_on, NULL, NULL};
    const vs_getter outer = {below, other, NULL};
    const vs_scope_options options = {.getter = outer, .reuse = VS_REUSE_AUTO};
    vs_creator *creator = NULL;
    vs_scope *scope = NULL;
    vs_status st = vs_creator_enter(c->ctx, &inner, &creator);

    if (st != VS_OK)
        return st;
    if ((st = vs_scope_enter(c->ctx, "s", &options, &scope)) == VS_OK) {
        if ((st = vs_scope_set_getter(scope, &outer)) == VS_OK)
            st = gets(c->ctx, "name", &spec);
        assert_ok(vs_scope_leave(scope));
    }
    assert_ok(vs_creator_leave(creator));
    return st;
}

static vs_status describes_a_scope(struct scene *c)
{
    const vs_scope_options options = {.reuse = VS_REUSE_AUTO,
                                      .dtype = VS_F64,
                                      .initializer = vs_glorot_uniform(3),
                                      .regularizer = vs_l2_regularizer(0.5),
                                      .constraint = vs_unit_norm(0),
                                      .partitioner =
                                          vs_fixed_size_partitioner(3, 0),
                                      .getter = {NULL, NULL, "registered"},
                                      .caching_device = "device"};
    vs_scope *scope = NULL;
    const char *told = NULL;
    vs_status st = vs_scope_enter(c->ctx, "s", &options, &scope);

    if (st != VS_OK)
        return st;
    st = vs_scope_describe(scope, &told);
    assert_ok(vs_scope_leave(scope));
    return st;
}

static vs_status reenters(struct scene *c)
{
    vs_scope *scope = NULL;
    vs_scope *kept;
    vs_status st = vs_scope_enter(c->ctx, "s/t", NULL, &scope);

    if (st != VS_OK)
        return st;
    kept = vs_scope_capture(scope);
    assert_ok(vs_scope_leave(scope));
    if ((st = vs_scope_reenter(c->ctx, kept, NULL, &scope)) == VS_OK)
        assert_ok(vs_scope_leave(scope));
    vs_scope_release(kept);
    return st;
}

/* -------- Variables that are got in another way than plain ones. */

/* One that the parts are cut from, which is drawn as a whole. */
static vs_status gets_new_columns(struct scene *c)
{
    const vs_shape shape = vs_shape_2d(4, 6);
    const vs_variable_spec spec = {.shape = &shape,
                                   .initializer = vs_orthogonal(1, 3),
                                   .partitioner =
                                       vs_fixed_size_partitioner(2, 1)};

    return gets(c->ctx, "columns", &spec);
}

static vs_status reads_a_cached_one(struct scene *c)
{
    static float memory[N];
    const vs_shape shape = vs_shape_1d(N);
    const vs_view view = vs_view_of(VS_F32, &shape, memory);
    const vs_variable_spec spec = {.caching_device = "here"};
    const vs_scope_options mode = {.reuse = VS_REUSE_TRUE};
    vs_scope *scope = NULL;
    vs_variable *v = NULL;
    vs_status st = vs_scope_enter(c->ctx, "", &mode, &scope);

    if (st != VS_OK)
        return st;
    st = vs_get_variable(c->ctx, "a/w", &spec, &v);
    assert_ok(vs_scope_leave(scope));
    if (st == VS_OK)
        st = vs_variable_read(v, &view);
    if (st == VS_OK) /* what was read before is still right */
        st = vs_variable_read(v, &view);
    vs_variable_free(v);
    return st;
}

/* -------- Local variables: in a store of their own. */

static vs_status uses_a_local_one(struct scene *c)
{
    const vs_shape shape = vs_shape_1d(3);
    const vs_variable_spec spec = {.shape = &shape, .deferred = VS_YES};
    const vs_list_options locals = {.local = true};
    const vs_variable_info *info;
    vs_variable *v = NULL;
    vs_list *list = NULL;
    const vs_scope_options mode = {.reuse = VS_REUSE_AUTO};
    vs_scope *scope = NULL;
    bool made = false;
    vs_status st = vs_scope_enter(c->ctx, "l", &mode, &scope);

    if (st != VS_OK)
        return st;
    st = vs_get_local_variable(c->ctx, "v", &spec, &v);
    assert_ok(vs_scope_leave(scope));
    if (st == VS_OK)
        st = vs_variable_initialize(v, &made);
    vs_variable_free(v);
    if (st == VS_OK)
        st = vs_list_open(c->store, &locals, &list);
    while (st == VS_OK)
        st = vs_list_next(list, &info);
    vs_list_close(list);
    if (st == VS_DONE)
        st = vs_variable_delete(c->store, "l/v");
    return st;
}

const struct call calls_of_scopes[] = {
    {"adopts", adopts, 0},
    {"verifies", verifies, 0},
    {"gets_by_getters", gets_by_getters, 0},
    {"describes_a_scope", describes_a_scope, CALL_OFF_THE_STORE},
    {"reenters", reenters, CALL_OFF_THE_STORE},
    {"gets_new_columns", gets_new_columns, 0},
    {"reads_a_cached_one", reads_a_cached_one, CALL_MANAGES},
    {"uses_a_local_one", uses_a_local_one, 0},
    {NULL, NULL, 0},
};
