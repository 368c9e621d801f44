/* test_pack_avx512.c - codec/pack_avx512: against the scalar kernels. */
#include "support.h"

#include <stdio.h>

#include "pack_check.h"

#if VS__X86
static void lanes_are_split_and_joined_as_the_scalar_way(void **state)
{
    (void)state;
    if (!can_run(&vs__pack_avx512))
        skip();
    check_splits(&vs__pack_avx512);
}

static void symbols_are_coded_and_decoded_as_the_scalar_way(void **state)
{
    (void)state;
    if (!can_run(&vs__pack_avx512))
        skip();
    check_codes(&vs__pack_avx512);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lanes_are_split_and_joined_as_the_scalar_way),
        cmocka_unit_test(symbols_are_coded_and_decoded_as_the_scalar_way),
    };

    return cmocka_run_group_tests_name("codec.pack_avx512", tests, NULL, NULL);
}
#else
int main(void)
{
    (void)printf("no AVX-512 in this build\n");
    return 0;
}
#endif
