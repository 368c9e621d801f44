/* test_shuffle_neon.c - codec/shuffle_neon: against the scalar kernels. */
#include "support.h"

#include <stdio.h>

#include "shuffle_check.h"

#if VS__NEON
static void bytes_are_moved_as_the_scalar_way(void **state)
{
    (void)state;
    check_bytes(&vs__shuffle_neon);
}

static void bits_are_moved_as_the_scalar_way(void **state)
{
    (void)state;
    check_bits(&vs__shuffle_neon);
}

static void whole_filters_give_the_scalar_bytes(void **state)
{
    (void)state;
    check_whole(&vs__shuffle_neon);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_moved_as_the_scalar_way),
        cmocka_unit_test(bits_are_moved_as_the_scalar_way),
        cmocka_unit_test(whole_filters_give_the_scalar_bytes),
    };

    return cmocka_run_group_tests_name("codec.shuffle_neon", tests, NULL, NULL);
}
#else
int main(void)
{
    (void)printf("no NEON in this build\n");
    return 0;
}
#endif
