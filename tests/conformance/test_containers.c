/* test_containers.c - partitioned variables as programs get them: S68, S85, S87-S101, G22-G24,
 * E15-E21, Q7, Q14, and TensorFlow's tests of them.
 */
#include "world.h"

#include <stdio.h>
#include <string.h>

static vs_variable_spec cut(const vs_shape *shape, int64_t parts, int axis)
{
    return (vs_variable_spec){
        .shape = shape, .partitioner = vs_fixed_size_partitioner(parts, axis)};
}

/* Sizes along the cut axis, joined by blanks. */
static void sizes(const vs_variable *v, const char *want)
{
    const vs_partition *p = vs_variable_partition(v);
    char have[256] = "";
    size_t n = 0;

    for (int64_t i = 0; i < vs_variable_n_parts(v); i++)
        n += (size_t)snprintf(
            have + n, sizeof have - n, "%s%lld", i > 0 ? " " : "",
            (long long)vs_variable_shape(vs_variable_part(v, i))
                ->dims[p->axis]);
    assert_string_equal(have, want);
}

static void g22_ten_rows_in_three_parts(struct world *w)
{
    static const char *const infos[] = {"10 2 0,4:0,2", "10 2 4,3:0,2",
                                        "10 2 7,3:0,2"};
    const vs_shape shape = vs_shape_2d(10, 2);
    vs_variable *v = get_spec(w, "v", "v", cut(&shape, 3, 0));
    char text[VS_SLICE_INFO_MAX];

    sizes(v, "4 3 3");
    for (int64_t i = 0; i < 3; i++) {
        vs_slice part;

        assert_ok(vs_partition_part(vs_variable_partition(v), i, &part, NULL));
        assert_string_equal(vs_slice_info(&shape, &part, text), infos[i]);
    }
}

static void g23_few_indices_and_other_axes(struct world *w)
{
    const vs_shape three = vs_shape_1d(3);
    const vs_shape wide = vs_shape_2d(2, 5);
    vs_variable *one;

    sizes(get_spec(w, "a", "a", cut(&three, 5, 0)), "1 1 1");
    sizes(get_spec(w, "b", "b", cut(&wide, 2, 1)), "3 2");
    sizes(get_spec(w, "c", "c", cut(&wide, 2, -1)), "3 2");
    one = get_spec(w, "d", "d", cut(&three, 1, 0));
    assert_int_equal(vs_variable_n_parts(one), 1);
    assert_string_equal(vs_variable_name(vs_variable_part(one, 0)), "d/part_0");
}

/* One fetch of a container of two parts, in a mode, with a partitioner of so
 * many parts (0: none). */
static vs_status fetch(struct world *w, vs_reuse reuse, int64_t parts)
{
    const vs_shape shape = vs_shape_1d(4);
    const vs_scope_options options = {.reuse = reuse};
    vs_variable_spec spec = {.shape = &shape};
    vs_variable *v = NULL;
    vs_context *ctx = NULL;
    vs_scope *s = NULL;
    vs_status st;

    if (parts > 0)
        spec.partitioner = vs_fixed_size_partitioner(parts, 0);
    assert_store(VS_OK, w->store, vs_context_new(w->store, &ctx));
    assert_store(VS_OK, w->store, vs_scope_enter(ctx, "", &options, &s));
    st = vs_get_variable(ctx, "v", &spec, &v);
    if (st == VS_OK)
        assert_int_equal(vs_variable_n_parts(v), 2);
    vs_variable_free(v);
    vs_context_free(ctx);
    return st;
}

/* AUTO without a partitioner is an error in TensorFlow, and finds the
 * container here (Q7). */
