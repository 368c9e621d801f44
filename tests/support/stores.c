/* stores.c - see stores.h. */
#include "stores.h"

#include <stdlib.h>

void test_store_status(vs_store *store, vs_status want, vs_status got,
                       const char *call, const char *file, int line)
{
    if (want != got)
        print_error("%s\n  words: %s\n", call, vs_store_error(store)->message);
    test_status(want, got, call, file, line);
}

vs_store *test_open(const char *path, vs_open_mode mode)
{
    vs_store_options options = {.mode = mode, .program = "test", .seed = 42};
    vs_store *store = NULL;
    vs_error err;
    const vs_status st = vs_store_open(path, &options, &store, &err);

    if (st != VS_OK)
        print_error("%s: %s\n", path, err.message);
    assert_ok(st);
    return store;
}

vs_variable *test_iota(vs_store *store, const char *name, vs_shape shape)
{
    int64_t n = 0;
    float *values;
    vs_view view;
    vs_variable_spec spec = {.site = VS_HERE};
    vs_variable *v = NULL;

    assert_ok(vs_shape_count(&shape, &n));
    values = malloc((size_t)(n > 0 ? n : 1) * sizeof *values);
    assert_non_null(values);
    for (int64_t i = 0; i < n; i++)
        values[i] = (float)i;
    view = vs_view_of(VS_F32, &shape, values);
    spec.initializer = vs_value(&view);
    assert_store(VS_OK, store, vs_variable_create(store, name, &spec, &v));
    free(values);
    return v;
}

float *test_read_f32(vs_variable *v)
{
    int64_t n = 0;
    float *values;
    vs_view view;

    assert_ok(vs_shape_count(vs_variable_shape(v), &n));
    values = malloc((size_t)(n > 0 ? n : 1) * sizeof *values);
    assert_non_null(values);
    view = vs_view_of(VS_F32, vs_variable_shape(v), values);
    assert_store(VS_OK, vs_variable_store(v), vs_variable_read(v, &view));
    return values;
}

static void print_damage(const vs_damage *damage, void *ctx)
{
    (void)ctx;
    print_error("damage: %s: %s\n", damage->name != NULL ? damage->name : "-",
                damage->what);
}

void test_sound(vs_store *store)
{
    vs_check_options options = {.read_data = true, .on_damage = print_damage};
    vs_check_report report;

    assert_store(VS_OK, store, vs_check(store, &options, &report));
    assert_int_equal(report.n_damages, 0);
}
