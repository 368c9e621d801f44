/* test_scope_text.c - model/scope_text: what of a scope can be told, and texts
 * that tell none.
 */
#include "stores.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fixture {
    vs_store *store;
    vs_context *ctx;
    char name[128];
};

static struct fixture begin(void **state, bool eager)
{
    const vs_store_options options = {.mode = VS_OPEN_CREATE, .eager = eager};
    struct fixture f;

    assert_ok(
        vs_store_open(test_path(state, "s.db"), &options, &f.store, NULL));
    assert_ok(vs_context_new(f.store, &f.ctx));
    return f;
}

static void end(struct fixture *f)
{
    vs_context_free(f->ctx);
    vs_store_close(f->store);
}

static void tells(struct fixture *f, const vs_scope_options *options,
                  const char *want)
{
    vs_scope *scope = NULL;
    const char *told = NULL;

    assert_store(VS_OK, f->store, vs_scope_enter(f->ctx, "s", options, &scope));
    assert_store(VS_OK, f->store, vs_scope_describe(scope, &told));
    assert_string_equal(told, want);
    assert_ok(vs_scope_leave(scope));
}

static void refuses(struct fixture *f, vs_status want, const char *text)
{
    vs_scope *scope = NULL;

    assert_store(want, f->store, vs_scope_recall(f->ctx, text, &scope));
    assert_null(scope);
}

static vs_status give(int64_t first, int64_t n, void *dst, void *ctx)
{
    (void)first;
    (void)ctx;
    memset(dst, 0, (size_t)n * sizeof(float));
    return VS_OK;
}

static vs_status cost(const vs_view *view, double *out, void *data)
{
    (void)view;
    (void)data;
    *out = 0;
    return VS_OK;
}

static vs_status limit(const vs_view *view, void *data)
{
    (void)view;
    (void)data;
    return VS_OK;
}

static vs_status count(const vs_shape *shape, vs_dtype dtype, int64_t *counts,
                       void *data)
{
    (void)shape;
    (void)dtype;
    (void)counts;
    (void)data;
    return VS_OK;
}

static void a_scope_with_nothing_set_tells_its_path(void **state)
{
    struct fixture f = begin(state, false);
    const char *told = NULL;

    tells(&f, NULL, "{\"scope\":\"s\",\"reuse\":\"none\"}");
    assert_ok(vs_scope_describe(vs_scope_current(f.ctx), &told));
    assert_string_equal(told, "{\"scope\":\"\",\"reuse\":\"none\"}");
    end(&f);
}

static void what_is_memory_of_this_process_is_left_out(void **state)
{
    static const char nothing[] = "{\"scope\":\"s\",\"reuse\":\"none\"}";
    struct fixture f = begin(state, false);
    float values[2] = {1, 2};
    const vs_shape two = vs_shape_1d(2);
    const vs_view view = vs_view_of(VS_F32, &two, values);
    const vs_initializer inits[] = {vs_value(&view), vs_constant_list(&view),
                                    vs_from_source((vs_source){give, NULL}),
                                    vs_custom_initializer(NULL, NULL, NULL)};
    const vs_getter getter = {NULL, NULL, NULL};

    for (size_t i = 0; i < sizeof inits / sizeof inits[0]; i++) {
        const vs_scope_options options = {.initializer = inits[i],
                                          .getter = getter};

        tells(&f, &options, nothing);
    }
    end(&f);
}

/* Nobody could recall it. */
static void a_rule_without_a_name_is_left_out(void **state)
{
    static const char nothing[] = "{\"scope\":\"s\",\"reuse\":\"none\"}";
    struct fixture f = begin(state, false);
    const vs_regularizer terms[] = {vs_l1_regularizer(1),
                                    vs_custom_regularizer(NULL, cost, NULL)};
    const vs_scope_options all[] = {
        {.regularizer = terms[1]},
        {.regularizer = vs_sum_regularizer(terms, 2)},
        {.constraint = vs_custom_constraint(NULL, limit, NULL)},
        {.partitioner = vs_custom_partitioner(NULL, count, NULL)},
    };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        tells(&f, &all[i], nothing);
    end(&f);
}

