/* test_slice.c - tensor/slice: making, reading and checking selections. */
#include "support.h"

#include <string.h>

#include "tensor/shape.h"

#define N_ROWS(a) (sizeof(a) / sizeof((a)[0]))

static void all_takes_every_element(void **state)
{
    const vs_shape shape = vs_shape_3d(2, 0, 4);
    const vs_slice s = vs_slice_all(&shape);
    const vs_shape got = vs_slice_shape(&s);

    (void)state;
    assert_int_equal(s.rank, 3);
    assert_int_equal(s.dropped, 0);
    assert_true(vs_shape_equal(&got, &shape));
    assert_ok(vs__slice_check(&s, &shape, "slice", NULL));
}

static void rows_takes_part_of_the_first_axis(void **state)
{
    const vs_shape shape = vs_shape_2d(10, 4);
    const vs_slice s = vs_slice_rows(&shape, 3, 5);
    const vs_shape want = vs_shape_2d(5, 4);
    const vs_shape got = vs_slice_shape(&s);

    (void)state;
    assert_int_equal(s.start[0], 3);
    assert_int_equal(s.start[1], 0);
    assert_true(vs_shape_equal(&got, &want));
    assert_ok(vs__slice_check(&s, &shape, "slice", NULL));
}

static void an_impossible_rank_is_left_to_the_check(void **state)
{
    const vs_shape wrong = {70, {2}};
    const vs_shape unknown = vs_shape_unknown();
    const vs_shape shape = vs_shape_1d(2);
    const vs_slice s = vs_slice_all(&wrong);
    const vs_slice u = vs_slice_all(&unknown);

    (void)state;
    assert_status(VS_ERR_MISUSE, vs__slice_check(&s, &shape, "slice", NULL));
    assert_status(VS_ERR_MISUSE, vs__slice_check(&u, &shape, "slice", NULL));
    assert_int_equal(vs_slice_shape(&s).rank, VS_MAX_RANK);
    assert_int_equal(vs_slice_shape(&u).rank, 0);
}

/* What NumPy gives for an array of shape (4, 6, 5). */
static void numpys_slices_are_read(void **state)
{
    static const struct {
        const char *text;
        const char *shape; /* of the result */
        int64_t start[3], count[3], step[3];
    } rows[] = {
        {"", "[4,6,5]", {0, 0, 0}, {4, 6, 5}, {1, 1, 1}},
        {"[]", "[4,6,5]", {0, 0, 0}, {4, 6, 5}, {1, 1, 1}},
        {" [ ] ", "[4,6,5]", {0, 0, 0}, {4, 6, 5}, {1, 1, 1}},
        {"...", "[4,6,5]", {0, 0, 0}, {4, 6, 5}, {1, 1, 1}},
        {":", "[4,6,5]", {0, 0, 0}, {4, 6, 5}, {1, 1, 1}},
        {"::", "[4,6,5]", {0, 0, 0}, {4, 6, 5}, {1, 1, 1}},
        {"0:3, ::2", "[3,3,5]", {0, 0, 0}, {3, 3, 5}, {1, 2, 1}},
        {"[1:2]", "[1,6,5]", {1, 0, 0}, {1, 6, 5}, {1, 1, 1}},
        {"-1", "[6,5]", {3, 0, 0}, {1, 6, 5}, {1, 1, 1}},
        {"..., 4", "[4,6]", {0, 0, 4}, {4, 6, 1}, {1, 1, 1}},
        {"1,...,-5", "[6]", {1, 0, 0}, {1, 6, 1}, {1, 1, 1}},
        {"1,2,...", "[5]", {1, 2, 0}, {1, 1, 5}, {1, 1, 1}},
        {"1,2,3", "[]", {1, 2, 3}, {1, 1, 1}, {1, 1, 1}},
        {"...,1,2,3", "[]", {1, 2, 3}, {1, 1, 1}, {1, 1, 1}},
        {":, 1:-1 : 3 ,2:", "[4,2,3]", {0, 1, 2}, {4, 2, 3}, {1, 3, 1}},
        {"-3:-1,:-2", "[2,4,5]", {1, 0, 0}, {2, 4, 5}, {1, 1, 1}},
        {"2:2", "[0,6,5]", {2, 0, 0}, {0, 6, 5}, {1, 1, 1}},
        {"4:", "[0,6,5]", {4, 0, 0}, {0, 6, 5}, {1, 1, 1}},
        {"0:0", "[0,6,5]", {0, 0, 0}, {0, 6, 5}, {1, 1, 1}},
        {"::9223372036854775807",
         "[1,6,5]",
         {0, 0, 0},
         {1, 6, 5},
         {INT64_MAX, 1, 1}},
        {"1:4:2", "[2,6,5]", {1, 0, 0}, {2, 6, 5}, {2, 1, 1}},
        {"1:3:2", "[1,6,5]", {1, 0, 0}, {1, 6, 5}, {2, 1, 1}},
    };
    const vs_shape shape = vs_shape_3d(4, 6, 5);

    (void)state;
    for (size_t i = 0; i < N_ROWS(rows); i++) {
        char text[VS_SHAPE_TEXT_MAX];
        vs_slice s;
        vs_shape got;

        assert_ok(vs_slice_parse(rows[i].text, &shape, &s, NULL));
        assert_int_equal(s.rank, 3);
        assert_memory_equal(s.start, rows[i].start, sizeof rows[i].start);
        assert_memory_equal(s.count, rows[i].count, sizeof rows[i].count);
        assert_memory_equal(s.step, rows[i].step, sizeof rows[i].step);
        got = vs_slice_shape(&s);
        assert_string_equal(vs_shape_text(&got, text), rows[i].shape);
        assert_ok(vs__slice_check(&s, &shape, "slice", NULL));
    }
}

