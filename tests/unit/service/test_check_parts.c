/* test_check_parts.c - service/check_parts: do the parts make up the whole?
 */
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* w [5,2] in three parts (variables 1 to 3), in checkpoint 1; a plain p; s in
 * two parts that only the checkpoint has (5 and 6). */
static void make(const char *path)
{
    vs_store *store = test_open(path, VS_OPEN_CREATE_NEW);
    const vs_shape shape = vs_shape_2d(5, 2);
    vs_variable_spec spec = {.shape = &shape, .initializer = vs_zeros()};

    spec.partitioner = vs_fixed_size_partitioner(3, 0);
    assert_store(VS_OK, store, vs_variable_create(store, "w", &spec, NULL));
    vs_variable_free(test_iota(store, "p", shape));
    spec.partitioner = vs_fixed_size_partitioner(2, 1);
    assert_store(VS_OK, store, vs_variable_create(store, "s", &spec, NULL));
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    assert_store(VS_OK, store, vs_variable_delete(store, "s"));
    vs_variable_free(test_iota(store, "w/part_1/x/part_9", shape));
    test_sound(store);
    vs_store_close(store);
}

/* Forged: only the rows of others tell. */
static const struct scene_case forged[] = {
    {"UPDATE part SET ordinal = 2 WHERE variable = 2" SCENE_SEAL, "w/part_1",
     "cannot be"},
    {"UPDATE part SET first = 3 WHERE variable = 2" SCENE_SEAL, "w/part_1",
     "cannot be"},
    {"UPDATE part SET n_parts = 4 WHERE variable = 3" SCENE_SEAL, "w/part_2",
     "cannot be"},
    {"UPDATE part SET n_parts = 9000000000000000000 WHERE variable = "
     "1" SCENE_SEAL,
     "w/part_0", "cannot be"},
    {"UPDATE part SET axis = 1 WHERE variable = 1" SCENE_SEAL, "w/part_0",
     "cannot be"},
    {"UPDATE part SET shape = '[5,3]' WHERE variable = 1" SCENE_SEAL,
     "w/part_0", "not that of its slice"},
    {"UPDATE part SET shape = 'x' WHERE variable = 1" SCENE_SEAL, "w/part_0",
     "shape 'x'"},
    {"UPDATE part SET ordinal = 1, first = 2 WHERE variable = 3" SCENE_SEAL,
     "w/part_2", "not that of its slice"},
    {"UPDATE part SET variable = 99 WHERE variable = 2" SCENE_SEAL, "-",
     "variable 99, which is not there"},
    {"UPDATE name SET path = 'w/part_5' WHERE path = 'w/part_2'" SCENE_SEAL,
     "w/part_0", "part 2 of 3 is missing"},
    {"UPDATE name SET path = 'w/part_5' WHERE path = 'p'" SCENE_SEAL,
     "w/part_5", "of 3"},
    {"UPDATE name SET path = 'w' WHERE path = 'p'" SCENE_SEAL, "w",
     "beside one in parts"},
    {"UPDATE name SET path = 't' WHERE path = 'w/part_0'; UPDATE name SET path "
     "= 'w/part_0' WHERE path = 'w/part_1'; UPDATE name SET path = 'w/part_1' "
     "WHERE path = 't'" SCENE_SEAL,
     "w/part_0", "no part of what has the name w"},
    {"UPDATE part SET shape = '[4,2]', n_parts = 2 WHERE variable = "
     "2" SCENE_SEAL,
     "w/part_1", "no part of what has the name w"},
    {"UPDATE name SET path = replace(hex(zeroblob(999)), '0', 'n') || "
     "'/part_2' WHERE path = 'w/part_2'" SCENE_SEAL,
     "", "has 2005 bytes, at most 1023"},
    /* What is no part any more does not end the walk. */
    {"UPDATE variable SET is_part = 0 WHERE id = 1; UPDATE part SET first = 3 "
     "WHERE variable = 2" SCENE_SEAL,
     "w/part_1", "cannot be"},
    {"UPDATE variable SET is_part = 0 WHERE id = 1; UPDATE name SET path = "
     "'w/part_7' WHERE path = 'w/part_2'" SCENE_SEAL,
     "w/part_7", "no part of what has the name w"},
};

/* Lost, or changed: the row itself tells, in any column. */
static const struct scene_case damaged[] = {
    {"DELETE FROM part WHERE variable = 1", "w/part_0",
     "has is_part 1, but 0 rows"},
    {"DELETE FROM part WHERE variable = 3", "w/part_0",
     "its row as a part is not there"},
    {"DELETE FROM part WHERE variable = 6", "s/part_1",
     "has is_part 1, but 0 rows"},
    {"UPDATE variable SET is_part = 0 WHERE id = 3" SCENE_SEAL, "w/part_2",
     "has is_part 0, but 1 rows"},
    {"UPDATE part SET ordinal = 0 WHERE variable = 2", "w/part_1",
     "not what was written"},
    {"UPDATE part SET n_parts = 5 WHERE variable = 2", "w/part_1",
     "not what was written"},
    {"UPDATE part SET axis = 1 WHERE variable = 2", "w/part_1",
     "not what was written"},
    {"UPDATE part SET first = 3 WHERE variable = 2", "w/part_1",
     "not what was written"},
    {"UPDATE part SET drawn = 1 WHERE variable = 2", "w/part_1",
     "not what was written"},
    {"UPDATE part SET shape = '[5,1]' WHERE variable = 2", "w/part_1",
     "not what was written"},
    {"UPDATE part SET record = zeroblob(16) WHERE variable = 2", "w/part_1",
     "not what was written"},
    {"UPDATE part SET variable = 99 WHERE variable = 2", "-",
     "variable 99, which is not there"},
};

