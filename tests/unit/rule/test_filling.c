/* test_filling.c - rule/filling: values are TensorFlow's, and runs of any
 * length give what one pass does.
 */
#include "support.h"

#include <math.h>
#include <string.h>

#include "rule/initializer.h"

#include "golden_scaled.h"

#define MOST 1200 /* elements of a shape here */

static void assert_scaled(const struct golden_scaled *g, double want,
                          double got)
{
    const bool matrix =
        g->kind == VS_INIT_ORTHOGONAL || g->kind == VS_INIT_DELTA_ORTHOGONAL;
    const double step = g->dtype == VS_F16 ? 0x1p-10 : 2e-6;

    if (matrix) /* where TensorFlow's sums are in the dtype itself */
        assert_true(fabs(got - want) <= (g->dtype == VS_F64 ? 1e-14 : 2e-6));
    else
        assert_true(fabs(got - want) <= step * fabs(want));
}

static void values_that_go_by_the_shape_are_tensorflows(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof golden_scaled / sizeof golden_scaled[0];
         k++) {
        const struct golden_scaled *g = &golden_scaled[k];
        const double want[4] = {g->w, g->x, g->y, g->z};
        vs_initializer init = vs_initializer_of(g->kind, g->a, 0, g->seed);
        struct vs__filling f;
        uint8_t out[4 * 8];
        double got[4];
        vs_shape shape;
        vs_source source;

        init.fan = g->fan;
        init.scaling = g->scaling;
        assert_ok(vs_shape_parse(g->shape, &shape, NULL));
        assert_ok(vs__filling_make(&init, "w", 0, g->dtype, &shape, &f, NULL));
        source = vs__filling_source(&f);
        assert_ok(source.fill(g->at, 4, out, source.ctx));
        vs_to_double(g->dtype, out, 4, got);
        for (int i = 0; i < 4; i++)
            assert_scaled(g, want[i], got[i]);
        vs__filling_done(&f);
    }
}

static uint64_t next_random(uint64_t *x)
{
    *x = *x * 6364136223846793005u + 1442695040888963407u;
    return *x >> 33;
}

/* Fills backwards, in runs of random length, and compares with one pass. */
static void assert_random_access(vs_initializer init, vs_shape shape,
                                 vs_dtype dtype)
{
    const size_t size = vs_dtype_size(dtype);
    static uint8_t whole[MOST * 8];
    static uint8_t parts[MOST * 8];
    struct vs__filling f;
    vs_source source;
    uint64_t x = 1;
    int64_t count;

    assert_ok(vs_shape_count(&shape, &count));
    assert_true(count <= MOST);
    assert_ok(vs_initializer_fill(&init, "w", 0, dtype, &shape, whole, NULL));
    assert_ok(vs__filling_make(&init, "w", 0, dtype, &shape, &f, NULL));
    source = vs__filling_source(&f);
    memset(parts, 0xee, sizeof parts);
    for (int64_t end = count; end > 0;) {
        int64_t n = (int64_t)(next_random(&x) % 37); /* 0 is a run, too */

        n = n < end ? n : end;
        end -= n;
        assert_ok(source.fill(end, n, parts + (size_t)end * size, source.ctx));
    }
    assert_memory_equal(parts, whole, (size_t)count * size);
    vs__filling_done(&f);
}

