/* test_locals.c - local variables: S71-S73, Q13, and TensorFlow's
 * testGetLocalVar, testGetLocalVariables and testSignatureGetVarVsGetLocalVar.
 */
#include "world.h"

#include <stdlib.h>
#include <string.h>

#define N_KEPT 16

static vs_variable *kept[N_KEPT]; /* of the program that runs */
static int n_kept;

/* Gets a local scalar; its full name must be `full`. */
static vs_variable *get_local_spec(struct world *w, const char *name,
                                   const char *full, vs_variable_spec spec)
{
    vs_variable *v = NULL;

    assert_store(VS_OK, w->store,
                 vs_get_local_variable(w->ctx, name, &spec, &v));
    assert_string_equal(vs_variable_name(v), full);
    assert_true(n_kept < N_KEPT);
    kept[n_kept++] = v;
    return v;
}

static vs_variable *get_local(struct world *w, const char *name,
                              const char *full)
{
    return get_local_spec(w, name, full, (vs_variable_spec){.shape = SCALAR});
}

static void let_go(void)
{
    while (n_kept > 0)
        vs_variable_free(kept[--n_kept]);
}

static void local_fails(struct world *w, vs_status want, const char *name)
{
    const vs_variable_spec spec = {.shape = SCALAR};
    vs_variable *v = NULL;

    assert_store(want, w->store,
                 vs_get_local_variable(w->ctx, name, &spec, &v));
    assert_null(v);
}

/* The names of local variables below a scope, joined by blanks. */
static void locals(struct world *w, const char *scope, const char *collection,
                   const char *want)
{
    const vs_list_options options = {
        .scope = scope, .collection = collection, .local = true};
    const vs_variable_info *info = NULL;
    char have[256] = "";
    vs_list *list = NULL;

    assert_store(VS_OK, w->store, vs_list_open(w->store, &options, &list));
    while (vs_list_next(list, &info) == VS_OK) {
        if (have[0] != '\0')
            strncat(have, " ", sizeof have - strlen(have) - 1);
        strncat(have, info->name, sizeof have - strlen(have) - 1);
    }
    vs_list_close(list);
    assert_string_equal(have, want);
}

static void s71_names_and_reuse_are_those_of_variables(struct world *w)
{
    vs_variable *a;
    vs_variable *b;

    (void)enter(w, "outer");
    a = get_local(w, "w", "outer/w");
    if (w->again) { /* the root shares */
        assert_same(get_local(w, "w", "outer/w"), a);
    } else {
        local_fails(w, VS_ERR_EXISTS, "w");
        assert_non_null(
            strstr(vs_store_error(w->store)->message, "already exists"));
    }
    b = get_local(w, "b", "outer/b");
    leave(w);
    assert_different(a, b);
    (void)enter_with(w, "outer", VS_REUSE_TRUE);
    assert_same(get_local(w, "w", "outer/w"), a);
    local_fails(w, VS_ERR_NOTFOUND, "x");
    leave(w);
    (void)enter_with(w, "outer", VS_REUSE_AUTO);
    assert_same(get_local(w, "b", "outer/b"), b);
    (void)get_local(w, "c", "outer/c");
    leave(w);
    let_go();
}

static void s71_trainable_is_off_and_the_collection_is_added(struct world *w)
{
    const char *const own[] = {"foo", NULL};
    vs_variable *v;

    v = get_local_spec(w, "v", "v",
                       (vs_variable_spec){.shape = SCALAR,
                                          .trainable = VS_YES,
                                          .collections = own});
    assert_false(vs_variable_trainable(v));
    assert_null(own[1]); /* S72: the caller's list is left alone */
    (void)get_local(w, "u", "u");
    locals(w, NULL, VS_LOCAL_VARIABLES, "u v");
    locals(w, NULL, "foo", "v");
    locals(w, NULL, VS_GLOBAL_VARIABLES, "");
    locals(w, NULL, VS_TRAINABLE_VARIABLES, "");
    let_go();
}

