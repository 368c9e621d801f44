/* test_pack_neon.c - codec/pack_neon: against the scalar kernels. */
#include "support.h"

#include <stdio.h>

#include "pack_check.h"

#if VS__NEON
static void lanes_are_split_and_joined_as_the_scalar_way(void **state)
{
    (void)state;
    check_splits(&vs__pack_neon);
}

static void symbols_are_coded_and_decoded_as_the_scalar_way(void **state)
{
    (void)state;
    check_codes(&vs__pack_neon);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lanes_are_split_and_joined_as_the_scalar_way),
        cmocka_unit_test(symbols_are_coded_and_decoded_as_the_scalar_way),
    };

    return cmocka_run_group_tests_name("codec.pack_neon", tests, NULL, NULL);
}
#else
int main(void)
{
    (void)printf("no NEON in this build\n");
    return 0;
}
#endif