/* Options and setters take it, creating a variable does not. */
static void what_no_variable_could_have_is_left_out(void **state)
{
    static const char nothing[] = "{\"scope\":\"s\",\"reuse\":\"none\"}";
    struct fixture f = begin(state, false);
    char longest[2000] = "";
    const vs_scope_options all[] = {
        {.initializer = vs_custom_initializer("a\"b", NULL, NULL)},
        {.initializer = vs_custom_initializer(longest, NULL, NULL)},
        {.initializer =
             vs_initializer_of((vs_initializer_kind)99, 0, 0, VS_NO_SEED)},
        {.initializer =
             vs_variance_scaling(1, (vs_fan)9, VS_SCALING_NORMAL, 1)},
        {.initializer = vs_variance_scaling(1, VS_FAN_IN, (vs_scaling)9, 1)},
        {.partitioner = vs_custom_partitioner("a\"b", NULL, NULL)},
        {.partitioner = vs_partitioner_of((vs_partitioner_kind)99, 0, 0, 0)},
        {.partitioner = vs_fixed_size_partitioner(2, VS_MAX_RANK)},
        {.partitioner = vs_fixed_size_partitioner(2, -VS_MAX_RANK - 1)},
    };
    const vs_regularizer set[] = {
        vs_regularizer_of((vs_regularizer_kind)99, 0, 0),
        vs_sum_regularizer(NULL, 3), vs_l1_regularizer(-1)};

    memset(longest, 'x', sizeof longest - 1);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        tells(&f, &all[i], nothing);
    for (size_t i = 0; i < sizeof set / sizeof set[0]; i++) {
        vs_scope *scope = NULL;
        const char *told = NULL;

        assert_ok(vs_scope_enter(f.ctx, "s", NULL, &scope));
        vs_scope_set_regularizer(scope, &set[i]);
        assert_ok(vs_scope_describe(scope, &told));
        assert_string_equal(told, nothing);
        assert_ok(vs_scope_leave(scope));
    }
    end(&f);
}

static void a_callback_is_told_by_its_name(void **state)
{
    struct fixture f = begin(state, false);
    const vs_scope_options options = {
        .reuse = VS_REUSE_TRUE,
        .initializer = vs_custom_initializer("mine", NULL, NULL)};

    tells(&f, &options,
          "{\"scope\":\"s\",\"reuse\":\"true\","
          "\"initializer\":{\"kind\":\"custom\",\"name\":\"mine\"}}");
    end(&f);
}

/* What is told can be recalled: it is all or nothing. */
static void sixteen_getters_are_told_and_seventeen_refused(void **state)
{
    struct fixture f = begin(state, false);
    char names[17][8];
    vs_scope *recalled = NULL;
    vs_scope *scope = NULL;
    const char *told = NULL;
    int n = 0;

    for (int i = 0; i < 17; i++) {
        const vs_scope_options options = {.getter = {NULL, NULL, names[i]}};

        (void)snprintf(names[i], sizeof names[i], "g%d", i);
        assert_ok(vs_scope_enter(f.ctx, "s", &options, &scope));
        if (i != 15)
            continue;
        assert_store(VS_OK, f.store, vs_scope_describe(scope, &told));
        for (const char *p = told; (p = strstr(p, "\"g")) != NULL; p++)
            n++;
        assert_int_equal(n, 16 + 1); /* and the word "getters" */
        assert_non_null(strstr(told, "[\"g15\",\"g14\","));
        assert_store(VS_OK, f.store, vs_scope_recall(f.ctx, told, &recalled));
        vs_scope_release(recalled);
    }
    told = NULL;
    assert_store(VS_ERR_TOOBIG, f.store, vs_scope_describe(scope, &told));
    assert_null(told);
    assert_non_null(strstr(vs_store_error(f.store)->message, "has 17 getters"));
    end(&f);
}