static void g24_fetching_a_container(struct world *w)
{
    static const struct {
        vs_reuse reuse;
        int64_t parts;
        vs_status want;
    } cases[] = {
        {VS_REUSE_TRUE, 0, VS_OK},
        {VS_REUSE_TRUE, 2, VS_OK},
        {VS_REUSE_TRUE, 3, VS_ERR_PARTITION}, /* E19 */
        {VS_REUSE_AUTO, 0, VS_OK},            /* E17 */
        {VS_REUSE_AUTO, 2, VS_OK},
        {VS_REUSE_AUTO, 3, VS_ERR_PARTITION}, /* E19 */
        {VS_REUSE_NONE, 0, VS_ERR_PARTITION}, /* E17 */
        {VS_REUSE_NONE, 2, VS_ERR_EXISTS},    /* E20 */
    };
    const vs_shape shape = vs_shape_1d(4);

    (void)get_spec(w, "v", "v", cut(&shape, 2, 0));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const vs_status st = fetch(w, cases[i].reuse, cases[i].parts);

        if (st != cases[i].want)
            fail_msg("mode %d, %d parts: %s", (int)cases[i].reuse,
                     (int)cases[i].parts, vs_status_word(st));
    }
}

static vs_status count_zero(const vs_shape *shape, vs_dtype dtype,
                            int64_t *counts, void *data)
{
    (void)shape;
    (void)dtype;
    (void)data;
    counts[0] = 0;
    return VS_OK;
}

static vs_status count_both(const vs_shape *shape, vs_dtype dtype,
                            int64_t *counts, void *data)
{
    (void)shape;
    (void)dtype;
    (void)data;
    counts[0] = counts[1] = 2;
    return VS_OK;
}

static void e15_a_partitioner_must_give_counts_that_can_be(struct world *w)
{
    const vs_shape shape = vs_shape_2d(4, 4);
    vs_variable_spec spec = {.shape = &shape};

    spec.partitioner = vs_custom_partitioner("nobody", NULL, NULL);
    get_fails(w, VS_ERR_CALLBACK, "v", spec, "partitioner 'nobody'");
    spec.partitioner = vs_custom_partitioner(NULL, count_zero, NULL);
    get_fails(w, VS_ERR_MISUSE, "v", spec, "0 parts on axis 0");
    spec.partitioner = vs_custom_partitioner(NULL, count_both, NULL);
    get_fails(w, VS_ERR_MISUSE, "v", spec, "want one axis");
    members(w, NULL, NULL, "");
}

static vs_status count_nine(const vs_shape *shape, vs_dtype dtype,
                            int64_t *counts, void *data)
{
    (void)shape;
    (void)dtype;
    (void)data;
    counts[0] = 9;
    return VS_OK;
}

static void e16_more_parts_than_indices(struct world *w)
{
    const vs_shape shape = vs_shape_2d(4, 4);
    const vs_variable_spec spec = {
        .shape = &shape,
        .partitioner = vs_custom_partitioner(NULL, count_nine, NULL)};

    get_fails(w, VS_ERR_SHAPE, "v", spec, "9 parts on axis 0");
    members(w, NULL, NULL, "");
}

static void e17_a_plain_name_is_taken_by_parts(struct world *w)
{
    const vs_shape shape = vs_shape_1d(4);

    (void)get_spec(w, "v", "v", cut(&shape, 2, 0));
    if (!w->again)
        get_fails(w, VS_ERR_PARTITION, "v", (vs_variable_spec){.shape = &shape},
                  "already exists");
}

static void e18_a_plain_variable_is_not_cut_by_a_fetch(struct world *w)
{
    const vs_shape shape = vs_shape_1d(4);

    (void)get_spec(w, "v", "v", (vs_variable_spec){.shape = &shape});
    if (!w->again) /* before E1 */
        get_fails(w, VS_ERR_PARTITION, "v", cut(&shape, 2, 0),
                  "not partitioned");
    (void)enter_with(w, "", VS_REUSE_TRUE);
    get_fails(w, VS_ERR_PARTITION, "v", cut(&shape, 2, 0), "partition");
    leave(w);
}

