/* test_options.c - where a context departs from TensorFlow because it was asked
 * to: adopting (Q1), strict reuse (Q5), verifying (Q12), inheriting
 * constraints (Q8); eager stores (S109-S111); scopes told as text (Q4).
 *
 * These contexts are opened by the tests, on the world's store.
 */
#include "world.h"

#include <stdio.h>
#include <string.h>

static vs_context *open_context(struct world *w, vs_context_options options)
{
    vs_context *ctx = NULL;

    assert_store(VS_OK, w->store,
                 vs_context_new_with(w->store, &options, &ctx));
    return ctx;
}

static void gets(struct world *w, vs_context *ctx, vs_status want,
                 const char *name, vs_variable_spec spec)
{
    vs_variable *v = NULL;

    spec.shape = spec.shape != NULL ? spec.shape : SCALAR;
    assert_store(want, w->store, vs_get_variable(ctx, name, &spec, &v));
    vs_variable_free(v);
}

static void q1_an_adopting_context_judges_by_what_it_got(struct world *w)
{
    const vs_variable_spec plain = {.shape = SCALAR};
    const vs_shape wide = vs_shape_1d(7);
    vs_scope_options fetching = {.reuse = VS_REUSE_TRUE};
    vs_context *ctx = open_context(w, (vs_context_options){.adopt = true});
    vs_scope *s = NULL;

    (void)get(w, "stored", "stored");
    assert_store(VS_OK, w->store, vs_scope_enter(ctx, "", &fetching, &s));
    gets(w, ctx, VS_ERR_NOTFOUND, "stored", plain); /* not got here yet */
    assert_store(VS_OK, w->store, vs_scope_leave(s));
    gets(w, ctx, VS_ERR_SHAPE, "stored", (vs_variable_spec){.shape = &wide});
    gets(w, ctx, VS_OK, "stored", plain); /* adopted */
    gets(w, ctx, VS_ERR_EXISTS, "stored", plain);
    gets(w, ctx, VS_OK, "fresh", plain); /* created, or adopted when again */
    gets(w, ctx, VS_ERR_EXISTS, "fresh", plain);
    assert_store(VS_OK, w->store, vs_scope_enter(ctx, "", &fetching, &s));
    gets(w, ctx, VS_OK, "stored", plain);
    assert_store(VS_OK, w->store, vs_scope_leave(s));
    vs_context_free(ctx);
}

static void q5_a_strict_context_has_no_loopholes(struct world *w)
{
    const vs_scope_options fetching = {.reuse = VS_REUSE_TRUE};
    const vs_scope_options sharing = {.reuse = VS_REUSE_AUTO};
    vs_context *ctx =
        open_context(w, (vs_context_options){.strict_reuse = true});
    vs_scope *creating = NULL;
    vs_scope *s = NULL;
    vs_scope *t = NULL;

    assert_store(VS_OK, w->store, vs_scope_enter(ctx, "c", NULL, &creating));
    (void)vs_scope_capture(creating);
    assert_store(VS_OK, w->store, vs_scope_leave(creating));
    assert_store(VS_OK, w->store, vs_scope_enter(ctx, "s", &fetching, &s));
    assert_store(VS_ERR_REUSE, w->store,
                 vs_scope_enter(ctx, "t", &sharing, &t));
    assert_store(VS_ERR_REUSE, w->store,
                 vs_scope_reenter(ctx, creating, NULL, &t));
    assert_store(VS_OK, w->store, vs_scope_enter(ctx, "t", NULL, &t));
    assert_int_equal(vs_scope_reuse(t), VS_REUSE_TRUE);
    assert_store(VS_OK, w->store, vs_scope_leave(t));
    assert_store(VS_OK, w->store, vs_scope_leave(s));
    vs_scope_release(creating);
    vs_context_free(ctx);
}

static void count_warnings(const char *message, void *data)
{
    assert_non_null(strstr(message, "was made with"));
    ++*(int *)data;
}

/* Fetches with arguments that are not the variable's; returns how many of them
 * were told. */
static int fetch_otherwise(struct world *w, bool verify, vs_status want)
{
    static const char *const others[] = {"others", NULL};
    const vs_scope_options sharing = {.reuse = VS_REUSE_TRUE};
    int told = 0;
    vs_context *ctx = open_context(
        w, (vs_context_options){
               .verify = verify, .warn = count_warnings, .data = &told});
    const vs_variable_spec specs[] = {
        {.trainable = VS_NO},
        {.collections = others},
        {.regularizer = vs_l2_regularizer(2)},
        {.constraint = vs_non_neg()},
    };
    vs_scope *s = NULL;

    assert_store(VS_OK, w->store, vs_scope_enter(ctx, "", &sharing, &s));
    for (size_t i = 0; i < sizeof specs / sizeof specs[0]; i++)
        gets(w, ctx, want, "v", specs[i]);
    gets(w, ctx, VS_OK, "v",
         (vs_variable_spec){.trainable = VS_YES,
                            .regularizer = vs_l2_regularizer(1),
                            .constraint = vs_no_constraint()});
    vs_context_free(ctx);
    return told;
}

