/* test_regroup_damaged.c - service/regroup and restore: a damaged store whose
 * names or parts disagree is not restored by halves.
 */
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONG "replace(hex(zeroblob(700)), '0', 'x')"

static void create(vs_store *store, const char *name, int64_t n_parts)
{
    const vs_shape shape = vs_shape_2d(6, 2);
    vs_variable_spec spec = {.shape = &shape};

    if (n_parts > 0)
        spec.partitioner = vs_fixed_size_partitioner(n_parts, 0);
    assert_store(VS_OK, store, vs_variable_create(store, name, &spec, NULL));
}

/* In checkpoint 1 w is one variable and c has three parts; now v has two, and
 * neither w nor c is there. Saved as checkpoint 2. */
static void make(const char *path)
{
    vs_store *store = test_open(path, VS_OPEN_CREATE_NEW);

    create(store, "c", 3);
    create(store, "w", 0);
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    assert_store(VS_OK, store, vs_variable_delete(store, "w"));
    assert_store(VS_OK, store, vs_variable_delete(store, "c"));
    create(store, "v", 2);
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    vs_store_close(store);
}

#define SEALED(sql) sql SCENE_SEAL

static const struct {
    const char *sql;
    int64_t checkpoint; /* that is restored */
    const char *words;  /* that it fails with */
} cases[] = {
    /* What is partitioned now is met though the index of variables leads
     * elsewhere. */
    {SCENE_BEHIND("name_variable",
                  SEALED("UPDATE name SET path = replace(path, "
                         "'v/', 'w/') WHERE path LIKE 'v/%'")),
     1, "damaged: "},
    {SCENE_BEHIND("name_variable",
                  "UPDATE name SET variable = 9, is_part = 1 WHERE path = 'w'"),
     2, "name w: its row is not what was written"},
    /* A part is none without its row. */
    {"DELETE FROM part WHERE n_parts = 2", 1, "its row as a part is not there"},
    {"DELETE FROM part WHERE n_parts = 3 AND ordinal = 1", 1,
     "its row as a part is not there"},
    /* A name that the index has not is read all the same. */
    {SCENE_BEHIND("name_variable",
                  "UPDATE name SET variable = 9 WHERE path = 'c/part_1'"),
     2, "name c/part_1: its row is not what was written"},
    {SCENE_BEHIND("name_variable",
                  SEALED("UPDATE name SET variable = 9, path = 'v/' || " LONG
                         " || '/part_0' WHERE path = 'w'")),
     2, "not a name: 'v/xxx"},
    /* Rows of a checkpoint that lead to no name, or to one twice. */
    {SEALED("INSERT INTO checkpoint_variable (checkpoint, name, version, "
            "alias, mark) SELECT 1, 99, version, alias, 0 FROM "
            "checkpoint_variable WHERE checkpoint = 2 LIMIT 1"),
     1, "checkpoint 1: it has 5 rows, but only 4 lead to a name"},
};

static void what_disagrees_is_not_restored(void **state)
{
    const char *path = test_path(state, "r.db");
    const char *log = test_path(state, "r.db-wal");
    size_t bytes = 0;
    void *whole;

    make(path);
    whole = test_read_file(path, &bytes);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const vs_restore_options options = {.exact = true};
        vs_store *store;

        (void)remove(log); /* of the case before */
        test_write_file(path, whole, bytes);
        scene_sql(path, cases[i].sql);
        store = test_open(path, VS_OPEN_WRITE);
        assert_store(
            VS_ERR_CORRUPT, store,
            vs_checkpoint_restore(store, cases[i].checkpoint, &options, NULL));
        if (strstr(vs_store_error(store)->message, cases[i].words) == NULL)
            fail_msg("%s\n%s", cases[i].sql, vs_store_error(store)->message);
        vs_store_close(store);
        assert_int_equal(scene_number(path,
                                      "SELECT count(*) FROM name WHERE path IN "
                                      "('w', 'c/part_0') AND variable < 5"),
                         0); /* of checkpoint 1 there is nothing */
    }
    free(whole);
}

/* No writer gives a part the name of a part of something else. It does not make
 * that partitioned. */
static void a_forged_name_of_a_part_changes_nothing(void **state)
{
    const char *path = test_path(state, "r.db");
    const vs_restore_options keep = {.keep_partitions = true};
    vs_store *store = test_open(path, VS_OPEN_CREATE_NEW);

    vs_variable_free(test_iota(store, "u", vs_shape_1d(4)));
    create(store, "v", 2);
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    assert_store(VS_OK, store, vs_variable_alias(store, "v/part_0", "u/x"));
    vs_store_close(store);
    scene_sql(path, SEALED("UPDATE name SET path = 'u/part_0' WHERE path = "
                           "'u/x'"));
    store = test_open(path, VS_OPEN_WRITE);
    for (int i = 0; i < 2; i++) {
        scene_write(store, "u", 9);
        assert_store(
            VS_OK, store,
            vs_checkpoint_restore(store, 1, i == 0 ? &keep : NULL, NULL));
        assert_starts(store, "u", 0);
        assert_true(scene_exists(store, "v"));
        assert_true(scene_exists(store, "u/part_0"));
    }
    vs_store_close(store);
}

#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_disagrees_is_not_restored),
        TEST(a_forged_name_of_a_part_changes_nothing),
    };

    return cmocka_run_group_tests_name("service.regroup_damaged", tests, NULL,
                                       NULL);
}