static void any_split_gives_the_values_of_one_pass(void **state)
{
    static const vs_dtype dtypes[] = {VS_F16, VS_BF16, VS_F32, VS_F64};

    (void)state;
    for (size_t i = 0; i < sizeof dtypes / sizeof dtypes[0]; i++) {
        const vs_dtype t = dtypes[i];

        assert_random_access(vs_constant(3), vs_shape_1d(1000), t);
        assert_random_access(vs_he_normal(1), vs_shape_2d(30, 40), t);
        assert_random_access(vs_he_uniform(1), vs_shape_2d(30, 40), t);
        assert_random_access(vs_uniform_unit_scaling(1, 1), vs_shape_2d(30, 40),
                             t);
        assert_random_access(vs_identity(2), vs_shape_2d(7, 7), t);
        assert_random_access(vs_identity(2), vs_shape_2d(1, 90), t);
        assert_random_access(vs_identity(2), vs_shape_2d(90, 1), t);
        assert_random_access(vs_identity(2), vs_shape_2d(5, 90), t);
        assert_random_access(vs_identity(2), vs_shape_2d(90, 5), t);
        assert_random_access(vs_orthogonal(1, 1), vs_shape_2d(40, 30), t);
        assert_random_access(vs_orthogonal(1, 1), vs_shape_3d(2, 5, 99), t);
        assert_random_access(vs_delta_orthogonal(1, 1), vs_shape_4d(3, 3, 5, 9),
                             t);
    }
}

static void lists_can_be_split_too(void **state)
{
    static const int64_t lengths[] = {1, 2, 36, 37, 38, 99, 100};
    int16_t memory[100];

    (void)state;
    for (int i = 0; i < 100; i++)
        memory[i] = (int16_t)(i * 3);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        const vs_shape shape = vs_shape_1d(lengths[i]);
        const vs_view view = vs_view_of(VS_I16, &shape, memory);

        assert_random_access(vs_constant_list(&view), vs_shape_2d(4, 25),
                             VS_I16);
    }
}

static void an_identity_has_its_gain_on_the_diagonal(void **state)
{
    static const float wide[6] = {2.5f, 0, 0, 0, 2.5f, 0};
    static const float tall[10] = {2.5f, 0, 0, 2.5f, 0, 0, 0, 0, 0, 0};
    const vs_shape shapes[] = {vs_shape_2d(2, 3), vs_shape_2d(5, 2)};
    const vs_initializer init = vs_identity(2.5);
    float out[10];

    (void)state;
    assert_ok(
        vs_initializer_fill(&init, "w", 0, VS_F32, &shapes[0], out, NULL));
    assert_memory_equal(out, wide, sizeof wide);
    assert_ok(
        vs_initializer_fill(&init, "w", 0, VS_F32, &shapes[1], out, NULL));
    assert_memory_equal(out, tall, sizeof tall);
}

/* Fills [2,3] of a dtype from a list; the words go to *err. */
static vs_status fill_list(const vs_view *list, vs_dtype dtype, void *out,
                           vs_error *err)
{
    const vs_initializer init = vs_constant_list(list);
    const vs_shape shape = vs_shape_2d(2, 3);

    return vs_initializer_fill(&init, "a/w", 5, dtype, &shape, out, err);
}