static void q12_a_fetch_that_differs_is_told_or_refused(struct world *w)
{
    (void)get_spec(w, "v", "v",
                   (vs_variable_spec){.shape = SCALAR,
                                      .regularizer = vs_l2_regularizer(1)});
    assert_int_equal(fetch_otherwise(w, false, VS_OK), 4);
    assert_int_equal(fetch_otherwise(w, true, VS_ERR_DIFFERS), 4);
}

static void q8_a_context_may_let_constraints_be_inherited(struct world *w)
{
    const vs_scope_options options = {.constraint = vs_non_neg()};
    vs_context *ctx =
        open_context(w, (vs_context_options){.inherit_constraint = true});
    vs_scope *s = NULL;
    vs_scope *t = NULL;

    assert_store(VS_OK, w->store, vs_scope_enter(ctx, "s", &options, &s));
    assert_store(VS_OK, w->store, vs_scope_enter(ctx, "t", NULL, &t));
    assert_int_equal(vs_scope_constraint(t).kind, VS_CONSTRAINT_NON_NEG);
    vs_context_free(ctx);
}

/* An eager store: every scope shares, whatever it is told. */
static void s109_an_eager_store_always_shares(struct world *w)
{
    const vs_store_options options = {.mode = VS_OPEN_WRITE, .eager = true};
    const vs_scope_options fetching = {.reuse = VS_REUSE_TRUE};
    const vs_shape rows = vs_shape_1d(4);
    const vs_variable_spec cut = {
        .shape = &rows, .partitioner = vs_fixed_size_partitioner(2, 0)};
    vs_store *store = NULL;
    vs_context *ctx = NULL;
    vs_variable *v = NULL;
    vs_variable *same = NULL;
    vs_scope *s = NULL;
    vs_error err;

    assert_ok(vs_store_open(w->path, &options, &store, &err));
    assert_store(VS_OK, store, vs_context_new(store, &ctx));
    assert_int_equal(vs_scope_reuse(vs_scope_current(ctx)), VS_REUSE_AUTO);
    assert_store(VS_OK, store, vs_scope_enter(ctx, "e", &fetching, &s));
    assert_int_equal(vs_scope_reuse(s), VS_REUSE_AUTO);
    assert_store(VS_OK, store, vs_get_variable(ctx, "v", &cut, &v));
    assert_string_equal(vs_variable_name(v), "e/v"); /* nothing is cut */
    assert_store(VS_OK, store, vs_get_variable(ctx, "v", &cut, &same));
    assert_same(v, same);
    vs_variable_free(same);
    vs_variable_free(v);
    vs_context_free(ctx);
    vs_store_close(store);
}

static void s110_an_eager_store_fills_collections(struct world *w)
{
    const vs_store_options options = {.mode = VS_OPEN_WRITE, .eager = true};
    const vs_variable_spec scalar = {.shape = SCALAR};
    vs_store *store = NULL;
    vs_context *ctx = NULL;
    vs_variable *v = NULL;

    assert_ok(vs_store_open(w->path, &options, &store, NULL));
    assert_store(VS_OK, store, vs_context_new(store, &ctx));
    assert_store(VS_OK, store, vs_get_variable(ctx, "e", &scalar, &v));
    vs_variable_free(v);
    vs_context_free(ctx);
    vs_store_close(store);
    members(w, NULL, VS_TRAINABLE_VARIABLES, "e");
    members(w, NULL, VS_GLOBAL_VARIABLES, "e");
}

/* EagerVariableStore.copy: a copy shares values, not what is written after. */
static void s111_copies_are_independent(struct world *w)
{
    vs_variable *v = get(w, "v", "v");
    vs_variable *copy;
    float x = 5;
    const vs_shape shape = vs_shape_scalar();
    const vs_view view = vs_view_of(VS_F32, &shape, &x);

    assert_store(VS_OK, w->store, vs_variable_write(v, &view));
    if (!w->again)
        assert_store(VS_OK, w->store, vs_variable_copy(w->store, "v", "c"));
    x = 6;
    assert_store(VS_OK, w->store, vs_variable_write(v, &view));
    assert_store(VS_OK, w->store, vs_variable_open(w->store, "c", &copy));
    assert_true(value(w, copy) == 5);
    vs_variable_free(copy);
    if (!w->again)
        return;
    assert_store(VS_OK, w->store, vs_variable_delete(w->store, "c"));
    assert_store(VS_OK, w->store, vs_variable_copy(w->store, "v", "c"));
}

static vs_status pass_on(vs_next *next, const vs_getting *getting, void *data,
                         vs_variable **out)
{
    ++*(int *)data;
    return vs_next_get(next, getting, out);
}

