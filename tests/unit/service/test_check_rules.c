/* test_check_rules.c - service/check_rules: rows and counts that statements
 * compare.
 */
#include "scene.h"

#include <stdlib.h>
#include <string.h>

/* Damages after which every read still gives what was stored, or an error. */
static const struct scene_case counts[] = {
    {"UPDATE name SET saved = 2 WHERE path = 'a/small'", "a/small", "saved 2"},
    {"UPDATE name SET saved = 0 WHERE path = 'a/small'", "a/small",
     "not marked as saved"},
    {"UPDATE name SET saved = 0 WHERE path = 'd/gone'", "d/gone",
     "leads nowhere"},
    {"UPDATE name SET alias = 3 WHERE path = 'b/tied'", "b/tied", "alias 3"},
    {"UPDATE name SET alias = 0 WHERE path = 'b/tied'", "a/large",
     "2 first names"},
    {"UPDATE name SET alias = 1 WHERE path = 'a/small'", "a/small",
     "0 first names"},
    {"UPDATE name SET variable = 99 WHERE path = 'a/small'", "a/small",
     "variable 99, which is not there"},
    {"UPDATE name SET variable = NULL WHERE path = 'c/twin'", "c/twin",
     "counts 1 names, but has 0"},
    {"INSERT INTO name VALUES ('x', 99, 1, 1, 0, 12, '[3,4]', 1, 0, "
     "zeroblob(16))",
     "a/small", "counts 1 names, but has 2"},
    {"UPDATE variable SET n_names = 5 * 1000003 WHERE id = 1", "a/small",
     "counts 5 names"},
    {"UPDATE variable SET n_versions = 7 * 1000003 WHERE id = 1", "a/small",
     "counts 7 versions, but has 2"},
    {"UPDATE variable SET current = NULL WHERE id = 1", "a/small",
     "no current version"},
    {"UPDATE variable SET current = 4 WHERE id = 4", "d/gone",
     "a current version but no name"},
    {"UPDATE variable SET current = 99 WHERE id = 1", "a/small",
     "current version 99"},
    {"UPDATE variable SET current = 3 WHERE id = 1", "a/small",
     "of another variable"},
    {"UPDATE variable SET trainable = 7 WHERE id = 1", "a/small",
     "trainable 7"},
    {"UPDATE variable SET origin = 99 WHERE id = 1", "a/small", "origin 99"},
    {"UPDATE variable SET reuse = 2 WHERE id = 1", "a/small", "reuse 2"},
    {"UPDATE variable SET is_part = 1 WHERE id = 1" SCENE_SEAL, "a/small",
     "is_part 1, but 0 rows"},
    {"DELETE FROM origin", "a/small", "origin"},
    {"INSERT INTO variable (dtype, shape, n_elements, n_bytes, trainable, "
     "reuse, is_part, n_names, n_versions, origin, site, at_ms, record) "
     "VALUES (12, '[]', 1, 4, 0, 0, 0, 0, 0, 1, '', 0, zeroblob(16))",
     "-", "neither name nor version"},
    {"UPDATE variable SET current = -1 WHERE id = 1", "a/small",
     "is to get its first value, but has 2 versions"},
    {"INSERT INTO scope_mark SELECT 3, 'a', min(id), '', 0, x'' FROM "
     "origin" SCENE_SEAL,
     "-", "mark of scope 'a' is 3"},
    {"INSERT INTO scope_mark VALUES (1, 'z', 99, '', 0, x'')" SCENE_SEAL, "-",
     "origin 99"},
    {"INSERT INTO scope_mark SELECT 2, 'a//b', min(id), '', 0, x'' FROM "
     "origin" SCENE_SEAL,
     "-", "'a//b' is not a valid name"},
    {"INSERT INTO scope_mark SELECT 2, 'z', min(id), '', 0, x'' FROM origin",
     "-", "scope 'z': the row of its mark is not what was written"},
    {"DELETE FROM variable WHERE id = 4", "-",
     "version 4 is of variable 4, which is not there"},
    {"UPDATE variable SET n_versions = n_versions + 16 WHERE id = 1", "a/small",
     "counts 2000022/1000003 versions, but has 2"},
    {"UPDATE version SET holds = 0 WHERE id = 1", "a/small",
     "counts 0 holders"},
    {"UPDATE version SET holds = 5 * 1000003 WHERE id = 1", "a/small",
     "counts 5 holders, but has 1"},
    {"UPDATE version SET current = 1 WHERE id = 1", "a/small",
     "version 1 says current 1, its variable does not"},
    {"UPDATE version SET current = 0 WHERE id = 5", "a/small",
     "version 5 says current 0, its variable does not"},
    {"DELETE FROM version WHERE id = 1", "a/small", "version 1"},
    {"DELETE FROM sqlite_sequence WHERE name = 'version'", "-",
     "the last id of version is 6, but the next one is told by 0"},
    {"UPDATE sqlite_sequence SET seq = 1 WHERE name = 'checkpoint'", "-",
     "the last id of checkpoint is 2"},
    {"INSERT INTO small VALUES (99, x'00')", "-", "small value 99"},
    {"INSERT INTO small VALUES (2, x'00')", "a/large", "small value 2"},
    {"INSERT INTO version_chunk VALUES (99, 0, 1)", "-",
     "version 99 has chunks, but no row"},
    {"DELETE FROM version_chunk WHERE version = 2 AND ordinal = 1", "a/large",
     "its 2 chunks are numbered 0 to 2"},
    {"UPDATE version_chunk SET ordinal = 5 WHERE version = 2 AND ordinal = 0",
     "a/large", "numbered 1 to 5"},
    {"UPDATE version_chunk SET chunk = 99 WHERE version = 2 AND ordinal = 0",
     "a/large", "chunk 99, its number 0, is not there"},
    {"UPDATE chunk SET refs = refs + 1000003 WHERE id = 2", "a/large",
     "chunk 2 counts 3 users, but has 2"},
    {"UPDATE chunk SET refs = 1 WHERE id = 1", "a/large",
     "chunk 1 counts 1/1000003 users"},
    {"INSERT INTO frame VALUES (99, x'00')", "-", "frame 99"},
    {"INSERT INTO collection VALUES ('k', 99)", "-",
     "'k' has variable 99, which is not there"},
    {"UPDATE collection SET key = '' WHERE variable = 1 AND key = 'variables'",
     "a/small", "key has 0 bytes"},
    {"UPDATE checkpoint SET parent = 9 WHERE id = 2", "-", "parent 9"},
    {"UPDATE checkpoint SET step = -1 WHERE id = 2", "-", "step -1"},
    {"UPDATE checkpoint SET new_bytes = -1 WHERE id = 2", "-", "-1 new bytes"},
    {"UPDATE checkpoint SET origin = 99 WHERE id = 2", "-",
     "checkpoint 2: its origin 99"},
    {"UPDATE checkpoint SET logical_bytes = 1 WHERE id = 2", "-",
     "counts 1 bytes, but its versions have 24048"},
    {"INSERT INTO checkpoint_variable VALUES (99, 1, 1, 0, 0)", "-",
     "checkpoint 99 has names, but no row"},
    {"INSERT INTO checkpoint_variable VALUES (1, 99, 1, 0, 0)", "a/small",
     "name 99 is not there"},
    {"UPDATE checkpoint_variable SET version = 99 WHERE checkpoint = 1 AND "
     "version = 1",
     "a/small", "version 99, which is not there"},
    {"UPDATE checkpoint_variable SET alias = 2 WHERE checkpoint = 1 AND "
     "alias = 1",
     "b/tied", "alias 2"},
    {"DELETE FROM checkpoint_variable WHERE checkpoint = 1 AND version = 1",
     "a/small", "counts 1 holders, but has 0"},
    {"UPDATE metric SET value = 9e999", "-", "metric 'loss'"},
    {"UPDATE metric SET checkpoint = 99", "-", "metric 'loss'"},
    {"UPDATE tag SET checkpoint = 99 WHERE name = 'best'", "-",
     "tag 'best' is on checkpoint 99"},
    {"UPDATE dtype SET bytes = 3 WHERE id = 12", "-", "dtype 12"},
    {"UPDATE dtype SET name = 'f23' WHERE id = 12", "-", "'f23'"},
    {"DELETE FROM dtype WHERE id = 12", "-", "16 dtypes"},
    {"INSERT INTO dtype VALUES (99, 'x', 1)", "-", "dtype 99"},
    {"INSERT INTO dtype VALUES (0, 'x', 1)", "-", "dtype 0"},
    {"UPDATE version_chunk SET ordinal = -1 WHERE version = 2 AND ordinal = 0",
     "a/large", "numbered -1 to 2"},
};

