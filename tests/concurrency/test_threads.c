/* test_threads.c - eight threads, each with its own handle, race to create. */
#include "race.h"

static void one_variable_and_one_value_for_all(void **state)
{
    race_to_share(state, crowd_threads, 8, 300);
}

static void one_winner_for_each_name(void **state)
{
    race_to_own(state, crowd_threads, 8, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_variable_and_one_value_for_all,
                                        test_dir_setup, test_dir_teardown),
        cmocka_unit_test_setup_teardown(one_winner_for_each_name,
                                        test_dir_setup, test_dir_teardown),
    };

    return cmocka_run_group_tests_name("concurrency.threads", tests, NULL,
                                       NULL);
}