static void e19_a_fetch_with_other_parts(struct world *w)
{
    const vs_shape shape = vs_shape_2d(4, 4);
    const vs_shape other = vs_shape_2d(4, 6);

    (void)get_spec(w, "v", "v", cut(&shape, 2, 0));
    (void)enter_with(w, "", VS_REUSE_TRUE);
    get_fails(w, VS_ERR_PARTITION, "v", cut(&shape, 3, 0), "part");
    get_fails(w, VS_ERR_PARTITION, "v", cut(&shape, 2, 1), "part");
    get_fails(w, VS_ERR_SHAPE, "v", cut(&other, 2, 0), "shape");
    get_fails(w, VS_ERR_DTYPE, "v",
              (vs_variable_spec){.dtype = VS_I32, .shape = &shape}, "dtype");
    leave(w);
}

static void e20_existing_and_absent_are_as_for_plain_names(struct world *w)
{
    const vs_shape shape = vs_shape_1d(4);

    (void)get_spec(w, "v", "v", cut(&shape, 2, 0));
    if (!w->again)
        get_fails(w, VS_ERR_EXISTS, "v", cut(&shape, 2, 0), "already exists");
    (void)enter_with(w, "", VS_REUSE_TRUE);
    get_fails(w, VS_ERR_NOTFOUND, "absent", cut(&shape, 2, 0),
              "does not exist");
    leave(w);
}

/* Stray parts cannot come about: their names are the whole's (Q20). */
static void e21_a_parts_name_belongs_to_the_whole(struct world *w)
{
    const vs_shape shape = vs_shape_1d(4);
    vs_variable *v = NULL;

    (void)get_spec(w, "v", "v", cut(&shape, 2, 0));
    assert_store(VS_ERR_PARTITION, w->store,
                 vs_variable_create(w->store, "v/part_7",
                                    &(vs_variable_spec){.shape = SCALAR}, &v));
    assert_null(v);
    (void)get(w, "u/part_0", "u/part_0");
    get_fails(w, VS_ERR_PARTITION, "u", cut(&shape, 2, 0), "part_0");
}

static void s68_an_inherited_partitioner_cuts_what_is_no_scalar(struct world *w)
{
    const vs_shape shape = vs_shape_2d(4, 3);

    (void)enter_options(
        w, "s",
        (vs_scope_options){.partitioner = vs_fixed_size_partitioner(2, 0)});
    (void)enter(w, "t");
    sizes(get_spec(w, "v", "s/t/v", (vs_variable_spec){.shape = &shape}),
          "2 2");
    leave(w);
    assert_int_equal(
        vs_variable_n_parts(
            get_spec(w, "whole", "s/whole",
                     (vs_variable_spec){.shape = &shape,
                                        .partitioner = vs_no_partitioner()})),
        0);
    leave(w);
}

static void s85_each_part_has_a_loss(struct world *w)
{
    const vs_shape shape = vs_shape_1d(4);
    vs_variable_spec spec = cut(&shape, 2, 0);
    double loss = 0;
    int64_t n = 0;

    spec.initializer = vs_constant(2);
    spec.regularizer = vs_l2_regularizer(1);
    (void)get_spec(w, "v", "v", spec);
    members(w, NULL, VS_REGULARIZATION_LOSSES, "v/part_0 v/part_1");
    assert_store(VS_OK, w->store, vs_scope_loss(w->store, NULL, &loss, &n));
    assert_int_equal(n, 2);
    assert_float_equal(loss, 8, 1e-12);
}

static void s87_parts_are_variables_by_name(struct world *w)
{
    const vs_shape shape = vs_shape_2d(5, 2);
    vs_variable *v = get_spec(w, "v", "v", cut(&shape, 2, 0));
    vs_variable *part;

    members(w, NULL, NULL, "v/part_0 v/part_1");
    (void)enter_with(w, "", VS_REUSE_TRUE);
    part = get_spec(w, "v/part_1", "v/part_1", (vs_variable_spec){0});
    leave(w);
    assert_same(part, vs_variable_part(v, 1));
    assert_int_equal(vs_variable_shape(part)->dims[0], 2);
}

