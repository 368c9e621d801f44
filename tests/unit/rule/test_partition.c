/* test_partition.c - rule/partition: TensorFlow's counts, sizes, offsets and
 * texts, and what cannot be cut.
 */
#include "support.h"

#include <string.h>

#include "varstore/partition.h"

static void assert_cut(vs_partitioner p, vs_dtype dtype, vs_shape shape,
                       int axis, int64_t parts)
{
    vs_partition got;
    vs_error err = {VS_OK, "", ""};

    assert_ok(vs_partitioner_apply(&p, dtype, &shape, &got, &err));
    assert_int_equal(got.axis, parts > 1 ? axis : 0);
    assert_int_equal(got.parts, parts);
    assert_true(vs_shape_equal(&got.shape, &shape));
    for (int i = 0; i < shape.rank; i++)
        assert_int_equal(got.counts[i], i == axis ? parts : 1);
}

/* partitioned_variables_test.py, testFixedSizePartitioner; G23. */
static void fixed_size_gives_as_many_as_there_are_indices(void **state)
{
    (void)state;
    assert_cut(vs_fixed_size_partitioner(5, 0), VS_F32, vs_shape_2d(10, 10), 0,
               5);
    assert_cut(vs_fixed_size_partitioner(4, 0), VS_I64, vs_shape_1d(20), 0, 4);
    assert_cut(vs_fixed_size_partitioner(5, 0), VS_F32, vs_shape_1d(3), 0, 3);
    assert_cut(vs_fixed_size_partitioner(2, 1), VS_F32, vs_shape_2d(2, 5), 1,
               2);
    assert_cut(vs_fixed_size_partitioner(2, -1), VS_F32, vs_shape_2d(2, 5), 1,
               2);
    assert_cut(vs_fixed_size_partitioner(1, 0), VS_F32, vs_shape_1d(3), 0, 1);
}

