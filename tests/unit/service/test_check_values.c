/* test_check_values.c - service/check_values: names, variables, versions. */
#include "scene.h"

#include <stdlib.h>
#include <string.h>

static const struct scene_case damages[] = {
    {"UPDATE name SET path = 'a b' WHERE path = 'c/twin'", "a b", "not a name"},
    {"UPDATE name SET path = '_a' WHERE path = 'c/twin'", "_a", "not a name"},
    {"UPDATE variable SET dtype = 99 WHERE id = 1", "a/small",
     "variable 1: its row is not what was written"},
    {"UPDATE variable SET site = 'x' WHERE id = 1", "a/small",
     "variable 1: its row is not what was written"},
    {"UPDATE name SET variable = 3 WHERE path = 'a/small'", "a/small",
     "name a/small: its row is not what was written"},
    {"UPDATE name SET dtype = 8 WHERE path = 'a/small'" SCENE_SEAL, "a/small",
     "not that of its variable"},
    {"UPDATE name SET shape = '[4,3]' WHERE path = 'a/small'" SCENE_SEAL,
     "a/small", "not that of its variable"},
    {"UPDATE name SET trainable = 0 WHERE path = 'c/twin'" SCENE_SEAL, "c/twin",
     "not that of its variable"},
    {"UPDATE name SET is_part = 1 WHERE path = 'c/twin'" SCENE_SEAL, "c/twin",
     "not that of its variable"},
    {"UPDATE name SET dtype = 99 WHERE path = 'd/gone'" SCENE_SEAL, "d/gone",
     "not that of a name without variable"},
    {"UPDATE variable SET dtype = 99 WHERE id = 1" SCENE_SEAL, "a/small",
     "dtype 99"},
    {"UPDATE variable SET shape = '[3,' WHERE id = 1" SCENE_SEAL, "a/small",
     "[3,"},
    {"UPDATE variable SET shape = '[-1]' WHERE id = 1" SCENE_SEAL, "a/small",
     "[-1]"},
    {"UPDATE variable SET shape = '[5]' WHERE id = 1" SCENE_SEAL, "a/small",
     "[5]"},
    {"UPDATE variable SET n_bytes = 7 WHERE id = 1" SCENE_SEAL, "a/small",
     "variable 1"},
    {"UPDATE variable SET n_elements = 7 WHERE id = 1" SCENE_SEAL, "a/small",
     "7 elements"},
    {"UPDATE variable SET shape = '[4,3]' WHERE id = 1" SCENE_SEAL, "a/small",
     "version 1"},
    {"UPDATE variable SET dtype = 9, n_elements = 6, shape = '[6]' "
     "WHERE id = 1" SCENE_SEAL,
     "a/small", "version 1"},
    {"UPDATE variable SET dtype = 8 WHERE id = 2" SCENE_SEAL, "a/large",
     "bytes of dtype 12, want 4096 of dtype 8"},
    {"UPDATE version SET digest = zeroblob(16) WHERE id = 1", "a/small",
     "version 1: its row"},
    {"UPDATE version SET record = zeroblob(16) WHERE id = 1", "a/small",
     "version 1: its row"},
    {"UPDATE version SET digest = zeroblob(15) WHERE id = 1", "a/small",
     "version 1: its row"},
    {"UPDATE version SET n_chunks = 1 WHERE id = 1", "a/small",
     "version 1: its row"},
    {"UPDATE version SET variable = 3 WHERE id = 2", "c/twin",
     "version 2: its row"},
    {"UPDATE version SET digest = (SELECT digest FROM version WHERE id = 5), "
     "record = (SELECT record FROM version WHERE id = 5) WHERE id = 1",
     "a/small", "version 1: its row"},
    {"UPDATE small SET bytes = zeroblob(48) WHERE version = 1", "a/small",
     "version 1: its value is not what was written"},
    {"UPDATE small SET bytes = zeroblob(47) WHERE version = 1", "a/small",
     "version 1: its value has another length"},
    {"UPDATE small SET bytes = x'' WHERE version = 1", "a/small",
     "version 1: its value has another length"},
    {"DELETE FROM small WHERE version = 1", "a/small",
     "version 1: its value is missing"},
    {"UPDATE small SET bytes = (SELECT bytes FROM small WHERE version = 5) "
     "WHERE version = 1",
     "a/small", "version 1: its value is not what was written"},
    {"UPDATE version_chunk SET chunk = 3 - chunk WHERE version = 2 "
     "AND ordinal < 2",
     "a/large", "version 2: its chunks are not those it had"},
    {"DELETE FROM version_chunk WHERE version = 2", "a/large",
     "version 2: its chunks are not those it had"},
    {"INSERT INTO version_chunk VALUES (2, 3, 1)", "a/large",
     "version 2: its chunks are not those it had"},
    {"UPDATE chunk SET digest = zeroblob(16) WHERE id = 1", "c/twin",
     "version 3: its chunks are not those it had"},
    {"UPDATE chunk SET raw_bytes = 4092 WHERE id = 1", "a/large",
     "chunk 0 has 4092 bytes of dtype 12, want 4096"},
    {"UPDATE chunk SET dtype = 8 WHERE id = 1", "a/large",
     "chunk 0 has 4096 bytes of dtype 8"},
    {"INSERT INTO rule VALUES (1, 'regularizer', '{\"kind\":\"none\"}', "
     "zeroblob(16))",
     "a/small", "the row of its regularizer is not what was written"},
    {"INSERT INTO rule VALUES (1, 'constraint', '{}', zeroblob(16))", "a/small",
     "the row of its constraint is not what was written"},
    {"INSERT INTO rule VALUES (1, 'constraint', '{}', "
     "record(1, 'constraint', '{}'))",
     "a/small", "the row of its constraint is not what was written: "},
    {"UPDATE version SET at_ms = at_ms + 1 WHERE id = 1", "a/small",
     "version 1: its row"},
    {"UPDATE origin SET program = 'x' WHERE id = 1", "-",
     "origin 1: its row is not what was written"},
    {"UPDATE meta SET value = '1' WHERE key = 'head'", "-",
     "the fact 'head' is not what was written"},
    {"UPDATE meta SET value = 'x' WHERE key = 'head'", "-", "'head'"},
};

static void rows_are_held_to_the_rules_of_reading(void **state)
{
    scene_cases(state, damages, sizeof damages / sizeof damages[0], false,
                false);
}

/* What cannot be compared with it any more is not held against it. */
static void a_variable_that_cannot_be_read_is_told_once(void **state)
{
    const char *path = test_path(state, "scene.db");
    struct scene_damages found;

    vs_store_close(scene_make(path));
    scene_sql(path, "UPDATE variable SET dtype = 99 WHERE id = 2");
    found = scene_check(path, true);
    assert_int_equal(found.report.n_damages, 1);
    assert_non_null(strstr(found.text, "a/large: variable 2: its row"));
    assert_int_equal(found.report.n_versions, 6);
    free(found.text);
}

#define IN_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(rows_are_held_to_the_rules_of_reading),
        IN_DIR(a_variable_that_cannot_be_read_is_told_once),
    };

    return cmocka_run_group_tests_name("service.check_values", tests, NULL,
                                       NULL);
}
