/* test_cache.c - model/cache: what a caching device keeps, and of what. */
#include "stores.h"

#include "model/cache.h"

struct fixture {
    vs_store *store;
    vs_context *ctx;
};

static struct fixture begin(void **state)
{
    const vs_scope_options options = {.reuse = VS_REUSE_TRUE,
                                      .caching_device = "here"};
    struct fixture f;

    f.store = test_open(test_path(state, "c.db"), VS_OPEN_CREATE_NEW);
    assert_store(VS_OK, f.store, vs_context_new(f.store, &f.ctx));
    assert_store(VS_OK, f.store, vs_scope_enter(f.ctx, "", &options, NULL));
    return f;
}

static void end(struct fixture *f)
{
    vs_context_free(f->ctx);
    vs_store_close(f->store);
}

static vs_variable *get(struct fixture *f, const char *name, const char *device)
{
    const vs_variable_spec spec = {.caching_device = device};
    vs_variable *v = NULL;

    assert_store(VS_OK, f->store, vs_get_variable(f->ctx, name, &spec, &v));
    return v;
}

static float read(vs_variable *v)
{
    float values[3] = {-1, -1, -1};
    const vs_view view = vs_view_of(VS_F32, vs_variable_shape(v), values);

    assert_ok(vs_variable_read(v, &view));
    return values[0];
}

static void a_device_keeps_the_newest_version(void **state)
{
    const float sevens[3] = {7, 7, 7};
    struct fixture f = begin(state);
    vs_variable *writer = test_iota(f.store, "a", vs_shape_1d(3));
    vs_variable *v = get(&f, "a", NULL);
    const vs_view view = vs_view_const(VS_F32, vs_variable_shape(v), sevens);

    assert_float_equal(read(v), 0, 0);
    assert_non_null(v->cache);
    assert_store(VS_OK, f.store, vs_variable_write(writer, &view));
    assert_float_equal(read(v), 7, 0);
    assert_true(((const float *)(const void *)v->cache)[2] == 7);
    vs_variable_free(v);
    vs_variable_free(writer);
    end(&f);
}

static void an_empty_device_is_none(void **state)
{
    struct fixture f = begin(state);
    vs_variable *v;

    vs_variable_free(test_iota(f.store, "a", vs_shape_1d(3)));
    v = get(&f, "a", "");
    assert_float_equal(read(v), 0, 0);
    assert_null(v->cache);
    vs_variable_free(v);
    end(&f);
}

static void nothing_is_kept_of_what_has_no_elements(void **state)
{
    struct fixture f = begin(state);
    vs_variable *v;

    vs_variable_free(test_iota(f.store, "a", vs_shape_1d(0)));
    v = get(&f, "a", NULL);
    assert_float_equal(read(v), -1, 0);
    assert_null(v->cache);
    vs_variable_free(v);
    end(&f);
}

#define with_dir(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_dir(a_device_keeps_the_newest_version),
        with_dir(an_empty_device_is_none),
        with_dir(nothing_is_kept_of_what_has_no_elements),
    };

    return cmocka_run_group_tests_name("model.cache", tests, NULL, NULL);
}