static void s89_the_partitioner_sees_shape_and_dtype(struct world *w)
{
    const vs_shape shape = vs_shape_2d(6, 2);
    vs_variable_spec spec = {.dtype = VS_F64,
                             .shape = &shape,
                             .partitioner =
                                 vs_variable_axis_size_partitioner(32, 0, 0)};

    sizes(get_spec(w, "v", "v", spec), "2 2 2"); /* 16 bytes a row */
}

static void s92_constants_are_sliced(struct world *w)
{
    float values[6] = {0, 1, 2, 3, 4, 5};
    float have[2] = {0};
    const vs_shape shape = vs_shape_1d(6);
    const vs_shape part_shape = vs_shape_1d(2);
    const vs_view view = vs_view_of(VS_F32, &shape, values);
    const vs_view into = vs_view_of(VS_F32, &part_shape, have);
    vs_variable *v = get_spec(
        w, "v", "v",
        (vs_variable_spec){.initializer = vs_value(&view),
                           .partitioner = vs_fixed_size_partitioner(3, 0)});

    assert_store(VS_OK, w->store,
                 vs_variable_read(vs_variable_part(v, 1), &into));
    assert_float_equal(have[0], 2, 0);
    assert_float_equal(have[1], 3, 0);
}

/* A list is begun anew by each part that is given its own, as TensorFlow's
 * constant initializer does. */
static void s93_a_list_too_may_begin_in_each_part(struct world *w)
{
    float values[3] = {1, 2, 3};
    float have[6] = {0};
    const float whole[6] = {1, 2, 3, 3, 3, 3};
    const float each[6] = {1, 2, 3, 1, 2, 3};
    const vs_shape shape = vs_shape_1d(6);
    const vs_shape three = vs_shape_1d(3);
    const vs_view list = vs_view_of(VS_F32, &three, values);
    const vs_view into = vs_view_of(VS_F32, &shape, have);
    vs_variable_spec spec = cut(&shape, 2, 0);

    spec.initializer = vs_constant_list(&list);
    assert_store(VS_OK, w->store,
                 vs_variable_read(get_spec(w, "v", "v", spec), &into));
    assert_memory_equal(have, whole, sizeof have);
    spec.partitioner.per_part = true;
    assert_store(VS_OK, w->store,
                 vs_variable_read(get_spec(w, "u", "u", spec), &into));
    assert_memory_equal(have, each, sizeof have);
}

/* Departs from S93 (Q14): partitioning is invisible in the values, unless each
 * part is asked to draw for itself. */
static void s93_random_values_are_those_of_the_whole(struct world *w)
{
    const vs_shape shape = vs_shape_2d(4, 3);
    float whole[12] = {0};
    float parts[12] = {0};
    float each[12] = {0};
    const vs_initializer init = vs_random_normal(0, 1, 7);
    vs_variable_spec spec = cut(&shape, 2, 0);
    vs_view view = vs_view_of(VS_F32, &shape, parts);

    spec.initializer = init;
    assert_store(VS_OK, w->store,
                 vs_variable_read(get_spec(w, "v", "v", spec), &view));
    assert_ok(vs_initializer_fill(&init, "v", 0, VS_F32, &shape, whole, NULL));
    assert_memory_equal(parts, whole, sizeof whole);
    spec.partitioner.per_part = true;
    view = vs_view_of(VS_F32, &shape, each);
    assert_store(VS_OK, w->store,
                 vs_variable_read(get_spec(w, "u", "u", spec), &view));
    assert_memory_equal(each, each + 6, 6 * sizeof each[0]);
}