/* Forgeries that make a name lead to another value that was stored: a row says
 * where to look, and nothing but counts and roots can tell that it lies. */
static const struct scene_case pointers[] = {
    {"UPDATE name SET variable = 3 WHERE path = 'b/tied'" SCENE_SEAL, "c/twin",
     "counts 1 names, but has 2"},
    {"UPDATE variable SET current = 1 WHERE id = 1" SCENE_SEAL, "a/small",
     "counts 1 holders, but has 2"},
    {"UPDATE checkpoint_variable SET version = 2 WHERE checkpoint = 1 AND "
     "version = 1" SCENE_SEAL,
     "a/small", "counts 1 holders, but has 0"},
    {"UPDATE name SET path = 'c/twin2' WHERE path = 'c/twin'" SCENE_SEAL, "-",
     "not those that were saved"},
};

/* The same without forging: whoever reads the row notices. */
static const struct scene_case unforged[] = {
    {"UPDATE name SET variable = 3 WHERE path = 'b/tied'", "b/tied",
     "its row is not what was written"},
    {"UPDATE variable SET current = 1 WHERE id = 1", "a/small",
     "its row is not what was written"},
    {"UPDATE checkpoint_variable SET version = 2 WHERE checkpoint = 1 AND "
     "version = 1",
     "-", "its row of name 1 is not what was written"},
    {"UPDATE name SET path = 'c/twin2' WHERE path = 'c/twin'", "c/twin2",
     "its row is not what was written"},
};

