/* test_variable_scope.c - what TensorFlow 1.x tests of its variable scopes,
 * asked of this library: names and reuse. A function bears the name of the
 * TensorFlow test whose facts it checks; what that says of ops and graphs has
 * no counterpart.
 */
#include "world.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define SCALARS         \
    (vs_variable_spec)  \
    {                   \
        .shape = SCALAR \
    }

/* Opens a scope and creates name in it; the full name is to be that. */
static vs_variable *make(struct world *w, const char *scope, const char *name,
                         const char *full)
{
    vs_variable *v;

    (void)enter(w, scope);
    v = get(w, name, full);
    leave(w);
    return v;
}

/* The same with a default name. */
static vs_variable *make_default(struct world *w, const char *scope,
                                 const char *full)
{
    vs_variable *v;

    (void)enter_default(w, scope);
    v = get(w, "w", full);
    leave(w);
    return v;
}

static void test_var_scope_nesting_error(struct world *w)
{
    vs_scope *bb;

    (void)enter(w, "aa");
    bb = enter(w, "bb");
    (void)enter(w, "cc");
    assert_store(VS_ERR_NESTING, w->store, vs_scope_leave(bb));
    leave(w);
    assert_store(VS_OK, w->store, vs_scope_leave(bb));
    leave(w);
}

static void test_var_scope(struct world *w)
{
    vs_scope *tower = captured(w, "tower4");

    assert_string_equal(vs_scope_name(tower), "tower4");
    (void)enter(w, "tower5");
    assert_string_equal(vs_scope_name(enter(w, "bar")), "tower5/bar");
    leave(w);
    leave(w);
    (void)enter(w, "tower6");
    assert_string_equal(vs_scope_name(reenter_with(w, tower, VS_REUSE_TRUE)),
                        "tower4");
    leave(w);
    leave(w);
    vs_scope_release(tower);
}

static void test_var_scope_object_reuse(struct world *w)
{
    static const vs_reuse given[] = {VS_REUSE_INHERIT, VS_REUSE_TRUE,
                                     VS_REUSE_NONE};
    const vs_reuse none = w->again ? VS_REUSE_AUTO : VS_REUSE_NONE;
    vs_scope *jump = vs_scope_capture(enter_with(w, "jump", VS_REUSE_TRUE));

    leave(w);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(vs_scope_reuse(reenter_with(w, jump, given[i])),
                         VS_REUSE_TRUE);
        leave(w);
    }
    vs_scope_release(jump);

    jump = vs_scope_capture(enter_with(w, "jump", VS_REUSE_NONE));
    leave(w);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(vs_scope_reuse(reenter_with(w, jump, given[i])),
                         i == 1 ? VS_REUSE_TRUE : none);
        leave(w);
    }
    vs_scope_release(jump);
}

static void test_var_scope_get_or_create_reuse(struct world *w)
{
    static const float values[] = {42, 13, 17};
    vs_variable *first = NULL;

    for (int i = 0; i < 3; i++) {
        const vs_view view = vs_view_const(VS_F32, SCALAR, &values[i]);
        vs_variable *v;

        (void)enter_with(w, "bar", VS_REUSE_AUTO);
        v = get(w, "var", "bar/var");
        assert_store(VS_OK, w->store, vs_variable_write(v, &view));
        leave(w);
        (void)enter_with(w, "bar", VS_REUSE_AUTO);
        v = get(w, "var", "bar/var");
        assert_true(value(w, v) == (double)values[i]);
        leave(w);
        first = first != NULL ? first : v;
        assert_same(first, v);
    }
}

static void test_var_op_scope(struct world *w)
{
    const vs_scope_options named = {.default_name = "default"};

    (void)enter_options(w, "tower", named);
    (void)get(w, "w", "tower/w");
    leave(w);
    (void)enter_options(w, "tower", named);
    taken(w, "w");
    leave(w);
    (void)make_default(w, "default", "default/w");
    (void)make_default(w, "default", "default_1/w");
}

static void test_var_op_scope_unique_names_interleaved_substring_scopes(
    struct world *w)
{
    static const struct {
        const char *scope, *full;
    } rows[] = {{"defaultScope1", "defaultScope1/layer/w"},
                {"defaultScope1", "defaultScope1_1/layer/w"},
                {"defaultScope", "defaultScope/layer/w"},
                {"defaultScope1", "defaultScope1_2/layer/w"}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        (void)enter_default(w, rows[i].scope);
        (void)make_default(w, "layer", rows[i].full);
        leave(w);
    }
}

