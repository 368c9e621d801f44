/* test_check_checkpoints.c - service/check_checkpoints: roots and labels. */
#include "scene.h"

static const struct scene_case damages[] = {
    {"UPDATE checkpoint SET root = zeroblob(16) WHERE id = 1" SCENE_SEAL, "-",
     "checkpoint 1: its names and versions are not those that were saved"},
    {"UPDATE checkpoint SET root = zeroblob(17) WHERE id = 1", "-",
     "checkpoint 1: its root has 17 bytes"},
    {"UPDATE checkpoint SET n_names = 9 WHERE id = 2" SCENE_SEAL, "-",
     "checkpoint 2: 4 names are there, want 9"},
    {"DELETE FROM checkpoint_variable WHERE checkpoint = 2 AND name = 1", "-",
     "checkpoint 2: 3 names are there, want 4"},
    {"UPDATE checkpoint_variable SET version = 6 WHERE checkpoint = 2", "-",
     "checkpoint 2: its row of name"},
    {"UPDATE checkpoint_variable SET alias = 0 WHERE checkpoint = 2" SCENE_SEAL,
     "-", "checkpoint 2: its names and versions are not those that were saved"},
    {"UPDATE name SET path = path || printf('%.*c', 1100, 'x') "
     "WHERE path = 'd/gone'" SCENE_SEAL,
     "-", "at most 1023 are possible"},
    {"UPDATE checkpoint SET message = printf('%.*c', 5000, 'x') WHERE id = 2",
     "-", "checkpoint 2: the message has 5000 bytes"},
    {"UPDATE checkpoint SET message = CAST(x'ff' AS TEXT) WHERE id = "
     "2" SCENE_SEAL,
     "-", "checkpoint 2: the message is not UTF-8"},
    {"UPDATE checkpoint SET root = x'00' WHERE id = 2" SCENE_SEAL, "-",
     "checkpoint 2: "},
    {"UPDATE checkpoint SET step = 21 WHERE id = 2", "-",
     "checkpoint 2: its row is not what was written"},
    {"UPDATE tag SET checkpoint = 1 WHERE name = 'best'", "-",
     "tag 'best': its row is not what was written"},
    {"UPDATE metric SET value = 0.25", "-",
     "the row of metric 'loss' is not what was written"},
    {"UPDATE tag SET name = 'latest' WHERE name = 'best'", "-",
     "checkpoint 2: the tag 'latest'"},
    {"UPDATE tag SET name = 'a b' WHERE name = 'first'", "-",
     "checkpoint 1: the tag 'a b'"},
    {"UPDATE metric SET key = ''", "-", "checkpoint 1: the metric's key"},
    {"DELETE FROM checkpoint WHERE id = 1", "-",
     "tag 'first' is on checkpoint 1, which is not there"},
    {"DELETE FROM checkpoint WHERE id = 2", "-",
     "the head, checkpoint 2, is not there"},
};

static void checkpoints_are_held_to_their_roots(void **state)
{
    scene_cases(state, damages, sizeof damages / sizeof damages[0], false,
                false);
}

#define IN_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(checkpoints_are_held_to_their_roots),
    };

    return cmocka_run_group_tests_name("service.check_checkpoints", tests, NULL,
                                       NULL);
}