static void rows_and_counts_are_compared(void **state)
{
    scene_cases(state, counts, sizeof counts / sizeof counts[0], false, false);
}

static void rows_that_lead_astray_are_found(void **state)
{
    scene_cases(state, pointers, sizeof pointers / sizeof pointers[0], false,
                true);
}

static void rows_that_were_changed_lead_nowhere(void **state)
{
    scene_cases(state, unforged, sizeof unforged / sizeof unforged[0], false,
                false);
}

/* Two wrong counts whose errors cancel each other are still found. */
static void errors_do_not_cancel(void **state)
{
    const char *path = test_path(state, "scene.db");
    struct scene_damages found;

    vs_store_close(scene_make(path));
    scene_sql(path, "UPDATE chunk SET refs = refs + 1000003 WHERE id = 1");
    scene_sql(path, "UPDATE chunk SET refs = refs - 1000003 WHERE id = 2");
    found = scene_check(path, false);
    assert_int_equal(found.report.n_damages, 2);
    assert_non_null(strstr(found.text, "chunk 1 counts 4 users, but has 3"));
    assert_non_null(strstr(found.text, "chunk 2 counts 1 users, but has 2"));
    free(found.text);
}

#define IN_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(rows_and_counts_are_compared),
        IN_DIR(rows_that_lead_astray_are_found),
        IN_DIR(rows_that_were_changed_lead_nowhere),
        IN_DIR(errors_do_not_cancel),
    };

    return cmocka_run_group_tests_name("service.check_rules", tests, NULL,
                                       NULL);
}