static void test_var_op_scope_unique_names_with_jump(struct world *w)
{
    vs_scope *outer = vs_scope_capture(enter(w, "default"));

    (void)make_default(w, "layer", "default/layer/w");
    (void)make_default(w, "layer", "default/layer_1/w");
    (void)reenter(w, outer);
    leave(w);
    (void)make_default(w, "layer", "default/layer_2/w");
    leave(w);
    vs_scope_release(outer);
}

static void test_var_op_scope_reuse(struct world *w)
{
    vs_scope *outer = vs_scope_capture(enter(w, "outer"));
    vs_variable *tower = make(w, "tower", "w", "outer/tower/w");
    vs_variable *numbered = make_default(w, "default", "outer/default/w");

    leave(w);
    (void)reenter_with(w, outer, VS_REUSE_TRUE);
    assert_same(make(w, "tower", "w", "outer/tower/w"), tower);
    assert_same(make_default(w, "default", "outer/default/w"), numbered);
    leave(w);
    vs_scope_release(outer);
}

static void test_var_scope_get_var(struct world *w)
{
    const vs_variable_spec one = {.shape = SHAPE(1)};
    vs_scope *tower;
    vs_variable *v;

    (void)enter(w, "root");
    tower = vs_scope_capture(enter(w, "towerA"));
    v = get_spec(w, "v", "root/towerA/v", one);
    leave(w);

    (void)reenter_with(w, tower, VS_REUSE_TRUE);
    assert_same(get_spec(w, "v", "root/towerA/v", one), v);
    leave(w);

    (void)enter(w, "towerB");
    assert_different(get_spec(w, "v", "root/towerB/v", one), v);
    leave(w);

    (void)enter(w, "towerA");
    if (!w->again)
        get_fails(w, VS_ERR_EXISTS, "v", one, "root/towerA/v already exists");
    leave(w);

    (void)enter_with(w, "towerA", VS_REUSE_TRUE);
    assert_same(get_spec(w, "v", "root/towerA/v", one), v);
    leave(w);

    (void)enter(w, "foo");
    (void)enter(w, "bar");
    (void)get_spec(w, "v", "root/foo/bar/v", one);
    (void)reenter_with(w, tower, VS_REUSE_TRUE);
    assert_same(get_spec(w, "v", "root/towerA/v", one), v);
    leave(w);
    leave(w);
    leave(w);

    (void)reenter_with(w, tower, VS_REUSE_TRUE);
    (void)enter(w, "baz");
    get_fails(w, VS_ERR_NOTFOUND, "v", one, "does not exist");
    leave(w);
    get_fails(w, VS_ERR_SHAPE, "v", (vs_variable_spec){.shape = SHAPE(2)},
              "shape");
    get_fails(w, VS_ERR_DTYPE, "v",
              (vs_variable_spec){.dtype = VS_I32, .shape = SHAPE(1)}, "dtype");
    leave(w);
    leave(w);
    vs_scope_release(tower);
}

static void test_var_scope_outer_scope(struct world *w)
{
    vs_scope *outer = captured(w, "outer");
    vs_variable *v;
    vs_variable *inner;

    (void)reenter(w, outer);
    v = get(w, "w", "outer/w");
    inner = make(w, "default", "w", "outer/default/w");
    leave(w);
    (void)reenter_with(w, outer, VS_REUSE_TRUE);
    assert_same(get(w, "w", "outer/w"), v);
    (void)enter_with(w, "default", VS_REUSE_TRUE);
    assert_same(get(w, "w", "outer/default/w"), inner);
    leave(w);
    leave(w);
    vs_scope_release(outer);
}

static void test_var_scope_nested_outer_scope(struct world *w)
{
    vs_scope *outer = enter(w, "outer");
    vs_variable *v;
    vs_variable *inner;

    (void)reenter(w, outer);
    v = get(w, "w", "outer/w");
    leave(w);
    inner = make(w, "default", "w", "outer/default/w");
    (void)reenter_with(w, outer, VS_REUSE_TRUE);
    assert_same(get(w, "w", "outer/w"), v);
    leave(w);
    (void)enter_with(w, "default", VS_REUSE_TRUE);
    assert_same(get(w, "w", "outer/default/w"), inner);
    leave(w);
    leave(w);
}

static void test_var_op_scope_reuse_param(struct world *w)
{
    vs_scope *outer = vs_scope_capture(enter(w, "outer"));
    vs_variable *tower = make(w, "tower", "w", "outer/tower/w");
    vs_variable *numbered = make_default(w, "default", "outer/default/w");

    leave(w);
    (void)reenter(w, outer);
    (void)enter_options(
        w, "tower",
        (vs_scope_options){.default_name = "default", .reuse = VS_REUSE_TRUE});
    assert_same(get(w, "w", "outer/tower/w"), tower);
    leave(w);
    vs_scope_reuse_variables(vs_scope_current(w->ctx));
    assert_same(make_default(w, "default", "outer/default/w"), numbered);
    leave(w);
    vs_scope_release(outer);
}

