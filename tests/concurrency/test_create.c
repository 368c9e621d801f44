/* test_create.c - eight processes race to create the same variables. */
#include "race.h"

static void one_variable_and_one_value_for_all(void **state)
{
    race_to_share(state, crowd_processes, 8, 1000);
}

static void one_winner_for_each_name(void **state)
{
    race_to_own(state, crowd_processes, 8, 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_variable_and_one_value_for_all,
                                        test_dir_setup, test_dir_teardown),
        cmocka_unit_test_setup_teardown(one_winner_for_each_name,
                                        test_dir_setup, test_dir_teardown),
    };

    return cmocka_run_group_tests_name("concurrency.create", tests, NULL, NULL);
}
