/* test_getters.c - custom getters and creators: S19, S49, S76-S81, G20, E14,
 * E25, and TensorFlow's tests of them.
 */
#include "world.h"

#include <stdio.h>
#include <string.h>

/* What the getters of a program are about. */
struct tale {
    const char *tag; /* appended to names */
    int calls;
    vs_reuse reuse;  /* that the last call told */
    bool local;      /* likewise */
    char names[256]; /* told, joined by blanks */
};

static void note(struct tale *tale, const vs_getting *getting)
{
    const size_t n = strlen(tale->names);

    tale->calls++;
    tale->reuse = getting->reuse;
    tale->local = getting->local;
    (void)snprintf(tale->names + n, sizeof tale->names - n, "%s%s",
                   n != 0 ? " " : "", getting->name);
}

static vs_status pass_on(vs_next *next, const vs_getting *getting, void *data,
                         vs_variable **out)
{
    note(data, getting);
    return vs_next_get(next, getting, out);
}

/* Appends its tag to the name. */
static vs_status rename_it(vs_next *next, const vs_getting *getting, void *data,
                           vs_variable **out)
{
    struct tale *tale = data;
    vs_getting mine = *getting;
    char name[256];

    note(tale, getting);
    (void)snprintf(name, sizeof name, "%s/%s", getting->name, tale->tag);
    mine.name = name;
    return vs_next_get(next, &mine, out);
}

static vs_getter getter_of(vs_getter_fn fn, struct tale *tale)
{
    return (vs_getter){fn, tale, NULL};
}

static vs_scope *enter_getter(struct world *w, const char *name,
                              vs_getter_fn fn, struct tale *tale)
{
    return enter_options(w, name,
                         (vs_scope_options){.getter = getter_of(fn, tale)});
}

static void g20_getters_wrap_from_inside(struct world *w)
{
    struct tale outer = {.tag = "outer"};
    struct tale inner = {.tag = "inner"};
    struct tale own = {.tag = "own"};
    const vs_getter only = getter_of(rename_it, &own);

    (void)enter_getter(w, "s", rename_it, &outer);
    (void)enter_getter(w, "t", rename_it, &inner);
    (void)get(w, "v", "s/t/v/inner/outer");
    leave(w);
    (void)enter(w, "u");
    (void)get(w, "v", "s/u/v/outer");
    leave(w);
    (void)get_spec(w, "v", "s/v/own",
                   (vs_variable_spec){.shape = SCALAR, .getter = &only});
    leave(w);
    assert_int_equal(outer.calls, 2);
    assert_int_equal(own.calls, 1);
}

static void s19_a_getter_on_reentry_wraps_the_captured_one(struct world *w)
{
    struct tale first = {.tag = "first"};
    struct tale second = {.tag = "second"};
    vs_scope *s = vs_scope_capture(enter_getter(w, "s", rename_it, &first));
    const vs_scope_options options = {.getter = getter_of(rename_it, &second)};
    vs_scope *again = NULL;

    leave(w);
    assert_store(VS_OK, w->store,
                 vs_scope_reenter(w->ctx, s, &options, &again));
    (void)get(w, "v", "s/v/second/first");
    leave(w);
    (void)reenter(w, s); /* S20: the captured one has not changed */
    (void)get(w, "u", "s/u/first");
    leave(w);
    vs_scope_release(s);
}

static void s49_a_getter_argument_replaces_the_scopes(struct world *w)
{
    struct tale scopes = {.tag = "scopes"};
    struct tale own = {.tag = "own"};
    const vs_getter only = getter_of(pass_on, &own);

    (void)enter_getter(w, "s", rename_it, &scopes);
    (void)get_spec(w, "v", "s/v",
                   (vs_variable_spec){.shape = SCALAR, .getter = &only});
    leave(w);
    assert_int_equal(scopes.calls, 0);
    assert_int_equal(own.calls, 1);
}

