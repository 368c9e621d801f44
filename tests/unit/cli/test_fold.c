/* test_fold.c - cli/fold: layers that are alike share a row. */
#include "support.h"

#include "entry_makers.h"
#include "fold.h"

#define MAX 16

static void assert_folds(const char *const *names, size_t n,
                         const char *const *want, size_t n_want)
{
    struct entry v[MAX];
    struct entries list = entries_of(v, names, n);
    struct items items;
    int64_t total = 0;

    items_init(&items, &list);
    items_fold(&items);
    assert_int_equal(items.n, n_want);
    for (size_t i = 0; i < items.n; i++) {
        const struct item *item = &items.v[i];

        assert_string_equal(
            item->label != NULL ? item->label : item->entry->name, want[i]);
        assert_int_equal(item->n_bytes, 4 * item->n);
        total += item->n;
    }
    assert_int_equal(total, n);
    items_done(&items);
}

#define N(array)           (sizeof(array) / sizeof((array)[0]))
#define CHECK(names, want) assert_folds(names, N(names), want, N(want))

static void numbered_layers_fold(void **state)
{
    const char *const names[] = {"bias", "layer_0/w", "layer_1/w", "layer_10/w",
                                 "layer_2/w"};
    const char *const want[] = {"bias", "layer_{0..2,10}/w"};

    (void)state;
    CHECK(names, want);
}

static void only_one_number_may_differ(void **state)
{
    const char *const names[] = {"a_0/b_0", "a_0/b_1", "a_1/b_0", "a_1/b_1"};
    const char *const want[] = {"a_{0..1}/b_0", "a_{0..1}/b_1"};

    (void)state;
    CHECK(names, want);
}

static void the_second_number_folds_if_the_first_does_not(void **state)
{
    const char *const names[] = {"v2/w0", "v2/w1", "v2/w2"};
    const char *const want[] = {"v2/w{0..2}"};

    (void)state;
    CHECK(names, want);
}

static void padded_numbers_keep_their_width(void **state)
{
    const char *const names[] = {"l_08", "l_09", "l_10"};
    const char *const want[] = {"l_{08..10}"};
    const char *const mixed[] = {"l_01", "l_1"};

    (void)state;
    CHECK(names, want);
    CHECK(mixed, mixed);
}

static void names_without_numbers_stay(void **state)
{
    const char *const names[] = {"a", "b", "c"};

    (void)state;
    CHECK(names, names);
}

static void another_dtype_or_shape_does_not_fold(void **state)
{
    const char *const names[] = {"w0", "w1", "w2"};
    const int64_t dims[] = {1};
    struct entry v[3];
    struct entries list = entries_of(v, names, 3);
    struct items items;

    (void)state;
    v[1].dtype = VS_F64;
    v[2].rank = 1;
    v[2].dims = dims;
    items_init(&items, &list);
    items_fold(&items);
    assert_int_equal(items.n, 3);
    items_done(&items);
}

static void aliases_do_not_fold(void **state)
{
    const char *const names[] = {"w0", "w1"};
    struct entry v[2];
    struct entries list = entries_of(v, names, 2);
    struct items items;

    (void)state;
    v[1].alias_of = "w0";
    items_init(&items, &list);
    items_fold(&items);
    assert_int_equal(items.n, 2);
    items_done(&items);
}

static void endless_numbers_are_no_indices(void **state)
{
    const char *const names[] = {"w1234567890123456789012345678901234567890",
                                 "w1234567890123456789012345678901234567891"};

    (void)state;
    CHECK(names, names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbered_layers_fold),
        cmocka_unit_test(only_one_number_may_differ),
        cmocka_unit_test(the_second_number_folds_if_the_first_does_not),
        cmocka_unit_test(padded_numbers_keep_their_width),
        cmocka_unit_test(names_without_numbers_stay),
        cmocka_unit_test(another_dtype_or_shape_does_not_fold),
        cmocka_unit_test(aliases_do_not_fold),
        cmocka_unit_test(endless_numbers_are_no_indices),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