static void s96_an_axis_without_indices_cannot_be_cut(struct world *w)
{
    const vs_shape shape = vs_shape_2d(0, 3);

    get_fails(w, VS_ERR_SHAPE, "v", cut(&shape, 2, 0), "part");
    members(w, NULL, NULL, "");
}

static void s100_a_container_is_one_value(struct world *w)
{
    const vs_shape shape = vs_shape_2d(3, 5);
    float values[15];
    float have[15] = {0};
    const vs_view from = vs_view_of(VS_F32, &shape, values);
    const vs_view into = vs_view_of(VS_F32, &shape, have);
    vs_variable *v = get_spec(w, "v", "v", cut(&shape, 2, 1));

    for (int i = 0; i < 15; i++)
        values[i] = (float)i;
    assert_store(VS_OK, w->store, vs_variable_write(v, &from));
    assert_store(VS_OK, w->store, vs_variable_read(v, &into));
    assert_memory_equal(have, values, sizeof values);
    assert_string_equal(vs_variable_name(v), "v");
    assert_int_equal(vs_variable_dtype(v), VS_F32);
}

/* A creation that fails half-way leaves no part behind. */
static void s108_all_parts_or_none(struct world *w)
{
    const vs_shape shape = vs_shape_1d(4);
    vs_variable *v = NULL;

    (void)get(w, "v/part_1", "v/part_1");
    assert_store(
        VS_ERR_PARTITION, w->store,
        vs_get_variable(
            w->ctx, "v",
            &(vs_variable_spec){.shape = &shape,
                                .partitioner = vs_fixed_size_partitioner(2, 0)},
            &v));
    assert_null(v);
    members(w, NULL, NULL, "v/part_1");
}

static void test_result_name_matches_requested(struct world *w)
{
    const vs_shape shape = vs_shape_2d(5, 2);

    (void)enter_options(
        w, "scope0",
        (vs_scope_options){.partitioner = vs_fixed_size_partitioner(2, 0)});
    (void)get_spec(w, "name0", "scope0/name0",
                   (vs_variable_spec){.shape = &shape});
    leave(w);
    members(w, NULL, VS_GLOBAL_VARIABLES,
            "scope0/name0/part_0 scope0/name0/part_1");
}

static void test_breaks_if_partitioning_changes(struct world *w)
{
    const vs_shape shape = vs_shape_2d(5, 2);

    (void)enter(w, "scope0");
    (void)get_spec(w, "name0", "scope0/name0", cut(&shape, 2, 0));
    leave(w);
    (void)enter_with(w, "scope0", VS_REUSE_TRUE);
    get_fails(w, VS_ERR_PARTITION, "name0", cut(&shape, 3, 0), "part");
    get_fails(w, VS_ERR_PARTITION, "name0", cut(&shape, 1, 0), "part");
    leave(w);
}

static void test_returns_existing_concatenated_value_if_reuse(struct world *w)
{
    const vs_shape shape = vs_shape_2d(5, 2);
    vs_variable *first;

    (void)enter(w, "scope0");
    first = get_spec(w, "name0", "scope0/name0", cut(&shape, 2, 0));
    vs_scope_reuse_variables(vs_scope_current(w->ctx));
    assert_same(first, get_spec(w, "name0", "scope0/name0", cut(&shape, 2, 0)));
    leave(w);
}

static void test_allows_reuse_without_partitioner(struct world *w)
{
    const vs_shape shape = vs_shape_2d(5, 2);
    vs_variable *first;

    (void)enter(w, "scope0");
    first = get_spec(w, "name0", "scope0/name0", cut(&shape, 2, 0));
    leave(w);
    (void)enter_with(w, "scope0", VS_REUSE_TRUE);
    assert_same(first,
                get_spec(w, "name0", "scope0/name0", (vs_variable_spec){0}));
    leave(w);
}