static void s76_setting_a_getter_replaces_without_wrapping(struct world *w)
{
    struct tale outer = {.tag = "outer"};
    struct tale set = {.tag = "set"};
    const vs_getter getter = getter_of(rename_it, &set);
    vs_scope *t;

    (void)enter_getter(w, "s", rename_it, &outer);
    t = enter(w, "t");
    assert_store(VS_OK, w->store, vs_scope_set_getter(t, &getter));
    assert_ptr_equal(vs_scope_getter(t).data, &set);
    (void)get(w, "v", "s/t/v/set");
    assert_store(VS_OK, w->store, vs_scope_set_getter(t, NULL));
    (void)get(w, "u", "s/t/u");
    leave(w);
    leave(w);
    assert_int_equal(outer.calls, 0);
}

static vs_status change_it(vs_next *next, const vs_getting *getting, void *data,
                           vs_variable **out)
{
    vs_getting mine = *getting;

    note(data, getting);
    assert_int_equal(getting->spec.dtype, VS_F32);
    assert_int_equal(getting->spec.trainable, VS_NO);
    mine.reuse = VS_REUSE_AUTO;
    mine.spec.dtype = VS_I32;
    mine.spec.initializer = vs_constant(7);
    return vs_next_get(next, &mine, out);
}

static void s77_a_getter_may_change_every_argument(struct world *w)
{
    struct tale tale = {.tag = ""};
    vs_variable *v;

    (void)enter_options(
        w, "s",
        (vs_scope_options){.dtype = VS_F32,
                           .getter = getter_of(change_it, &tale)});
    v = get_spec(w, "v", "s/v",
                 (vs_variable_spec){.shape = SCALAR, .trainable = VS_NO});
    assert_int_equal(vs_variable_dtype(v), VS_I32);
    assert_true(value(w, v) == 7);
    leave(w);
}

/* Answers with a variable of its own, calling nobody. */
static vs_status answer(vs_next *next, const vs_getting *getting, void *data,
                        vs_variable **out)
{
    (void)next;
    (void)getting;
    return vs_variable_open(data, "elsewhere", out);
}

static void s77_a_getter_may_answer_by_itself(struct world *w)
{
    vs_variable *there = get(w, "elsewhere", "elsewhere");
    vs_variable *v;

    (void)enter_options(w, "s",
                        (vs_scope_options){.getter = {answer, w->store, NULL}});
    v = get(w, "v", "elsewhere");
    assert_same(v, there);
    leave(w);
}

static vs_status give_nothing(vs_next *next, const vs_getting *getting,
                              void *data, vs_variable **out)
{
    (void)next;
    (void)getting;
    (void)out;
    return data != NULL ? VS_DONE : VS_OK;
}

static vs_status give_up(vs_next *next, const vs_getting *getting, void *data,
                         vs_variable **out)
{
    (void)next;
    (void)getting;
    (void)data;
    (void)out;
    return VS_ERR_CANCELLED;
}

static vs_status pass_nothing_on(vs_next *next, const vs_getting *getting,
                                 void *data, vs_variable **out)
{
    vs_getting mine = *getting;

    if (data != NULL)
        mine.context = NULL;
    else
        mine.name = NULL;
    return vs_next_get(next, &mine, out);
}

static void a_getter_keeps_to_the_rules(struct world *w)
{
    const vs_variable_spec scalar = {.shape = SCALAR};
    const struct {
        vs_getter getter;
        vs_status want;
    } cases[] = {
        {{give_nothing, NULL, NULL}, VS_ERR_MISUSE},
        {{give_nothing, w, NULL}, VS_ERR_MISUSE},
        {{give_up, NULL, NULL}, VS_ERR_CANCELLED},
        {{pass_nothing_on, NULL, NULL}, VS_ERR_MISUSE},
        {{pass_nothing_on, w, NULL}, VS_ERR_MISUSE},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        vs_variable *v = NULL;

        (void)enter_options(w, "s",
                            (vs_scope_options){.getter = cases[i].getter});
        assert_store(cases[i].want, w->store,
                     vs_get_variable(w->ctx, "v", &scalar, &v));
        assert_null(v);
        leave(w);
    }
    members(w, NULL, NULL, "");
}

static void s78_a_name_that_is_none_is_refused(struct world *w)
{
    struct tale tale = {.tag = "not a name"};

    (void)enter_getter(w, "s", rename_it, &tale);
    get_fails(w, VS_ERR_NAME, "v", (vs_variable_spec){.shape = SCALAR},
              "not a name");
    leave(w);
}

