/* test_pack_path.c - codec/pack_path: which kernels there are. */
#include "support.h"

#include "codec/pack_path.h"

static void the_scalar_path_is_last_and_always_there(void **state)
{
    size_t n = 0;

    (void)state;
    while (vs__pack_path_at(n) != NULL)
        n++;
    assert_in_range(n, 1, 3);
    assert_ptr_equal(vs__pack_path_at(n - 1), &vs__pack_scalar);
}

static void no_path_is_there_twice(void **state)
{
    const struct vs__pack_path *path;

    (void)state;
    for (size_t i = 0; (path = vs__pack_path_at(i)) != NULL; i++)
        for (size_t k = 0; k < i; k++)
            assert_ptr_not_equal(vs__pack_path_at(k), path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_scalar_path_is_last_and_always_there),
        cmocka_unit_test(no_path_is_there_twice),
    };

    return cmocka_run_group_tests_name("codec.pack_path", tests, NULL, NULL);
}
