/* test_reuse.c - who may create and who may fetch: S37-S48, E1, E2, Q1, Q5,
 * Q19. */
#include "world.h"

#include <string.h>

#define SCALARS         \
    (vs_variable_spec)  \
    {                   \
        .shape = SCALAR \
    }

static vs_reuse reuse_now(struct world *w)
{
    return vs_scope_reuse(vs_scope_current(w->ctx));
}

static void s38_the_root_creates_only(struct world *w)
{
    assert_int_equal(reuse_now(w), w->again ? VS_REUSE_AUTO : VS_REUSE_NONE);
    (void)get(w, "v", "v");
    taken(w, "v");
}

static void s38_true_fetches_only(struct world *w)
{
    vs_variable *v = get(w, "a/v", "a/v");

    (void)enter_with(w, "a", VS_REUSE_TRUE);
    assert_same(get(w, "v", "a/v"), v);
    missing(w, "u");
    leave(w);
    members(w, NULL, NULL, "a/v");
}

static void s38_auto_does_both(struct world *w)
{
    (void)enter_with(w, "a", VS_REUSE_AUTO);
    assert_same(get(w, "v", "a/v"), get(w, "v", "a/v"));
    leave(w);
}

static void e1_already_exists(struct world *w)
{
    vs_variable_spec spec = SCALARS;
    const vs_error *err = vs_store_error(w->store);

    spec.site = "train.c:41";
    if (w->again) { /* nothing only creates: the root always shares */
        (void)get_spec(w, "w", "w", spec);
        return;
    }
    (void)get_spec(w, "w", "w", spec);
    spec.site = "other.c:1";
    get_fails(w, VS_ERR_EXISTS, "w", spec, "variable w already exists");
    assert_non_null(strstr(err->message, "world"));      /* program */
    assert_non_null(strstr(err->message, "train.c:41")); /* call site */
    assert_non_null(strstr(err->message, "reuse none"));
    assert_non_null(strstr(err->hint, "VS_REUSE_AUTO"));
}

static void e1_comes_before_other_faults(struct world *w)
{
    const vs_variable_spec shapeless = {.size = 0};

    (void)get(w, "w", "w");
    if (!w->again)
        get_fails(w, VS_ERR_EXISTS, "w", shapeless, "already exists");
}

static void e2_does_not_exist(struct world *w)
{
    const vs_error *err = vs_store_error(w->store);

    (void)enter_with(w, "a", VS_REUSE_TRUE);
    get_fails(w, VS_ERR_NOTFOUND, "w", SCALARS, "variable a/w does not exist");
    assert_non_null(strstr(err->message, "reuse true"));
    assert_non_null(strstr(err->hint, "VS_REUSE_AUTO"));
    leave(w);
}

static void e2_comes_before_other_faults(struct world *w)
{
    (void)enter_with(w, "a", VS_REUSE_TRUE);
    get_fails(w, VS_ERR_NOTFOUND, "w", (vs_variable_spec){.size = 0},
              "does not exist");
    leave(w);
}