static void s79_a_getter_runs_for_fetches_too(struct world *w)
{
    struct tale tale = {.tag = ""};

    (void)enter_options(
        w, "s",
        (vs_scope_options){.reuse = VS_REUSE_AUTO,
                           .getter = getter_of(pass_on, &tale)});
    assert_same(get(w, "v", "s/v"), get(w, "v", "s/v"));
    leave(w);
    assert_int_equal(tale.calls, 2);
    assert_string_equal(tale.names, "s/v s/v");
}

static vs_status see_constraint(vs_next *next, const vs_getting *getting,
                                void *data, vs_variable **out)
{
    note(data, getting);
    assert_int_equal(getting->spec.constraint.kind, VS_CONSTRAINT_NON_NEG);
    assert_int_equal(getting->spec.regularizer.kind, VS_REGULARIZER_L1_L2);
    assert_string_equal(getting->spec.caching_device, "cache");
    assert_int_equal(getting->spec.use_resource, VS_YES);
    return vs_next_get(next, getting, out);
}

static void s80_a_getter_sees_every_default(struct world *w)
{
    struct tale tale = {.tag = ""};

    (void)enter_options(
        w, "s",
        (vs_scope_options){.constraint = vs_non_neg(),
                           .regularizer = vs_l2_regularizer(1),
                           .caching_device = "cache",
                           .use_resource = VS_YES,
                           .getter = getter_of(see_constraint, &tale)});
    (void)get(w, "v", "s/v");
    leave(w);
    assert_int_equal(tale.calls, 1);
}

static void e14_an_unknown_getter_is_an_error_of_the_get(struct world *w)
{
    struct tale tale = {.tag = ""};
    const vs_getter unknown = {NULL, NULL, "nobody"};

    (void)enter_options(w, "s", (vs_scope_options){.getter = unknown});
    get_fails(w, VS_ERR_CALLBACK, "v", (vs_variable_spec){.shape = SCALAR},
              "getter 'nobody'");
    assert_store(VS_OK, w->store,
                 vs_register_getter(w->store, "nobody", pass_on, &tale));
    (void)get(w, "v", "s/v");
    assert_int_equal(tale.calls, 1);
    assert_store(VS_OK, w->store,
                 vs_register_getter(w->store, "nobody", NULL, NULL));
    get_fails(w, VS_ERR_CALLBACK, "u", (vs_variable_spec){.shape = SCALAR},
              "getter 'nobody'");
    leave(w);
}

/* Adapted: a getter that is none is a name that nobody registered. */
static void test_non_callable_getter_fails(struct world *w)
{
    const vs_getter unknown = {NULL, NULL, "nobody"};

    get_fails(w, VS_ERR_CALLBACK, "v",
              (vs_variable_spec){.shape = SCALAR, .getter = &unknown},
              "getter 'nobody'");
    (void)enter_options(w, "scope0", (vs_scope_options){.getter = unknown});
    get_fails(w, VS_ERR_CALLBACK, "v", (vs_variable_spec){.shape = SCALAR},
              "getter 'nobody'");
    leave(w);
}

static void test_no_side_effects_with_identity_custom_getter(struct world *w)
{
    struct tale tale = {.tag = ""};
    vs_scope *s = vs_scope_capture(enter_getter(w, "scope", pass_on, &tale));
    vs_variable *v = get(w, "v", "scope/v");

    leave(w);
    (void)reenter_with(w, s, VS_REUSE_TRUE);
    assert_same(get(w, "v", "scope/v"), v);
    leave(w);
    (void)enter_options(
        w, "new_scope",
        (vs_scope_options){.getter = getter_of(pass_on, &tale)});
    assert_different(get(w, "v3", "new_scope/v3"), v);
    leave(w);
    assert_int_equal(tale.calls, 3);
    vs_scope_release(s);
}