static void a_scalar_has_one_slice(void **state)
{
    const vs_shape scalar = vs_shape_scalar();
    vs_slice s;

    (void)state;
    assert_ok(vs_slice_parse("", &scalar, &s, NULL));
    assert_ok(vs_slice_parse(NULL, &scalar, &s, NULL));
    assert_int_equal(s.rank, 0);
    assert_ok(vs_slice_parse("...", &scalar, &s, NULL));
    assert_status(VS_ERR_RANGE, vs_slice_parse(":", &scalar, &s, NULL));
    assert_status(VS_ERR_RANGE, vs_slice_parse("0", &scalar, &s, NULL));
}

static void an_empty_axis_has_only_empty_slices(void **state)
{
    const vs_shape shape = vs_shape_1d(0);
    vs_slice s;

    (void)state;
    assert_ok(vs_slice_parse("0:0", &shape, &s, NULL));
    assert_int_equal(s.count[0], 0);
    assert_ok(vs_slice_parse("::3", &shape, &s, NULL));
    assert_status(VS_ERR_RANGE, vs_slice_parse("0", &shape, &s, NULL));
    assert_status(VS_ERR_RANGE, vs_slice_parse("-1", &shape, &s, NULL));
}

static void outside_the_shape_is_an_error_that_shows_it(void **state)
{
    static const char *const texts[] = {"4",
                                        "-5",
                                        "0:5",
                                        "5:",
                                        "-5:",
                                        ":-5",
                                        "3:1",
                                        "9:99",
                                        "0,0,0,0",
                                        "...,0,0,0,0",
                                        ":,6",
                                        "99999999999999999999",
                                        "9223372036854775808",
                                        ":9223372036854775809",
                                        ":99999999999999999999"};
    const vs_shape shape = vs_shape_3d(4, 6, 5);

    (void)state;
    for (size_t i = 0; i < N_ROWS(texts); i++) {
        vs_slice s = {7, 0, {0}, {0}, {0}};
        vs_error err;

        assert_status(VS_ERR_RANGE, vs_slice_parse(texts[i], &shape, &s, &err));
        assert_non_null(strstr(err.message, "[4,6,5]"));
        assert_non_null(strstr(err.message, texts[i]));
        assert_int_equal(s.rank, 7);
    }
}

/* What stands behind the text's end is not looked at. */
static void two_dots_are_not_three(void **state)
{
    const char text[8] = "..";
    const vs_shape shape = vs_shape_3d(4, 6, 5);
    vs_slice s;

    (void)state;
    assert_status(VS_ERR_MISUSE, vs_slice_parse(text, &shape, &s, NULL));
}

static void what_is_no_slice_is_misuse(void **state)
{
    static const char *const texts[] = {
        "x..", ".x.",     "a",    "1,",   ",1",      "1,,2",
        "[1",  "1]",      "[1]]", "[[1]", "1 2",     "- 1",
        "+1",  "1:2:3:4", "..",   "....", "...,...", "None",
        "1.5", "[1] x",   "-",    ":-",   "0x1",     "..., ...",
        "1;2", "\xff",    "::0",  "::-1", "0:3:-2"};
    const vs_shape shape = vs_shape_3d(4, 6, 5);

    (void)state;
    for (size_t i = 0; i < N_ROWS(texts); i++) {
        vs_slice s = {7, 0, {0}, {0}, {0}};
        vs_error err;

        assert_status(VS_ERR_MISUSE,
                      vs_slice_parse(texts[i], &shape, &s, &err));
        assert_int_equal(err.status, VS_ERR_MISUSE);
        assert_non_null(strstr(err.message, texts[i]));
        assert_status(VS_ERR_MISUSE,
                      vs_slice_parse(texts[i], &shape, &s, NULL));
        assert_int_equal(s.rank, 7);
    }
}

static void parsing_needs_a_known_shape(void **state)
{
    const vs_shape part = vs_shape_2d(VS_UNKNOWN, 3);
    const vs_shape wrong = {70, {2}};
    vs_slice s;
    vs_error err;

    (void)state;
    assert_status(VS_ERR_MISUSE, vs_slice_parse("0", &part, &s, &err));
    assert_string_equal(err.message,
                        "slice '0': the shape [?,3] is not fully known");
    assert_status(VS_ERR_MISUSE, vs_slice_parse("0", &wrong, &s, &err));
}

