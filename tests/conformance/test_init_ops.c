/* test_init_ops.c - what TensorFlow 1.x tests of its initializers, asked of
 * this library through the variables that they fill. A function bears the name
 * of the TensorFlow test whose facts it checks; where TensorFlow has one for
 * each initializer, it walks over all.
 */
#include "world.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The random initializers, each with a seed. */
#define N_KINDS 6
static const char *const kinds[N_KINDS] = {
    "normal", "truncated", "uniform", "unit_scaling", "scaling", "orthogonal"};

static vs_initializer kind(int i, int64_t seed)
{
    switch (i) {
    case 0:
        return vs_random_normal(0, 1, seed);
    case 1:
        return vs_truncated_normal(0, 1, seed);
    case 2:
        return vs_random_uniform(0, 7, seed);
    case 3:
        return vs_uniform_unit_scaling(1, seed);
    case 4:
        return vs_variance_scaling(1, VS_FAN_IN, VS_SCALING_TRUNCATED, seed);
    default:
        return vs_orthogonal(1, seed);
    }
}

/* The values of a new variable; free() them. */
static float *draw(struct world *w, const char *group, int i,
                   vs_initializer init, vs_shape shape)
{
    char name[64];

    (void)snprintf(name, sizeof name, "%s/%s", group, kinds[i]);
    return test_read_f32(
        get_spec(w, name, name,
                 (vs_variable_spec){.shape = &shape, .initializer = init}));
}

/* Are two variables by these initializers filled alike? */
static bool alike(struct world *w, int i, vs_initializer a, vs_initializer b)
{
    const vs_shape shape = vs_shape_2d(12, 10);
    float *one = draw(w, "one", i, a, shape);
    float *other = draw(w, "other", i, b, shape);
    const bool same = memcmp(one, other, 120 * sizeof *one) == 0;

    free(one);
    free(other);
    return same;
}

static void test_initializer_identical(struct world *w)
{
    for (int i = 0; i < N_KINDS; i++)
        assert_true(alike(w, i, kind(i, 1), kind(i, 1)));
}

static void test_initializer_different(struct world *w)
{
    for (int i = 0; i < N_KINDS; i++)
        assert_false(alike(w, i, kind(i, 1), kind(i, 2)));
}

/* Adapted: what is not seeded differs from name to name. */
static void test_duplicated_initializer(struct world *w)
{
    for (int i = 0; i < N_KINDS; i++)
        assert_false(alike(w, i, kind(i, VS_NO_SEED), kind(i, VS_NO_SEED)));
}

static void test_invalid_data_type(struct world *w)
{
    for (int i = 0; i < N_KINDS; i++)
        if (i != 2) /* uniform makes integers, too */
            get_fails(w, VS_ERR_INITIALIZER, "v",
                      (vs_variable_spec){.dtype = VS_U8,
                                         .shape = SHAPE(2, 2),
                                         .initializer = kind(i, 1)},
                      "u8");
    get_fails(w, VS_ERR_INITIALIZER, "v",
              (vs_variable_spec){.dtype = VS_U8,
                                 .shape = SHAPE(2),
                                 .initializer = vs_random_uniform(0, 7, 1)},
              "u8");
    members(w, NULL, NULL, "");
}

static void test_zero_size(struct world *w)
{
    for (int i = 0; i < 4; i++) {
        vs_variable *v =
            get_spec(w, kinds[i], kinds[i],
                     (vs_variable_spec){.shape = SHAPE(0, 2),
                                        .initializer = kind(i, VS_NO_SEED)});
        int64_t n = 1;

        assert_ok(vs_shape_count(vs_variable_shape(v), &n));
        assert_int_equal(n, 0);
    }
}

static void test_gain(struct world *w)
{
    const vs_shape shape = vs_shape_2d(10, 10);
    float *plain = draw(w, "plain", 5, vs_orthogonal(1, 1), shape);
    float *gained = draw(w, "gained", 5, vs_orthogonal(3.14, 1), shape);

    for (int i = 0; i < 100; i++)
        assert_float_equal(gained[i], 3.14F * plain[i], 1e-5);
    free(plain);
    free(gained);
}

/* Q^T Q or Q Q^T, whichever is smaller, is gain^2 I. */
static void assert_orthogonal(const float *q, int64_t rows, int64_t columns,
                              double gain)
{
    const bool tall = rows >= columns;
    const int64_t n = tall ? columns : rows;
    const int64_t m = tall ? rows : columns;

    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++) {
            double sum = 0;

            for (int64_t k = 0; k < m; k++)
                sum += tall ? (double)q[k * columns + i] *
                                  (double)q[k * columns + j]
                            : (double)q[i * columns + k] *
                                  (double)q[j * columns + k];
            assert_true(fabs(sum - (i == j ? gain * gain : 0)) < 1e-5);
        }
}

static void test_shapes_values(struct world *w)
{
    static const vs_shape shapes[] = {{2, {10, 10}},
                                      {2, {10, 9}},
                                      {2, {100, 5}},
                                      {2, {5, 10}},
                                      {3, {2, 3, 4}}};

    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        const int64_t columns = shapes[i].dims[shapes[i].rank - 1];
        int64_t n = 0;
        char name[16];
        float *q;

        (void)snprintf(name, sizeof name, "q%zu", i);
        assert_ok(vs_shape_count(&shapes[i], &n));
        q = test_read_f32(
            get_spec(w, name, name,
                     (vs_variable_spec){.shape = &shapes[i],
                                        .initializer = vs_orthogonal(1, 4)}));
        assert_orthogonal(q, n / columns, columns, 1);
        free(q);
    }
    get_fails(w, VS_ERR_SHAPE, "vector",
              (vs_variable_spec){.shape = SHAPE(5),
                                 .initializer = vs_orthogonal(1, 4)},
              "rank");
}