static void test_var_op_scope_reuse_error(struct world *w)
{
    enter_fails(
        w, VS_ERR_REUSE, NULL,
        (vs_scope_options){.default_name = "default", .reuse = VS_REUSE_TRUE},
        "default");
}

static void test_var_op_scope_outer_scope(struct world *w)
{
    const vs_scope_options named = {.default_name = "default"};
    const vs_scope_options reusing = {.default_name = "default",
                                      .reuse = VS_REUSE_TRUE};
    vs_scope *outer = captured(w, "outer");
    vs_variable *v;
    vs_variable *inner;

    assert_ok(vs_scope_reenter(w->ctx, outer, &named, NULL));
    v = get(w, "w", "outer/w");
    inner = make_default(w, "default", "outer/default/w");
    leave(w);
    assert_ok(vs_scope_reenter(w->ctx, outer, &reusing, NULL));
    assert_same(get(w, "w", "outer/w"), v);
    vs_scope_reuse_variables(outer);
    assert_same(make_default(w, "default", "outer/default/w"), inner);
    leave(w);
    vs_scope_release(outer);
}

static void test_var_op_scope_nested_outer_scope(struct world *w)
{
    const vs_scope_options named = {.default_name = "default"};
    const vs_scope_options reusing = {.default_name = "default",
                                      .reuse = VS_REUSE_TRUE};
    vs_scope *outer = vs_scope_capture(enter(w, "outer"));
    vs_variable *v;
    vs_variable *inner;

    assert_ok(vs_scope_reenter(w->ctx, outer, &named, NULL));
    v = get(w, "w", "outer/w");
    leave(w);
    inner = make_default(w, "default", "outer/default/w");
    leave(w);
    assert_ok(vs_scope_reenter(w->ctx, outer, &reusing, NULL));
    assert_same(get(w, "w", "outer/w"), v);
    assert_same(make_default(w, "default", "outer/default/w"), inner);
    leave(w);
    vs_scope_release(outer);
}

/* Adapted: names of variables only. */
static void test_basic_when_auxiliary_name_scope_is_false(struct world *w)
{
    vs_scope *scope = vs_scope_capture(enter(w, "scope"));
    vs_scope *inner;

    (void)get(w, "w", "scope/w");
    leave(w);
    (void)reenter(w, scope);
    (void)get(w, "w1", "scope/w1");
    leave(w);
    (void)enter(w, "outer");
    inner = vs_scope_capture(enter(w, "inner"));
    (void)get(w, "w", "outer/inner/w");
    leave(w);
    (void)reenter(w, inner);
    (void)get(w, "w1", "outer/inner/w1");
    leave(w);
    leave(w);
    vs_scope_release(scope);
    vs_scope_release(inner);
}

/* Adapted: names of variables only. */
static void test_created_by_default_name_when_auxiliary_name_scope_is_false(
    struct world *w)
{
    (void)make_default(w, "default", "default/w");
    (void)enter(w, "outer");
    (void)make_default(w, "default", "outer/default/w");
    leave(w);
}

static void test_reenter_root_scope_when_auxiliary_name_scope_is_false(
    struct world *w)
{
    (void)reenter(w, w->root);
    (void)get(w, "w", "w");
    leave(w);
    (void)enter(w, "outer");
    (void)reenter(w, w->root);
    (void)get(w, "w1", "w1");
    leave(w);
    leave(w);
}

static void test_reuse_scope_without_name_scope_collision(struct world *w)
{
    vs_scope *inner;

    (void)enter(w, "outer");
    inner = captured(w, "inner");
    leave(w);
    (void)reenter(w, inner);
    (void)get(w, "w", "outer/inner/w");
    leave(w);
    (void)enter(w, "another");
    (void)reenter(w, inner);
    (void)get(w, "w1", "outer/inner/w1");
    leave(w);
    leave(w);
    vs_scope_release(inner);
}

static void test_two_graphs(struct world *w)
{
    vs_store_options options = {.mode = VS_OPEN_CREATE_NEW};
    vs_store *store = NULL;
    vs_context *ctx = NULL;
    char path[512];

    (void)snprintf(path, sizeof path, "%s.2.%d", w->path, w->again);
    assert_ok(vs_store_open(path, &options, &store, NULL));
    assert_ok(vs_context_new(store, &ctx));
    assert_status(VS_ERR_NAME, vs_scope_enter(ctx, "_", NULL, NULL));
    assert_non_null(strstr(vs_store_error(store)->message,
                           "'_' is not a valid scope name"));
    assert_string_equal(vs_scope_name(vs_scope_current(ctx)), "");
    assert_int_equal(vs_store_error(w->store)->status, VS_OK);
    (void)get(w, "v", "v");
    vs_context_free(ctx);
    vs_store_close(store);
}