static void s39_reuse_table(struct world *w)
{
    static const struct {
        vs_reuse parent, given, effective;
    } rows[] = {
        {VS_REUSE_TRUE, VS_REUSE_INHERIT, VS_REUSE_TRUE},
        {VS_REUSE_TRUE, VS_REUSE_NONE, VS_REUSE_TRUE},
        {VS_REUSE_TRUE, VS_REUSE_TRUE, VS_REUSE_TRUE},
        {VS_REUSE_TRUE, VS_REUSE_AUTO, VS_REUSE_AUTO},
        {VS_REUSE_AUTO, VS_REUSE_INHERIT, VS_REUSE_AUTO},
        {VS_REUSE_AUTO, VS_REUSE_NONE, VS_REUSE_AUTO},
        {VS_REUSE_AUTO, VS_REUSE_TRUE, VS_REUSE_TRUE},
        {VS_REUSE_AUTO, VS_REUSE_AUTO, VS_REUSE_AUTO},
        {VS_REUSE_NONE, VS_REUSE_INHERIT, VS_REUSE_NONE},
        {VS_REUSE_NONE, VS_REUSE_NONE, VS_REUSE_NONE},
        {VS_REUSE_NONE, VS_REUSE_TRUE, VS_REUSE_TRUE},
        {VS_REUSE_NONE, VS_REUSE_AUTO, VS_REUSE_AUTO},
        {VS_REUSE_INHERIT, VS_REUSE_NONE, VS_REUSE_NONE},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const vs_reuse none = w->again ? VS_REUSE_AUTO : VS_REUSE_NONE;

        (void)enter_with(w, "p", rows[i].parent);
        (void)enter_with(w, "c", rows[i].given);
        assert_int_equal(reuse_now(w), rows[i].effective == VS_REUSE_NONE
                                           ? none
                                           : rows[i].effective);
        leave(w);
        leave(w);
    }
}

static void s39_each_effective_mode_acts(struct world *w)
{
    vs_variable *v = get(w, "p/c/v", "p/c/v");

    (void)enter_with(w, "p", VS_REUSE_TRUE);
    (void)enter_with(w, "c", VS_REUSE_NONE); /* S40: cannot be turned off */
    assert_same(get(w, "v", "p/c/v"), v);
    missing(w, "u");
    leave(w);
    leave(w);
    (void)enter_with(w, "p", VS_REUSE_AUTO);
    (void)enter_with(w, "c", VS_REUSE_NONE);
    assert_same(get(w, "v", "p/c/v"), v);
    (void)get(w, "new", "p/c/new");
    leave(w);
    leave(w);
}

static void g17_auto_inside_true_creates(struct world *w) /* S40, Q5 */
{
    (void)enter_with(w, "t", VS_REUSE_TRUE);
    (void)enter_with(w, "a", VS_REUSE_AUTO);
    (void)get(w, "new", "t/a/new");
    leave(w);
    leave(w);
}

static void g17_true_inside_auto_does_not(struct world *w)
{
    (void)enter_with(w, "a", VS_REUSE_AUTO);
    (void)enter_with(w, "t", VS_REUSE_TRUE);
    missing(w, "new");
    leave(w);
    leave(w);
}

static void s41_a_captured_scope_escapes_from_reuse(struct world *w)
{
    vs_scope *a = captured(w, "a");

    (void)enter_with(w, "r", VS_REUSE_TRUE);
    (void)reenter(w, a);
    (void)get(w, "v", "a/v");
    leave(w);
    (void)reenter(w, w->root);
    (void)get(w, "v", "v");
    leave(w);
    missing(w, "v");
    leave(w);
    vs_scope_release(a);
}

static void g18_reuse_variables_reaches_later_children(struct world *w)
{
    const vs_reuse before = w->again ? VS_REUSE_AUTO : VS_REUSE_NONE;
    vs_scope *a = enter(w, "a");

    (void)enter(w, "b");
    vs_scope_reuse_variables(a);
    assert_int_equal(reuse_now(w), before);
    (void)enter(w, "c");
    assert_int_equal(reuse_now(w), before);
    (void)get(w, "v", "a/b/c/v");
    leave(w);
    leave(w);
    (void)enter(w, "d");
    assert_int_equal(reuse_now(w), VS_REUSE_TRUE);
    missing(w, "v");
    leave(w);
    leave(w);
}

static void s42_reuse_variables_overrides_auto(struct world *w)
{
    (void)enter_with(w, "a", VS_REUSE_AUTO);
    (void)get(w, "v", "a/v");
    vs_scope_reuse_variables(vs_scope_current(w->ctx));
    (void)get(w, "v", "a/v");
    missing(w, "u");
    leave(w);
}