static void test_propagate_partitioner_on_reopening(struct world *w)
{
    const vs_shape shape = vs_shape_2d(4, 2);
    vs_scope *s = vs_scope_capture(enter_options(
        w, "scope0",
        (vs_scope_options){.partitioner = vs_fixed_size_partitioner(2, 0)}));

    leave(w);
    assert_int_equal(vs_scope_partitioner(reenter(w, s)).kind,
                     VS_PARTITIONER_FIXED_SIZE);
    sizes(get_spec(w, "v", "scope0/v", (vs_variable_spec){.shape = &shape}),
          "2 2");
    leave(w);
    vs_scope_release(s);
}

static void test_scalar_ignores_partitioner(struct world *w)
{
    vs_variable *v;

    (void)enter_options(
        w, "scope0",
        (vs_scope_options){.partitioner = vs_fixed_size_partitioner(2, 0)});
    v = get(w, "v", "scope0/v"); /* S88 */
    assert_int_equal(vs_variable_n_parts(v), 0);
    leave(w);
}

static void test_partition_concatenates_along_correct_axis(struct world *w)
{
    const vs_shape shape = vs_shape_2d(6, 4);

    sizes(get_spec(w, "a", "a", cut(&shape, 2, 0)), "3 3");
    sizes(get_spec(w, "b", "b", cut(&shape, 2, 1)), "2 2");
}

/* Whatever of G22-G24 an alias or a move of the whole may do to parts. */
static void a_scope_with_parts_moves_as_one(struct world *w)
{
    const vs_shape shape = vs_shape_1d(4);
    vs_variable *v = get_spec(w, "a/v", "a/v", cut(&shape, 2, 0));
    int64_t n = 0;

    assert_store(VS_OK, w->store, vs_scope_move(w->store, "a", "b", &n));
    assert_int_equal(n, 2);
    members(w, NULL, NULL, "b/v/part_0 b/v/part_1");
    assert_store(VS_OK, w->store, vs_scope_move(w->store, "b", "a", &n));
    assert_int_equal(vs_variable_n_parts(v), 2);
}

int main(void)
{
    static const struct program programs[] = {
        PROGRAM(g22_ten_rows_in_three_parts),
        PROGRAM(g23_few_indices_and_other_axes),
        PROGRAM(g24_fetching_a_container),
        PROGRAM(e15_a_partitioner_must_give_counts_that_can_be),
        PROGRAM(e16_more_parts_than_indices),
        PROGRAM(e17_a_plain_name_is_taken_by_parts),
        PROGRAM(e18_a_plain_variable_is_not_cut_by_a_fetch),
        PROGRAM(e19_a_fetch_with_other_parts),
        PROGRAM(e20_existing_and_absent_are_as_for_plain_names),
        PROGRAM(e21_a_parts_name_belongs_to_the_whole),
        PROGRAM(s68_an_inherited_partitioner_cuts_what_is_no_scalar),
        PROGRAM(s85_each_part_has_a_loss),
        PROGRAM(s87_parts_are_variables_by_name),
        PROGRAM(s89_the_partitioner_sees_shape_and_dtype),
        PROGRAM(s92_constants_are_sliced),
        PROGRAM(s93_random_values_are_those_of_the_whole),
        PROGRAM(s93_a_list_too_may_begin_in_each_part),
        PROGRAM(s96_an_axis_without_indices_cannot_be_cut),
        PROGRAM(s100_a_container_is_one_value),
        PROGRAM(s108_all_parts_or_none),
        PROGRAM(test_result_name_matches_requested),
        PROGRAM(test_breaks_if_partitioning_changes),
        PROGRAM(test_returns_existing_concatenated_value_if_reuse),
        PROGRAM(test_allows_reuse_without_partitioner),
        PROGRAM(test_propagate_partitioner_on_reopening),
        PROGRAM(test_scalar_ignores_partitioner),
        PROGRAM(test_partition_concatenates_along_correct_axis),
        PROGRAM(a_scope_with_parts_moves_as_one),
    };

    return world_main("conformance.containers", programs,
                      sizeof programs / sizeof programs[0]);
}