/* Two threads, each with a handle and a context of its own: the context begins
 * at the root, the variables are shared, so that the second to create fails.
 */
struct visit {
    const char *path;
    const char *outer; /* scope to be entered first, or NULL */
    bool again;        /* at a root with VS_REUSE_AUTO */
    char root[8];      /* name of the scope the thread began in */
    char full[64];     /* of the variable */
    vs_status st;      /* of getting it */
};

static void *visit(void *given)
{
    struct visit *me = given;
    const vs_store_options options = {.mode = VS_OPEN_WRITE};
    const vs_scope_options sharing = {.reuse = me->again ? VS_REUSE_AUTO
                                                         : VS_REUSE_NONE};
    const vs_variable_spec spec = SCALARS;
    vs_store *store = NULL;
    vs_context *ctx = NULL;
    vs_variable *v = NULL;
    vs_status st = vs_store_open(me->path, &options, &store, NULL);

    if (st == VS_OK)
        st = vs_context_new(store, &ctx);
    if (st == VS_OK) {
        (void)snprintf(me->root, sizeof me->root, "%s",
                       vs_scope_name(vs_scope_current(ctx)));
        st = vs_scope_enter(ctx, "", &sharing, NULL);
    }
    if (st == VS_OK && me->outer != NULL)
        st = vs_scope_enter(ctx, me->outer, NULL, NULL);
    VS_WITH_SCOPE (st, ctx, "foo", NULL)
        st = vs_get_variable(ctx, "v", &spec, &v);
    if (v != NULL)
        (void)snprintf(me->full, sizeof me->full, "%s", vs_variable_name(v));
    me->st = st;
    vs_variable_free(v);
    vs_context_free(ctx);
    vs_store_close(store);
    return NULL;
}

static void run_visit(struct visit *me)
{
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, visit, me), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_string_equal(me->root, "");
}

static void visit_twice(struct world *w, const char *outer, const char *full)
{
    for (int i = 0; i < 2; i++) {
        struct visit me = {w->path, outer, w->again, "?", "", VS_OK};

        run_visit(&me);
        if (i == 0 || w->again) {
            assert_ok(me.st);
            assert_string_equal(me.full, full);
        } else {
            assert_status(VS_ERR_EXISTS, me.st);
        }
    }
}

static void test_two_threads_disjoint_scope_entry(struct world *w)
{
    visit_twice(w, NULL, "foo/v");
}

static void test_two_threads_nested_scope_entry(struct world *w)
{
    /* this thread stands in the scope while others come and go */
    (void)enter(w, "foo");
    visit_twice(w, NULL, "foo/v");
    at(w, "foo");
    leave(w);
}

static void test_reenter_main_scope(struct world *w)
{
    vs_scope *main_scope = vs_scope_capture(enter(w, "main"));

    visit_twice(w, vs_scope_name(main_scope), "main/foo/v");
    leave(w);
    vs_scope_release(main_scope);
}

int main(void)
{
    static const struct program programs[] = {
        PROGRAM(test_var_scope_nesting_error),
        PROGRAM(test_var_scope),
        PROGRAM(test_var_scope_object_reuse),
        PROGRAM(test_var_scope_get_or_create_reuse),
        PROGRAM(test_var_op_scope),
        PROGRAM(test_var_op_scope_unique_names_interleaved_substring_scopes),
        PROGRAM(test_var_op_scope_unique_names_with_jump),
        PROGRAM(test_var_op_scope_reuse),
        PROGRAM(test_var_scope_get_var),
        PROGRAM(test_var_scope_outer_scope),
        PROGRAM(test_var_scope_nested_outer_scope),
        PROGRAM(test_var_op_scope_reuse_param),
        PROGRAM(test_var_op_scope_reuse_error),
        PROGRAM(test_var_op_scope_outer_scope),
        PROGRAM(test_var_op_scope_nested_outer_scope),
        PROGRAM(test_basic_when_auxiliary_name_scope_is_false),
        PROGRAM(
            test_created_by_default_name_when_auxiliary_name_scope_is_false),
        PROGRAM(test_reenter_root_scope_when_auxiliary_name_scope_is_false),
        PROGRAM(test_reuse_scope_without_name_scope_collision),
        PROGRAM(test_two_graphs),
        PROGRAM(test_two_threads_disjoint_scope_entry),
        PROGRAM(test_two_threads_nested_scope_entry),
        PROGRAM(test_reenter_main_scope),
    };

    return world_main("conformance.variable_scope", programs,
                      sizeof programs / sizeof programs[0]);
}