static void s42_on_the_root_it_lasts(struct world *w)
{
    (void)get(w, "v", "v");
    (void)enter(w, ""); /* so that the second run can begin as the first */
    vs_scope_reuse_variables(vs_scope_current(w->ctx));
    (void)get(w, "v", "v");
    (void)enter(w, "a");
    missing(w, "v");
    leave(w);
    (void)enter_with(w, "b", VS_REUSE_NONE);
    missing(w, "v");
    leave(w);
    leave(w);
}

static void s43_reuse_is_decided_per_call(struct world *w)
{
    vs_scope *a = enter(w, "a");
    vs_variable *v = get(w, "v", "a/v");

    vs_scope_reuse_variables(a);
    assert_same(get(w, "v", "a/v"), v);
    leave(w);
}

static void s45_a_fetch_ignores_how_it_would_have_been_made(struct world *w)
{
    static const char *const elsewhere[] = {"elsewhere", NULL};
    vs_variable_spec spec = SCALARS;
    const char *const *keys = NULL;
    vs_variable *v;

    spec.initializer = vs_constant(1);
    v = get_spec(w, "a/v", "a/v", spec);
    (void)enter_with(w, "a", VS_REUSE_TRUE);
    spec.initializer = vs_constant(2);
    spec.trainable = VS_NO;
    spec.collections = elsewhere;
    spec.site = "elsewhere";
    assert_same(get_spec(w, "v", "a/v", spec), v);
    assert_true(value(w, v) == 1);
    assert_true(vs_variable_trainable(v));
    assert_store(VS_OK, w->store, vs_variable_collections(v, &keys));
    assert_string_equal(keys[0], VS_TRAINABLE_VARIABLES);
    assert_string_equal(keys[1], VS_GLOBAL_VARIABLES);
    assert_null(keys[2]);
    leave(w);
}

static void s46_a_fetch_gives_the_same_variable(struct world *w)
{
    vs_variable *v = get(w, "a/v", "a/v");
    const float nine = 9;
    const vs_view view = vs_view_const(VS_F32, SCALAR, &nine);

    (void)enter_with(w, "a", VS_REUSE_TRUE);
    assert_store(VS_OK, w->store, vs_variable_write(get(w, "v", "a/v"), &view));
    assert_true(value(w, v) == 9);
    leave(w);
}

static void q19_a_name_made_again_is_another_variable(struct world *w)
{
    vs_variable *old = NULL;
    vs_variable *v = NULL;
    vs_variable_spec spec = SCALARS;
    int64_t version = 0;

    assert_store(VS_OK, w->store,
                 vs_variable_create(w->store, "w", &spec, &old));
    assert_store(VS_OK, w->store, vs_variable_delete(w->store, "w"));
    (void)enter_with(w, "", VS_REUSE_AUTO);
    assert_store(VS_OK, w->store, vs_get_variable(w->ctx, "w", &spec, &v));
    leave(w);
    assert_different(old, v);
    assert_store(VS_ERR_STALE, w->store, vs_variable_version(old, &version));
    vs_variable_free(old);
    vs_variable_free(v);
    assert_store(VS_OK, w->store, vs_variable_delete(w->store, "w"));
}

static void q1_existence_is_judged_against_the_store(struct world *w)
{
    const vs_variable_spec spec = SCALARS;
    vs_context *other = NULL;
    vs_variable *v = NULL;

    if (!w->again) {
        (void)get(w, "v", "v");
        return;
    }
    /* another context, at a root that creates only, after a restart */
    assert_store(VS_OK, w->store, vs_context_new(w->store, &other));
    assert_store(VS_ERR_EXISTS, w->store,
                 vs_get_variable(other, "v", &spec, &v));
    assert_null(v);
    vs_context_free(other);
    (void)get(w, "v", "v");
}

static void an_alias_is_a_name_like_any(struct world *w)
{
    vs_variable *v = get(w, "v", "v");

    if (!w->again)
        assert_store(VS_OK, w->store, vs_variable_alias(w->store, "v", "a/u"));
    (void)enter(w, "a");
    taken(w, "u");
    leave(w);
    (void)enter_with(w, "a", VS_REUSE_TRUE);
    assert_same(get(w, "u", "a/u"), v);
    leave(w);
}