static void tell_each(void **state, const struct scene_case *cases, size_t n)
{
    const char *path = test_path(state, "p.db");
    size_t bytes = 0;
    void *whole;

    make(path);
    whole = test_read_file(path, &bytes);
    for (size_t i = 0; i < n; i++) {
        struct scene_damages d;
        char want[200];
        const char *line;

        test_write_file(path, whole, bytes);
        scene_sql(path, cases[i].sql);
        d = scene_check(path, false);
        (void)snprintf(want, sizeof want, "%s: ", cases[i].name);
        line = strstr(d.text, cases[i].words);
        if (line == NULL || strstr(d.text, want) == NULL)
            fail_msg("%s\ntold:\n%s", cases[i].sql, d.text);
        free(d.text);
    }
    free(whole);
}

static void each_forgery_is_told(void **state)
{
    tell_each(state, forged, sizeof forged / sizeof forged[0]);
}

static void each_damage_is_told(void **state)
{
    tell_each(state, damaged, sizeof damaged / sizeof damaged[0]);
}

/* What is not whole is not read, and makes nothing crash. */
static void what_is_not_whole_cannot_be_opened(void **state)
{
    static const char *const damages[] = {
        "DELETE FROM part WHERE variable = 3",
        "UPDATE part SET n_parts = 4 WHERE variable = 3" SCENE_SEAL,
        "UPDATE part SET axis = 1, first = 0 WHERE variable = 1" SCENE_SEAL,
        "UPDATE part SET n_parts = 5, first = 1 WHERE variable = 2" SCENE_SEAL,
        "UPDATE part SET drawn = 1 WHERE variable = 3",
        "UPDATE part SET variable = 99 WHERE variable = 1",
        "UPDATE part SET variable = 0 WHERE variable = 2"};

    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        char file[32];
        char path[4096];
        vs_store *store;
        vs_variable *v = NULL;

        (void)snprintf(file, sizeof file, "%zu.db", i);
        (void)snprintf(path, sizeof path, "%s", test_path(state, file));
        make(path);
        scene_sql(path, damages[i]);
        store = test_open(path, VS_OPEN_WRITE);
        assert_store(VS_ERR_CORRUPT, store, vs_variable_open(store, "w", &v));
        assert_store(
            VS_ERR_CORRUPT, store,
            vs_export(store, test_path(state, "x.safetensors"), NULL, NULL));
        vs_store_close(store);
    }
}

static vs_status list_all(vs_store *store)
{
    const vs_variable_info *info = NULL;
    vs_list *list = NULL;
    vs_status st = vs_list_open(store, NULL, &list);

    while (st == VS_OK)
        st = vs_list_next(list, &info);
    vs_list_close(list);
    return st;
}

/* Whoever comes by a part, or by a name that may have been one's, notices. */
static void a_row_that_was_changed_is_not_read(void **state)
{
    static const char *const changes[] = {
        "variable = 0", "variable = 99",
        "ordinal = 1",  "n_parts = 2",
        "axis = 1",     "first = 1",
        "drawn = 1",    "shape = '[5,1]'",
        "record = x''", "record = zeroblob(16)"};
    const vs_shape shape = vs_shape_1d(1);
    const vs_variable_spec spec = {.shape = &shape};

    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        char sql[100];
        char file[32];
        char path[4096];
        vs_store *store;
        vs_variable *v = NULL;

        (void)snprintf(file, sizeof file, "%zu.db", i);
        (void)snprintf(path, sizeof path, "%s", test_path(state, file));
        (void)snprintf(sql, sizeof sql, "UPDATE part SET %s WHERE variable = 1",
                       changes[i]);
        make(path);
        scene_sql(path, sql);
        store = test_open(path, VS_OPEN_WRITE);
        assert_store(VS_ERR_CORRUPT, store,
                     vs_variable_open(store, "w/part_0", &v));
        assert_store(VS_ERR_CORRUPT, store, vs_variable_open(store, "w", &v));
        assert_store(VS_ERR_CORRUPT, store,
                     vs_variable_create(store, "w", &spec, NULL));
        assert_store(VS_ERR_CORRUPT, store,
                     vs_variable_rename(store, "w/part_0", "v/part_0"));
        if (i >= 2) /* a lost row is asked for by nothing here */
            assert_store(VS_ERR_CORRUPT, store,
                         vs_checkpoint_restore(store, 1, NULL, NULL));
        assert_store(VS_ERR_CORRUPT, store, list_all(store));
        vs_store_close(store);
    }
}

#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_forgery_is_told),
        TEST(each_damage_is_told),
        TEST(what_is_not_whole_cannot_be_opened),
        TEST(a_row_that_was_changed_is_not_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