static void test_custom_getter_with_reuse(struct world *w)
{
    struct tale tale = {.tag = ""};

    (void)enter_getter(w, "scope1", pass_on, &tale);
    (void)get(w, "v", "scope1/v");
    assert_int_equal(tale.reuse, w->again ? VS_REUSE_AUTO : VS_REUSE_NONE);
    leave(w);
    (void)enter_options(
        w, "scope1",
        (vs_scope_options){.reuse = VS_REUSE_TRUE,
                           .getter = getter_of(pass_on, &tale)});
    (void)get(w, "v", "scope1/v");
    assert_int_equal(tale.reuse, VS_REUSE_TRUE);
    leave(w);
}

/* Gets two variables and hands out the second. */
static vs_status get_two(vs_next *next, const vs_getting *getting, void *data,
                         vs_variable **out)
{
    vs_status st = VS_OK;

    note(data, getting);
    for (int i = 0; i < 2 && st == VS_OK; i++) {
        vs_getting mine = *getting;
        vs_variable *v = NULL;
        char name[256];

        (void)snprintf(name, sizeof name, "%s/%d", getting->name, i);
        mine.name = name;
        if ((st = vs_next_get(next, &mine, &v)) != VS_OK)
            break;
        if (i == 1)
            *out = v;
        else
            vs_variable_free(v);
    }
    return st;
}

/* Adapted: a handle is one variable, so the sum is the caller's. */
static void test_getter_that_creates_two_variables_and_sums_them(
    struct world *w)
{
    struct tale tale = {.tag = ""};

    (void)enter_getter(w, "scope", get_two, &tale);
    (void)get(w, "v", "scope/v/1");
    leave(w);
    members(w, "scope", VS_TRAINABLE_VARIABLES, "scope/v/0 scope/v/1");
}

/* Calls the next getter twice, with the names that TensorFlow's test makes. */
static vs_status twice(vs_next *next, const vs_getting *getting, void *data,
                       vs_variable **out)
{
    struct tale *tale = data;
    vs_status st = VS_OK;

    for (int i = 0; i < 2 && st == VS_OK; i++) {
        vs_getting mine = *getting;
        vs_variable *v = NULL;
        char name[256];

        (void)snprintf(name, sizeof name, "%s/%s_%d", getting->name, tale->tag,
                       i);
        mine.name = name;
        if ((st = vs_next_get(next, &mine, &v)) != VS_OK)
            break;
        if (i == 1)
            *out = v;
        else
            vs_variable_free(v);
    }
    return st;
}

static void test_nested_custom_getters(struct world *w)
{
    struct tale sum_0 = {.tag = "sum_0"};
    struct tale sum_1 = {.tag = "sum_1"};
    struct tale prod = {.tag = "prod"};

    (void)enter_getter(w, "scope", twice, &sum_0);
    (void)enter_getter(w, "scope", twice, &sum_1);
    (void)enter_getter(w, "scope", twice, &prod);
    (void)get(w, "v", "scope/scope/scope/v/prod_1/sum_1_1/sum_0_1");
    leave(w);
    leave(w);
    leave(w);
    members(w, NULL, VS_TRAINABLE_VARIABLES,
            "scope/scope/scope/v/prod_0/sum_1_0/sum_0_0 "
            "scope/scope/scope/v/prod_0/sum_1_0/sum_0_1 "
            "scope/scope/scope/v/prod_0/sum_1_1/sum_0_0 "
            "scope/scope/scope/v/prod_0/sum_1_1/sum_0_1 "
            "scope/scope/scope/v/prod_1/sum_1_0/sum_0_0 "
            "scope/scope/scope/v/prod_1/sum_1_0/sum_0_1 "
            "scope/scope/scope/v/prod_1/sum_1_1/sum_0_0 "
            "scope/scope/scope/v/prod_1/sum_1_1/sum_0_1");
}

/* Adapted: creators are creation hooks; in the second run nothing is created,
 * so none is called. */
static void test_variable_creator(struct world *w)
{
    struct tale outer = {.tag = "forced"};
    struct tale inner = {.tag = ""};
    const vs_getter a = getter_of(rename_it, &outer);
    const vs_getter b = getter_of(pass_on, &inner);
    vs_creator *first = NULL;
    vs_creator *second = NULL;

    assert_store(VS_OK, w->store, vs_creator_enter(w->ctx, &a, &first));
    assert_store(VS_OK, w->store, vs_creator_enter(w->ctx, &b, &second));
    (void)get(w, w->again ? "v/forced" : "v", "v/forced");
    assert_store(VS_OK, w->store, vs_creator_leave(second));
    assert_store(VS_OK, w->store, vs_creator_leave(first));
    assert_int_equal(inner.calls, w->again ? 0 : 1);
    assert_int_equal(outer.calls, w->again ? 0 : 1);
}