static void q4_a_scope_can_be_told_and_recalled(struct world *w)
{
    const vs_getter outer = {NULL, NULL, "counter"};
    const vs_getter inner = {NULL, NULL, "counter"};
    vs_regularizer terms[] = {vs_l1_regularizer(1),
                              vs_custom_regularizer("mine", NULL, NULL)};
    vs_scope *s = enter_options(
        w, "a", (vs_scope_options){.reuse = VS_REUSE_AUTO, .getter = outer});
    vs_scope *recalled = NULL;
    const char *told = NULL;
    char text[4096];
    int calls = 0;

    s = enter_options(
        w, "b/c",
        (vs_scope_options){.dtype = VS_F64,
                           .initializer = vs_random_normal(0, 2, 5),
                           .regularizer = vs_sum_regularizer(terms, 2),
                           .constraint = vs_max_norm(3, VS_AXIS(1)),
                           .partitioner = vs_min_max_partitioner(3, 0, 64),
                           .caching_device = "a \"device\"",
                           .getter = inner});
    assert_store(VS_OK, w->store, vs_scope_describe(s, &told));
    (void)snprintf(text, sizeof text, "%s", told);
    leave(w);
    leave(w);
    assert_store(VS_OK, w->store, vs_scope_recall(w->ctx, text, &recalled));
    assert_store(VS_OK, w->store, vs_scope_describe(recalled, &told));
    assert_string_equal(told, text);
    assert_string_equal(vs_scope_name(recalled), "a/b/c");
    assert_int_equal(vs_scope_reuse(recalled), VS_REUSE_AUTO);
    assert_store(VS_OK, w->store,
                 vs_register_getter(w->store, "counter", pass_on, &calls));
    (void)reenter(w, recalled);
    vs_scope_release(recalled); /* what is open keeps what it borrows */
    (void)get_spec(
        w, "v", "a/b/c/v",
        (vs_variable_spec){.shape = SCALAR, .initializer = vs_zeros()});
    leave(w);
    assert_int_equal(calls, 2);
}

static void q4_what_is_no_scope_is_refused(struct world *w)
{
    static const struct {
        vs_status want;
        const char *text;
    } cases[] = {
        {VS_ERR_FORMAT, ""},
        {VS_ERR_FORMAT, "{}"},
        {VS_ERR_FORMAT, "{\"scope\":7}"},
        {VS_ERR_FORMAT, "{\"scope\":\"a\",\"reuse\":\"maybe\"}"},
        {VS_ERR_FORMAT, "{\"scope\":\"a\",\"dtype\":\"f31\"}"},
        {VS_ERR_FORMAT, "{\"scope\":\"a\",\"getters\":[1]}"},
        {VS_ERR_FORMAT, "{\"scope\":\"a\",\"initializer\":{}}"},
        {VS_ERR_FORMAT, "{\"scope\":\"a\"} x"},
        {VS_ERR_UNSUPPORTED, "{\"scope\":\"a\",\"later\":1}"},
        {VS_ERR_UNSUPPORTED,
         "{\"scope\":\"a\",\"regularizer\":{\"kind\":\"later\"}}"},
        {VS_ERR_MISUSE, "{\"scope\":\"a\",\"regularizer\":{\"kind\":"
                        "\"l1_l2\",\"l1\":-1,\"l2\":0}}"},
        {VS_ERR_NAME, "{\"scope\":\"a//b\"}"},
        {VS_ERR_NAME, "{\"scope\":\"a\",\"getters\":[\"a b\"]}"},
    };
    vs_scope *out = NULL;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_store(cases[i].want, w->store,
                     vs_scope_recall(w->ctx, cases[i].text, &out));
    assert_null(out);
}

/* Adapted: there is no opener object; each entry by a default name counts, as
 * in TensorFlow 1.4. */
static void g15_each_entry_by_default_name_counts(struct world *w)
{
    (void)enter_default(w, "d");
    at(w, "d");
    leave(w);
    (void)enter_default(w, "d");
    at(w, "d_1");
    leave(w);
}

int main(void)
{
    static const struct program programs[] = {
        PROGRAM(q1_an_adopting_context_judges_by_what_it_got),
        PROGRAM(q5_a_strict_context_has_no_loopholes),
        PROGRAM(q12_a_fetch_that_differs_is_told_or_refused),
        PROGRAM(q8_a_context_may_let_constraints_be_inherited),
        PROGRAM(s109_an_eager_store_always_shares),
        PROGRAM(s110_an_eager_store_fills_collections),
        PROGRAM(s111_copies_are_independent),
        PROGRAM(q4_a_scope_can_be_told_and_recalled),
        PROGRAM(q4_what_is_no_scope_is_refused),
        PROGRAM(g15_each_entry_by_default_name_counts),
    };

    return world_main("conformance.options", programs,
                      sizeof programs / sizeof programs[0]);
}