static void s71_a_local_cannot_share_a_globals_name(struct world *w)
{
    vs_variable *g = get(w, "g", "g");

    (void)get_local(w, "l", "l");
    if (!w->again) {
        local_fails(w, VS_ERR_EXISTS, "g");
        taken(w, "l");
    }
    (void)enter_with(w, "", VS_REUSE_AUTO);
    assert_same(get_local(w, "g", "g"), g);
    leave(w);
    let_go();
}

static void s75_locals_of_a_scope(struct world *w)
{
    (void)enter(w, "foo");
    (void)get_local(w, "a", "foo/a");
    (void)get(w, "b", "foo/b");
    (void)enter(w, "deeper");
    (void)get_local(w, "c", "foo/deeper/c");
    leave(w);
    leave(w);
    (void)enter(w, "foo_");
    (void)get_local(w, "a", "foo_/a");
    leave(w);
    locals(w, "foo", NULL, "foo/a foo/deeper/c");
    locals(w, NULL, NULL, "foo/a foo/deeper/c foo_/a");
    members(w, NULL, NULL, "foo/b");
    let_go();
}

/* A process starts without local variables, whatever the last one had. */
static void s73_locals_are_neither_saved_nor_kept(struct world *w)
{
    vs_variable *v;
    int64_t id = 0;
    double x;

    locals(w, NULL, NULL, "");
    v = get_local_spec(w, "n", "n",
                       (vs_variable_spec){.dtype = VS_F32,
                                          .shape = SCALAR,
                                          .initializer = vs_constant(1)});
    x = value(w, v);
    assert_true(x == 1);
    assert_store(VS_OK, w->store,
                 vs_variable_assign_add(
                     v, &(const vs_view){&(float){1}, VS_F32, *SCALAR, {0}}));
    assert_true(value(w, v) == 2);
    assert_store(VS_OK, w->store, vs_checkpoint_save(w->store, NULL, &id));
    assert_store(VS_OK, w->store,
                 vs_checkpoint_restore(w->store, id, NULL, NULL));
    assert_true(value(w, v) == 2);
    let_go();
}

/* What a getter was told last. */
struct seen {
    bool local;
    vs_tristate trainable;
    bool listed; /* the collection of local variables was there */
};

static vs_status look_on(vs_next *next, const vs_getting *getting, void *data,
                         vs_variable **out)
{
    struct seen *seen = data;

    seen->local = getting->local;
    seen->trainable = getting->spec.trainable;
    seen->listed = false;
    for (const char *const *key = getting->spec.collections;
         key != NULL && *key != NULL; key++)
        seen->listed = seen->listed || strcmp(*key, VS_LOCAL_VARIABLES) == 0;
    return vs_next_get(next, getting, out);
}

static void s77_a_getter_sees_which_call_it_is(struct world *w)
{
    struct seen seen = {false, VS_UNSET, false};
    const vs_getter getter = {look_on, &seen, NULL};

    (void)enter_options(w, "a", (vs_scope_options){.getter = getter});
    (void)get_local(w, "l", "a/l");
    assert_true(seen.local && seen.listed);
    assert_int_equal(seen.trainable, VS_NO);
    (void)get(w, "g", "a/g");
    assert_false(seen.local || seen.listed);
    leave(w);
    locals(w, NULL, NULL, "a/l");
    members(w, NULL, NULL, "a/g");
    let_go();
}

/* What a scope has for its variables is for local ones too. */
static void s71_a_scopes_defaults_are_for_locals_too(struct world *w)
{
    const vs_scope_options options = {
        .dtype = VS_F64,
        .initializer = vs_constant(4),
        .regularizer = vs_l2_regularizer(0.5),
    };
    vs_variable *v;
    double loss = 0;

    (void)enter_options(w, "a", options);
    v = get_local(w, "l", "a/l");
    assert_int_equal(vs_variable_dtype(v), VS_F64);
    assert_true(value(w, v) == 4);
    assert_store(VS_OK, w->store, vs_variable_loss(v, &loss));
    assert_true(loss == 4);
    leave(w);
    let_go();
}

