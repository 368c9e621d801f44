/* test_shuffle_sse2.c - codec/shuffle_sse2: against the scalar kernels. */
#include "support.h"

#include <stdio.h>

#include "shuffle_check.h"

#ifdef __SSE2__
static void bytes_are_moved_as_the_scalar_way(void **state)
{
    (void)state;
    check_bytes(&vs__shuffle_sse2);
}

static void bits_are_moved_as_the_scalar_way(void **state)
{
    (void)state;
    check_bits(&vs__shuffle_sse2);
}

static void whole_filters_give_the_scalar_bytes(void **state)
{
    (void)state;
    check_whole(&vs__shuffle_sse2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_moved_as_the_scalar_way),
        cmocka_unit_test(bits_are_moved_as_the_scalar_way),
        cmocka_unit_test(whole_filters_give_the_scalar_bytes),
    };

    return cmocka_run_group_tests_name("codec.shuffle_sse2", tests, NULL, NULL);
}
#else
int main(void)
{
    (void)printf("no SSE2 in this build\n");
    return 0;
}
#endif
