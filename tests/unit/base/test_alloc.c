/* test_alloc.c - base/alloc: checked sizes and the hook for faults. */
#include "support.h"

#include <string.h>

#include "base/alloc.h"

static void multiplication_notices_overflow(void **state)
{
    size_t out = 7;
    int64_t signed_out = 7;

    (void)state;
    assert_true(vs__mul(3, 5, &out));
    assert_int_equal(out, 15);
    assert_false(vs__mul(SIZE_MAX, 2, &out));
    assert_int_equal(out, 15);
    assert_true(vs__mul_i64(INT64_MAX, 1, &signed_out));
    assert_false(vs__mul_i64(INT64_MAX / 2 + 1, 2, &signed_out));
    assert_int_equal(signed_out, INT64_MAX);
}

static void addition_notices_overflow(void **state)
{
    int64_t out = 7;

    (void)state;
    assert_true(vs__add_i64(INT64_MAX - 1, 1, &out));
    assert_int_equal(out, INT64_MAX);
    assert_false(vs__add_i64(INT64_MAX, 1, &out));
}

static void calloc_refuses_a_product_that_overflows(void **state)
{
    (void)state;
    assert_null(vs__calloc(SIZE_MAX, 2));
}

static void zero_bytes_are_still_memory(void **state)
{
    void *p = vs__alloc(0);

    (void)state;
    assert_non_null(p);
    vs__free(p);
}

static void aligned_memory_is_aligned(void **state)
{
    void *p = vs__alloc_aligned(4096, 10);

    (void)state;
    assert_non_null(p);
    assert_int_equal((uintptr_t)p % 4096, 0);
    vs__free(p);
}

static void strdup_copies(void **state)
{
    char *copy = vs__strdup("layer1/kernel");

    (void)state;
    assert_string_equal(copy, "layer1/kernel");
    vs__free(copy);
}

static vs_status two_allocations(void *ctx)
{
    void *a = vs__alloc(10);
    void *b = vs__calloc(2, 10);
    vs_status st = a != NULL && b != NULL ? VS_OK : VS_ERR_NOMEM;

    (void)ctx;
    vs__free(a);
    vs__free(b);
    return st;
}

static void the_hook_denies_each_allocation_in_turn(void **state)
{
    (void)state;
    assert_int_equal(test_each_allocation_failing(two_allocations, NULL, false),
                     2);
    assert_int_equal(test_each_allocation_failing(two_allocations, NULL, true),
                     2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(multiplication_notices_overflow),
        cmocka_unit_test(addition_notices_overflow),
        cmocka_unit_test(calloc_refuses_a_product_that_overflows),
        cmocka_unit_test(zero_bytes_are_still_memory),
        cmocka_unit_test(aligned_memory_is_aligned),
        cmocka_unit_test(strdup_copies),
        cmocka_unit_test(the_hook_denies_each_allocation_in_turn),
    };

    return cmocka_run_group_tests_name("base.alloc", tests, NULL, NULL);
}
