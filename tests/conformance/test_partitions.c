/* test_partitions.c - partitioned variables: S87-S100, E15-E21, G22-G24, and
 * TensorFlow's own tests of them (variable_scope_test,
 * partitioned_variables_test).
 */
#include "world.h"

#include <stdlib.h>
#include <string.h>

static vs_variable_spec spec_of(const vs_shape *shape, int64_t parts, int axis)
{
    vs_variable_spec spec = {.shape = shape, .initializer = vs_zeros()};

    if (parts > 0)
        spec.partitioner = vs_fixed_size_partitioner(parts, axis);
    return spec;
}

/* Asserts the shape of part `i`, and how TensorFlow names its slice. */
static void assert_part(const vs_variable *v, int64_t i, const char *shape,
                        const char *info)
{
    vs_variable *part = vs_variable_part(v, i);
    char text[VS_SLICE_INFO_MAX];
    vs_slice slice;

    assert_non_null(part);
    assert_string_equal(vs_shape_text(vs_variable_shape(part), text), shape);
    assert_ok(vs_partition_part(vs_variable_partition(v), i, &slice, NULL));
    assert_string_equal(vs_slice_info(vs_variable_shape(v), &slice, text),
                        info);
}

/* G22; S90, S91; VarStore's testResultNameMatchesRequested */
static void g22_sizes_and_slices(struct world *w)
{
    vs_variable *v = get_spec(w, "v", "v", spec_of(SHAPE(10, 2), 3, 0));

    assert_int_equal(vs_variable_n_parts(v), 3);
    assert_part(v, 0, "[4,2]", "10 2 0,4:0,2");
    assert_part(v, 1, "[3,2]", "10 2 4,3:0,2");
    assert_part(v, 2, "[3,2]", "10 2 7,3:0,2");
    assert_string_equal(vs_variable_name(vs_variable_part(v, 0)), "v/part_0");
    assert_string_equal(vs_variable_name(vs_variable_part(v, 2)), "v/part_2");
    members(w, NULL, VS_GLOBAL_VARIABLES, "v/part_0 v/part_1 v/part_2");
}

/* G23; S89, S97; testPartitionConcatenatesAlongCorrectAxis */
static void g23_more_parts_and_other_axes(struct world *w)
{
    vs_variable *a = get_spec(w, "a", "a", spec_of(SHAPE(3), 5, 0));
    vs_variable *b = get_spec(w, "b", "b", spec_of(SHAPE(2, 5), 2, -1));
    vs_variable *c = get_spec(w, "c", "c", spec_of(SHAPE(3), 1, 0));

    assert_int_equal(vs_variable_n_parts(a), 3);
    assert_part(a, 2, "[1]", "3 2,1");
    assert_part(b, 0, "[2,3]", "2 5 0,2:0,3");
    assert_part(b, 1, "[2,2]", "2 5 0,2:3,2");
    assert_int_equal(vs_variable_n_parts(c), 1);
    assert_string_equal(vs_variable_name(vs_variable_part(c, 0)), "c/part_0");
}

/* G24; S95 with Q7; testBreaksIfPartitioningChanges,
 * testReturnsExistingConcatenatedValueIfReuse,
 * testAllowsReuseWithoutPartitioner */
static void g24_fetching_with_and_without(struct world *w)
{
    const vs_variable_spec none = {.shape = NULL};
    const vs_variable_spec two = spec_of(SHAPE(3, 4), 2, 0);
    const vs_variable_spec three = spec_of(SHAPE(3, 4), 3, 0);
    const vs_variable_spec across = spec_of(SHAPE(3, 4), 2, 1);
    vs_variable *v = get_spec(w, "v", "v", two);

    enter_with(w, "", VS_REUSE_TRUE);
    assert_same(v, get_spec(w, "v", "v", none));
    assert_same(v, get_spec(w, "v", "v", two));
    get_fails(w, VS_ERR_PARTITION, "v", three, "3 parts");
    get_fails(w, VS_ERR_PARTITION, "v", across, "axis 1");
    leave(w);
    enter_with(w, "", VS_REUSE_AUTO);
    assert_same(v, get_spec(w, "v", "v", none)); /* Q7 */
    assert_same(v, get_spec(w, "v", "v", two));
    get_fails(w, VS_ERR_PARTITION, "v", three, "3 parts");
    leave(w);
    if (w->again)
        return; /* nothing creates only */
    get_fails(w, VS_ERR_PARTITION, "v", spec_of(SHAPE(3, 4), 0, 0), /* E17 */
              "already exists");
    get_fails(w, VS_ERR_EXISTS, "v", two, "already exists"); /* E20 */
}

