/* test_alloc.c - base/alloc: checked sizes and the hook for faults. */
#include "support.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

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
    assert_int_equal(out, INT64_MAX);
    assert_true(vs__add_i64(INT64_MIN + 1, -1, &out));
    assert_int_equal(out, INT64_MIN);
    assert_false(vs__add_i64(INT64_MIN, -1, &out));
}

static void calloc_refuses_a_product_that_overflows(void **state)
{
    (void)state;
    assert_null(vs__calloc(SIZE_MAX, 2));
}

static void zero_bytes_are_still_memory(void **state)
{
    void *p = vs__alloc(0);
    void *q = vs__calloc(0, 8);
    void *r = vs__alloc_aligned(64, 0);

    (void)state;
    assert_non_null(p);
    assert_non_null(q);
    assert_non_null(r);
    p = vs__realloc(p, 0);
    assert_non_null(p);
    vs__free(p);
    vs__free(q);
    vs__free(r);
}

/* So large that writing to all of it would not go well otherwise. */
static void memory_is_as_large_as_was_asked_for(void **state)
{
    const size_t n = (size_t)8 << 20;
    uint8_t *p = vs__alloc(n);
    uint8_t *q;

    (void)state;
    assert_non_null(p);
    memset(p, 1, n);
    p = vs__realloc(p, 2 * n);
    assert_non_null(p);
    assert_int_equal(p[n - 1], 1);
    memset(p, 2, 2 * n);
    q = vs__calloc(n / 8, 8);
    assert_non_null(q);
    assert_int_equal(q[0], 0);
    assert_int_equal(q[n - 1], 0);
    memset(q, 3, n);
    vs__free(q);
    q = vs__alloc_aligned(64, n);
    assert_non_null(q);
    memset(q, 4, n);
    assert_int_equal(p[2 * n - 1], 2);
    vs__free(p);
    vs__free(q);
}

static void what_nobody_has_is_refused(void **state)
{
    void *p = vs__alloc(8);

    (void)state;
    assert_non_null(p);
    assert_null(vs__alloc(SIZE_MAX / 2));
    assert_null(vs__realloc(p, SIZE_MAX / 2));
    assert_null(vs__alloc_aligned(64, SIZE_MAX / 2));
    vs__free(p);
}

static void lists_grow_to_twice_what_they_were(void **state)
{
    size_t cap = 0;
    int64_t *items = vs__grow(NULL, 1, &cap, sizeof *items);
    int64_t *same = items;

    (void)state;
    assert_non_null(items);
    assert_int_equal(cap, 16);
    items[15] = 7;
    assert_ptr_equal(vs__grow(items, 16, &cap, sizeof *items), same);
    assert_int_equal(cap, 16);
    items = vs__grow(items, 17, &cap, sizeof *items);
    assert_non_null(items);
    assert_int_equal(cap, 32);
    assert_int_equal(items[15], 7);
    items[31] = 8;
    items = vs__grow(items, 100, &cap, sizeof *items);
    assert_non_null(items);
    assert_int_equal(cap, 100);
    assert_int_equal(items[31], 8);
    items[99] = 9;
    vs__free(items);
}

static void lists_that_no_memory_holds_do_not_grow(void **state)
{
    size_t cap = 1;
    char *items = vs__alloc(1);

    (void)state;
    assert_non_null(items);
    assert_null(vs__grow(items, SIZE_MAX / 2, &cap, 1)); /* no such memory */
    assert_null(vs__grow(items, SIZE_MAX / 8 + 1, &cap, 8));
    assert_int_equal(cap, 1);
    cap = SIZE_MAX / 2 + 1; /* which cannot be doubled */
    assert_null(vs__grow(items, cap + 1, &cap, 2));
    assert_int_equal(cap, SIZE_MAX / 2 + 1);
    vs__free(items);
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

/* The copy's end must not be there by chance. */
static void strdup_ends_the_copy(void **state)
{
    static const char text[] = "a/name/that/is/longer/than/sixteen/bytes";
    char *dirty = vs__alloc(sizeof text);
    char *copy;

    (void)state;
    assert_non_null(dirty);
    memset(dirty, 'x', sizeof text);
    vs__free(dirty);
    copy = vs__strdup(text);
    assert_string_equal(copy, text);
    vs__free(copy);
}

static void strdup_reads_no_further_than_the_text(void **state)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *two = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *copy;

    (void)state;
    assert_true(two != MAP_FAILED);
    assert_int_equal(mprotect(two + page, page, PROT_NONE), 0);
    memcpy(two + page - 4, "end", 4);
    copy = vs__strdup(two + page - 4);
    assert_string_equal(copy, "end");
    vs__free(copy);
    assert_int_equal(munmap(two, 2 * page), 0);
}

static vs_status one_of_each(void *ctx)
{
    void *a = vs__alloc(10);
    void *b = vs__calloc(2, 10);
    void *c = vs__alloc_aligned(64, 10);
    void *d = vs__strdup("text");
    void *more = vs__realloc(a, 20);
    const bool all =
        a != NULL && b != NULL && c != NULL && d != NULL && more != NULL;

    (void)ctx;
    vs__free(more != NULL ? more : a);
    vs__free(b);
    vs__free(c);
    vs__free(d);
    return all ? VS_OK : VS_ERR_NOMEM;
}

static void the_hook_denies_each_allocation_in_turn(void **state)
{
    (void)state;
    assert_int_equal(test_each_allocation_failing(one_of_each, NULL, false), 5);
    assert_int_equal(test_each_allocation_failing(one_of_each, NULL, true), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(multiplication_notices_overflow),
        cmocka_unit_test(addition_notices_overflow),
        cmocka_unit_test(calloc_refuses_a_product_that_overflows),
        cmocka_unit_test(zero_bytes_are_still_memory),
        cmocka_unit_test(memory_is_as_large_as_was_asked_for),
        cmocka_unit_test(what_nobody_has_is_refused),
        cmocka_unit_test(lists_grow_to_twice_what_they_were),
        cmocka_unit_test(lists_that_no_memory_holds_do_not_grow),
        cmocka_unit_test(aligned_memory_is_aligned),
        cmocka_unit_test(strdup_copies),
        cmocka_unit_test(strdup_ends_the_copy),
        cmocka_unit_test(strdup_reads_no_further_than_the_text),
        cmocka_unit_test(the_hook_denies_each_allocation_in_turn),
    };

    return cmocka_run_group_tests_name("base.alloc", tests, NULL, NULL);
}