static void s81_a_creator_is_called_for_creations_only(struct world *w)
{
    struct tale tale = {.tag = ""};
    const vs_getter creator = getter_of(pass_on, &tale);
    vs_creator *made = NULL;

    (void)enter_with(w, "s", VS_REUSE_AUTO);
    assert_store(VS_OK, w->store, vs_creator_enter(w->ctx, &creator, &made));
    (void)get(w, "v", "s/v");
    (void)get(w, "v", "s/v");
    assert_store(VS_OK, w->store, vs_creator_leave(made));
    leave(w);
    assert_int_equal(tale.calls, w->again ? 0 : 1);
}

/* Adapted: creators are creation hooks. */
static void test_variable_creator_nesting_error(struct world *w)
{
    struct tale tale = {.tag = ""};
    const vs_getter creator = getter_of(pass_on, &tale);
    const vs_getter none = {NULL, NULL, NULL};
    vs_creator *first = NULL;
    vs_creator *second = NULL;

    assert_store(VS_ERR_MISUSE, w->store,
                 vs_creator_enter(w->ctx, &none, &first));
    assert_store(VS_ERR_MISUSE, w->store,
                 vs_creator_enter(w->ctx, NULL, &first));
    assert_store(VS_OK, w->store, vs_creator_enter(w->ctx, &creator, &first));
    assert_store(VS_OK, w->store, vs_creator_enter(w->ctx, &creator, &second));
    assert_store(VS_ERR_NESTING, w->store, vs_creator_leave(first));
    assert_store(VS_OK, w->store, vs_creator_leave(second));
    assert_store(VS_OK, w->store, vs_creator_leave(first));
}

/* Adapted: there is no private way to a partitioned variable; what a getter
 * passes on is whole or cut by the partitioner in the call. */
static void e25_a_getter_is_told_the_partitioner(struct world *w)
{
    struct tale tale = {.tag = ""};

    (void)enter_options(
        w, "s",
        (vs_scope_options){.partitioner = vs_fixed_size_partitioner(2, 0),
                           .getter = getter_of(pass_on, &tale)});
    (void)get(w, "v", "s/v"); /* a scalar is never cut */
    leave(w);
    assert_int_equal(tale.calls, 1);
}

int main(void)
{
    static const struct program programs[] = {
        PROGRAM(g20_getters_wrap_from_inside),
        PROGRAM(s19_a_getter_on_reentry_wraps_the_captured_one),
        PROGRAM(s49_a_getter_argument_replaces_the_scopes),
        PROGRAM(s76_setting_a_getter_replaces_without_wrapping),
        PROGRAM(s77_a_getter_may_change_every_argument),
        PROGRAM(s77_a_getter_may_answer_by_itself),
        PROGRAM(a_getter_keeps_to_the_rules),
        PROGRAM(s78_a_name_that_is_none_is_refused),
        PROGRAM(s79_a_getter_runs_for_fetches_too),
        PROGRAM(s80_a_getter_sees_every_default),
        PROGRAM(e14_an_unknown_getter_is_an_error_of_the_get),
        PROGRAM(test_non_callable_getter_fails),
        PROGRAM(test_no_side_effects_with_identity_custom_getter),
        PROGRAM(test_custom_getter_with_reuse),
        PROGRAM(test_getter_that_creates_two_variables_and_sums_them),
        PROGRAM(test_nested_custom_getters),
        PROGRAM(test_variable_creator),
        PROGRAM(s81_a_creator_is_called_for_creations_only),
        PROGRAM(test_variable_creator_nesting_error),
        PROGRAM(e25_a_getter_is_told_the_partitioner),
    };

    return world_main("conformance.getters", programs,
                      sizeof programs / sizeof programs[0]);
}