static void so_is_a_device_of_255_bytes_and_one_of_more(void **state)
{
    struct fixture f = begin(state, false);
    char device[257];
    vs_scope *recalled = NULL;
    const char *told = NULL;

    memset(device, '"', 256);
    device[256] = '\0';
    vs_scope_set_caching_device(vs_scope_current(f.ctx), device);
    assert_store(VS_ERR_TOOBIG, f.store,
                 vs_scope_describe(vs_scope_current(f.ctx), &told));
    assert_null(told);
    device[255] = '\0';
    assert_store(VS_OK, f.store,
                 vs_scope_describe(vs_scope_current(f.ctx), &told));
    assert_store(VS_OK, f.store, vs_scope_recall(f.ctx, told, &recalled));
    assert_string_equal(vs_scope_caching_device(recalled), device);
    vs_scope_release(recalled);
    end(&f);
}

static void an_eager_context_shares_whatever_is_told(void **state)
{
    struct fixture f = begin(state, true);
    vs_scope *scope = NULL;

    assert_store(
        VS_OK, f.store,
        vs_scope_recall(f.ctx, "{\"scope\":\"s\",\"reuse\":\"true\"}", &scope));
    assert_int_equal(vs_scope_reuse(scope), VS_REUSE_AUTO);
    vs_scope_release(scope);
    end(&f);
}

static void every_mode_is_recalled(void **state)
{
    static const struct {
        const char *text;
        vs_reuse reuse;
    } cases[] = {
        {"{\"scope\":\"\"}", VS_REUSE_NONE},
        {"{\"scope\":\"s\",\"reuse\":\"none\"}", VS_REUSE_NONE},
        {"{\"reuse\":\"true\",\"scope\":\"s\"}", VS_REUSE_TRUE},
        {"{\"scope\":\"s\",\"reuse\":\"auto\"}", VS_REUSE_AUTO},
    };
    struct fixture f = begin(state, false);

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        vs_scope *scope = NULL;

        assert_store(VS_OK, f.store,
                     vs_scope_recall(f.ctx, cases[i].text, &scope));
        assert_int_equal(vs_scope_reuse(scope), cases[i].reuse);
        vs_scope_release(scope);
    }
    end(&f);
}

/* `before`, n times `c`, `after`. */
static char *long_text(const char *before, char c, size_t n, const char *after)
{
    const size_t n_before = strlen(before);
    char *text = malloc(n_before + n + strlen(after) + 1);

    assert_non_null(text);
    memcpy(text, before, n_before);
    memset(text + n_before, c, n);
    memcpy(text + n_before + n, after, strlen(after) + 1);
    return text;
}

static void a_rule_that_no_variable_could_have_is_refused(void **state)
{
    static const char *const texts[] = {
        "{\"scope\":\"s\",\"initializer\":{\"kind\":\"value\"}}",
        "{\"scope\":\"s\",\"initializer\":{\"kind\":\"custom\"}}",
        "{\"scope\":\"s\",\"regularizer\":{\"kind\":\"custom\"}}",
        "{\"scope\":\"s\",\"regularizer\":{\"kind\":\"l1_l2\",\"l1\":-1,"
        "\"l2\":0}}",
        "{\"scope\":\"s\",\"constraint\":{\"kind\":\"custom\"}}",
        "{\"scope\":\"s\",\"constraint\":{\"kind\":\"max_norm\",\"axes\":0,"
        "\"max\":-1}}",
        "{\"scope\":\"s\",\"partitioner\":{\"kind\":\"custom\"}}",
    };
    struct fixture f = begin(state, false);

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        refuses(&f, VS_ERR_MISUSE, texts[i]);
    end(&f);
}