static void a_store_open_for_reading_fetches(struct world *w)
{
    const vs_scope_options sharing = {.reuse = VS_REUSE_AUTO};
    const vs_variable_spec spec = SCALARS;
    vs_variable *v = get(w, "v", "v");
    vs_variable *same = NULL;
    vs_variable *absent = NULL;
    vs_context *ctx = NULL;
    vs_store *store = test_open(w->path, VS_OPEN_READ);

    assert_store(VS_OK, store, vs_context_new(store, &ctx));
    assert_store(VS_OK, store, vs_scope_enter(ctx, "", &sharing, NULL));
    assert_store(VS_OK, store, vs_get_variable(ctx, "v", &spec, &same));
    assert_same(same, v);
    assert_store(VS_ERR_READONLY, store,
                 vs_get_variable(ctx, "u", &spec, &absent));
    assert_null(absent);
    vs_variable_free(same);
    vs_context_free(ctx);
    vs_store_close(store);
}

static void a_read_transaction_fetches_and_does_not_create(struct world *w)
{
    (void)get(w, "v", "v");
    (void)enter_with(w, "", VS_REUSE_AUTO);
    assert_store(VS_OK, w->store, vs_store_begin(w->store, VS_TXN_READ));
    (void)get(w, "v", "v");
    get_fails(w, VS_ERR_MISUSE, "u", SCALARS, "");
    assert_store(VS_OK, w->store, vs_store_commit(w->store));
    leave(w);
}

static void a_rolled_back_creation_never_was(struct world *w)
{
    vs_variable_spec spec = SCALARS;
    vs_variable *v = NULL;

    (void)enter(w, "a");
    assert_store(VS_OK, w->store, vs_store_begin(w->store, VS_TXN_WRITE));
    assert_store(VS_OK, w->store, vs_get_variable(w->ctx, "v", &spec, &v));
    vs_variable_free(v);
    assert_store(VS_OK, w->store, vs_store_rollback(w->store));
    leave(w);
    (void)enter_with(w, "a", VS_REUSE_TRUE);
    missing(w, "v");
    leave(w);
}

int main(void)
{
    static const struct program programs[] = {
        PROGRAM(s38_the_root_creates_only),
        PROGRAM(s38_true_fetches_only),
        PROGRAM(s38_auto_does_both),
        PROGRAM(e1_already_exists),
        PROGRAM(e1_comes_before_other_faults),
        PROGRAM(e2_does_not_exist),
        PROGRAM(e2_comes_before_other_faults),
        PROGRAM(s39_reuse_table),
        PROGRAM(s39_each_effective_mode_acts),
        PROGRAM(g17_auto_inside_true_creates),
        PROGRAM(g17_true_inside_auto_does_not),
        PROGRAM(s41_a_captured_scope_escapes_from_reuse),
        PROGRAM(g18_reuse_variables_reaches_later_children),
        PROGRAM(s42_reuse_variables_overrides_auto),
        PROGRAM(s42_on_the_root_it_lasts),
        PROGRAM(s43_reuse_is_decided_per_call),
        PROGRAM(s45_a_fetch_ignores_how_it_would_have_been_made),
        PROGRAM(s46_a_fetch_gives_the_same_variable),
        PROGRAM(q19_a_name_made_again_is_another_variable),
        PROGRAM(q1_existence_is_judged_against_the_store),
        PROGRAM(an_alias_is_a_name_like_any),
        PROGRAM(a_store_open_for_reading_fetches),
        PROGRAM(a_read_transaction_fetches_and_does_not_create),
        PROGRAM(a_rolled_back_creation_never_was),
    };

    return world_main("conformance.reuse", programs,
                      sizeof programs / sizeof programs[0]);
}
