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
    test_sound(store);
    vs_store_close(store);
}

static const struct scene_case cases[] = {
    {"UPDATE part SET ordinal = 2 WHERE variable = 2", "w/part_1", "cannot be"},
    {"UPDATE part SET first = 3 WHERE variable = 2", "w/part_1", "cannot be"},
    {"UPDATE part SET n_parts = 4 WHERE variable = 3", "w/part_2", "cannot be"},
    {"UPDATE part SET n_parts = 9000000000000000000 WHERE variable = 1",
     "w/part_0", "cannot be"},
    {"UPDATE part SET axis = 1 WHERE variable = 1", "w/part_0", "cannot be"},
    {"UPDATE part SET shape = '[5,3]' WHERE variable = 1", "w/part_0",
     "not that of its slice"},
    {"UPDATE part SET shape = 'x' WHERE variable = 1", "w/part_0", "shape 'x'"},
    {"UPDATE part SET ordinal = 1, first = 2 WHERE variable = 3", "w/part_2",
     "not that of its slice"},
    {"DELETE FROM part WHERE variable = 1", "w/part_1", "no part of"},
    {"DELETE FROM part WHERE variable = 3", "w/part_0",
     "part 2 of 3 is not the one"},
    {"DELETE FROM part WHERE variable = 6", "s/part_0",
     "part 1 of 2 is not the one"},
    {"UPDATE part SET variable = 99 WHERE variable = 2", "-",
     "variable 99, which is not there"},
    {"UPDATE name SET path = 'w/part_5' WHERE path = 'w/part_2'" SCENE_SEAL,
     "w/part_0", "part 2 of 3 is missing"},
    {"UPDATE name SET path = 'w/part_5' WHERE path = 'p'" SCENE_SEAL,
     "w/part_5", "of 3"},
    {"UPDATE name SET path = 'w' WHERE path = 'p'" SCENE_SEAL, "w",
     "beside one in parts"},
};

static void each_damage_is_told(void **state)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char file[32];
        char path[4096];
        char want[200];
        struct scene_damages d;
        const char *line;

        (void)snprintf(file, sizeof file, "%zu.db", i);
        (void)snprintf(path, sizeof path, "%s", test_path(state, file));
        make(path);
        scene_sql(path, cases[i].sql);
        d = scene_check(path, false);
        (void)snprintf(want, sizeof want, "%s: ", cases[i].name);
        line = strstr(d.text, cases[i].words);
        if (line == NULL || strstr(d.text, want) == NULL)
            fail_msg("%s\ntold:\n%s", cases[i].sql, d.text);
        free(d.text);
    }
}

/* What is not whole is not read, and makes nothing crash. */
static void what_is_not_whole_cannot_be_opened(void **state)
{
    static const char *const damages[] = {
        "DELETE FROM part WHERE variable = 3",
        "UPDATE part SET n_parts = 4 WHERE variable = 3",
        "UPDATE part SET axis = 1, first = 0 WHERE variable = 1",
        "UPDATE part SET n_parts = 5, first = 1 WHERE variable = 2"};

    for (size_t i = 0; i < 4; i++) {
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

#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_damage_is_told),
        TEST(what_is_not_whole_cannot_be_opened),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