/* testVariableAxisSizePartitioner */
static void variable_axis_size_gives_tensorflows_counts(void **state)
{
    static const struct {
        int64_t bytes;
        int axis;
        int64_t most;
        int64_t want;
    } cases[] = {
        {131072, 0, 0, 1},    {65536, 1, 0, 1}, {32768, 2, 0, 2},
        {2048, 3, 0, 32},     {1024, 3, 0, 32}, {1024, 3, 33, 32},
        {1024, 3, 32, 32},    {1024, 3, 2, 2},  {1, 3, 0, 32},
        {INT64_MAX, 3, 0, 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_cut(vs_variable_axis_size_partitioner(
                       cases[i].bytes, cases[i].axis, cases[i].most),
                   VS_F32, vs_shape_4d(4, 8, 16, 32), cases[i].axis,
                   cases[i].want);
}

/* testMinMaxVariablePartitioner */
static void min_max_gives_tensorflows_counts(void **state)
{
    const vs_shape wide = vs_shape_2d(2048, 1024);
    const vs_shape filter = vs_shape_4d(64, 1024, 1, 3);

    (void)state;
    assert_cut(vs_min_max_partitioner(100, 0, 2 << 10), VS_F32,
               vs_shape_1d(2048), 0, 4);
    assert_cut(vs_min_max_partitioner(100, 0, 256 << 10), VS_F32, wide, 0, 32);
    assert_cut(vs_min_max_partitioner(100, 0, 0), VS_F32, wide, 0, 32);
    assert_cut(vs_min_max_partitioner(16, 0, 256 << 10), VS_F32, wide, 0, 16);
    assert_cut(vs_min_max_partitioner(1, 0, 256 << 10), VS_F32, wide, 0, 1);
    assert_cut(vs_min_max_partitioner(0, 0, 256 << 10), VS_F32, wide, 0, 1);
    assert_cut(vs_min_max_partitioner(100, 0, 128 << 10), VS_F32, wide, 0, 64);
    assert_cut(vs_min_max_partitioner(100, 0, 512 << 10), VS_F32, wide, 0, 16);
    assert_cut(vs_min_max_partitioner(100, 1, 256 << 10), VS_F32, filter, 1, 3);
    assert_cut(vs_min_max_partitioner(100, 3, 256 << 10), VS_F32, filter, 3, 3);
    assert_cut(vs_min_max_partitioner(100, 0, 256 << 10), VS_F32,
               vs_shape_4d(16, 128, 1024, 1), 0, 16);
    assert_cut(vs_min_max_partitioner(100, 0, 256 << 10), VS_F32,
               vs_shape_4d(4, 512, 1024, 1), 0, 4);
    assert_cut(vs_min_max_partitioner(100, 0, 256 << 10), VS_U8, vs_shape_1d(3),
               0, 1);
}

static void assert_whole(vs_partitioner p, vs_shape shape)
{
    vs_partition got;

    assert_ok(vs_partitioner_apply(&p, VS_F32, &shape, &got, NULL));
    assert_int_equal(got.parts, 0);
    assert_int_equal(got.axis, 0);
}

static void scalars_and_the_unpartitioned_stay_whole(void **state)
{
    const vs_partitioner zero =
        vs_partitioner_of(VS_PARTITIONER_DEFAULT, 0, 0, 0);

    (void)state;
    assert_whole(zero, vs_shape_1d(3));
    assert_whole(vs_no_partitioner(), vs_shape_2d(0, 3));
    assert_whole(vs_fixed_size_partitioner(3, 0), vs_shape_scalar());
}

static void assert_sizes(int64_t indices, int64_t parts, const int64_t *want)
{
    const vs_shape shape = vs_shape_2d(7, indices);
    const int64_t counts[2] = {1, parts};
    vs_partition p;
    int64_t offset = 0;

    assert_ok(vs_partition_make(&shape, counts, 2, &p, NULL));
    for (int64_t i = 0; i < parts; i++) {
        vs_slice part;

        assert_ok(vs_partition_part(&p, i, &part, NULL));
        assert_int_equal(part.start[0], 0);
        assert_int_equal(part.count[0], 7);
        assert_int_equal(part.start[1], offset);
        assert_int_equal(part.count[1], want[i]);
        assert_int_equal(part.step[1], 1);
        offset += want[i];
    }
    assert_int_equal(offset, indices);
}

static void the_first_parts_are_longer_by_one(void **state)
{
    static const int64_t ten_by_three[] = {4, 3, 3};
    static const int64_t even[] = {5, 5};
    static const int64_t ones[] = {1, 1, 1};

    (void)state;
    assert_sizes(10, 3, ten_by_three);
    assert_sizes(10, 2, even);
    assert_sizes(3, 3, ones);
}

static void assert_info(const char *want, vs_shape shape, vs_partitioner p,
                        int64_t i)
{
    vs_partition partition;
    vs_slice part;
    char text[VS_SLICE_INFO_MAX];

    assert_ok(vs_partitioner_apply(&p, VS_F32, &shape, &partition, NULL));
    assert_ok(vs_partition_part(&partition, i, &part, NULL));
    assert_string_equal(vs_slice_info(&shape, &part, text), want);
}

/* G22, and testVecConstantInit, testConstantInit, testSliceSizeOne. */
static void slice_info_is_tensorflows(void **state)
{
    const vs_partitioner three = vs_fixed_size_partitioner(3, 0);
    const vs_partitioner ten = vs_fixed_size_partitioner(10, 0);

    (void)state;
    assert_info("10 2 0,4:0,2", vs_shape_2d(10, 2), three, 0);
    assert_info("10 2 4,3:0,2", vs_shape_2d(10, 2), three, 1);
    assert_info("10 2 7,3:0,2", vs_shape_2d(10, 2), three, 2);
    assert_info("20 43 0,20:22,21", vs_shape_2d(20, 43),
                vs_fixed_size_partitioner(2, 1), 1);
    assert_info("4 0,1", vs_shape_1d(4), vs_fixed_size_partitioner(4, 0), 0);
    assert_info("10 43 9,1:0,43", vs_shape_2d(10, 43), ten, 9);
}

static void the_longest_slice_info_fits(void **state)
{
    vs_shape shape = {VS_MAX_RANK, {0}};
    vs_slice part = {VS_MAX_RANK, 0, {0}, {0}, {0}};
    char text[VS_SLICE_INFO_MAX];

    (void)state;
    for (int i = 0; i < VS_MAX_RANK; i++) {
        shape.dims[i] = INT64_MAX;
        part.start[i] = INT64_MAX;
        part.count[i] = INT64_MAX;
    }
    assert_int_equal(strlen(vs_slice_info(&shape, &part, text)),
                     VS_MAX_RANK * (3 * 19 + 3) - 1);
}

static void assert_refused(vs_status want, const char *words, vs_partitioner p,
                           vs_shape shape)
{
    vs_partition out = {vs_shape_scalar(), {0}, 7, 7};
    vs_error err;

    assert_status(want, vs_partitioner_apply(&p, VS_F32, &shape, &out, &err));
    assert_string_equal(err.message, words);
    assert_int_equal(out.parts, 7);
}

static void bad_parameters_are_misuse(void **state)
{
    const vs_shape shape = vs_shape_1d(4);

    (void)state;
    assert_refused(VS_ERR_MISUSE,
                   "fixed_size partitioner with 0 parts, want at least 1",
                   vs_fixed_size_partitioner(0, 0), shape);
    assert_refused(
        VS_ERR_MISUSE,
        "variable_axis_size partitioner with 0 bytes, want at least 1",
        vs_variable_axis_size_partitioner(0, 0, 0), shape);
    assert_refused(
        VS_ERR_MISUSE,
        "variable_axis_size partitioner with -1 parts, want at least 0",
        vs_variable_axis_size_partitioner(1, 0, -1), shape);
    assert_refused(VS_ERR_MISUSE,
                   "min_max partitioner with -1 bytes, want at least 0",
                   vs_min_max_partitioner(1, 0, -1), shape);
    assert_refused(VS_ERR_MISUSE,
                   "min_max partitioner with -1 parts, want at least 0",
                   vs_min_max_partitioner(-1, 0, 1), shape);
    assert_refused(VS_ERR_MISUSE, "99 is no partitioner kind",
                   vs_partitioner_of((vs_partitioner_kind)99, 0, 1, 1), shape);
    assert_refused(VS_ERR_MISUSE,
                   "a custom partitioner has neither a callback nor a name",
                   vs_partitioner_of(VS_PARTITIONER_CUSTOM, 0, 1, 1), shape);
}

static void shapes_that_cannot_be_cut_are_refused(void **state)
{
    const vs_partitioner two = vs_fixed_size_partitioner(2, 2);
    const vs_partitioner back = vs_min_max_partitioner(2, -3, 1);
    const vs_partitioner first = vs_fixed_size_partitioner(2, 0);

    (void)state;
    assert_refused(VS_ERR_SHAPE,
                   "fixed_size partitioner cannot cut axis 2 of shape [4,5]",
                   two, vs_shape_2d(4, 5));
    assert_refused(VS_ERR_SHAPE,
                   "min_max partitioner cannot cut axis -3 of shape [4,5]",
                   back, vs_shape_2d(4, 5));
    assert_refused(VS_ERR_SHAPE,
                   "partition of shape [0,5] into 1 parts on axis 0, which has "
                   "0 indices",
                   first, vs_shape_2d(0, 5));
    assert_refused(VS_ERR_SHAPE,
                   "partition of shape [5,0] into 1 parts on axis 1, which has "
                   "0 indices",
                   first, vs_shape_2d(5, 0));
    assert_refused(VS_ERR_NEEDSHAPE,
                   "partition needs a fully known shape, have [?,5]", first,
                   vs_shape_2d(VS_UNKNOWN, 5));
}

static vs_status give(const vs_shape *shape, vs_dtype dtype, int64_t *counts,
                      void *ctx)
{
    assert_int_equal(dtype, VS_F32);
    memcpy(counts, ctx, (size_t)shape->rank * sizeof counts[0]);
    return VS_OK;
}

static vs_status stop(const vs_shape *shape, vs_dtype dtype, int64_t *counts,
                      void *ctx)
{
    (void)shape;
    (void)dtype;
    (void)counts;
    (void)ctx;
    return VS_ERR_CANCELLED;
}

static vs_partitioner giving(int64_t counts[2])
{
    vs_partitioner p = vs_partitioner_of(VS_PARTITIONER_CUSTOM, 0, 0, 0);

    p.count = give;
    p.data = counts;
    return p;
}

static void custom_counts_are_checked(void **state)
{
    const vs_shape shape = vs_shape_2d(4, 5);
    int64_t good[2] = {1, 3};
    int64_t zero[2] = {0, 3};
    int64_t both[2] = {2, 3};
    int64_t many[2] = {1, 6};
    vs_partitioner stopping = giving(good);

    (void)state;
    assert_cut(giving(good), VS_F32, shape, 1, 3);
    assert_refused(VS_ERR_MISUSE,
                   "partition of shape [4,5] into 0 parts on axis 0, want at "
                   "least 1",
                   giving(zero), shape);
    assert_refused(VS_ERR_MISUSE,
                   "partition of shape [4,5] into 2 parts on axis 0 and 3 on "
                   "axis 1, want one axis",
                   giving(both), shape);
    assert_refused(VS_ERR_SHAPE,
                   "partition of shape [4,5] into 6 parts on axis 1, which has "
                   "5 indices",
                   giving(many), shape);
    stopping.count = stop;
    assert_refused(VS_ERR_CANCELLED,
                   "custom partitioner '' stopped: a callback asked to stop",
                   stopping, shape);
}

static void arguments_are_checked(void **state)
{
    const vs_partitioner p = vs_fixed_size_partitioner(2, 0);
    const vs_shape shape = vs_shape_2d(4, 5);
    const vs_shape open = vs_shape_2d(4, VS_UNKNOWN);
    const vs_shape scalar = vs_shape_scalar();
    const int64_t counts[3] = {1, 2, 1};
    vs_partition out;
    vs_slice part;
    vs_error err;

    (void)state;
    assert_status(VS_ERR_MISUSE,
                  vs_partitioner_apply(NULL, VS_F32, &shape, &out, &err));
    assert_status(VS_ERR_MISUSE,
                  vs_partitioner_apply(&p, VS_F32, NULL, &out, &err));
    assert_status(VS_ERR_DTYPE,
                  vs_partitioner_apply(&p, VS_DTYPE_NONE, &shape, &out, &err));
    assert_status(VS_ERR_MISUSE,
                  vs_partition_make(NULL, counts, 2, &out, NULL));
    assert_status(VS_ERR_MISUSE,
                  vs_partition_make(&shape, NULL, 2, &out, NULL));
    assert_status(VS_ERR_MISUSE,
                  vs_partition_make(&shape, counts, 3, &out, &err));
    assert_string_equal(err.message,
                        "partition of shape [4,5] by 3 counts, want 2");
    assert_status(VS_ERR_NEEDSHAPE,
                  vs_partition_make(&open, counts, 2, &out, NULL));
    assert_status(VS_ERR_MISUSE,
                  vs_partition_make(&shape, NULL, 0, &out, NULL));
    assert_ok(vs_partition_make(&scalar, NULL, 0, &out, NULL));
    assert_int_equal(out.parts, 0);
    assert_ok(vs_partition_make(&shape, counts, 2, &out, NULL));
    assert_status(VS_ERR_RANGE, vs_partition_part(&out, -1, &part, NULL));
    assert_status(VS_ERR_RANGE, vs_partition_part(&out, 2, &part, &err));
    assert_string_equal(err.message, "part 2 of a partition into 2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fixed_size_gives_as_many_as_there_are_indices),
        cmocka_unit_test(variable_axis_size_gives_tensorflows_counts),
        cmocka_unit_test(min_max_gives_tensorflows_counts),
        cmocka_unit_test(scalars_and_the_unpartitioned_stay_whole),
        cmocka_unit_test(the_first_parts_are_longer_by_one),
        cmocka_unit_test(slice_info_is_tensorflows),
        cmocka_unit_test(the_longest_slice_info_fits),
        cmocka_unit_test(bad_parameters_are_misuse),
        cmocka_unit_test(shapes_that_cannot_be_cut_are_refused),
        cmocka_unit_test(custom_counts_are_checked),
        cmocka_unit_test(arguments_are_checked),
    };

    return cmocka_run_group_tests_name("rule.partition", tests, NULL, NULL);
}