static void what_is_too_long_is_refused(void **state)
{
    static const struct {
        vs_status want;
        const char *before;
        size_t n;
        const char *after;
    } cases[] = {
        {VS_ERR_FORMAT, "{\"scope\":\"s\"}", 70000, ""},
        {VS_ERR_FORMAT, "{\"scope\":\"", 2000, "\"}"},
        {VS_ERR_FORMAT, "{\"scope\":\"s\",\"reuse\":\"", 50, "\"}"},
        {VS_ERR_FORMAT, "{\"scope\":\"s\",\"dtype\":\"", 50, "\"}"},
        {VS_ERR_FORMAT, "{\"scope\":\"s\",\"caching_device\":\"", 256, "\"}"},
        {VS_ERR_FORMAT, "{\"scope\":\"s\",\"initializer\":{\"kind\":\"", 20000,
         "\"}}"},
        {VS_ERR_FORMAT, "{\"scope\":\"s\",\"initializer\":", 2000, ""},
    };
    struct fixture f = begin(state, false);

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *text = long_text(cases[i].before, i == 0 ? ' ' : 'a', cases[i].n,
                               cases[i].after);

        refuses(&f, cases[i].want, text);
        free(text);
    }
    refuses(&f, VS_ERR_FORMAT, NULL);
    end(&f);
}

static void seventeen_getters_are_too_many(void **state)
{
    struct fixture f = begin(state, false);
    char text[400] = "{\"scope\":\"s\",\"getters\":[\"g\"";
    vs_scope *scope = NULL;

    for (int i = 1; i < 16; i++)
        (void)strcat(text, ",\"g\"");
    (void)strcat(text, "]}");
    assert_store(VS_OK, f.store, vs_scope_recall(f.ctx, text, &scope));
    vs_scope_release(scope);
    scope = NULL;
    text[strlen(text) - 2] = '\0';
    (void)strcat(text, ",\"g\"]}");
    refuses(&f, VS_ERR_FORMAT, text);
    end(&f);
}

static void texts_that_break_off_are_refused(void **state)
{
    static const char whole[] =
        "{\"scope\":\"a/b\",\"reuse\":\"auto\",\"dtype\":\"f32\","
        "\"initializer\":{\"kind\":\"zeros\"},"
        "\"regularizer\":{\"kind\":\"l1_l2\",\"l1\":1,\"l2\":0},"
        "\"constraint\":{\"kind\":\"non_neg\"},"
        "\"partitioner\":{\"kind\":\"fixed_size\",\"axis\":0,\"parts\":2,"
        "\"bytes\":0},"
        "\"getters\":[\"g\",\"h\"],\"caching_device\":\"d\"}";
    struct fixture f = begin(state, false);
    vs_scope *scope = NULL;

    assert_store(VS_OK, f.store, vs_scope_recall(f.ctx, whole, &scope));
    vs_scope_release(scope);
    for (size_t n = 0; n < sizeof whole - 1; n++) {
        char text[sizeof whole];

        memcpy(text, whole, n);
        text[n] = '\0';
        refuses(&f, VS_ERR_FORMAT, text);
    }
    end(&f);
}

static vs_status pass_on(vs_next *next, const vs_getting *getting, void *data,
                         vs_variable **out)
{
    (void)data;
    return vs_next_get(next, getting, out);
}

/* It is of this process alone. */
static void a_getter_without_a_name_is_left_out(void **state)
{
    struct fixture f = begin(state, false);
    const vs_getter nameless = {pass_on, NULL, NULL};
    const vs_getter named = {NULL, NULL, "g"};
    const char *told = NULL;
    vs_scope *scope = NULL;

    assert_store(VS_OK, f.store, vs_scope_enter(f.ctx, "s", NULL, &scope));
    assert_ok(vs_scope_set_getter(scope, &nameless));
    assert_store(VS_OK, f.store, vs_scope_describe(scope, &told));
    assert_string_equal(told, "{\"scope\":\"s\",\"reuse\":\"none\"}");
    assert_ok(vs_scope_leave(scope));
    assert_ok(vs_scope_set_getter(vs_scope_current(f.ctx), &named));
    assert_store(VS_OK, f.store,
                 vs_scope_enter(f.ctx, "s",
                                &(vs_scope_options){.getter = nameless},
                                &scope));
    assert_store(VS_OK, f.store, vs_scope_describe(scope, &told));
    assert_string_equal(told, "{\"scope\":\"s\",\"reuse\":\"none\","
                              "\"getters\":[\"g\"]}");
    assert_ok(vs_scope_leave(scope));
    end(&f);
}