static void numbers_near_the_limit_do_not_overflow(void **state)
{
    const vs_shape shape = vs_shape_1d(INT64_MAX);
    vs_slice s;

    (void)state;
    assert_ok(vs_slice_parse("-1", &shape, &s, NULL));
    assert_int_equal(s.start[0], INT64_MAX - 1);
    assert_ok(vs_slice_parse("-9223372036854775807:", &shape, &s, NULL));
    assert_int_equal(s.count[0], INT64_MAX);
    assert_ok(vs_slice_parse("1::9223372036854775806", &shape, &s, NULL));
    assert_int_equal(s.count[0], 1);
    assert_ok(vs__slice_check(&s, &shape, "slice", NULL));
}

static void a_check_passes_slices_that_touch_the_ends(void **state)
{
    const vs_shape shape = vs_shape_1d(10);
    const vs_slice rows[] = {{1, 0, {9}, {1}, {1}},
                             {1, 0, {0}, {4}, {3}},
                             {1, 0, {10}, {0}, {1}},
                             {1, 1, {9}, {1}, {INT64_MAX}},
                             {1, 0, {0}, {10}, {1}}};

    (void)state;
    for (size_t i = 0; i < N_ROWS(rows); i++)
        assert_ok(vs__slice_check(&rows[i], &shape, "slice", NULL));
}

static void a_check_finds_what_leaves_the_shape(void **state)
{
    const vs_shape shape = vs_shape_1d(10);
    const vs_slice rows[] = {{1, 0, {10}, {1}, {1}},
                             {1, 0, {0}, {11}, {1}},
                             {1, 0, {1}, {4}, {3}},
                             {1, 0, {11}, {0}, {1}},
                             {1, 0, {INT64_MAX}, {INT64_MAX}, {INT64_MAX}},
                             {1, 0, {0}, {2}, {INT64_MAX}}};
    vs_error err;

    (void)state;
    for (size_t i = 0; i < N_ROWS(rows); i++)
        assert_status(VS_ERR_RANGE,
                      vs__slice_check(&rows[i], &shape, "slice", &err));
    (void)vs__slice_check(&rows[2], &shape, "variable 'w'", &err);
    assert_string_equal(err.message, "variable 'w': start 1, count 4, step 3 "
                                     "on axis 0 leave the shape [10]");
}

static void a_check_refuses_what_no_shape_could_hold(void **state)
{
    const vs_shape shape = vs_shape_1d(10);
    const vs_slice rows[] = {
        {2, 0, {0, 0}, {1, 1}, {1, 1}}, /* rank */
        {1, 0, {-1}, {1}, {1}},         /* start */
        {1, 0, {0}, {-1}, {1}},         /* count */
        {1, 0, {0}, {1}, {0}},          /* step */
        {1, 1, {0}, {2}, {1}},          /* a dropped axis of two */
        {1, 2, {0}, {2}, {1}},          /* an axis that is not there */
        {1, UINT32_C(1) << 31, {0}, {2}, {1}},
    };

    (void)state;
    for (size_t i = 0; i < N_ROWS(rows); i++)
        assert_status(VS_ERR_MISUSE,
                      vs__slice_check(&rows[i], &shape, "slice", NULL));
}

/* A long step does not reach back over the end. */
static void a_start_at_the_end_has_no_element(void **state)
{
    const vs_shape shape = vs_shape_1d(4);
    vs_slice s = vs_slice_all(&shape);

    (void)state;
    s.start[0] = 4;
    s.count[0] = 1;
    for (s.step[0] = 1; s.step[0] < 7; s.step[0]++)
        assert_status(VS_ERR_RANGE, vs__slice_check(&s, &shape, "slice", NULL));
    s.start[0] = 3;
    assert_ok(vs__slice_check(&s, &shape, "slice", NULL));
    s.start[0] = 4;
    s.count[0] = 0;
    assert_ok(vs__slice_check(&s, &shape, "slice", NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_takes_every_element),
        cmocka_unit_test(rows_takes_part_of_the_first_axis),
        cmocka_unit_test(an_impossible_rank_is_left_to_the_check),
        cmocka_unit_test(numpys_slices_are_read),
        cmocka_unit_test(a_scalar_has_one_slice),
        cmocka_unit_test(an_empty_axis_has_only_empty_slices),
        cmocka_unit_test(outside_the_shape_is_an_error_that_shows_it),
        cmocka_unit_test(two_dots_are_not_three),
        cmocka_unit_test(what_is_no_slice_is_misuse),
        cmocka_unit_test(parsing_needs_a_known_shape),
        cmocka_unit_test(numbers_near_the_limit_do_not_overflow),
        cmocka_unit_test(a_check_passes_slices_that_touch_the_ends),
        cmocka_unit_test(a_check_finds_what_leaves_the_shape),
        cmocka_unit_test(a_check_refuses_what_no_shape_could_hold),
        cmocka_unit_test(a_start_at_the_end_has_no_element),
    };

    return cmocka_run_group_tests_name("tensor.slice", tests, NULL, NULL);
}