/* Fills [2,3] of i32 from a list of n numbers. */
static vs_status fill_from_list(int64_t n, int32_t out[6], vs_error *err)
{
    int32_t memory[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    const vs_shape shape = vs_shape_1d(n);
    const vs_view view = vs_view_of(VS_I32, &shape, memory);

    return fill_list(&view, VS_I32, out, err);
}

static void a_short_list_repeats_its_last_value(void **state)
{
    static const int32_t want[6] = {1, 2, 3, 3, 3, 3};
    static const int32_t full[6] = {1, 2, 3, 4, 5, 6};
    int32_t out[6];

    (void)state;
    assert_ok(fill_from_list(3, out, NULL));
    assert_memory_equal(out, want, sizeof want);
    assert_ok(fill_from_list(6, out, NULL));
    assert_memory_equal(out, full, sizeof full);
}

static void a_list_is_taken_row_by_row_whatever_its_shape(void **state)
{
    const vs_shape shape = vs_shape_2d(2, 2);
    int32_t memory[4] = {1, 2, 3, 4};
    static const int32_t want[6] = {1, 3, 2, 4, 4, 4};
    vs_view view = vs_view_of(VS_I32, &shape, memory);
    int32_t out[6];

    (void)state;
    view.strides[0] = 1;
    view.strides[1] = 2;
    assert_ok(fill_list(&view, VS_I32, out, NULL));
    assert_memory_equal(out, want, sizeof want);
}

static void a_list_must_fit(void **state)
{
    const vs_shape none = vs_shape_1d(0);
    const vs_shape open = vs_shape_1d(VS_UNKNOWN);
    const vs_view empty = vs_view_of(VS_I32, &none, NULL);
    const vs_view vague = vs_view_of(VS_I32, &open, NULL);
    const vs_initializer init = vs_constant_list(&empty);
    int32_t out[6] = {0};
    vs_error err;

    (void)state;
    assert_status(VS_ERR_SHAPE, fill_from_list(7, out, &err));
    assert_string_equal(err.message, "variable 'a/w': a list of 7 values, but "
                                     "shape [2,3] has 6 elements");
    assert_status(VS_ERR_MISUSE, fill_list(&empty, VS_I32, out, &err));
    assert_string_equal(err.message, "variable 'a/w': an empty list, but shape "
                                     "[2,3] has 6 elements");
    assert_ok(vs_initializer_fill(&init, "w", 0, VS_I32, &none, NULL, NULL));
    assert_status(VS_ERR_MISUSE, fill_list(NULL, VS_I32, out, NULL));
    assert_status(VS_ERR_NEEDSHAPE, fill_list(&vague, VS_I32, out, NULL));
    for (int i = 0; i < 6; i++)
        assert_int_equal(out[i], 0);
}

/* As NumPy does, as far as no number is changed but by rounding or by cutting a
 * fraction off. */
static void a_list_of_another_dtype_is_converted(void **state)
{
    static const float floats[6] = {98.75f, -44.5f, 0, 2.5f, -0.25f, 7};
    static const int32_t whole[6] = {98, -44, 0, 2, 0, 7};
    static const uint8_t bits[6] = {1, 1, 0, 1, 1, 1};
    static const double parts[12] = {98.75, 0, -44.5, 0, 0, 0,
                                     2.5,   0, -0.25, 0, 7, 0};
    const vs_shape shape = vs_shape_1d(6);
    const vs_view view = vs_view_const(VS_F32, &shape, floats);
    int32_t ints[6];
    uint8_t bools[6];
    double complexes[12];

    (void)state;
    assert_ok(fill_list(&view, VS_I32, ints, NULL));
    assert_memory_equal(ints, whole, sizeof whole);
    assert_ok(fill_list(&view, VS_BOOL, bools, NULL));
    assert_memory_equal(bools, bits, sizeof bits);
    assert_ok(fill_list(&view, VS_C128, complexes, NULL));
    assert_memory_equal(complexes, parts, sizeof parts);
}

static void a_list_is_not_wrapped_around(void **state)
{
    static const int64_t big[2] = {0, (INT64_C(1) << 53) + 1};
    static const float wild[2] = {300, NAN};
    static const double wide[2] = {0, 1e300};
    static const float pairs[2] = {1, 2};
    const vs_shape one = vs_shape_1d(1);
    const vs_shape two = vs_shape_1d(2);
    const vs_view bigs = vs_view_const(VS_I64, &two, big);
    const vs_view wilds = vs_view_const(VS_F32, &two, wild);
    const vs_view wides = vs_view_const(VS_F64, &two, wide);
    const vs_view complexes = vs_view_const(VS_C64, &one, pairs);
    vs_view none = complexes;
    double out[6];
    vs_error err;

    (void)state;
    assert_status(VS_ERR_MISUSE, fill_list(&wilds, VS_U8, out, &err));
    assert_string_equal(err.message, "variable 'a/w': u8 cannot hold the 300 "
                                     "of a list of f32");
    assert_status(VS_ERR_MISUSE, fill_list(&wilds, VS_I32, out, NULL));
    assert_ok(fill_list(&wilds, VS_F64, out, NULL));
    assert_status(VS_ERR_MISUSE, fill_list(&wides, VS_F32, out, NULL));
    assert_status(VS_ERR_MISUSE, fill_list(&bigs, VS_U64, out, NULL));
    assert_ok(fill_list(&bigs, VS_I64, out, NULL));
    assert_status(VS_ERR_DTYPE, fill_list(&complexes, VS_F32, out, NULL));
    none.dtype = (vs_dtype)99;
    assert_status(VS_ERR_DTYPE, fill_list(&none, VS_F32, out, NULL));
    none = wides;
    none.data = NULL;
    assert_status(VS_ERR_MISUSE, fill_list(&none, VS_F64, out, NULL));
}

static vs_status fill_nothing(int64_t first, int64_t n, void *dst, void *ctx)
{
    (void)first;
    (void)n;
    (void)dst;
    (void)ctx;
    return VS_OK;
}

static vs_status fill_mine(const char *name, vs_dtype dtype,
                           const vs_shape *shape, int64_t first, int64_t n,
                           void *dst, void *data)
{
    (void)name;
    (void)dtype;
    (void)shape;
    return fill_nothing(first, n, dst, data);
}

/* Who is sure needs no savepoint of his own. */
static void only_what_a_caller_computes_or_needs_memory_can_fail(void **state)
{
    const vs_shape shape = vs_shape_2d(2, 2);
    const float values[4] = {1, 2, 3, 4};
    const vs_view view = vs_view_const(VS_F32, &shape, values);
    const vs_source source = {fill_nothing, NULL};
    const struct {
        vs_initializer init;
        bool sure;
    } cases[] = {
        {vs_zeros(), true},
        {vs_value(&view), true},
        {vs_he_normal(7), true},
        {vs_constant_list(&view), true},
        {vs_orthogonal(1, 7), false},
        {vs_from_source(source), false},
        {vs_custom_initializer("mine", fill_mine, NULL), false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct vs__filling f;

        assert_ok(
            vs__filling_make(&cases[i].init, "w", 0, VS_F32, &shape, &f, NULL));
        assert_int_equal(vs__filling_sure(&f), cases[i].sure);
        vs__filling_done(&f);
    }
}

/* A partitioner with per_part has these alone begin anew with each part. */
static void lists_and_random_numbers_go_by_part(void **state)
{
    const vs_shape shape = vs_shape_2d(2, 2);
    const float values[4] = {1, 2, 3, 4};
    const vs_view view = vs_view_const(VS_F32, &shape, values);
    const struct {
        vs_initializer init;
        bool by_part;
    } cases[] = {
        {vs_zeros(), false},     {vs_value(&view), false},
        {vs_he_normal(7), true}, {vs_constant_list(&view), true},
        {vs_identity(1), false}, {vs_orthogonal(1, 7), true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct vs__filling f;

        assert_ok(
            vs__filling_make(&cases[i].init, "w", 0, VS_F32, &shape, &f, NULL));
        assert_int_equal(vs__filling_by_part(&f), cases[i].by_part);
        vs__filling_done(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_a_caller_computes_or_needs_memory_can_fail),
        cmocka_unit_test(lists_and_random_numbers_go_by_part),
        cmocka_unit_test(values_that_go_by_the_shape_are_tensorflows),
        cmocka_unit_test(any_split_gives_the_values_of_one_pass),
        cmocka_unit_test(lists_can_be_split_too),
        cmocka_unit_test(an_identity_has_its_gain_on_the_diagonal),
        cmocka_unit_test(a_short_list_repeats_its_last_value),
        cmocka_unit_test(a_list_is_taken_row_by_row_whatever_its_shape),
        cmocka_unit_test(a_list_must_fit),
        cmocka_unit_test(a_list_of_another_dtype_is_converted),
        cmocka_unit_test(a_list_is_not_wrapped_around),
    };

    return cmocka_run_group_tests_name("rule.filling", tests, NULL, NULL);
}