/* In a context of its own, with getters whose names are as long as can be. */
static vs_status tell_getters(void *given)
{
    struct fixture *f = given;
    char name[64];
    const vs_getter getter = {NULL, NULL, name};
    const char *told = NULL;
    vs_context *ctx = NULL;
    vs_status st = vs_context_new(f->store, &ctx);

    for (int i = 0; i < 6 && st == VS_OK; i++) {
        const vs_scope_options options = {.getter = getter};

        memset(name, 'a' + i, sizeof name - 1);
        name[sizeof name - 1] = '\0';
        st = vs_scope_enter(ctx, "s", &options, NULL);
    }
    if (st == VS_OK)
        st = vs_scope_describe(vs_scope_current(ctx), &told);
    vs_context_free(ctx);
    return st;
}

static void memory_may_run_out_between_getters(void **state)
{
    struct fixture f = begin(state, false);

    assert_true(test_each_allocation_failing(tell_getters, &f, false) > 12);
    end(&f);
}

static vs_status tell_and_recall(void *given)
{
    struct fixture *f = given;
    const vs_getter getter = {NULL, NULL, "g"};
    /* Each member in its turn is the one for which the text has to grow. */
    const vs_scope_options options = {.reuse = VS_REUSE_AUTO,
                                      .dtype = VS_F64,
                                      .initializer = vs_zeros(),
                                      .regularizer = vs_l2_regularizer(1),
                                      .constraint = vs_unit_norm(0),
                                      .partitioner =
                                          vs_fixed_size_partitioner(2, 0),
                                      .getter = getter,
                                      .caching_device = "d"};
    vs_scope *scope = NULL;
    vs_scope *recalled = NULL;
    const char *told = NULL;
    vs_status st = vs_scope_enter(f->ctx, f->name, &options, &scope);

    if (st != VS_OK)
        return st;
    if ((st = vs_scope_describe(scope, &told)) == VS_OK)
        st = vs_scope_recall(f->ctx, told, &recalled);
    vs_scope_release(recalled);
    assert_ok(vs_scope_leave(scope));
    return st;
}

/* Memory of the text doubles; with names of other lengths it does so at other
 * places. */
static void memory_may_run_out(void **state)
{
    struct fixture f = begin(state, false);

    for (size_t n = 1; n < sizeof f.name; n += 1 + test_stride() / 2) {
        memset(f.name, 's', n);
        f.name[n] = '\0';
        assert_true(test_each_allocation_failing(tell_and_recall, &f, false) >
                    5);
    }
    assert_true(test_each_allocation_failing(tell_and_recall, &f, true) > 5);
    end(&f);
}

#define with_dir(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_dir(a_scope_with_nothing_set_tells_its_path),
        with_dir(what_is_memory_of_this_process_is_left_out),
        with_dir(a_rule_without_a_name_is_left_out),
        with_dir(what_no_variable_could_have_is_left_out),
        with_dir(a_callback_is_told_by_its_name),
        with_dir(sixteen_getters_are_told_and_seventeen_refused),
        with_dir(so_is_a_device_of_255_bytes_and_one_of_more),
        with_dir(an_eager_context_shares_whatever_is_told),
        with_dir(every_mode_is_recalled),
        with_dir(a_rule_that_no_variable_could_have_is_refused),
        with_dir(what_is_too_long_is_refused),
        with_dir(seventeen_getters_are_too_many),
        with_dir(texts_that_break_off_are_refused),
        with_dir(a_getter_without_a_name_is_left_out),
        with_dir(memory_may_run_out_between_getters),
        with_dir(memory_may_run_out),
    };

    return cmocka_run_group_tests_name("model.scope_text", tests, NULL, NULL);
}
