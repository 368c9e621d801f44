/* test_get_parts.c - model/get: what a call says of a partitioned variable that
 * is there. Which call may have it stands in tests/conformance.
 */
#include "scene.h"

#include <string.h>

struct fixture {
    vs_store *store;
    vs_context *ctx;
};

/* p [4] is in two parts. */
static struct fixture begin(void **state, vs_dtype dtype, bool adopt,
                            vs_reuse reuse)
{
    const vs_context_options options = {.adopt = adopt};
    const vs_scope_options mode = {.reuse = reuse};
    const vs_shape shape = vs_shape_1d(4);
    const vs_variable_spec spec = {.dtype = dtype,
                                   .shape = &shape,
                                   .initializer = vs_zeros(),
                                   .partitioner =
                                       vs_fixed_size_partitioner(2, 0)};
    struct fixture f;

    f.store = test_open(test_path(state, "p.db"), VS_OPEN_CREATE_NEW);
    assert_store(VS_OK, f.store, vs_variable_create(f.store, "p", &spec, NULL));
    assert_store(VS_OK, f.store,
                 vs_context_new_with(f.store, &options, &f.ctx));
    assert_store(VS_OK, f.store, vs_scope_enter(f.ctx, "", &mode, NULL));
    return f;
}

static void end(struct fixture *f)
{
    vs_context_free(f->ctx);
    test_sound(f->store);
    vs_store_close(f->store);
}

static void refused(struct fixture *f, vs_status want,
                    const vs_variable_spec *spec, const char *words)
{
    const vs_error *err = vs_store_error(f->store);
    vs_variable *v = NULL;

    assert_store(want, f->store, vs_get_variable(f->ctx, "p", spec, &v));
    assert_null(v);
    if (strstr(err->message, words) == NULL)
        fail_msg("\"%s\" does not tell \"%s\"", err->message, words);
}

static void got(struct fixture *f, const vs_variable_spec *spec)
{
    vs_variable *v = NULL;

    assert_store(VS_OK, f->store, vs_get_variable(f->ctx, "p", spec, &v));
    assert_int_equal(vs_variable_n_parts(v), 2);
    vs_variable_free(v);
}

/* Q1: it takes them as they are cut; what it has got it does not create. */
static void who_adopts_needs_no_partitioner(void **state)
{
    struct fixture f = begin(state, VS_F32, true, VS_REUSE_NONE);
    const vs_shape shape = vs_shape_1d(4);
    const vs_shape other = vs_shape_1d(6);
    const vs_variable_spec spec = {.shape = &shape};
    const vs_variable_spec longer = {.shape = &other};

    refused(&f, VS_ERR_SHAPE, &longer, "variable p (reuse none, adopting)");
    got(&f, &spec);
    refused(&f, VS_ERR_EXISTS, &spec, "disallowed by reuse none");
    end(&f);
}

/* S65, which TensorFlow does not ask of a partitioned one. */
static void a_shape_beside_a_partitioner_must_fit(void **state)
{
    struct fixture f = begin(state, VS_F32, false, VS_REUSE_TRUE);
    const vs_shape shape = vs_shape_1d(6);
    vs_variable_spec spec = {.shape = &shape, .validate_shape = VS_NO};

    got(&f, &spec);
    spec.partitioner = vs_fixed_size_partitioner(2, 0);
    refused(&f, VS_ERR_SHAPE, &spec, "specified shape [6] and found shape [4]");
    end(&f);
}

/* E17 is told before what is wrong with the call itself (E6). */
static void a_wrong_call_is_told_first_that_it_is_partitioned(void **state)
{
    struct fixture f = begin(state, VS_F32, false, VS_REUSE_NONE);
    const float values[4] = {0};
    const vs_shape shape = vs_shape_1d(4);
    const vs_shape other = vs_shape_1d(3);
    const vs_view value = vs_view_const(VS_F32, &shape, values);
    const vs_variable_spec spec = {.shape = &other,
                                   .initializer = vs_value(&value)};

    refused(&f, VS_ERR_PARTITION, &spec,
            "variable p (reuse none), but no partitioner was given and it is "
            "partitioned");
    assert_non_null(strstr(vs_store_error(f.store)->hint,
                           "give the partitioner that it was made with"));
    end(&f);
}

/* A constant may repeat the shape of what is partitioned, and no other. */
static void a_constant_that_repeats_no_shape_is_refused(void **state)
{
    struct fixture f = begin(state, VS_F32, false, VS_REUSE_TRUE);
    const float values[4] = {0};
    const vs_shape shape = vs_shape_1d(4);
    const vs_shape other = vs_shape_1d(3);
    const vs_view value = vs_view_const(VS_F32, &shape, values);
    vs_variable_spec spec = {.shape = &shape, .initializer = vs_value(&value)};

    got(&f, &spec);
    spec.shape = &other;
    refused(&f, VS_ERR_SHAPE, &spec, "the initializer is a value with a shape");
    spec.partitioner = vs_fixed_size_partitioner(2, 0);
    refused(&f, VS_ERR_SHAPE, &spec, "the initializer is a value with a shape");
    end(&f);
}

static vs_status halve_floats(const vs_shape *shape, vs_dtype dtype,
                              int64_t *counts, void *data)
{
    (void)shape;
    (void)data;
    counts[0] = 2;
    return dtype == VS_F32 ? VS_OK : VS_ERR_UNSUPPORTED;
}

/* The call, which names no dtype, it would cut. */
static void a_partitioner_may_refuse_what_is_there(void **state)
{
    struct fixture f = begin(state, VS_I32, false, VS_REUSE_TRUE);
    const vs_shape shape = vs_shape_1d(4);
    const vs_variable_spec spec = {
        .shape = &shape,
        .partitioner = vs_custom_partitioner("halves", halve_floats, NULL)};

    refused(&f, VS_ERR_UNSUPPORTED, &spec,
            "custom partitioner 'halves' stopped");
    end(&f);
}

/* A call that is wrong by itself is not judged by what is damaged. */
static void damage_goes_before_what_is_wrong_with_a_call(void **state)
{
    struct fixture f = begin(state, VS_F32, false, VS_REUSE_TRUE);
    const char *path = test_path(state, "p.db");
    const float values[4] = {0};
    const vs_shape shape = vs_shape_1d(4);
    const vs_shape other = vs_shape_1d(3);
    const vs_view value = vs_view_const(VS_F32, &shape, values);
    const vs_variable_spec spec = {.shape = &other,
                                   .initializer = vs_value(&value)};

    end(&f);
    scene_sql(path, "UPDATE name SET trainable = 7 WHERE path = 'p/part_1'");
    f.store = test_open(path, VS_OPEN_WRITE);
    assert_store(VS_OK, f.store, vs_context_new(f.store, &f.ctx));
    refused(&f, VS_ERR_CORRUPT, &spec,
            "name p/part_1: its row is not what was written");
    vs_context_free(f.ctx);
    vs_store_close(f.store);
}

#define with_dir(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_dir(who_adopts_needs_no_partitioner),
        with_dir(a_shape_beside_a_partitioner_must_fit),
        with_dir(a_wrong_call_is_told_first_that_it_is_partitioned),
        with_dir(a_constant_that_repeats_no_shape_is_refused),
        with_dir(a_partitioner_may_refuse_what_is_there),
        with_dir(damage_goes_before_what_is_wrong_with_a_call),
    };

    return cmocka_run_group_tests_name("model.get_parts", tests, NULL, NULL);
}