/* Mean 0 and variance 1 / n within a hundredth. */
static void assert_scaled(struct world *w, const char *name, vs_scaling scaling)
{
    const vs_shape shape = vs_shape_2d(100, 100);
    float *x = test_read_f32(
        get_spec(w, name, name,
                 (vs_variable_spec){.shape = &shape,
                                    .initializer = vs_variance_scaling(
                                        1, VS_FAN_IN, scaling, 17)}));
    double sum = 0;
    double squares = 0;

    for (int i = 0; i < 10000; i++) {
        sum += (double)x[i];
        squares += (double)x[i] * (double)x[i];
    }
    assert_true(fabs(sum / 10000) < 1e-2);
    assert_true(fabs(squares / 10000 * 100 - 1) < 5e-2);
    free(x);
}

static void test_normal(struct world *w)
{
    assert_scaled(w, "v", VS_SCALING_TRUNCATED);
}

static void test_truncated_normal(struct world *w)
{
    assert_scaled(w, "v", VS_SCALING_TRUNCATED);
}

static void test_untruncated_normal(struct world *w)
{
    assert_scaled(w, "v", VS_SCALING_NORMAL);
}

static void test_uniform(struct world *w)
{
    assert_scaled(w, "v", VS_SCALING_UNIFORM);
}

static void assert_filled(struct world *w, const char *name, vs_dtype dtype,
                          vs_initializer init, const double *want, int64_t n)
{
    const vs_shape shape = vs_shape_2d(2, n / 2);
    char elements[12 * 8];
    double have[12] = {0};
    const vs_view view = vs_view_of(dtype, &shape, elements);

    assert_true(n <= 12);
    assert_store(
        VS_OK, w->store,
        vs_variable_read(get_spec(w, name, name,
                                  (vs_variable_spec){.dtype = dtype,
                                                     .shape = &shape,
                                                     .initializer = init}),
                         &view));
    vs_to_double(dtype, elements, n, have);
    for (int64_t i = 0; i < n; i++)
        assert_true(have[i] == want[i]);
}

static void test_constant_int_initializer(struct world *w)
{
    static const double want[4] = {7, 7, 7, 7};

    assert_filled(w, "f", VS_F32, vs_constant(7), want, 4);
    assert_filled(w, "i", VS_I32, vs_constant(7), want, 4);
}

/* The first two rows of one list, in order; the last value goes on. */
static void test_constant_tuple_initializer(struct world *w)
{
    int32_t list[4] = {10, 20, 30, 40};
    static const double want[4] = {10, 20, 30, 40};
    const vs_view values = vs_view_of(VS_I32, SHAPE(4), list);

    assert_filled(w, "v", VS_I32, vs_constant_list(&values), want, 4);
}

static void test_n_dim_constant_initializer(struct world *w)
{
    float list[6] = {0, 1, 2, 3, 4, 5};
    static const double want[6] = {0, 1, 2, 3, 4, 5};
    const vs_view values = vs_view_of(VS_F32, SHAPE(3, 2), list);

    assert_filled(w, "v", VS_F32, vs_constant_list(&values), want, 6);
}

static void test_n_dim_constant_initializer_less_values(struct world *w)
{
    float list[3] = {0, 1, 2};
    static const double want[8] = {0, 1, 2, 2, 2, 2, 2, 2};
    const vs_view values = vs_view_of(VS_F32, SHAPE(3), list);

    assert_filled(w, "v", VS_F32, vs_constant_list(&values), want, 8);
}

static void test_n_dim_constant_initializer_more_values(struct world *w)
{
    float list[6] = {0};
    const vs_view values = vs_view_of(VS_F32, SHAPE(6), list);

    get_fails(w, VS_ERR_SHAPE, "v",
              (vs_variable_spec){.shape = SHAPE(2, 2),
                                 .initializer = vs_constant_list(&values)},
              "6");
    members(w, NULL, NULL, "");
}

/* Adapted: C has no values of other types; a number may not fit. */
static void test_invalid_value_type_for_constant_initializer(struct world *w)
{
    get_fails(w, VS_ERR_MISUSE, "v",
              (vs_variable_spec){.dtype = VS_U8,
                                 .shape = SHAPE(2),
                                 .initializer = vs_constant(-1)},
              "-1");
    members(w, NULL, NULL, "");
}

int main(void)
{
    static const struct program programs[] = {
        PROGRAM(test_initializer_identical),
        PROGRAM(test_initializer_different),
        PROGRAM(test_duplicated_initializer),
        PROGRAM(test_invalid_data_type),
        PROGRAM(test_zero_size),
        PROGRAM(test_gain),
        PROGRAM(test_shapes_values),
        PROGRAM(test_normal),
        PROGRAM(test_truncated_normal),
        PROGRAM(test_untruncated_normal),
        PROGRAM(test_uniform),
        PROGRAM(test_constant_int_initializer),
        PROGRAM(test_constant_tuple_initializer),
        PROGRAM(test_n_dim_constant_initializer),
        PROGRAM(test_n_dim_constant_initializer_less_values),
        PROGRAM(test_n_dim_constant_initializer_more_values),
        PROGRAM(test_invalid_value_type_for_constant_initializer),
    };

    return world_main("conformance.init_ops", programs,
                      sizeof programs / sizeof programs[0]);
}