static void q18_a_local_can_be_deferred(struct world *w)
{
    vs_variable *v;
    float x;
    const vs_view view = vs_view_of(VS_F32, SCALAR, &x);

    v = get_local_spec(w, "v", "v",
                       (vs_variable_spec){.shape = SCALAR,
                                          .initializer = vs_constant(2),
                                          .deferred = VS_YES});
    assert_store(VS_ERR_UNINITIALIZED, w->store, vs_variable_read(v, &view));
    assert_store(VS_OK, w->store, vs_variable_initialize(v, NULL));
    assert_true(value(w, v) == 2);
    let_go();
}

static void test_get_local_var(struct world *w)
{
    const char *const extra[] = {"foo", NULL};
    const vs_variable_spec spec = {.shape = SCALAR, .collections = extra};
    vs_variable *v;

    (void)enter(w, "outer");
    (void)enter_default(w, "default");
    v = get_local_spec(w, "w", "outer/default/w", spec);
    leave(w);
    locals(w, "outer", VS_LOCAL_VARIABLES, "outer/default/w");
    locals(w, "outer", "foo", "outer/default/w");
    members(w, NULL, VS_GLOBAL_VARIABLES, "");
    members(w, NULL, VS_TRAINABLE_VARIABLES, "");
    assert_false(vs_variable_trainable(v));
    (void)enter_default(w, "default");
    (void)get_local(w, "w", "outer/default_1/w");
    leave(w);
    leave(w);
    (void)enter_with(w, "outer", VS_REUSE_TRUE);
    (void)enter(w, "default");
    assert_same(get_local(w, "w", "outer/default/w"), v);
    leave(w);
    leave(w);
    let_go();
}

/* Adapted: both take one struct, and what it says counts for both. */
static void test_signature_get_var_vs_get_local_var(struct world *w)
{
    const char *const keys[] = {"mine", NULL};
    const vs_variable_spec spec = {.dtype = VS_F64,
                                   .shape = SCALAR,
                                   .initializer = vs_constant(3),
                                   .regularizer = vs_l1_l2_regularizer(2, 0),
                                   .constraint = vs_non_neg(),
                                   .trainable = VS_NO,
                                   .collections = keys,
                                   .site = "here"};
    vs_variable *both[2];

    both[0] = get_spec(w, "v", "v", spec);
    both[1] = get_local_spec(w, "l", "l", spec);
    for (int i = 0; i < 2; i++) {
        const vs_variable_info *info = NULL;
        double loss = 0;

        assert_int_equal(vs_variable_dtype(both[i]), VS_F64);
        assert_true(value(w, both[i]) == 3);
        assert_false(vs_variable_trainable(both[i]));
        assert_store(VS_OK, w->store, vs_variable_loss(both[i], &loss));
        assert_true(loss == 6);
        assert_store(VS_OK, w->store, vs_variable_describe(both[i], &info));
        assert_string_equal(info->created.site, "here");
    }
    members(w, NULL, "mine", "v");
    locals(w, NULL, "mine", "l");
    let_go();
}

int main(void)
{
    static const struct program programs[] = {
        PROGRAM(s71_names_and_reuse_are_those_of_variables),
        PROGRAM(s71_trainable_is_off_and_the_collection_is_added),
        PROGRAM(s71_a_local_cannot_share_a_globals_name),
        PROGRAM(s75_locals_of_a_scope),
        PROGRAM(s73_locals_are_neither_saved_nor_kept),
        PROGRAM(s77_a_getter_sees_which_call_it_is),
        PROGRAM(s71_a_scopes_defaults_are_for_locals_too),
        PROGRAM(q18_a_local_can_be_deferred),
        PROGRAM(test_get_local_var),
        PROGRAM(test_signature_get_var_vs_get_local_var),
    };

    return world_main("conformance.locals", programs,
                      sizeof programs / sizeof programs[0]);
}