/* E18, E20 */
static void e18_a_whole_is_not_parts(struct world *w)
{
    const vs_variable_spec two = spec_of(SHAPE(4), 2, 0);

    (void)get_spec(w, "p", "p", spec_of(SHAPE(4), 0, 0));
    enter_with(w, "", VS_REUSE_AUTO);
    get_fails(w, VS_ERR_PARTITION, "p", two, "not partitioned");
    leave(w);
    enter_with(w, "", VS_REUSE_TRUE);
    get_fails(w, VS_ERR_PARTITION, "p", two, "not partitioned");
    get_fails(w, VS_ERR_NOTFOUND, "q", two, "does not exist");
    leave(w);
}

static vs_status two_axes(const vs_shape *shape, vs_dtype dtype,
                          int64_t *counts, void *ctx)
{
    (void)shape;
    (void)dtype;
    (void)ctx;
    counts[0] = 2;
    counts[1] = 2;
    return VS_OK;
}

static vs_status no_parts(const vs_shape *shape, vs_dtype dtype,
                          int64_t *counts, void *ctx)
{
    (void)shape;
    (void)dtype;
    (void)ctx;
    counts[0] = 0;
    return VS_OK;
}

static vs_status too_many(const vs_shape *shape, vs_dtype dtype,
                          int64_t *counts, void *ctx)
{
    (void)dtype;
    (void)ctx;
    counts[0] = shape->dims[0] + 1;
    return VS_OK;
}

/* E15, E16; S96; partitioned_variables_test's testSomeErrors */
static void e15_partitioners_that_cannot_be(struct world *w)
{
    vs_variable_spec spec = spec_of(SHAPE(4, 4), 1, 0);

    spec.partitioner.kind = VS_PARTITIONER_CUSTOM;
    spec.partitioner.count = two_axes;
    get_fails(w, VS_ERR_MISUSE, "v", spec, "want one axis");
    spec.partitioner.count = no_parts;
    get_fails(w, VS_ERR_MISUSE, "v", spec, "want at least 1");
    spec.partitioner.count = too_many;
    get_fails(w, VS_ERR_SHAPE, "v", spec, "5");
    get_fails(w, VS_ERR_SHAPE, "v", spec_of(SHAPE(4), 2, 1), "axis 1");
    get_fails(w, VS_ERR_SHAPE, "v", spec_of(SHAPE(0), 2, 0), "[0]");
    enter_with(w, "", VS_REUSE_TRUE);
    missing(w, "v");
    leave(w);
}

/* E21 */
static void e21_strays_are_in_the_way(struct world *w)
{
    (void)get_spec(w, "v/part_3", "v/part_3", spec_of(SHAPE(2), 0, 0));
    get_fails(w, VS_ERR_PARTITION, "v", spec_of(SHAPE(4), 2, 0), "v/part_3");
    (void)get_spec(w, "u", "u", spec_of(SHAPE(4), 2, 0));
    get_fails(w, VS_ERR_PARTITION, "u/part_2", spec_of(SHAPE(4), 0, 0),
              "reserved"); /* Q20 */
}

/* S87; parts by their own names */
static void s87_parts_are_variables(struct world *w)
{
    vs_variable *v = get_spec(w, "v", "v", spec_of(SHAPE(5), 2, 0));
    vs_variable *part;

    enter_with(w, "", VS_REUSE_TRUE);
    part = get_spec(w, "v/part_1", "v/part_1", spec_of(SHAPE(2), 0, 0));
    assert_same(part, vs_variable_part(v, 1));
    assert_different(part, v);
    leave(w);
}

/* S88; testScalarIgnoresPartitioner, testPropagatePartitionerOnReopening */
static void s88_scopes_hand_down_their_partitioner(struct world *w)
{
    const vs_scope_options cut = {.partitioner =
                                      vs_fixed_size_partitioner(2, 0)};
    vs_scope *scope = vs_scope_capture(enter_options(w, "s", cut));
    vs_variable_spec whole = spec_of(SHAPE(4), 0, 0);

    assert_int_equal(
        vs_variable_n_parts(get_spec(w, "v", "s/v", spec_of(SHAPE(4), 0, 0))),
        2);
    assert_int_equal(vs_variable_n_parts(get(w, "scalar", "s/scalar")), 0);
    enter(w, "t");
    assert_int_equal(vs_variable_n_parts(
                         get_spec(w, "v", "s/t/v", spec_of(SHAPE(3, 2), 0, 0))),
                     2);
    leave(w);
    whole.partitioner = vs_no_partitioner();
    assert_int_equal(vs_variable_n_parts(get_spec(w, "w", "s/w", whole)), 0);
    leave(w);
    (void)reenter(w, scope);
    assert_int_equal(
        vs_variable_n_parts(get_spec(w, "u", "s/u", spec_of(SHAPE(4), 0, 0))),
        2);
    leave(w);
    vs_scope_release(scope);
}

/* S55, S92; testConstantInit: constants are cut, and may repeat the shape */
static void s92_constants_are_cut(struct world *w)
{
    float values[10] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    const vs_view view = vs_view_of(VS_F32, SHAPE(10), values);
    vs_variable_spec spec = {.shape = SHAPE(10),
                             .initializer = vs_value(&view)};

    for (int64_t parts = 1; parts <= 10; parts++) {
        const char name[] = {(char)('a' + parts), '\0'};
        vs_variable *v;
        float *have;

        spec.partitioner = vs_fixed_size_partitioner(parts, 0);
        v = get_spec(w, name, name, spec);
        assert_int_equal(vs_variable_n_parts(v), parts);
        have = test_read_f32(v);
        assert_memory_equal(have, values, sizeof values);
        free(have);
    }
}

/* What is wrong with a partitioner and a shape is told in every mode, and
 * before the name is looked up; but E17 and E18 are told before. */
static void e15_a_partitioner_needs_a_shape_even_to_fetch(struct world *w)
{
    const vs_shape shape = vs_shape_1d(4);
    const vs_shape vague = vs_shape_1d(VS_UNKNOWN);

    (void)get_spec(w, "v", "v", spec_of(&shape, 2, 0));
    (void)get_spec(w, "p", "p", spec_of(&shape, 0, 0));
    for (int i = 0; i < 2; i++) {
        (void)enter_with(w, "", i == 0 ? VS_REUSE_TRUE : VS_REUSE_AUTO);
        get_fails(w, VS_ERR_NEEDSHAPE, "v", spec_of(NULL, 2, 0), "have none");
        get_fails(w, VS_ERR_NEEDSHAPE, "v", spec_of(&vague, 2, 0), "have [?]");
        get_fails(w, VS_ERR_NEEDSHAPE, "absent", spec_of(&vague, 2, 0),
                  "shape");
        get_fails(w, VS_ERR_SHAPE, "absent", spec_of(&shape, 2, 1), "axis 1");
        get_fails(w, VS_ERR_PARTITION, "p", spec_of(&vague, 2, 0),
                  "not partitioned");
        leave(w);
    }
}

/* S88: what says that it is a scalar is one; what only turns out to be is not. */
static void s88_a_scalar_constant_is_not_cut(struct world *w)
{
    const float one = 1;
    const vs_view value = vs_view_const(VS_F32, SCALAR, &one);
    vs_variable_spec spec = spec_of(SCALAR, 2, 0);

    assert_int_equal(vs_variable_n_parts(get_spec(w, "v", "v", spec)), 0);
    spec.initializer = vs_value(&value);
    spec.shape = NULL;
    get_fails(w, VS_ERR_SHAPE, "u", spec, "scalar");
}

/* S55, S56: beside a partitioner a constant's shape may be repeated, even in
 * part, and of what is partitioned it is compared. */
static void s55_a_constant_may_repeat_its_shape(struct world *w)
{
    static const float values[6] = {0};
    const vs_shape vague = vs_shape_2d(VS_UNKNOWN, 3);
    const vs_shape shape = vs_shape_2d(2, 3);
    const vs_shape other = vs_shape_2d(3, 2);
    const vs_view value = vs_view_const(VS_F32, &shape, values);
    const vs_view turned = vs_view_const(VS_F32, &other, values);
    vs_variable_spec spec = spec_of(&vague, 2, 0);
    vs_variable *v;

    spec.initializer = vs_value(&value);
    v = get_spec(w, "v", "v", spec);
    spec.shape = &other;
    get_fails(w, VS_ERR_SHAPE, "u", spec, "shape of its own");
    (void)enter_with(w, "", VS_REUSE_TRUE);
    spec.partitioner = vs_no_partitioner();
    spec.shape = &shape;
    assert_same(v, get_spec(w, "v", "v", spec));
    spec.initializer = vs_value(&turned);
    spec.shape = NULL;
    get_fails(w, VS_ERR_SHAPE, "v", spec, "shape");
    leave(w);
}

int main(void)
{
    static const struct program programs[] = {
        PROGRAM(g22_sizes_and_slices),
        PROGRAM(g23_more_parts_and_other_axes),
        PROGRAM(g24_fetching_with_and_without),
        PROGRAM(e18_a_whole_is_not_parts),
        PROGRAM(e15_partitioners_that_cannot_be),
        PROGRAM(e15_a_partitioner_needs_a_shape_even_to_fetch),
        PROGRAM(e21_strays_are_in_the_way),
        PROGRAM(s55_a_constant_may_repeat_its_shape),
        PROGRAM(s87_parts_are_variables),
        PROGRAM(s88_scopes_hand_down_their_partitioner),
        PROGRAM(s88_a_scalar_constant_is_not_cut),
        PROGRAM(s92_constants_are_cut),
    };

    return world_main("partitions", programs,
                      sizeof programs / sizeof programs[0]);
}
